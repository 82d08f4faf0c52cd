/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libcomsg and ipcd say to each other. A request names the port by the handle's value: ipcd asks the core whether
 * the caller has it.
 */
#ifndef UKERNEL_PROTOCOL_PORTS_H
#define UKERNEL_PROTOCOL_PORTS_H

#include <stdint.h>

enum ports_operation {
    PORTS_OPEN = 1,         /* struct ports_open; the reply has the port */
    PORTS_CLOSE = 2,        /* struct ports_request */
    PORTS_ARENA = 3,        /* struct ports_request; struct ports_arena, with the arena */
    PORTS_SEND = 4,         /* struct ports_request, then the message, unless a window to it is the first attachment;
                               then what is attached to the message */
    PORTS_RECEIVE = 5,      /* struct ports_request: `length` is the longest message, 0 any; struct ports_message, with
                               what was attached */
    PORTS_FREE = 6,         /* struct ports_request: `argument` is the offset of the message */
    PORTS_PIPE_SEND = 7,    /* struct ports_request, a window if length is not 0; struct ports_rendezvous */
    PORTS_PIPE_RECEIVE = 8, /* the same */
    PORTS_PIPE_RESULT = 9,  /* struct ports_request: `argument` is the ticket; struct ports_rendezvous */
    PORTS_DIRECT = 10,      /* struct ports_request; the reply has a target that serves requests without attachments */
    PORTS_OPERATION_END
};

enum ports_flags {
    PORTS_WAITS = 1,  /* the caller will wait: SEND wakes it when there is room, PIPE_* parks it instead of EAGAIN */
    PORTS_WINDOW = 2, /* SEND: the message is in a window */
    PORTS_CANCEL = 4  /* PIPE_RESULT: if nothing has come, it is over: ECANCELED instead of EAGAIN */
};

struct ports_open {
    uint32_t operation;
    uint32_t type;
    uint64_t ring_size; /* as in struct coport_options; 0: default */
    uint64_t arena_size;
    uint64_t depth;
};

struct ports_request {
    uint32_t operation;
    uint32_t flags;
    uint64_t port;
    uint64_t length;
    uint64_t argument;
};

struct ports_reply {
    int32_t error;
};

struct ports_arena {
    int32_t error;
    uint32_t reserved;
    uint64_t port; /* the same for all handles to this port, and for no other port that lives */
    uint64_t size; /* of what can hold messages; they begin at its start */
};

struct ports_message {
    int32_t error;
    uint32_t reserved;
    uint64_t offset; /* in the arena */
    uint64_t length;
};

struct ports_rendezvous {
    int32_t error;
    uint32_t parked; /* error is 0: nothing has come yet; the ticket is good until there is a result */
    uint64_t ticket;
    uint64_t length;
};

/* Messages up to this length travel in the request. */
enum { PORTS_INLINE_MAX = 16384 };

#endif
