/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Clocks, sleeping, futexes and randomness.
 */
#include "core/shim/shim.h"

#include <time.h>

/* CPU-time clocks name a process, and a borrowed thread is the wrong one: only the clocks of the machine. */
static bool machine_clock(uint64_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        return true;
    default:
        return false;
    }
}

int64_t shim_clock_gettime(struct thread_block *block, const uint64_t *arguments)
{
    if (!machine_clock(arguments[0]))
        return -EINVAL;
    if (!core_in_region(block, arguments[1], sizeof(struct timespec)))
        return -EFAULT;
    return kernel3(SYS_clock_gettime, (long)arguments[0], (long)arguments[1], 0);
}

int64_t shim_clock_getres(struct thread_block *block, const uint64_t *arguments)
{
    if (!machine_clock(arguments[0]))
        return -EINVAL;
    if (arguments[1] && !core_in_region(block, arguments[1], sizeof(struct timespec)))
        return -EFAULT;
    return kernel3(SYS_clock_getres, (long)arguments[0], (long)arguments[1], 0);
}

int64_t shim_gettimeofday(struct thread_block *block, const uint64_t *arguments)
{
    if (arguments[1])
        return -EINVAL;
    if (!core_in_region(block, arguments[0], 16))
        return -EFAULT;
    return kernel3(SYS_gettimeofday, (long)arguments[0], 0, 0);
}

int64_t shim_nanosleep(struct thread_block *block, const uint64_t *arguments)
{
    if (!core_in_region(block, arguments[0], sizeof(struct timespec)) ||
        (arguments[1] && !core_in_region(block, arguments[1], sizeof(struct timespec))))
        return -EFAULT;
    return kernel3(SYS_nanosleep, (long)arguments[0], (long)arguments[1], 0);
}

int64_t shim_clock_nanosleep(struct thread_block *block, const uint64_t *arguments)
{
    if (!machine_clock(arguments[0]))
        return -EINVAL;
    if (!core_in_region(block, arguments[2], sizeof(struct timespec)) ||
        (arguments[3] && !core_in_region(block, arguments[3], sizeof(struct timespec))))
        return -EFAULT;
    return core_kernel(SYS_clock_nanosleep, (long)arguments[0], (long)arguments[1], (long)arguments[2],
                       (long)arguments[3], 0, 0);
}

int64_t shim_sched_yield(struct thread_block *block, const uint64_t *arguments)
{
    (void)block;
    (void)arguments;
    return kernel3(SYS_sched_yield, 0, 0, 0);
}

int64_t shim_getrandom(struct thread_block *block, const uint64_t *arguments)
{
    if (!core_in_region(block, arguments[0], arguments[1]))
        return -EFAULT;
    return kernel3(SYS_getrandom, (long)arguments[0], (long)arguments[1], (long)arguments[2]);
}

/* Wait and wake on words of one's own region; no requeue, no priority inheritance. The private flag is dropped: a
 * private waiter would not be woken by a death. */
int64_t shim_futex(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t operation = arguments[1] & ~(uint64_t)FUTEX_PRIVATE_FLAG;
    if (arguments[0] % 4 != 0)
        return -EINVAL;
    if (!core_in_region(block, arguments[0], 4))
        return -EFAULT;
    if (operation == FUTEX_WAKE)
        return kernel3(SYS_futex, (long)arguments[0], FUTEX_WAKE, (long)arguments[2]);
    if (operation != FUTEX_WAIT)
        return -ENOSYS;
    if (arguments[3] && !core_in_region(block, arguments[3], sizeof(struct timespec)))
        return -EFAULT;
    return core_kernel(SYS_futex, (long)arguments[0], FUTEX_WAIT, (long)arguments[2], (long)arguments[3], 0, 0);
}
