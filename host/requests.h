/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the cores of co-processes ask of the supervisor: its side of core/request.c.  Handlers run in the supervisor's
 * event loop and must not wait; long work goes to the worker thread (worker.h).
 */
#ifndef COMESG_HOST_REQUESTS_H
#define COMESG_HOST_REQUESTS_H

#include "host/realm.h"

/* What a handler gives if the answer comes later, by request_answer. */
#define REQUEST_LATER INT64_MIN

/* `requester` is the thread block that asks; the arguments come from core code, not from the program. */
typedef int64_t request_handler(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments);

/* Serves all that has been asked. */
void requests_serve(struct host_realm *realm);

/* The answer to a request whose handler gave REQUEST_LATER. Never for a requester whose end has been dealt with. */
void request_answer(struct thread_block *requester, int64_t result);

#endif
