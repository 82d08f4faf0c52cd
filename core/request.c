/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The requester's side of the channel to the supervisor. The supervisor's side is host/requests.c.
 */
#include "core/kernel.h"

#include <stdatomic.h>

void core_notify_supervisor(struct realm *realm)
{
    realm->fault_events++;
    futex_wake_all(&realm->fault_events);
}

static bool withdraw(struct supervisor_request *request)
{
    uint32_t posted = REQUEST_POSTED;
    return atomic_compare_exchange_strong(&request->state, &posted, REQUEST_IDLE);
}

/* -EINTR is never seen by the program: the thread ends, and the supervisor then drops what it was doing for it. */
static int64_t await_answer(const struct thread_block *block, struct supervisor_request *request)
{
    for (;;) {
        uint32_t state = request->state;
        if (state == REQUEST_DONE)
            break;
        if (block->force_out && (state == REQUEST_TAKEN || withdraw(request)))
            return -EINTR;
        futex_wait(&request->state, state);
    }
    request->state = REQUEST_IDLE;
    return request->result;
}

int64_t core_request(struct thread_block *block, uint32_t operation, const uint64_t arguments[REQUEST_ARGUMENTS])
{
    struct supervisor_request *request = &block->request;
    struct realm *realm = block->coprocess->realm;
    uint32_t slot = block->home.owner - 1;
    if (block->force_out)
        return -EINTR;
    request->operation = operation;
    for (unsigned i = 0; i < REQUEST_ARGUMENTS; i++)
        request->arguments[i] = arguments[i];
    request->state = REQUEST_POSTED;
    realm->requests[slot / 64] |= (uint64_t)1 << slot % 64;
    core_notify_supervisor(realm);
    return await_answer(block, request);
}
