/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How libcomsg calls the services of the microkernel.  Not for programs.
 */
#ifndef LIBCOMSG_SERVICE_POOLS_H
#define LIBCOMSG_SERVICE_POOLS_H

#include "ukernel/protocol/coproc.h"

#include <comesg/handle.h>

#include <stdbool.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Asks a service. The reply begins with an int32_t, 0 or the errno of the operation.
 *
 *   attachments, n  go with the request
 *   received        receives what comes with the reply; NULL: nothing is expected. If something that came found no
 *                   room, what did is closed, and the result is EDQUOT
 *
 * Waits at most one second for a worker. Returns 0; -1 with the errno of the operation or one of coproc.h: ENOTCONN,
 * EBUSY, EINTR (nothing has happened), ENOLINK; EBADF also: one of the attachments; EFAULT a buffer. If the service has
 * answered, `reply` holds what it said, errors included; what has not been written is as before. */
int comesg_call(enum service service, const void *request, size_t request_size, void *reply, size_t reply_size,
                const struct coattachment *attachments, size_t n, struct coattachment_set *received);

/* The same, but what found no room is counted in `received` only. */
int comesg_call_some(enum service service, const void *request, size_t request_size, void *reply, size_t reply_size,
                     const struct coattachment *attachments, size_t n, struct coattachment_set *received);

/* The same without attachments, by calling this target. */
int comesg_call_target(cotarget_t target, const void *request, size_t request_size, void *reply, size_t reply_size);

/* The same for the usual reply of one handle: gives it, or 0 with errno. */
cohandle_t comesg_call_for_handle(enum service service, const void *request, size_t request_size, void *reply,
                                  size_t reply_size, const struct coattachment *attachments, size_t n);

/* The attachments of a request that passes on these handles, whatever their kinds. */
static inline struct coattachment comesg_attach(cohandle_t handle)
{
    return (struct coattachment){.kind = 0, .descriptor = -1, .handle = handle};
}

/* True if this co-process has joined the microkernel. */
bool comesg_joined(void);

/* For libcoproc: from now on the services are these. Those that were known already are closed. */
void comesg_join(const cotarget_t pools[SERVICE_COUNT]);

#pragma GCC visibility pop

#endif
