/* SPDX-License-Identifier: BSD-2-Clause
 *
 * coaccept with options: a time limit, the slow path, more than bytes.
 */
#include "core/call.h"
#include "core/descriptors.h"

#include <stdatomic.h>

enum { ARGUMENT_OUT, ARGUMENT_OUTLEN, ARGUMENT_IN, ARGUMENT_INLEN, ARGUMENT_PAD, ARGUMENT_OPTIONS };

unsigned core_accepting_state(const struct thread_block *callee)
{
    return callee->accept_flags ? CLAIM_ACCEPTING_WITH : CLAIM_ACCEPTING;
}

/* What the caller is told beyond the bytes of the reply. */
void core_send_with_reply(struct thread_block *callee, struct thread_block *caller)
{
    caller->offered = callee->arguments[ARGUMENT_OUTLEN];
    if (caller->reply_result >= 0 && caller->information)
        core_pass_attachments(callee, caller);
    callee->sent_count = 0;
}

/* The caller's buffer is at fault: it is told so, and the callee is unharmed. */
static int64_t reply_in_place(struct thread_block *callee)
{
    const uint64_t *arguments = callee->arguments;
    struct thread_block *caller = callee->caller;
    uint64_t length = arguments[ARGUMENT_OUTLEN] < caller->in_length ? arguments[ARGUMENT_OUTLEN] : caller->in_length;
    uint64_t fault = core_copy((void *)caller->in_address, (const void *)arguments[ARGUMENT_OUT], length);
    if (unlikely(fault) && core_in_region(callee, fault, 1))
        return -EFAULT;
    caller->reply_result = fault ? -EFAULT : (int64_t)length;
    core_send_with_reply(callee, caller);
    return 0;
}

/* What the next call finds. */
static void prepare_accept(struct thread_block *block, const struct comesg_call_options *options)
{
    block->in_address = block->arguments[ARGUMENT_IN];
    block->in_length = block->arguments[ARGUMENT_INLEN];
    _Static_assert(COMESG_CALL_NB == ACCEPT_NB && COMESG_CALL_UNTIL == ACCEPT_DEADLINE &&
                       COMESG_CALL_SLOW == ACCEPT_SLOW,
                   "the same flags");
    const uint32_t known = ACCEPT_NB | ACCEPT_DEADLINE | ACCEPT_SLOW;
    block->accept_flags = (options->flags & known) | (block->information ? ACCEPT_TOLD : 0);
    uint64_t deadline = options->flags & COMESG_CALL_NB ? 0 : options->deadline;
    atomic_store_explicit(&block->accept_deadline, deadline, memory_order_relaxed);
}

/* Descriptors are those of the callee's own process: 0, an error, or CORE_MOVE_HOME. */
static int64_t hold_at_home(struct thread_block *block)
{
    if (!core_borrowed(block))
        return core_hold_descriptors(block);
    block->resume_kind = RESUME_ACCEPT;
    return CORE_MOVE_HOME;
}

/* arguments: out, outlen, in, inlen, pad, options. An error goes back to the caller of coaccept. */
int64_t core_coaccept_with(struct thread_block *block)
{
    uint64_t *arguments = block->arguments;
    struct comesg_call_options options;
    unsigned state = claim_state(block->claim);
    if (unlikely(!core_set_pad(block, arguments[ARGUMENT_PAD])))
        return -EFAULT; /* not seen: the exit forces the context out */
    int64_t error = core_fetch_options(block, arguments[ARGUMENT_OPTIONS], &options);
    if (!error && (options.flags & COMESG_CALL_NB) && (options.flags & COMESG_CALL_UNTIL))
        error = -EINVAL;
    if (unlikely(error))
        return error;
    if (unlikely(state == CLAIM_RUNNING)) { /* nobody to reply to: `out` is ignored */
        arguments[ARGUMENT_OUTLEN] = 0;
        options.attachment_count = 0;
    }
    if (unlikely(!core_check_buffer(block, &arguments[ARGUMENT_OUT], arguments[ARGUMENT_OUTLEN]) ||
                 !core_check_buffer(block, &arguments[ARGUMENT_IN], arguments[ARGUMENT_INLEN])))
        return -EFAULT;
    error = core_fetch_attachments(block, options.attachments, options.attachment_count);
    if (!error)
        error = core_fetch_information(block, options.information);
    if (unlikely(!error && block->sent_descriptors))
        error = hold_at_home(block);
    if (unlikely(error)) {
        block->information = 0;
        return error;
    }
    if (likely(state == CLAIM_LENT))
        error = reply_in_place(block);
    else if (state == CLAIM_HOME)
        error = core_reply_from_home(block);
    if (unlikely(block->held_descriptors))
        core_release_descriptors(block);
    if (unlikely(error)) {
        block->information = 0;
        return error;
    }
    prepare_accept(block, &options);
    return likely(state == CLAIM_LENT) ? CORE_LEAVE : CORE_PARK;
}

/* The callee has a time limit. Its own kernel thread, if that sleeps, has to know if this comes sooner than the one
 * that it knows of. */
static void tell_time_limit(struct thread_block *callee, uint64_t deadline)
{
    atomic_thread_fence(memory_order_seq_cst); /* the home thread says until when it sleeps, and looks again */
    if (deadline < callee->home.sleeps_until)
        core_wake_home(callee);
}

/* The callee accepts, and others have to know. Hands `result` on. */
static __attribute__((noinline)) int64_t announce(struct thread_block *callee, uint64_t deadline, int64_t result)
{
    if (callee->waiters)
        core_serve_waiters(callee);
    if (deadline != NO_DEADLINE)
        tell_time_limit(callee, deadline);
    return result;
}

static inline int64_t accept_again(struct thread_block *callee, int64_t result)
{
    uint64_t deadline = callee->accept_deadline;
    uint64_t claim = claim_word(claim_generation(callee->claim) + 1, 0, core_accepting_state(callee));
    atomic_store_explicit(&callee->claim, claim, memory_order_release); /* those who wait have made a barrier */
    if (unlikely(callee->waiters) || unlikely(deadline != NO_DEADLINE))
        return announce(callee, deadline, result);
    return result;
}

void core_accept_again(struct thread_block *callee)
{
    accept_again(callee, 0);
}

/* On the gate stack of the caller, whose result this is. */
int64_t core_release(struct thread_block *callee)
{
    return accept_again(callee, callee->caller->reply_result);
}

/* When the home thread has to look although nobody wakes it. A callee that is RESERVED is either called, or the last
 * who waited wakes the thread. */
static uint64_t time_limit(const struct thread_block *block, uint64_t claim)
{
    bool limited = claim_accepts(claim) && claim_state(claim) != CLAIM_RESERVED;
    return limited ? block->accept_deadline : NO_DEADLINE;
}

/* The time limit has passed. True if the context goes on here, on its home thread; not if somebody waits, who goes
 * first. */
static bool stop_accepting(struct thread_block *block, uint64_t claim)
{
    int64_t error = block->accept_flags & ACCEPT_NB ? -EAGAIN : -ETIMEDOUT;
    uint64_t running = claim_word(claim_generation(claim), block->home.owner, CLAIM_RUNNING);
    core_serve_waiters(block);
    if (!atomic_compare_exchange_strong(&block->claim, &claim, running))
        return false;
    core_end_accept(block);
    block->owner_word = owner_word(block->home.owner);
    block->resume_kind = RESUME_RESULT;
    block->resume_result = error;
    block->resume_exit = EXIT_ACCEPT;
    return true;
}

/* On the park stack of the home thread: sleeps until the context comes back to this thread. */
void core_sleep_parked(struct thread_block *block)
{
    for (;;) {
        uint32_t wake_count = block->home.wake_count;
        uint64_t claim = block->claim, limit = time_limit(block, claim);
        if (claim_state(claim) == CLAIM_HOME || claim_state(claim) == CLAIM_RUNNING)
            return;
        if (block->force_out)
            core_end_home_thread(block);
        core_pause(block);
        if (limit != NO_DEADLINE && limit <= core_now()) {
            if (stop_accepting(block, claim))
                return;
            continue;
        }
        block->home.sleeps_until = limit;
        if (time_limit(block, block->claim) >= limit)
            futex_wait_until(&block->home.wake_count, wake_count, limit == NO_DEADLINE ? 0 : limit);
        block->home.sleeps_until = 0;
    }
}
