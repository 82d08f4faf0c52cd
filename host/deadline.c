/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The watcher of deadlines: sends the recall signal to kernel threads that run a call whose deadline is over, again and
 * again until the call has ended. Asleep while no call has a deadline.
 */
#include "host/deadline.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NEVER UINT64_MAX

enum { SECOND = 1000000000, OFTEN = 1000000, SELDOM = 100 * OFTEN };

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void sleep_until(const void *word, uint32_t expected, uint64_t until)
{
    struct timespec time = {(time_t)(until / SECOND), (long)(until % SECOND)};
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until == NEVER ? NULL : &time, NULL, FUTEX_BITSET_MATCH_ANY);
}

/* The caller waits for its callee on the same kernel thread that runs the callee, or sleeps, with a time limit, on it.
 */
static void recall(struct host_realm *realm, uint32_t slot)
{
    const struct thread_block *caller = core_block_of(realm->shared, slot + 1);
    uint32_t owner = claim_owner(caller->claim);
    if (!owner)
        return;
    pthread_mutex_lock(&realm->reaping);
    realm_signal_thread(core_block_of(realm->shared, owner), CORE_SIGNAL_RECALL);
    pthread_mutex_unlock(&realm->reaping);
}

/* The earliest deadline. Those that are over are returned as the time of the next reminder. */
static uint64_t look(struct host_realm *realm, bool remind)
{
    uint64_t earliest = NEVER, present = now();
    uint32_t limit = realm->shared->slot_limit;
    for (uint32_t slot = 0; slot < limit; slot++) {
        uint64_t deadline = realm->shared->deadlines[slot];
        if (!deadline)
            continue;
        if (deadline <= present) {
            if (remind)
                recall(realm, slot);
            deadline = present + (present - deadline < SECOND ? OFTEN : SELDOM);
        }
        if (deadline < earliest)
            earliest = deadline;
    }
    return earliest;
}

/* A caller stores its deadline first and then reads `watch`; here `watch` is stored first and the deadlines read again.
 */
static void *watch_deadlines(void *argument)
{
    struct host_realm *realm = argument;
    struct realm *shared = realm->shared;
    for (;;) {
        uint32_t events = shared->watch_events;
        uint64_t earliest = look(realm, true);
        shared->watch = earliest;
        if (look(realm, false) >= earliest)
            sleep_until(&shared->watch_events, events, earliest);
    }
    return NULL;
}

int deadline_watch(struct host_realm *realm)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, watch_deadlines, realm);
}
