/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Clocks, sleeping, and futexes.
 */
#include "core/shim/shim.h"

/* CPU-time clocks name a process, and a borrowed thread is the wrong one: only the clocks of the machine. */
int64_t shim_clock(struct thread_block *block, const uint64_t *arguments)
{
    switch (arguments[0]) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        return shim_forward(block, arguments);
    default:
        return -EINVAL;
    }
}

enum { NANOSECONDS = 1000000000, LONG_AGO = 1 };
#define CENTURIES ((int64_t)1 << 33) /* in seconds; as good as for ever, and in range as nanoseconds */

int64_t shim_limit(struct thread_block *block, struct timespec time)
{
    if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= NANOSECONDS)
        return -EINVAL;
    uint64_t duration = (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
    if (!block->call_deadline && time.tv_sec < CENTURIES)
        block->call_deadline = duration ? core_now() + duration : LONG_AGO;
    return 0;
}

struct timespec *shim_time_left(const struct thread_block *block, struct timespec *left)
{
    uint64_t now = block->call_deadline > LONG_AGO ? core_now() : LONG_AGO;
    uint64_t rest = block->call_deadline > now ? block->call_deadline - now : 0;
    *left = (struct timespec){(time_t)(rest / NANOSECONDS), (long)(rest % NANOSECONDS)};
    return block->call_deadline ? left : NULL;
}

static int64_t fetch_limit(struct thread_block *block, uint64_t address)
{
    struct timespec time;
    int64_t error = core_fetch(block, &time, address, sizeof time);
    return error ? error : shim_limit(block, time);
}

/* Nothing interrupts a program's sleep but its end, so there is never a rest of time to report. */
static int64_t sleep_for(struct thread_block *block, uint64_t address)
{
    const uint32_t nobody_wakes = 0;
    int64_t error = fetch_limit(block, address);
    if (error)
        return error;
    error = futex_wait_by(core_kernel_wait_for_program, &nobody_wakes, 0, block->call_deadline);
    return error == -ETIMEDOUT ? 0 : -EINTR;
}

int64_t shim_nanosleep(struct thread_block *block, const uint64_t *arguments)
{
    return sleep_for(block, arguments[0]);
}

/* Jumps of the clock do not count for how long. */
int64_t shim_clock_nanosleep(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t clock = arguments[0];
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return -EINVAL;
    return arguments[1] & TIMER_ABSTIME ? shim_forward(block, arguments) : sleep_for(block, arguments[2]);
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
    int64_t error = arguments[3] ? fetch_limit(block, arguments[3]) : 0;
    if (error)
        return error;
    return futex_wait_by(core_kernel_wait_for_program, (void *)arguments[0], (uint32_t)arguments[2],
                         block->call_deadline);
}
