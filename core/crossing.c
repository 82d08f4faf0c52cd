/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The slow paths of the switcher: calls that fail, the first accept, and contexts that have moved to their home thread.
 *
 * Who may write a claim word: from ACCEPTING anybody, by compare-and-swap; from any other state only the kernel thread
 * that the word names as its owner, or, once that thread has been reaped, the supervisor.
 */
#include "core/call.h"

#include <stdatomic.h>

/* Wakes a home thread that is parked: it looks at the claim word for itself. */
void core_wake_home(struct thread_block *block)
{
    block->home.wake_count++;
    futex_wake_all(&block->home.wake_count);
}

/* The claim passes from the lender, which calls this, to the home thread. */
static void claim_for_home(struct thread_block *callee)
{
    const struct thread_block *caller = callee->caller;
    callee->caller_pid = caller->coprocess->pid;
    callee->caller_identity = core_coprocess_identity(caller->coprocess);
    callee->caller_cookie = caller->cookie;
    callee->owner_word = owner_word(callee->home.owner);
    callee->claim = claim_word(claim_generation(callee->claim), callee->home.owner, CLAIM_HOME);
}

/* A fault while the request was copied. Whose buffer it was decides who is told. */
int64_t core_request_fault(struct thread_block *caller, struct thread_block *callee, uint64_t address)
{
    if (address - callee->region_base < COMESG_REGION_SIZE && callee->region_base != caller->region_base)
        return core_callee_fault(callee);
    core_accept_again(callee);
    return -EFAULT;
}

/* The callee, which is claimed for a caller, cannot be given what came: that goes back to its coaccept, and this is for
 * the caller. */
int64_t core_callee_fault(struct thread_block *callee)
{
    core_end_accept(callee);
    callee->resume_kind = RESUME_RESULT;
    callee->resume_result = -EFAULT;
    callee->resume_exit = EXIT_ACCEPT;
    callee->reply_wait = 0;
    claim_for_home(callee);
    core_wake_home(callee);
    return -ENOLINK;
}

bool core_is_landing_pad(const struct thread_block *block, uint64_t pad)
{
    const struct coprocess *coprocess = block->coprocess;
    uint64_t offset = pad - block->region_base;
    uint32_t bytes;
    if (offset < coprocess->text_start || offset >= coprocess->text_end || coprocess->text_end - offset < sizeof bytes)
        return false;
    return core_copy(&bytes, (const void *)pad, sizeof bytes) == 0 && bytes + COMESG_LANDING_PAD_NEGATED == 0;
}

/* Takes the right to write into the caller's buffer and copies; core_park lets the caller go on. The caller may have
 * stopped waiting: then the reply is dropped. -EFAULT if the reply itself faults: the caller then still waits. */
int64_t core_reply_from_home(struct thread_block *callee)
{
    struct thread_block *caller = callee->caller;
    uint64_t waiting = callee->reply_wait, expected = waiting;
    uint64_t copying = claim_word(claim_generation(waiting), callee->home.owner, WAIT_COPYING);
    if (waiting == 0 || !atomic_compare_exchange_strong(&caller->wait, &expected, copying))
        return 0;
    uint64_t length = callee->arguments[1] < caller->in_length ? callee->arguments[1] : caller->in_length;
    uint64_t fault = core_copy((void *)caller->in_address, (const void *)callee->arguments[0], length);
    if (fault && core_in_region(callee, fault, 1)) {
        caller->wait = waiting;
        return -EFAULT;
    }
    caller->reply_result = fault ? -EFAULT : (int64_t)length;
    core_send_with_reply(callee, caller);
    callee->reply_copied = true;
    return 0;
}

/* The caller that waits for the reply of this context, which is on its home thread, gets ENOLINK. */
void core_fail_caller(struct thread_block *block)
{
    struct thread_block *caller = block->caller;
    uint64_t waiting = block->reply_wait;
    uint64_t number = claim_generation(waiting);
    if (claim_state(block->claim) != CLAIM_HOME || waiting == 0)
        return;
    if (!atomic_compare_exchange_strong(&caller->wait, &waiting, claim_word(number, block->home.owner, WAIT_COPYING)))
        return;
    caller->reply_result = -ENOLINK;
    caller->wait = claim_word(number, 0, WAIT_DONE);
    futex_wake_all(&caller->wait);
}

/* False if this is no landing pad: that ends the co-process. */
bool core_check_pad(struct thread_block *block, uint64_t pad)
{
    if (!core_is_landing_pad(block, pad)) {
        core_control_flow_fault(block);
        return false;
    }
    block->checked_pad = pad;
    return true;
}

/* arguments: out, outlen, in, inlen, pad. An error goes back to the caller of coaccept. */
int64_t core_coaccept_slow(struct thread_block *block)
{
    uint64_t *arguments = block->arguments;
    if (!core_set_pad(block, arguments[4]))
        return -EFAULT; /* not seen: the exit forces the context out */
    unsigned state = claim_state(block->claim);
    if (state == CLAIM_RUNNING) /* nobody to reply to: `out` is ignored */
        arguments[1] = 0;
    block->sent_count = 0;
    if (!core_check_buffer(block, &arguments[0], arguments[1]) ||
        !core_check_buffer(block, &arguments[2], arguments[3]))
        return -EFAULT;
    if (state == CLAIM_LENT)
        return CORE_RETRY;
    if (state == CLAIM_HOME && core_reply_from_home(block))
        return -EFAULT;
    block->in_address = arguments[2];
    block->in_length = arguments[3];
    return CORE_PARK;
}

/* A fault while the reply was copied: EFAULT to the side whose buffer it was. If that is the caller's, the callee is
 * unharmed and accepts again; if it is the callee's own, it may try another reply. */
int64_t core_reply_fault(struct thread_block *callee, uint64_t address)
{
    return core_in_region(callee, address, 1) ? -EFAULT : CORE_RELEASE;
}

/* On the park stack of the home thread: lets callers in, the one just answered first of all, and sleeps until the
 * context comes back to this thread. Once the claim word says ACCEPTING, the thread block may be another lender's. */
void core_park(struct thread_block *block)
{
    struct thread_block *answered = block->reply_copied ? block->caller : NULL;
    uint64_t number = claim_generation(block->reply_wait);
    block->reply_copied = false;
    core_accept_again(block);
    if (answered) {
        answered->wait = claim_word(number, 0, WAIT_DONE);
        futex_wake_all(&answered->wait);
    }
    core_sleep_parked(block);
}

/* Stops waiting unless the reply is being written, which ends soon or with the death of its writer, or is there. */
static bool stop_waiting(struct thread_block *caller, uint64_t wait)
{
    if (claim_state(wait) == WAIT_NONE)
        return true;
    return claim_state(wait) == WAIT_WAITING && atomic_compare_exchange_strong(&caller->wait, &wait, WAIT_NONE);
}

/* While the reply is written the deadline may pass: that does not take long. */
static void sleep_for_reply(struct thread_block *caller, uint64_t wait)
{
    uint64_t own = claim_state(wait) == WAIT_COPYING ? 0 : core_deadline(caller);
    futex_wait_until(&caller->wait, (uint32_t)wait, core_earliest_deadline(caller, own));
}

/* On the caller's gate stack. CORE_MOVE_HOME: somebody below in the chain of calls needs this kernel thread; the wait
 * goes on on the caller's home thread. */
static int64_t watch_for_reply(struct thread_block *caller)
{
    for (;;) {
        uint64_t wait = caller->wait;
        if (claim_state(wait) == WAIT_DONE)
            break;
        if (caller->force_out && stop_waiting(caller, wait))
            return -EINTR; /* not seen: the exit forces this context out */
        if (core_must_leave(caller)) {
            caller->resume_kind = RESUME_WAIT;
            return CORE_MOVE_HOME;
        }
        if (core_deadline_over(caller) && stop_waiting(caller, wait))
            return -ETIMEDOUT;
        sleep_for_reply(caller, wait);
    }
    caller->wait = WAIT_NONE;
    return caller->reply_result;
}

static int64_t await_reply(struct thread_block *caller)
{
    struct kernel_thread *thread = core_running_thread(caller);
    thread->blocked = caller;
    int64_t result = watch_for_reply(caller);
    thread->blocked = NULL;
    return result;
}

static struct resumption accept_at_home(struct thread_block *block)
{
    int64_t result = core_coaccept_with(block);
    return (struct resumption){result, result == CORE_PARK ? EXIT_PARK : EXIT_ACCEPT};
}

struct resumption core_home_resume(struct thread_block *block)
{
    switch (block->resume_kind) {
    case RESUME_RESULT:
        return (struct resumption){block->resume_result, block->resume_exit};
    case RESUME_WAIT:
        return (struct resumption){await_reply(block), EXIT_COCALL};
    case RESUME_CALL:
        return core_resume_call(block);
    case RESUME_RECEIVE:
        return (struct resumption){core_receive_request(block), EXIT_ACCEPT};
    case RESUME_ACCEPT:
        return accept_at_home(block);
    case RESUME_FRAME:
        core_resume_frame(block);
    case RESUME_RECOVERY:
        return (struct resumption){0, EXIT_RECOVERY};
    default:
        return (struct resumption){core_system_call_again(block), EXIT_SYSTEM_CALL};
    }
}

/* On the caller's gate stack: gives the callee's context, which says in resume_kind how it goes on, to its home thread
 * and waits for the reply. */
int64_t core_hand_over(struct thread_block *caller, struct thread_block *callee)
{
    uint64_t waiting = claim_word(++caller->wait_number & 0xffffffff, 0, WAIT_WAITING);
    caller->callee = callee;
    caller->wait = waiting;
    callee->reply_wait = waiting;
    core_running_thread(caller)->blocked = caller; /* before the callee may find that it would wait for itself */
    claim_for_home(callee);
    core_wake_home(callee);
    core_wake_owed(core_running_home(caller));
    return await_reply(caller);
}

/* On the caller's gate stack, after the dying callee's context has been given up. */
int64_t core_forced_out(struct thread_block *callee)
{
    callee->claim = claim_word(claim_generation(callee->claim) + 1, 0, CLAIM_DYING);
    return -ENOLINK;
}

void core_control_flow_fault(struct thread_block *block)
{
    core_record_fault(block, 11, 0, block->region_base);
}
