/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of libcomsg that concern ports offer each other.  Not for programs.
 */
#ifndef LIBCOMSG_PORT_H
#define LIBCOMSG_PORT_H

#include "ukernel/protocol/ports.h"

#include <comesg/coport.h>
#include <comesg/window.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#pragma GCC visibility push(hidden)

/* How long a call waits. */
struct patience {
    bool waits;
    uint64_t deadline; /* of CLOCK_MONOTONIC, in nanoseconds */
};

/* False, with EINVAL, if this is no time. */
bool port_patience(struct patience *, const struct timespec *abs_monotonic);

/* Waits until one of these events, or that the port is closed, holds, or the thread is woken: 0, look again. -1 with
 * EAGAIN, ETIMEDOUT, EINTR or EDEADLK. */
int port_wait(coport_t, uint32_t events, const struct patience *);

/* A request with attachments; `received` as for comesg_call, but what found no room is only counted. */
struct port_request {
    struct ports_request request;
    const void *bytes; /* behind it */
    size_t length;
    const struct coattachment *attachments;
    size_t n;
};
int port_call(const struct port_request *, void *reply, size_t reply_size, struct coattachment_set *received);

/* False with EOPNOTSUPP or EBADF. */
bool port_is_carrier(coport_t);

/* A request without attachments, of `length` bytes; and one that is followed by these bytes of the program. */
int port_ask(const struct ports_request *request, size_t length, void *reply, size_t reply_size);
int port_ask_with(const struct ports_request *head, const void *bytes, size_t length, void *reply, size_t reply_size);

/* channel.c, carrier.c, pipe.c: errors are those of coport.h. */
ssize_t channel_send(coport_t, const void *buf, size_t len, const struct patience *);
ssize_t channel_receive(coport_t, void *buf, size_t len, const struct patience *);
struct attached {
    const struct coattachment *attachments;
    size_t n;
};
ssize_t carrier_send(coport_t, const void *buf, size_t len, const struct attached *, const struct patience *);
ssize_t carrier_receive(coport_t, void **buf, size_t len, struct coattachment_set *, const struct patience *);
ssize_t pipe_send(coport_t, const void *buf, size_t len, const struct patience *);
ssize_t pipe_receive(coport_t, void *buf, size_t len, const struct patience *);

/* A window to this memory, with R or W. If it cannot be given away, because it is an attached memory object or the
 * program's constants, memory of the same length takes its place, filled from it if it is to be read. */
struct lent {
    cowindow_t window;
    void *substitute; /* NULL: none */
    size_t length;
};
int port_lend(struct lent *, const void *buf, size_t len, uint32_t rights);
/* Takes it back; puts the first `written` bytes where they were to go. -1 with EFAULT. */
int port_take_back(struct lent *, void *buf, size_t written);

/* arenas.c: where the arena of a COCARRIER is attached here. */
struct known_arena {
    uint64_t address, size;
    uint64_t identity;       /* of this co-process: what received blocks say */
    _Atomic uint64_t *words; /* a row; NULL: what is free is told at once */
};
/* 0, or -1 with the errors of a first receive. */
int port_arena(coport_t, struct known_arena *);
/* A window to all rows, or 0. */
cowindow_t port_words_window(void);

#pragma GCC visibility pop

#endif
