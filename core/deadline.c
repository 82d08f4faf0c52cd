/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Deadlines of calls. A call with a deadline stores it in the realm's table, which the watcher, a thread of the
 * supervisor, reads when the earliest is over: it then sends the recall signal to the kernel thread of that call. The
 * signal is only a hint; whether a deadline is over is read from table and clock.
 *
 * Only the caller writes its entry. The way back into the caller's program leads through core_attention, which ends the
 * deadline, so that none outlives its call.
 */
#include "core/kernel.h"

static _Atomic uint64_t *deadline_of(const struct thread_block *caller)
{
    return &caller->coprocess->realm->deadlines[caller->home.owner - 1];
}

uint64_t core_now(void)
{
    enum { MONOTONIC = 1, NANOSECONDS = 1000000000 };
    struct {
        int64_t seconds, nanoseconds;
    } time;
    kernel3(SYS_clock_gettime, MONOTONIC, (long)&time, 0);
    return (uint64_t)time.seconds * NANOSECONDS + (uint64_t)time.nanoseconds;
}

/* Of a wait in the core, which looks at the clock itself. */
void core_deadline_begin_wait(struct thread_block *caller, uint64_t deadline)
{
    caller->look = 1;
    *deadline_of(caller) = deadline;
}

/* The watcher says first until when it sleeps and then reads the table; here the entry is written first. So one of the
 * two sees the other's word. */
void core_deadline_begin(struct thread_block *caller, uint64_t deadline)
{
    struct realm *realm = caller->coprocess->realm;
    core_deadline_begin_wait(caller, deadline);
    if (deadline < realm->watch) {
        realm->watch_events++;
        futex_wake_all(&realm->watch_events);
    }
}

void core_deadline_end(struct thread_block *caller)
{
    _Atomic uint64_t *deadline = deadline_of(caller);
    if (*deadline)
        *deadline = 0;
}

uint64_t core_deadline(const struct thread_block *caller)
{
    return *deadline_of(caller);
}

bool core_deadline_over(const struct thread_block *caller)
{
    uint64_t deadline = core_deadline(caller);
    return deadline && core_now() >= deadline;
}

uint64_t core_earliest_deadline(const struct thread_block *block, uint64_t own)
{
    uint32_t owner = claim_owner(block->owner_word);
    uint64_t earliest = own;
    for (; core_lent_to(block, owner); block = block->caller) {
        uint64_t deadline = core_deadline(block->caller);
        if (deadline && (!earliest || deadline < earliest))
            earliest = deadline;
    }
    return earliest;
}
