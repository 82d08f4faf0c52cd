/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Freeing contexts of others from the kernel threads of a process that is stopped or about to be ended.
 *
 * A stopped kernel thread takes no signal. So a process that was stopped while it ran somebody else's context, or held
 * something that others wait for, is continued: its kernel threads give back what is not theirs before they execute
 * anything of their own program, and then pause in the core until somebody else continues the process. Stopping it
 * again instead could swallow the signal with which somebody just does that.
 */
#include "host/lending.h"

#include "core/kernel.h"
#include "core/ports.h"
#include "host/ending.h"

#include <signal.h>

/* In milliseconds. */
enum {
    SETTLED = 5,      /* who stops a whole group, the supervisor too, has done so by then */
    LONG_SLEEP = 100, /* of a kernel thread that no signal reaches */
    PATIENCE = 2000,
};

/* True if this kernel thread would keep somebody else waiting while it is stopped. */
static bool holds(const struct host_realm *realm, const struct thread_block *home)
{
    uint32_t owner = home->home.owner, slot = 0;
    if (core_lends(realm->shared, owner) || realm->shared->name_lock == owner)
        return true;
    for (size_t i = 0; i < sizeof home->tables / sizeof home->tables[0]; i++) {
        if (home->tables[i] || home->working[i])
            return true;
    }
    if (core_holds_port(realm->shared, owner))
        return true;
    for (const struct thread_block *block; (block = core_next_block(realm->shared, &slot));) {
        uint64_t wait = block->wait;
        if (claim_state(wait) == WAIT_COPYING && claim_owner(wait) == owner)
            return true;
    }
    return false;
}

static bool process_holds(const struct host_realm *realm, const struct coprocess *coprocess)
{
    uint32_t index = 0;
    for (const struct thread_block *thread; (thread = core_next_thread(coprocess, &index));) {
        if (!core_thread_is_dead(&thread->home) && holds(realm, thread))
            return true;
    }
    return false;
}

static bool thread_stops(const struct host_realm *realm, struct thread_block *thread, unsigned attempts)
{
    if (core_thread_is_dead(&thread->home))
        return true;
    thread->home.no_lending = 1;
    if (thread->home.paused)
        return true;
    realm_signal_thread(thread, CORE_SIGNAL_RECALL);
    return attempts >= LONG_SLEEP && !holds(realm, thread);
}

bool lending_stop(const struct host_realm *realm, const struct coprocess *coprocess, unsigned attempts)
{
    uint32_t index = 0;
    bool stopped = true;
    for (struct thread_block *thread; (thread = core_next_thread(coprocess, &index));)
        stopped &= thread_stops(realm, thread, attempts);
    return stopped;
}

static void forbid(const struct coprocess *coprocess)
{
    uint32_t index = 0;
    for (struct thread_block *thread; (thread = core_next_thread(coprocess, &index));)
        thread->home.no_lending = 1;
}

static void allow(const struct coprocess *coprocess)
{
    uint32_t index = 0;
    for (struct thread_block *thread; (thread = core_next_thread(coprocess, &index));) {
        thread->home.no_lending = 0;
        futex_wake_all(&thread->home.no_lending);
    }
}

/* The first thread may have ended alone. */
static bool is_stopped(const struct coprocess *coprocess)
{
    uint32_t index = 0;
    for (const struct thread_block *thread; (thread = core_next_thread(coprocess, &index));) {
        if (!core_thread_is_dead(&thread->home))
            return realm_thread_state(&thread->home) == 'T';
    }
    return false;
}

void lending_process_stopped(struct host_realm *realm, size_t index)
{
    struct member *member = &realm->members[index];
    if (member->stop == STOP_RELEASING)
        return;
    realm_coprocess(realm, index)->continued = 0;
    member->stop = STOP_NOTED;
    member->stop_attempts = 0;
    realm->stopping = true;
}

static void go_on(const struct host_realm *realm, struct member *member, const struct coprocess *coprocess)
{
    member->stop = STOP_NONE;
    allow(coprocess);
    ending_wake_everybody(realm);
}

/* A process that is being released, or has been, has been continued by the supervisor; whether somebody else has done
 * so too, it says itself. */
void lending_process_continued(struct host_realm *realm, size_t index)
{
    struct member *member = &realm->members[index];
    if (member->stop != STOP_RELEASING && member->stop != STOP_PAUSED)
        go_on(realm, member, realm_coprocess(realm, index));
}

void lending_all_continued(const struct host_realm *realm)
{
    for (size_t index = 0; index < realm->member_limit; index++) {
        if (realm->members[index].stop != STOP_NONE)
            realm_coprocess(realm, index)->continued = 1;
    }
}

/* To one of its threads: so the signal does not merge with one that somebody else sends to the process. */
static void let_go(const struct coprocess *coprocess)
{
    uint32_t index = 0;
    for (const struct thread_block *thread; (thread = core_next_thread(coprocess, &index));) {
        if (core_thread_is_dead(&thread->home))
            continue;
        realm_signal_thread(thread, SIGCONT);
        break;
    }
}

/* The recall signal is there before the process goes on: nothing of its program runs before it is handled. */
static void begin_release(const struct host_realm *realm, struct member *member, const struct coprocess *coprocess)
{
    lending_stop(realm, coprocess, 0);
    member->stop = STOP_RELEASING;
    member->stop_attempts = 0;
    let_go(coprocess);
}

/* One attempt. Somebody may have stopped it once more. */
static void release(const struct host_realm *realm, struct member *member, const struct coprocess *coprocess,
                    unsigned attempts)
{
    if (is_stopped(coprocess))
        let_go(coprocess);
    if (lending_stop(realm, coprocess, attempts))
        member->stop = STOP_PAUSED;
    else if (attempts >= PATIENCE)
        kill(member->pid, SIGKILL);
}

/* Those who wait in a queue with its threads come before them from now on. */
static void examine(const struct host_realm *realm, struct member *member, const struct coprocess *coprocess)
{
    if (!is_stopped(coprocess)) {
        go_on(realm, member, coprocess);
        return;
    }
    forbid(coprocess);
    ending_wake_everybody(realm);
    member->stop = STOP_HELD;
    if (process_holds(realm, coprocess))
        begin_release(realm, member, coprocess);
}

static void pursue(const struct host_realm *realm, struct member *member, const struct coprocess *coprocess)
{
    unsigned attempts = member->stop_attempts++;
    if (member->reaped || coprocess->dying)
        member->stop = STOP_NONE;
    else if (member->stop == STOP_NOTED && attempts >= SETTLED)
        examine(realm, member, coprocess);
    else if (member->stop != STOP_NOTED && coprocess->continued)
        go_on(realm, member, coprocess);
    else if (member->stop == STOP_RELEASING)
        release(realm, member, coprocess, attempts);
}

bool lending_pursue(struct host_realm *realm)
{
    bool paused = false, pending = false;
    if (!realm->stopping)
        return false;
    for (size_t index = 0; index < realm->member_limit; index++) {
        struct member *member = &realm->members[index];
        if (member->stop != STOP_NONE && member->stop != STOP_HELD)
            pursue(realm, member, realm_coprocess(realm, index));
        paused |= member->stop == STOP_PAUSED;
        pending |= member->stop == STOP_NOTED || member->stop == STOP_RELEASING;
    }
    realm->stopping = paused || pending;
    return pending;
}
