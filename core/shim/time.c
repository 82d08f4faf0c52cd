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

enum { NANOSECONDS = 1000000000 };
#define CENTURIES ((int64_t)1 << 33)   /* in seconds; as good as for ever, and in range as nanoseconds */
#define SECONDS_MAX ((int64_t)1 << 60) /* keeps sums of two times in range; 36 thousand million years */

static int64_t sleep_until(const struct thread_block *block, int clock, const struct timespec *deadline)
{
    int64_t result;
    do
        result = core_kernel_wait_for_program(SYS_clock_nanosleep, clock, TIMER_ABSTIME, (long)deadline, 0, 0, 0);
    while (result == -EINTR && !block->force_out && !shim_cancelled(block));
    return result;
}

static int64_t sleep_for(const struct thread_block *block, int clock, const struct timespec *duration)
{
    struct timespec deadline;
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= NANOSECONDS)
        return -EINVAL;
    int64_t error = kernel3(SYS_clock_gettime, clock, (long)&deadline, 0);
    if (error)
        return error;
    deadline.tv_sec += duration->tv_sec < SECONDS_MAX ? duration->tv_sec : SECONDS_MAX;
    deadline.tv_nsec += duration->tv_nsec;
    if (deadline.tv_nsec >= NANOSECONDS) {
        deadline.tv_nsec -= NANOSECONDS;
        deadline.tv_sec++;
    }
    return sleep_until(block, clock, &deadline);
}

/* Nothing interrupts a program's sleep but its end, so there is never a rest of time to report. */
static int64_t fetch_time(const struct thread_block *block, uint64_t address, uint64_t rest, struct timespec *time)
{
    if (!core_in_region(block, address, sizeof *time) || (rest && !core_in_region(block, rest, sizeof *time)) ||
        core_copy(time, (void *)address, sizeof *time))
        return -EFAULT;
    return 0;
}

int64_t shim_nanosleep(struct thread_block *block, const uint64_t *arguments)
{
    struct timespec time;
    int64_t error = fetch_time(block, arguments[0], arguments[1], &time);
    return error ? error : sleep_for(block, CLOCK_MONOTONIC, &time);
}

int64_t shim_clock_nanosleep(struct thread_block *block, const uint64_t *arguments)
{
    struct timespec time;
    uint64_t clock = arguments[0];
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return -EINVAL;
    int64_t error = fetch_time(block, arguments[2], arguments[3], &time);
    if (error)
        return error;
    if (arguments[1] & TIMER_ABSTIME)
        return sleep_until(block, (int)clock, &time);
    return sleep_for(block, clock == CLOCK_REALTIME ? CLOCK_MONOTONIC : (int)clock,
                     &time); /* clock jumps do not count */
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

/* The wait may be repeated, even on another kernel thread: its time limit is read once. */
static int64_t fetch_limit(struct thread_block *block, uint64_t address)
{
    struct timespec time;
    if (!address || block->call_deadline)
        return 0;
    if (!core_in_region(block, address, sizeof time) || core_copy(&time, (void *)address, sizeof time))
        return -EFAULT;
    if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= NANOSECONDS)
        return -EINVAL;
    if (time.tv_sec < CENTURIES)
        block->call_deadline = core_now() + (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
    return 0;
}

static int64_t requeue(const struct thread_block *block, const uint64_t *arguments)
{
    if (arguments[4] % 4 != 0)
        return -EINVAL;
    if (!core_in_region(block, arguments[4], 4))
        return -EFAULT;
    return core_kernel(SYS_futex, (long)arguments[0], FUTEX_REQUEUE, (long)arguments[2], (long)arguments[3],
                       (long)arguments[4], 0);
}

/* Wait, wake and requeue on words of one's own region; no priority inheritance. The private flag is dropped: a private
 * waiter would not be woken by a death. */
int64_t shim_futex(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t operation = arguments[1] & ~(uint64_t)FUTEX_PRIVATE_FLAG;
    if (arguments[0] % 4 != 0)
        return -EINVAL;
    if (!core_in_region(block, arguments[0], 4))
        return -EFAULT;
    if (operation == FUTEX_WAKE)
        return kernel3(SYS_futex, (long)arguments[0], FUTEX_WAKE, (long)arguments[2]);
    if (operation == FUTEX_REQUEUE)
        return requeue(block, arguments);
    if (operation != FUTEX_WAIT)
        return -ENOSYS;
    int64_t error = fetch_limit(block, arguments[3]);
    if (error)
        return error;
    return futex_wait_by(core_kernel_wait_for_program, (void *)arguments[0], (uint32_t)arguments[2],
                         block->call_deadline);
}
