/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The end of a co-process: forcing every kernel thread out of its region before anything is unmapped.
 *
 * A signal is only a hint, so each step reads the words again and the whole is repeated until nobody is inside.
 */
#include "host/ending.h"

#include "core/descriptors.h"
#include "core/kernel.h"
#include "core/pools.h"
#include "core/ports.h"
#include "core/seals.h"
#include "host/deaths.h"
#include "host/objects.h"

#include "host/launch.h"
#include "host/lending.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

/* A stopped kernel thread takes no signal: it is killed after this many attempts, one a millisecond. */
enum { ATTEMPTS_WHILE_STOPPED = 2000 };

#define OWNER_SUPERVISOR 0xffffffu

static bool exchange(_Atomic uint64_t *word, uint64_t expected, uint64_t desired)
{
    return atomic_compare_exchange_strong(word, &expected, desired);
}

static bool thread_is_dead(const struct host_realm *realm, uint32_t owner)
{
    return core_thread_is_dead(&core_block_of(realm->shared, owner)->home);
}

/* Ends the wait of everybody whose callee is the dead one. It may have died anywhere between taking the right to write
 * the reply and waking the caller. */
static void fail_callers(const struct host_realm *realm, const struct thread_block *callee)
{
    uint32_t slot = 0;
    for (struct thread_block *caller; (caller = core_next_block(realm->shared, &slot));) {
        uint64_t wait = caller->wait;
        bool copying = claim_state(wait) == WAIT_COPYING && claim_owner(wait) == callee->home.owner;
        if (caller->callee != callee || !(copying || claim_state(wait) == WAIT_WAITING))
            continue;
        if (!exchange(&caller->wait, wait, claim_word(claim_generation(wait), OWNER_SUPERVISOR, WAIT_COPYING)))
            continue;
        caller->reply_result = -ENOLINK;
        caller->wait = claim_word(claim_generation(wait), 0, WAIT_DONE);
    }
}

void ending_wake_everybody(const struct host_realm *realm)
{
    uint32_t slot = 0;
    core_wake_waiters_for(realm->shared, WAITS_FOR_ANY);
    for (struct thread_block *block; (block = core_next_block(realm->shared, &slot));) {
        if (claim_state(block->wait) != WAIT_NONE)
            futex_wake_all(&block->wait);
        core_wake_thread(block); /* it may have looked at ports, and be about to sleep */
        if (claim_state(block->claim) == CLAIM_HOME || block->accept_deadline != NO_DEADLINE) {
            block->home.wake_count++;
            futex_wake_all(&block->home.wake_count);
        }
    }
}

static bool is_stopped(const struct kernel_thread *thread)
{
    char state = realm_thread_state(thread);
    return state == 'T' || state == 't';
}

/* Asks the kernel thread that holds a claim to leave. It may be deep in a call of its own and leave later; only one
 * that is stopped, and so might never leave, is killed. */
static void signal_owner(struct host_realm *realm, uint32_t owner, unsigned attempts)
{
    const struct thread_block *home = core_block_of(realm->shared, owner);
    bool overdue = attempts >= ATTEMPTS_WHILE_STOPPED && attempts % 64 == 0;
    realm_signal_thread(home, overdue && is_stopped(&home->home) ? SIGKILL : CORE_SIGNAL_RECALL);
}

/* Drives the claim word to DYING: true once it is. */
static bool claim_to_dying(struct host_realm *realm, struct thread_block *block, unsigned attempts)
{
    uint64_t claim = block->claim;
    unsigned state = claim_state(claim);
    uint32_t owner = claim_owner(claim);
    uint64_t dying = claim_word(claim_generation(claim) + 1, 0, CLAIM_DYING);
    if (state == CLAIM_DYING)
        return true;
    if (claim_accepts(claim) || thread_is_dead(realm, owner))
        return exchange(&block->claim, claim, dying);
    signal_owner(realm, owner, attempts);
    return false;
}

/* The dying co-process no longer waits for a reply: true once nobody can write into its buffer. */
static bool stop_waiting(const struct host_realm *realm, struct thread_block *block)
{
    uint64_t wait = block->wait;
    unsigned state = claim_state(wait);
    if (state == WAIT_NONE || state == WAIT_DONE)
        return true;
    if (state == WAIT_COPYING && !thread_is_dead(realm, claim_owner(wait)))
        return false;
    return exchange(&block->wait, wait, WAIT_NONE);
}

static void end_for_lost_context(struct host_realm *realm, struct thread_block *block)
{
    const struct member *member = &realm->members[block->coprocess->index];
    if (member->pid == 0 || member->reaped)
        return;
    block->coprocess->context_lost = 1;
    block->coprocess->dying = 1;
    block->force_out = 1;
    realm->pursuing = true;
}

/* Restarts a block whose context is lost at its recovery entry. False if that cannot be done yet, because a reply is
 * being written into its memory. */
static bool recover(const struct host_realm *realm, struct thread_block *block)
{
    if (!stop_waiting(realm, block))
        return false;
    uint32_t generation = claim_generation(block->claim) + 1;
    core_end_waiting(block);
    core_block_recover(block);
    block->claim = claim_word(generation, block->home.owner, CLAIM_RUNNING);
    block->home.wake_count++;
    futex_wake_all(&block->home.wake_count);
    return true;
}

/* Contexts of others that ran on the dead thread are lost with it: they restart at their recovery entries, or their
 * co-processes end. True if no claim names the thread any more: only then may its place be used again. */
static bool resolve_lost_contexts(struct host_realm *realm, const struct thread_block *lender)
{
    bool none = true;
    uint32_t slot = 0;
    for (struct thread_block *block; (block = core_next_block(realm->shared, &slot));) {
        uint64_t claim = block->claim;
        if (claim_state(claim) != CLAIM_LENT || claim_owner(claim) != lender->home.owner || block == lender)
            continue;
        if (block->recovery && !block->coprocess->dying) {
            none &= recover(realm, block);
        } else {
            end_for_lost_context(realm, block);
            none = false;
        }
    }
    return none;
}

/* Frees the locks of memory ranges that the dead thread held: for its own program, or on behalf of one that it had
 * called. */
static void free_memory_locks(const struct host_realm *realm, uint32_t dead)
{
    for (size_t index = 0; index < realm->member_limit; index++) {
        struct coprocess *coprocess = realm_coprocess(realm, index);
        uint32_t holder = dead;
        if (atomic_compare_exchange_strong(&coprocess->memory_lock, &holder, 0))
            futex_wake_all(&coprocess->memory_lock);
    }
}

/* True if the lock is ours. Its holder may be stopped: then it is asked to leave like the holder of a claim. */
static bool lock_names(struct host_realm *realm, unsigned attempts)
{
    struct realm *shared = realm->shared;
    uint32_t holder = shared->name_lock;
    if (holder != 0 && !thread_is_dead(realm, holder)) {
        signal_owner(realm, holder, attempts);
        return false;
    }
    return atomic_compare_exchange_strong(&shared->name_lock, &holder, OWNER_SUPERVISOR);
}

static bool remove_names(struct host_realm *realm, struct coprocess *coprocess, unsigned attempts)
{
    struct realm *shared = realm->shared;
    if (coprocess->name_count == 0)
        return true;
    if (!lock_names(realm, attempts))
        return false;
    for (uint32_t i = 0; i < shared->name_limit; i++) {
        const struct thread_block *block = shared->names[i].block;
        if (block && block->coprocess == coprocess)
            shared->names[i].block = NULL;
    }
    coprocess->name_count = 0;
    shared->name_lock = 0;
    return true;
}

/* One attempt to end a thread whose kernel thread is gone. True if nobody runs in it any more, nobody writes into its
 * buffers, nobody waits for it, and nothing is lost with it that has not been dealt with. */
static bool end_block(struct host_realm *realm, struct thread_block *block, unsigned attempts)
{
    block->force_out = 1;
    free_memory_locks(realm, block->home.owner);
    core_ports_recover(realm->shared, block->home.owner);
    core_handles_recover(realm->shared, block->home.owner);
    objects_replace_revoked(realm);
    bool outside = claim_to_dying(realm, block, attempts);
    if (outside) {
        core_end_waiting(block);
        core_deadline_end(block); /* or the watcher would remind nobody for ever */
        fail_callers(realm, block);
    }
    outside = outside && stop_waiting(realm, block);
    core_lanes_recover(realm->shared, block->home.owner); /* from now on nobody sends anything to it */
    return resolve_lost_contexts(realm, block) && outside;
}

bool ending_step(struct host_realm *realm, size_t index)
{
    struct coprocess *coprocess = realm_coprocess(realm, index);
    struct member *member = &realm->members[index];
    uint32_t thread = 0;
    coprocess->dying = 1;
    core_pools_end(coprocess);
    remove_names(realm, coprocess, member->attempts);
    bool ended = true;
    for (struct thread_block *block; (block = core_next_thread(coprocess, &thread));)
        ended &= end_block(realm, block, member->attempts);
    member->attempts++;
    ending_wake_everybody(realm);
    /* Nobody runs in it now: names that it was given meanwhile are the last. */
    if (!ended || !remove_names(realm, coprocess, member->attempts) || !core_handles_end(coprocess))
        return false;
    coprocess->pid = 0;
    core_slots_free(coprocess);
    core_seals_end(coprocess);
    core_ports_end(coprocess);
    objects_end(realm, coprocess);
    realm_drop_handles(realm, index);
    deaths_record(realm, index);
    image_layout_release(&member->layout);
    struct launch *launch = member->launch;
    realm_release_member(realm, index);
    if (launch)
        launch_ended(launch);
    return true;
}

/* A thread has received a signal that ends the process while it ran somebody else's code. */
static bool is_leaving(const struct coprocess *coprocess)
{
    uint32_t thread = 0;
    for (const struct thread_block *block; (block = core_next_thread(coprocess, &thread));) {
        if (block->force_out)
            return true;
    }
    return false;
}

/* It gives back first what is others'. It may be stopped. */
static void pursue(const struct host_realm *realm, struct member *member, const struct coprocess *coprocess)
{
    unsigned attempts = member->end_attempts++;
    kill(member->pid, SIGCONT);
    if (lending_stop(realm, coprocess, attempts) || attempts >= ATTEMPTS_WHILE_STOPPED)
        kill(member->pid, SIGKILL);
}

static void recall_threads(const struct coprocess *coprocess)
{
    uint32_t thread = 0;
    for (const struct thread_block *block; (block = core_next_thread(coprocess, &thread));) {
        if (block->force_out)
            realm_signal_thread(block, CORE_SIGNAL_RECALL);
    }
}

bool ending_pursue(struct host_realm *realm)
{
    bool pending = false;
    if (!realm->pursuing)
        return false;
    for (size_t index = 0; index < realm->member_limit; index++) {
        struct member *member = &realm->members[index];
        const struct coprocess *coprocess = realm_coprocess(realm, index);
        if (!member->pid || member->reaped || !(coprocess->dying || is_leaving(coprocess)))
            continue;
        if (coprocess->dying)
            pursue(realm, member, coprocess);
        else
            recall_threads(coprocess);
        pending = true;
    }
    return realm->pursuing = pending;
}
