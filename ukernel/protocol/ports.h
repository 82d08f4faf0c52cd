/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libcomsg and ipcd say to each other. A request names the port by the handle's value: ipcd asks the core whether
 * the caller has it.
 */
#ifndef UKERNEL_PROTOCOL_PORTS_H
#define UKERNEL_PROTOCOL_PORTS_H

#include <stdint.h>

enum ports_operation {
    PORTS_OPEN = 1,      /* struct ports_open; the reply has the port */
    PORTS_CLOSE = 2,     /* struct ports_request */
    PORTS_ARENA = 3,     /* struct ports_request; struct ports_arena, with the arena */
    PORTS_SEND = 4,      /* struct ports_request, then the message, unless a window to it is the first attachment;
                            then what is attached to the message */
    PORTS_RECEIVE = 5,   /* struct ports_request: `length` is the longest message, 0 any; then words (see below) of
                            messages that are free; struct ports_message, with what was attached. EREMOTE: a request
                            that came directly finds descriptors attached, and is to be made as one with attachments */
    PORTS_FREE = 6,      /* struct ports_request: `argument` is the offset of the message, or PORTS_NOTHING; then such
                            words */
    PORTS_PIPE_SEND = 7, /* struct ports_request, a window if length is not 0; struct ports_rendezvous */
    PORTS_PIPE_RECEIVE = 8, /* the same */
    PORTS_PIPE_RESULT = 9,  /* struct ports_request: `argument` is the ticket; struct ports_rendezvous. EAGAIN: to be
                               begun again; EBUSY: too late to cancel, to be asked again */
    PORTS_DIRECT = 10, /* struct ports_request, perhaps with a window to the words of this co-process; the reply has
                          a target that serves requests without attachments */
    PORTS_READER = 11, /* struct ports_request: `argument` is the row of words for the messages of this port */
    PORTS_OPERATION_END
};

enum ports_flags {
    PORTS_WAITS = 1,  /* the caller will wait: SEND wakes it when there is room, PIPE_* parks it instead of EAGAIN */
    PORTS_WINDOW = 2, /* SEND: the message is in a window */
    PORTS_CANCEL = 4  /* PIPE_RESULT: if nothing has come, it is over: ECANCELED */
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

/* The first 8 bytes are stored at once, because they are soon loaded at once: a load waits for several stores. */
static inline struct ports_request ports_request(uint32_t operation, uint32_t flags, uint64_t port, uint64_t length,
                                                 uint64_t argument)
{
    struct ports_request request;
    uint64_t first = operation | (uint64_t)flags << 32;
    __builtin_memcpy(&request, &first, sizeof first);
    request.port = port;
    request.length = length;
    request.argument = argument;
    return request;
}

struct ports_reply {
    int32_t error;
};

struct ports_arena {
    int32_t error;
    uint32_t reserved;
    uint64_t port;     /* the same for all handles to this port, and for no other port that lives */
    uint64_t size;     /* of what can hold messages; they begin at its start */
    uint64_t identity; /* of the caller: what the blocks say that it has received */
};

struct ports_message {
    int32_t error;
    uint32_t stamp;  /* of its block */
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

/* An arena is divided into granules. Behind these, in the same memory object, which receivers can read and nobody but
 * ipcd can write, is a block for each: a message, or free memory, begins there, or it means nothing. Blocks are
 * numbered from 1 by their first granule; 0 is none. */
enum { PORTS_GRANULE = 128 };
enum ports_block_use {
    BLOCK_NONE = 0,
    BLOCK_FREE = 1,
    BLOCK_TAKEN = 2, /* a message that is queued, or memory that was freed and is not yet joined with its neighbours */
    BLOCK_RECEIVED = 3
};
struct ports_block {
    uint32_t use;
    uint32_t granules;
    uint32_t before; /* granules of the block in front; 0: it is the first */
    uint32_t length; /* bytes of the message */
    uint32_t next, previous;
    uint32_t held; /* first attachment */
    uint32_t held_count;
    uint64_t sender;      /* identity, if there are attachments */
    uint64_t receiver;    /* identity */
    uint32_t stamp;       /* the next message in this block has another one */
    uint32_t descriptors; /* how many of what is held, if anything is */
    uint32_t reserved[2];
};

/* Behind the blocks. */
struct ports_arena_end {
    uint32_t wanted; /* not 0: somebody may wait for room, so that messages are to be freed at once */
    uint32_t limit;  /* no block with a higher number was ever used */
};

static inline struct ports_block *ports_block(uint64_t address, uint64_t size, uint32_t number)
{
    return (struct ports_block *)(address + size) + (number - 1);
}

static inline struct ports_arena_end *ports_arena_end(uint64_t address, uint64_t size)
{
    return (struct ports_arena_end *)ports_block(address, size, (uint32_t)(size / PORTS_GRANULE) + 1);
}

/* A receiver need not tell at once that a message is free. It notes what it has received as words in memory of its own,
 * to which ipcd has a window, and what it has freed with one bit more; it tells that with the next request, and ipcd
 * looks for itself when it needs room. There is a row of words for each port. Telling a word twice does no harm. */
enum { PORTS_WORDS = 4, PORTS_ROWS = 256 };
#define PORTS_WORD_FREE (UINT64_C(1) << 31)
#define PORTS_NOTHING UINT64_MAX

static inline uint64_t ports_word(uint32_t number, uint32_t stamp)
{
    return (uint64_t)stamp << 32 | number;
}

#endif
