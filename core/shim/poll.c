/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting until descriptors are ready. Executed by the co-process's own kernel thread.
 *
 * The kernel's wait ends when the core has a signal for the thread; it is made again with what is left of its time.
 * Programs have no signals that the mask of some of these calls could keep back. Nobody may keep an eye on the
 * descriptors of the core: they count as closed.
 */
#include "core/shim/shim.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>

enum { POLL_MAX = 1024, EVENTS_MAX = 65536, SET_MAX = 1024 };

/* Less than 0: without limit. */
static void limit_milliseconds(struct thread_block *block, int32_t milliseconds)
{
    if (milliseconds >= 0)
        shim_limit(block, (struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L});
}

/* The kernel sees a copy, in which another thread changes no number. */
int64_t shim_poll(struct thread_block *block, const uint64_t *a)
{
    enum { CLOSED = INT32_MAX };
    struct pollfd list[POLL_MAX], *theirs = (struct pollfd *)a[0];
    struct timespec left;
    uint64_t count = a[1];
    if (count > POLL_MAX)
        return -EINVAL;
    if (core_fetch(block, list, a[0], count * sizeof list[0]))
        return -EFAULT;
    for (uint64_t i = 0; i < count; i++) {
        if (core_is_hidden(block, (uint64_t)list[i].fd))
            list[i].fd = CLOSED;
    }
    limit_milliseconds(block, (int32_t)a[2]);
    int64_t result =
        core_kernel_wait_for_program(SYS_ppoll, (long)list, (long)count, (long)shim_time_left(block, &left), 0, 0, 0);
    for (uint64_t i = 0; i < count && result >= 0; i++) {
        if (core_copy(&theirs[i].revents, &list[i].revents, sizeof list[i].revents))
            result = -EFAULT;
    }
    return result;
}

static int64_t wait_for_sets(struct thread_block *block, const uint64_t *a, struct timespec limit)
{
    enum { WORD = 64, WORD_BYTES = 8 };
    const int32_t hidden = block->coprocess->realm->hidden_descriptor; /* no program has one from there to SET_MAX */
    struct timespec left;
    int32_t count = (int32_t)a[0];
    int64_t error = a[4] ? shim_limit(block, limit) : 0;
    if (error)
        return error;
    if (count < 0 || count > SET_MAX)
        return -EINVAL;
    for (unsigned set = 1; set <= 3; set++) {
        if (a[set] && !core_in_region(block, a[set], (uint64_t)(count + WORD - 1) / WORD * WORD_BYTES))
            return -EFAULT;
    }
    return core_kernel_wait_for_program(SYS_pselect6, count < hidden ? count : hidden, (long)a[1], (long)a[2],
                                        (long)a[3], (long)shim_time_left(block, &left), 0);
}

int64_t shim_select(struct thread_block *block, const uint64_t *a)
{
    enum { MICROSECONDS = 1000000, IN_NANOSECONDS = 1000 };
    struct timeval time = {0};
    if (a[4] && core_fetch(block, &time, a[4], sizeof time))
        return -EFAULT;
    if (time.tv_usec < 0 || time.tv_usec >= MICROSECONDS)
        return -EINVAL;
    return wait_for_sets(block, a, (struct timespec){time.tv_sec, time.tv_usec * IN_NANOSECONDS});
}

int64_t shim_pselect6(struct thread_block *block, const uint64_t *a)
{
    struct timespec time = {0};
    if (a[4] && core_fetch(block, &time, a[4], sizeof time))
        return -EFAULT;
    return wait_for_sets(block, a, time);
}

int64_t shim_epoll_pwait(struct thread_block *block, const uint64_t *a)
{
    struct timespec left;
    int32_t count = (int32_t)a[2];
    if (count <= 0 || count > EVENTS_MAX)
        return -EINVAL;
    if (!core_in_region(block, a[1], (uint64_t)count * sizeof(struct epoll_event)))
        return -EFAULT;
    limit_milliseconds(block, (int32_t)a[3]);
    return core_kernel_wait_for_program(SYS_epoll_pwait2, (int)a[0], (long)a[1], count,
                                        (long)shim_time_left(block, &left), 0, 0);
}
