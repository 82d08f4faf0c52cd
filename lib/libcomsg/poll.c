/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: polling ports. The core knows what holds for each, and wakes who waits.
 */
#include "lib/libcomsg/port.h"

#include <comesg/call_options.h>
#include <comesg/microkernel.h>

#include <errno.h>

static uint64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A thread can be woken for another reason, or for one that holds no longer. */
static int poll_until(pollcoport_t *array, size_t n, uint64_t deadline)
{
    for (;;) {
        int count = coport_wait(array, n, deadline);
        if (count != 0 || deadline == 0)
            return count;
        if (deadline != COMESG_CALL_WITHOUT_LIMIT && nanoseconds_now() >= deadline)
            return 0;
    }
}

int copoll(pollcoport_t *array, size_t n, int timeout_ms)
{
    if (timeout_ms < 0)
        return poll_until(array, n, COMESG_CALL_WITHOUT_LIMIT);
    return poll_until(array, n, timeout_ms ? nanoseconds_now() + (uint64_t)timeout_ms * 1000000 : 0);
}

int copoll_until(pollcoport_t *array, size_t n, const struct timespec *abs_monotonic)
{
    struct patience patience;
    return port_patience(&patience, abs_monotonic) ? poll_until(array, n, patience.deadline) : -1;
}

int copoll_nb(pollcoport_t *array, size_t n)
{
    return poll_until(array, n, 0);
}
