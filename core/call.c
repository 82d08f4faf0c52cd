/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls that the switcher's fast path does not make: those that fail, those with options, and those of a callee that
 * wants more than bytes.
 *
 * Everything that the program says is copied and checked once, before anything is claimed.
 */
#include "core/call.h"

#include "core/descriptors.h"
#include "core/pools.h"
#include "core/seals.h"

#include <stdatomic.h>

enum { ARGUMENT_TARGET, ARGUMENT_OUT, ARGUMENT_OUTLEN, ARGUMENT_IN, ARGUMENT_INLEN, ARGUMENT_OPTIONS };

/* A service stands for a pool, or for one thread. */
static int64_t find_service(struct thread_block *block, uint64_t value)
{
    const struct realm *realm = block->coprocess->realm;
    struct handle handle;
    if (!core_handle_copy_of(block->coprocess, value, &handle) || handle.kind != COHANDLE_SERVICE ||
        !core_minted_target(realm, &handle, &block->target))
        return -EBADF;
    block->target_is_pool = core_names_pool(realm, block->target.object);
    return handle.rights & CORIGHT_CALL ? 0 : -EACCES;
}

static inline int64_t find_target(struct thread_block *block, uint64_t value)
{
    struct handle handle;
    if (!core_handle_copy_of(block->coprocess, value, &handle))
        return -EBADF;
    if (unlikely(handle.kind != HANDLE_KIND_TARGET && handle.kind != HANDLE_KIND_POOL))
        return find_service(block, value);
    block->target = (struct call_target){(uint64_t)handle.object, handle.incarnation};
    block->target_is_pool = handle.kind == HANDLE_KIND_POOL;
    return likely(handle.rights & CORIGHT_CALL) ? 0 : -EACCES;
}

/* Only calls with a time limit wait. */
static inline bool waits(const struct thread_block *block)
{
    return (block->call_flags & COMESG_CALL_UNTIL) && core_waits(block);
}

/* Why a callee with this claim word cannot be called now. */
static int64_t refusal(const struct thread_block *block, const struct thread_block *callee, uint64_t claim)
{
    if (claim_state(claim) == CLAIM_DYING)
        return -ENOLINK;
    return callee == block ? -EDEADLK : -EBUSY;
}

/* Claims a callee for `block`: 0, or why not. Whoever waits for it comes first. */
static inline int64_t claim_callee(struct thread_block *block, struct thread_block *callee, uint32_t incarnation)
{
    for (;;) {
        uint64_t claim = callee->claim;
        /* After the load of the claim word: a new incarnation has another generation, so the exchange then fails. */
        if (unlikely(callee->incarnation != incarnation || callee->coprocess->dying))
            return -ENOLINK;
        if (unlikely(!claim_accepts(claim)))
            return refusal(block, callee, claim);
        if (unlikely(claim_state(claim) == CLAIM_RESERVED || waits(block)) && !core_is_next(block, callee))
            return -EBUSY;
        uint64_t ours = claim_word(claim_generation(claim), claim_owner(block->owner_word), CLAIM_LENT);
        if (likely(atomic_compare_exchange_strong(&callee->claim, &claim, ours)))
            return 0;
    }
}

/* Any worker: 0 and claimed, or what all of them together say. */
static int64_t claim_worker(struct thread_block *block, const struct call_target *target, struct thread_block **callee)
{
    struct pool *pool = (struct pool *)target->object;
    uint32_t limit = pool->limit, start = pool->hint;
    int64_t result = -ENOLINK;
    for (uint32_t i = 0; i < limit; i++) {
        uint32_t place = start + i < limit ? start + i : start + i - limit;
        uint64_t worker = place < POOL_WORKERS_MAX ? pool->workers[place] : 0;
        if (core_pool_ended(pool, target->incarnation)) /* the worker may be another pool's */
            return -ENOLINK;
        if (!worker)
            continue;
        *callee = core_neighbour(block, (uint32_t)worker);
        int64_t error = claim_callee(block, *callee, (uint32_t)(worker >> 32));
        if (!error && place != start)
            atomic_store_explicit(&pool->hint, place, memory_order_relaxed);
        if (!error)
            return 0;
        if (error == -ENOLINK)
            atomic_compare_exchange_strong(&pool->workers[place], &worker, 0);
        else if (result != -EBUSY)
            result = error;
    }
    return result;
}

/* False once the handle has been revoked or closed: who waits for its target does so in vain. */
static bool may_call(const struct thread_block *block)
{
    uint64_t value = block->arguments[ARGUMENT_TARGET];
    return block->handles[(uint32_t)value].value == value;
}

static inline int64_t claim_target(struct thread_block *block, struct thread_block **callee)
{
    const struct call_target *target = &block->target;
    if (unlikely(block->target_is_pool))
        return claim_worker(block, target, callee);
    *callee = (struct thread_block *)target->object;
    return claim_callee(block, *callee, target->incarnation);
}

int64_t core_claim_target(struct thread_block *block, struct thread_block **callee)
{
    return may_call(block) ? claim_target(block, callee) : -EBADF;
}

struct thread_block *core_next_callee(const struct realm *realm, const struct call_target *target, uint32_t *index,
                                      uint32_t *incarnation)
{
    if (!core_names_pool(realm, target->object)) {
        *incarnation = target->incarnation;
        return (*index)++ ? NULL : (struct thread_block *)target->object;
    }
    const struct pool *pool = (const struct pool *)target->object;
    while (*index < pool->limit) {
        uint64_t worker = pool->workers[(*index)++];
        if (core_pool_ended(pool, target->incarnation))
            break;
        *incarnation = (uint32_t)(worker >> 32);
        if (worker)
            return core_block_of(realm, (uint32_t)worker);
    }
    return NULL;
}

static bool is_slow(const struct thread_block *block, const struct thread_block *callee)
{
    return (callee->accept_flags | block->call_flags) & ACCEPT_SLOW;
}

/* The request is in the memory of the callee, which the caller has claimed: it serves now, on the caller's kernel
 * thread or on its own. */
static inline __attribute__((always_inline)) struct resumption serve(struct thread_block *block,
                                                                     struct thread_block *callee, uint64_t length)
{
    bool slow = is_slow(block, callee);
    core_end_accept(callee);
    if (likely(!slow))
        return (struct resumption){(int64_t)length, (uint64_t)callee};
    callee->resume_kind = RESUME_RESULT;
    callee->resume_result = (int64_t)length;
    callee->resume_exit = EXIT_ACCEPT;
    callee->accept_cookie = block->cookie;
    return (struct resumption){core_hand_over(block, callee), 0};
}

/* The same, if descriptors came with the request: the callee's own process has to receive them. */
static struct resumption serve_at_home(struct thread_block *block, struct thread_block *callee, uint64_t length)
{
    uint64_t information = callee->information;
    core_end_accept(callee);
    callee->information = information;
    callee->offered = block->arguments[ARGUMENT_OUTLEN];
    callee->resume_kind = RESUME_RECEIVE;
    callee->resume_result = (int64_t)length;
    callee->accept_cookie = block->cookie;
    return (struct resumption){core_hand_over(block, callee), 0};
}

static struct resumption failed(int64_t error)
{
    return (struct resumption){error, 0};
}

/* The callee is ours. */
static inline __attribute__((always_inline)) struct resumption deliver(struct thread_block *block,
                                                                       struct thread_block *callee)
{
    const uint64_t *arguments = block->arguments;
    callee->caller = block;
    callee->owner_word = block->owner_word;
    uint64_t length = arguments[ARGUMENT_OUTLEN] < callee->in_length ? arguments[ARGUMENT_OUTLEN] : callee->in_length;
    uint64_t fault = core_copy((void *)callee->in_address, (void *)arguments[ARGUMENT_OUT], length);
    if (unlikely(fault))
        return failed(core_request_fault(block, callee, fault));
    if (callee->information) {
        core_pass_attachments(block, callee);
        if (unlikely(callee->lane))
            return serve_at_home(block, callee, length);
        if (unlikely(core_report_received(block, callee, arguments[ARGUMENT_OUTLEN])))
            return failed(core_callee_fault(callee));
    }
    return serve(block, callee, length);
}

/* A call with flags, or to a pool. */
static __attribute__((noinline)) struct resumption try_any_call(struct thread_block *block)
{
    struct thread_block *callee;
    const struct pool *pool = (const struct pool *)block->target.object;
    if (block->target_is_pool && pool->flags & POOL_SLOW)
        block->call_flags |= COMESG_CALL_SLOW;
    bool queues = (block->call_flags & COMESG_CALL_UNTIL) && !(block->call_flags & COMESG_CALL_NB);
    int64_t error = queues ? core_wait_for_target(block, &callee) : claim_target(block, &callee);
    if (error == -EBUSY && (block->call_flags & COMESG_CALL_NB))
        error = -EAGAIN;
    if (error) /* a wait that goes on at home keeps its deadline */
        return failed(error);
    if (block->call_flags & COMESG_CALL_WAIT)
        core_deadline_end(block);
    return deliver(block, callee);
}

static inline __attribute__((always_inline)) struct resumption try_call(struct thread_block *block)
{
    if (unlikely(block->call_flags || block->target_is_pool))
        return try_any_call(block);
    struct thread_block *callee = (struct thread_block *)block->target.object;
    int64_t error = claim_callee(block, callee, block->target.incarnation);
    return unlikely(error) ? failed(error) : deliver(block, callee);
}

/* arguments: target, out, outlen, in, inlen. */
static inline __attribute__((always_inline)) int64_t prepare(struct thread_block *block)
{
    uint64_t *arguments = block->arguments;
    if (unlikely(!core_check_buffer(block, &arguments[ARGUMENT_OUT], arguments[ARGUMENT_OUTLEN]) ||
                 !core_check_buffer(block, &arguments[ARGUMENT_IN], arguments[ARGUMENT_INLEN])))
        return -EFAULT;
    block->in_address = arguments[ARGUMENT_IN];
    block->in_length = arguments[ARGUMENT_INLEN];
    return find_target(block, arguments[ARGUMENT_TARGET]);
}

struct resumption core_cocall(struct thread_block *block)
{
    block->call_flags = 0;
    block->sent_count = 0;
    int64_t error = prepare(block);
    return error ? failed(error) : try_call(block);
}

/* Descriptors are those of the caller's own process. What is held is released by core_cocall_finish. */
static __attribute__((noinline)) struct resumption begin_call(struct thread_block *block)
{
    if (!block->sent_descriptors)
        return try_call(block);
    if (core_borrowed(block)) {
        block->resume_kind = RESUME_CALL;
        return failed(CORE_MOVE_HOME);
    }
    block->look = 1;
    int64_t error = core_hold_descriptors(block);
    return error ? failed(error) : try_call(block);
}

/* arguments: also options. */
struct resumption core_cocall_with(struct thread_block *block)
{
    struct comesg_call_options options;
    int64_t error = core_fetch_options(block, block->arguments[ARGUMENT_OPTIONS], &options);
    if (!error)
        error = prepare(block);
    if (!error)
        error = core_fetch_attachments(block, options.attachments, options.attachment_count);
    if (!error)
        error = core_fetch_information(block, options.information);
    if (unlikely(error))
        return failed(error);
    block->call_flags = options.flags;
    block->dropped = 0;
    if (block->information)
        atomic_store_explicit(&block->look, 1, memory_order_relaxed); /* core_cocall_finish */
    uint64_t deadline = options.deadline ? options.deadline : 1;
    if (unlikely(options.deadline != COMESG_CALL_WITHOUT_LIMIT && options.flags & COMESG_CALL_WAIT))
        core_deadline_begin_wait(block, deadline);
    else if (unlikely(options.deadline != COMESG_CALL_WITHOUT_LIMIT))
        core_deadline_begin(block, deadline);
    return unlikely(block->sent_descriptors) ? begin_call(block) : try_call(block);
}

/* On the home thread. */
struct resumption core_resume_call(struct thread_block *block)
{
    struct resumption result = begin_call(block);
    if (result.exit == 0)
        result.exit = EXIT_COCALL;
    return result;
}

int64_t core_cocall_finish(struct thread_block *block, int64_t result)
{
    if (block->held_descriptors)
        core_release_descriptors(block);
    if (block->information && result >= 0 && block->lane)
        core_take_descriptors(block);
    if (block->information && result >= 0 && core_report_received(block, block, block->offered))
        result = -EFAULT;
    core_drop_received(block, block);
    block->information = 0;
    return result;
}
