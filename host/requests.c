/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Serving requests. A requester sets the bit of its slot after it has filled its request, so that nobody has to look at
 * every slot, and a death at any instant leaves at most a bit without a request.
 */
#include "host/requests.h"

#include "core/kernel.h"
#include "host/coexec.h"
#include "host/deaths.h"
#include "host/objects.h"

#include <errno.h>
#include <stdatomic.h>

static request_handler *const handlers[] = {
    [REQUEST_LAUNCH_BEGIN] = coexec_begin,    [REQUEST_LAUNCH_PREPARE] = coexec_prepare,
    [REQUEST_LAUNCH_CANCEL] = coexec_cancel,  [REQUEST_KILL] = deaths_kill,
    [REQUEST_OBJECT_CREATE] = objects_create, [REQUEST_OBJECT_ATTACH] = objects_attach,
    [REQUEST_OBJECT_DETACH] = objects_detach, [REQUEST_OBJECT_REVOKE] = objects_revoke,
};

static request_handler *find_handler(uint32_t operation)
{
    return operation < sizeof handlers / sizeof handlers[0] ? handlers[operation] : NULL;
}

void request_answer(struct thread_block *requester, int64_t result)
{
    struct supervisor_request *request = &requester->request;
    request->result = result;
    request->state = REQUEST_DONE;
    futex_wake_all(&request->state);
}

static void serve(struct host_realm *realm, struct thread_block *requester)
{
    struct supervisor_request *request = &requester->request;
    uint32_t posted = REQUEST_POSTED;
    if (core_thread_is_dead(&requester->home)) /* what is begun for it now would not be ended with it */
        return;
    if (!atomic_compare_exchange_strong(&request->state, &posted, REQUEST_TAKEN))
        return;
    request_handler *handler = find_handler(request->operation);
    int64_t result = handler ? handler(realm, requester, request->arguments) : -ENOSYS;
    if (result != REQUEST_LATER)
        request_answer(requester, result);
}

void requests_serve(struct host_realm *realm)
{
    for (size_t word = 0; word < (realm->shared->slot_limit + 63) / 64; word++) {
        uint64_t bits = realm->shared->requests[word] ? atomic_exchange(&realm->shared->requests[word], 0) : 0;
        for (; bits; bits &= bits - 1)
            serve(realm, core_block_of(realm->shared, (uint32_t)(word * 64 + (size_t)__builtin_ctzll(bits)) + 1));
    }
}
