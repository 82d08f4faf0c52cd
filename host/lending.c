/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Freeing contexts of others from the kernel threads of a process that is stopped or about to be ended.
 *
 * A stopped kernel thread takes no signal. So a process that was stopped while it ran somebody else's context, or held
 * something that others wait for, is continued for a moment: its kernel threads give back what is not theirs before
 * they execute anything of their own program, and pause until the process is stopped again.
 */
#include "host/lending.h"

#include "host/ending.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

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
        syscall(SYS_futex, &thread->home.no_lending, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
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
    if (member->stop == STOP_RELEASING) {
        kill(member->pid, SIGCONT);
        return;
    }
    member->stop = STOP_NOTED;
    member->stop_attempts = 0;
    realm->stopping = true;
}

void lending_process_continued(struct host_realm *realm, size_t index)
{
    struct member *member = &realm->members[index];
    if (member->stop == STOP_RELEASING)
        return;
    member->stop = STOP_NONE;
    allow(realm_coprocess(realm, index));
    ending_wake_everybody(realm);
}

void lending_all_continued(const struct host_realm *realm)
{
    for (size_t index = 0; index < realm->member_limit; index++)
        realm->members[index].stop_again = false;
}

/* The signal is there before the process goes on: nothing of its program runs before it is handled. */
static void begin_release(const struct host_realm *realm, struct member *member, struct coprocess *coprocess)
{
    coprocess->continued = 0;
    lending_stop(realm, coprocess, 0);
    member->stop = STOP_RELEASING;
    member->stop_attempts = 0;
    member->stop_again = true;
    kill(member->pid, SIGCONT);
}

static void end_release(struct member *member, const struct coprocess *coprocess)
{
    if (member->stop_again && !coprocess->continued) {
        kill(member->pid, SIGSTOP);
        member->stop = STOP_NOTED; /* it looks again whether it has stopped */
        member->stop_attempts = 0;
    } else {
        allow(coprocess);
        member->stop = STOP_NONE;
    }
}

/* Those who wait in a queue with its threads come before them from now on. */
static void examine(const struct host_realm *realm, struct member *member, struct coprocess *coprocess)
{
    if (!is_stopped(coprocess)) {
        allow(coprocess);
        member->stop = STOP_NONE;
        return;
    }
    forbid(coprocess);
    ending_wake_everybody(realm);
    member->stop = STOP_HELD;
    if (process_holds(realm, coprocess))
        begin_release(realm, member, coprocess);
}

static void pursue(const struct host_realm *realm, struct member *member, struct coprocess *coprocess)
{
    unsigned attempts = member->stop_attempts++;
    if (member->reaped || coprocess->dying)
        member->stop = STOP_NONE;
    else if (member->stop == STOP_NOTED && attempts >= SETTLED)
        examine(realm, member, coprocess);
    else if (member->stop == STOP_RELEASING && lending_stop(realm, coprocess, attempts))
        end_release(member, coprocess);
    else if (member->stop == STOP_RELEASING && attempts >= PATIENCE)
        kill(member->pid, SIGKILL);
}

bool lending_pursue(struct host_realm *realm)
{
    bool pending = false;
    if (!realm->stopping)
        return false;
    for (size_t index = 0; index < realm->member_limit; index++) {
        struct member *member = &realm->members[index];
        if (member->stop == STOP_NOTED || member->stop == STOP_RELEASING)
            pursue(realm, member, realm_coprocess(realm, index));
        pending |= member->stop == STOP_NOTED || member->stop == STOP_RELEASING;
    }
    return realm->stopping = pending;
}
