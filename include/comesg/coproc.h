/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Joining the microkernel (libcoproc: link with -lcoproc -lcomsg).  handle.h explains handles, rights and common
 * errors.
 *
 * Ports, namespaces, services, events and memory objects are kept by the microkernel of the realm, which `comesg run`
 * starts with the realm; a realm has one.  Their calls can fail with these transport errors, beyond those that they
 * list:
 *   ENOTCONN  coproc_init has not succeeded yet in this co-process
 *   EBUSY     no worker of the service became free within one second
 *   ENOLINK   the service is gone or died during the call, whose effect is unknown; it may be back later
 *   EINTR     a signal handler ran while the call waited, whatever SA_RESTART says (none can in this version)
 * What failed with ENOTCONN, EBUSY or EINTR has had no effect.
 */
#ifndef COMESG_COPROC_H
#define COMESG_COPROC_H

#include <comesg/handle.h>

#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Joins the microkernel, for all threads of the co-process.
 *
 * Returns the namespace that the launcher of this co-process chose: unless it said otherwise, the root with CORIGHT_WR.
 * All calls give the same handle, as long as it is not closed. Returns 0 on failure. Errors: EACCES the launcher gave
 * no namespace (the co-process has joined all the same: handles that it was passed work); EAGAIN the microkernel is
 * still starting, or the realm has none; ENOLINK, EINTR, EDQUOT, ENOMEM.
 *
 * coproc_init waits at most 10 seconds while the microkernel starts, coproc_init_nb not at all, coproc_init_until until
 * `abs_monotonic` (NULL: without limit), then with ETIMEDOUT; EINVAL tv_nsec is not in 0..999999999. */
conamespace_t coproc_init(void);
conamespace_t coproc_init_until(const struct timespec *abs_monotonic);
conamespace_t coproc_init_nb(void);

#ifdef __cplusplus
}
#endif

#endif
