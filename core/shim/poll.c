/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting until descriptors are ready. Executed by the co-process's own kernel thread.
 *
 * The kernel's wait ends when the core has a signal for the thread; it is made again with what is left of its time.
 */
#include "core/shim/shim.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

enum { POLL_MAX = 1024, EVENTS_MAX = 65536, SET_MAX = 1024 };

static int64_t milliseconds_now(void)
{
    struct timespec now;
    kernel3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* arguments[limit] is a time in milliseconds; less than 0: without limit. */
static int64_t wait(const struct thread_block *block, long number, int64_t arguments[4], unsigned limit)
{
    int64_t timeout = arguments[limit], end = timeout > 0 ? milliseconds_now() + timeout : 0, result;
    do {
        result = core_kernel_wait_for_program(number, arguments[0], arguments[1], arguments[2], arguments[3], 0, 0);
        if (timeout > 0) {
            int64_t left = end - milliseconds_now();
            arguments[limit] = left > 0 ? left : 0;
        }
    } while (result == -EINTR && !block->force_out && !shim_cancelled(block));
    return result;
}

int64_t shim_poll(struct thread_block *block, const uint64_t *a)
{
    int64_t arguments[4] = {(int64_t)a[0], (int64_t)a[1], (int32_t)a[2]};
    if (a[1] > POLL_MAX)
        return -EINVAL;
    if (!core_in_region(block, a[0], a[1] * sizeof(struct pollfd)))
        return -EFAULT;
    return wait(block, SYS_poll, arguments, 2);
}

/* The kernel leaves in `limit` what is left of it. */
static int64_t wait_for_sets(struct thread_block *block, const uint64_t *a, struct timespec *limit)
{
    enum { WORD = 64, WORD_BYTES = 8 };
    int32_t count = (int32_t)a[0];
    int64_t result;
    if (count < 0 || count > SET_MAX)
        return -EINVAL;
    for (unsigned set = 1; set <= 3; set++) {
        if (a[set] && !core_in_region(block, a[set], (uint64_t)(count + WORD - 1) / WORD * WORD_BYTES))
            return -EFAULT;
    }
    do
        result = core_kernel_wait_for_program(SYS_pselect6, count, (long)a[1], (long)a[2], (long)a[3], (long)limit, 0);
    while (result == -EINTR && !block->force_out && !shim_cancelled(block));
    return result;
}

int64_t shim_select(struct thread_block *block, const uint64_t *a)
{
    enum { MICROSECONDS = 1000000, IN_NANOSECONDS = 1000 };
    struct timeval time;
    if (a[4] == 0)
        return wait_for_sets(block, a, NULL);
    if (!core_in_region(block, a[4], sizeof time) || core_copy(&time, (const void *)a[4], sizeof time))
        return -EFAULT;
    if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= MICROSECONDS)
        return -EINVAL;
    struct timespec limit = {time.tv_sec, time.tv_usec * IN_NANOSECONDS};
    return wait_for_sets(block, a, &limit);
}

/* Programs have no signals that a mask could keep back. */
int64_t shim_pselect6(struct thread_block *block, const uint64_t *a)
{
    struct timespec limit;
    if (a[4] == 0)
        return wait_for_sets(block, a, NULL);
    if (!core_in_region(block, a[4], sizeof limit) || core_copy(&limit, (const void *)a[4], sizeof limit))
        return -EFAULT;
    return wait_for_sets(block, a, &limit);
}

int64_t shim_epoll_create1(struct thread_block *block, const uint64_t *a)
{
    return core_place_descriptor(block, kernel3(SYS_epoll_create1, (int)a[0], 0, 0));
}

int64_t shim_epoll_ctl(struct thread_block *block, const uint64_t *a)
{
    struct epoll_event event;
    if (core_is_hidden(block, a[2]))
        return -EBADF;
    if ((int)a[1] != EPOLL_CTL_DEL &&
        (!core_in_region(block, a[3], sizeof event) || core_copy(&event, (const void *)a[3], sizeof event)))
        return -EFAULT;
    return core_kernel(SYS_epoll_ctl, (int)a[0], (int)a[1], (int)a[2], (long)&event, 0, 0);
}

/* The mask does not matter here either. */
int64_t shim_epoll_pwait(struct thread_block *block, const uint64_t *a)
{
    int64_t arguments[4] = {(int)a[0], (int64_t)a[1], (int32_t)a[2], (int32_t)a[3]};
    if (arguments[2] <= 0 || arguments[2] > EVENTS_MAX)
        return -EINVAL;
    if (!core_in_region(block, a[1], (uint64_t)arguments[2] * sizeof(struct epoll_event)))
        return -EFAULT;
    return wait(block, SYS_epoll_wait, arguments, 3);
}
