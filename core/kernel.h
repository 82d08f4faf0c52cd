/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Short forms of core_kernel and the futex operations of the core. All futexes are shared ones: a private one is keyed
 * alike here, but its waiters are not woken when a process dies.
 */
#ifndef COMESG_CORE_KERNEL_H
#define COMESG_CORE_KERNEL_H

#include "core/core.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>

static inline long kernel3(long number, long a, long b, long c)
{
    return core_kernel(number, a, b, c, 0, 0, 0);
}

/* Every CPU that runs a thread of the realm passes a full fence. So of two who each write a word and then read the
 * other's, only the one who does so rarely needs a fence, this one. */
static inline void barrier_everywhere(void)
{
    kernel3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

/* Waits until woken, interrupted, or *word is no longer `expected`. */
static inline void futex_wait(const void *word, uint32_t expected)
{
    core_kernel_wait(SYS_futex, (long)word, FUTEX_WAIT, expected, 0, 0, 0);
}

typedef long kernel_function(long number, long a, long b, long c, long d, long e, long f);

static inline long futex_wait_by(kernel_function *wait, const void *word, uint32_t expected, uint64_t deadline)
{
    enum { NANOSECONDS = 1000000000, ANY = -1 };
    struct {
        uint64_t seconds, nanoseconds;
    } time = {deadline / NANOSECONDS, deadline % NANOSECONDS};
    return wait(SYS_futex, (long)word, FUTEX_WAIT_BITSET, expected, deadline ? (long)&time : 0, 0, (uint32_t)ANY);
}

/* The same until `deadline`, in nanoseconds of CLOCK_MONOTONIC, at the latest; 0: without limit. */
static inline long futex_wait_until(const void *word, uint32_t expected, uint64_t deadline)
{
    return futex_wait_by(core_kernel_wait, word, expected, deadline);
}

static inline void futex_wake_all(const void *word)
{
    kernel3(SYS_futex, (long)word, FUTEX_WAKE, 0x7fffffff);
}

#endif
