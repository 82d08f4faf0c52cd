/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the core offers to the services of the microkernel, and to libcomsg on behalf of programs (libcocall).  Programs
 * use coport.h, conamespace.h and the like.
 *
 * A co-process is of the microkernel if the supervisor started it as such, or a member started it with
 * COEXEC_MICROKERNEL. Where nothing else is said, calls give EPERM to others. Errors that mean the same everywhere are
 * in handle.h. No call here waits, except coport_wait.
 */
#ifndef COMESG_MICROKERNEL_H
#define COMESG_MICROKERNEL_H

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/coport.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a seal: who has it can make handles of a public kind, and read those made with it.
 *
 *   kind  COHANDLE_PORT to COHANDLE_CALLBACK
 *
 * The seal is a handle, of kind COHANDLE_SEAL, that can be passed on. What was made with it is void once the
 * co-process that made the seal has ended. Returns 0 on failure. Errors: EINVAL no such kind; EPERM; EDQUOT, ENOMEM the
 * realm has 256 seals. */
cohandle_t comint_seal(uint32_t kind);

/* Makes a handle of the kind of the seal, derived from none.
 *
 *   badge   what comint_read gives
 *   rights  at least one, and no others than handles of this kind can have
 *   object  0; or for COHANDLE_SERVICE a target or pool, which cocall on the new handle then calls (if that has
 *           CORIGHT_CALL); or for COHANDLE_PORT a control, see coport_control
 *
 * Returns 0 on failure. Errors: EINVAL rights, or another object; EBADF, EPERM, EDQUOT, ENOMEM. */
cohandle_t comint(cohandle_t seal, uint64_t badge, uint32_t rights, cohandle_t object);

/* Reads a handle made with this seal; badge and rights may be NULL. Returns 0. Errors: EPERM also: made with another
 * seal, or with none; EBADF, EFAULT. */
int comint_read(cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights);

/* The same for a handle that the present caller has, and names in its request: what it means is looked up in the
 * caller's table, so that nobody but the caller can have sent it. Errors also: ESRCH not in a call. */
int comint_read_caller(cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights);

/* Finds out which handles made with this seal still exist, wherever they are.
 *
 *   bits, n  n bits, in words of 64; bit i is set if there is one whose badge has i in its low half, and otherwise
 *            stays as it is
 *
 * Returns 0. Errors: EAGAIN a handle was passed on and closed meanwhile: try again; EINVAL n is no multiple of 64 or
 * more than 65536; EBADF, EPERM, EFAULT. */
int comint_survey(cohandle_t seal, uint64_t *bits, size_t n);

/* Makes a vault, a handle of kind COHANDLE_VAULT that can be passed on. What is put into it counts in the quota of the
 * co-process that makes it here, and stays until that ends. Returns 0 on failure. Errors: EPERM, EDQUOT, ENOMEM. */
cohandle_t covault(void);

/* Keeps a further handle, derived from this one with the same rights.
 *
 *   token  receives what it is called in this vault
 *
 * Returns 0. Errors: EINVAL a handle that cannot be passed on; ENOLINK the vault's maker is gone; EBADF, EPERM, EDQUOT,
 * EFAULT. */
int covault_put(cohandle_t vault, cohandle_t handle, uint64_t *token);

/* Gives a handle derived from the one that is kept. rights: 0 for all. Returns 0 on failure. Errors: ENOENT no such
 * token in this vault, or it has been revoked or its object has died; EACCES it has not all of these rights; ENOLINK,
 * EBADF, EPERM, EDQUOT. */
cohandle_t covault_get(cohandle_t vault, uint64_t token, uint32_t rights);

/* Closes what is kept. Returns 0. Errors: ENOENT, ENOLINK, EBADF, EPERM. */
int covault_drop(cohandle_t vault, uint64_t token);

/* What is kept.
 *
 *   tokens, n  receives at most n tokens
 *
 * Returns how many there are, perhaps more than n. Errors: ENOLINK, EBADF, EPERM, EFAULT. */
ssize_t covault_list(cohandle_t vault, uint64_t *tokens, size_t n);

/* The present caller. */
#define COCALLER_NAMESPACE_CHOSEN UINT32_C(1) /* its launcher chose its namespace, or gave it none */

struct cocaller {
    size_t size; /* in: sizeof(struct cocaller) */
    pid_t pid;
    uint32_t flags;
    uint64_t identity; /* of the co-process, never used again: what records of deaths say too */
    uint64_t cookie;   /* of the calling thread */
    uint64_t quotas[COQUOTA_END];
};

/* Who calls, as nobody can forge it. Returns 0. Errors: ESRCH not in a call; EINVAL size; EPERM, EFAULT. */
int cocaller(struct cocaller *);

/* 1 if the co-process with this identity has not ended yet, otherwise 0: then no call of it is under way or can begin.
 * Errors: EPERM. */
int coalive(uint64_t identity);

/* Who has started the co-process with this identity: another identity, or 0 if that was the command line. Returns 0.
 * Errors: ESRCH there is no such co-process, or not any more; EPERM, EFAULT. */
int colauncher(uint64_t identity, uint64_t *launcher);

/* The identity of the co-process whose thread this is. Needs no right. Returns 0. Errors: EINVAL a pool; EBADF, EPERM,
 * EFAULT. */
int cotarget_identity(cotarget_t target, uint64_t *identity);

/* Has the thread with this cookie (as coaccept and cocaller give it) return from coport_wait, now or the next time.
 * Returns 0. Errors: ESRCH no such thread any more; EPERM. */
int cowake(uint64_t cookie);

/* Makes the core's part of a port, a handle of kind COHANDLE_CONTROL, which is not passed on: the part ends, with
 * EPIPE for those who use it, when this handle is closed or its co-process ends.
 *
 *   type       COPIPE, COCARRIER or COCHANNEL
 *   ring_size  COCHANNEL: a power of two from 64 to 1 MiB; otherwise 0
 *
 * Returns 0 on failure. Errors: EINVAL; ENOMEM the realm has 16384 ports, or memory is short; EPERM, EDQUOT. */
cohandle_t coport_control(int type, size_t ring_size);

/* Says which of COPOLL_IN and COPOLL_OUT hold for a COCARRIER or COPIPE, and wakes who waits for one that is new.
 * Returns 0. Errors: EINVAL other events, or a COCHANNEL; EBADF, EPERM. */
int coport_publish(cohandle_t control, uint32_t events);

/* Closes the port: COPOLL_CLOSED holds from now on, and a COCHANNEL takes nothing more. Returns 0. Errors: EPIPE it is
 * closed already; EBADF, EPERM. */
int coport_shut(cohandle_t control);

/* For everybody: send to and receive from a COCHANNEL without waiting, as coport.h says. Errors: EOPNOTSUPP another
 * type of port. */
ssize_t coring_send(coport_t port, const void *buf, size_t len);
ssize_t coring_receive(coport_t port, void *buf, size_t len);

/* For everybody: waits until something asked for holds for one of the ports, somebody has called cowake for this
 * thread since it last returned from here, or the time is over.
 *
 *   array, n     as for copoll, at most 4096; revents is filled in
 *   deadline     nanoseconds of CLOCK_MONOTONIC; 0 only looks, COMESG_CALL_WITHOUT_LIMIT is without limit
 *
 * Returns the number of elements whose revents is not 0; 0 also if it was woken, or the time is over. Errors: EINVAL n
 * or an unknown event; EINTR, EFAULT. */
int coport_wait(pollcoport_t *array, size_t n, uint64_t deadline);

/* For everybody: COPIPE, COCARRIER or COCHANNEL. Errors: EBADF. */
int coport_type(coport_t port);

#ifdef __cplusplus
}
#endif

#endif
