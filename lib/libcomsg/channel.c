/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: COCHANNELs. The core works their rings.
 */
#include "lib/libcomsg/port.h"

#include <comesg/microkernel.h>

#include <errno.h>

enum { LOOK_AGAIN = 10000000 }; /* nanoseconds */

/* COPOLL_OUT says that half the ring is free; for less there may be room before that, of which nobody tells: so look
 * now and then. */
static int wait_for_room(coport_t port, const struct patience *patience)
{
    struct timespec now;
    struct patience soon = *patience;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t look = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + LOOK_AGAIN;
    if (!patience->waits || patience->deadline <= look)
        return port_wait(port, COPOLL_OUT, patience);
    soon.deadline = look;
    int error = port_wait(port, COPOLL_OUT, &soon);
    return error && errno == ETIMEDOUT ? 0 : error;
}

ssize_t channel_send(coport_t port, const void *buf, size_t len, const struct patience *patience)
{
    for (;;) {
        ssize_t sent = coring_send(port, buf, len);
        if (sent >= 0 || errno != EAGAIN || !patience->waits)
            return sent;
        if (wait_for_room(port, patience))
            return -1;
    }
}

ssize_t channel_receive(coport_t port, void *buf, size_t len, const struct patience *patience)
{
    for (;;) {
        ssize_t received = coring_receive(port, buf, len);
        if (received >= 0 || errno != EAGAIN || !patience->waits)
            return received;
        if (port_wait(port, COPOLL_IN, patience))
            return -1;
    }
}
