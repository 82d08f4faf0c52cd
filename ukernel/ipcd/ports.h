/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: the table of ports, which is private memory of the service and ends with it. All that is changed here is
 * changed by its one worker, with state_set.
 */
#ifndef UKERNEL_IPCD_PORTS_H
#define UKERNEL_IPCD_PORTS_H

#include "ukernel/common/clients.h"
#include "ukernel/common/server.h"
#include "ukernel/common/state.h"
#include "ukernel/protocol/ports.h"

#include <comesg/microkernel.h>

#include <errno.h>

enum { PORTS_MAX = 16384, PARKED_MAX = 16384, WAITERS_MAX = 16384, HELD_MAX = 32768, READERS_MAX = 32768 };

/* What is counted for a client: struct client.used. */
enum {
    USED_PORTS,
    USED_MEMORY,
    USED_ATTACHMENTS, /* that it has sent and nobody has received */
    USED_DESCRIPTORS, /* those among them */
    USED_KEPT         /* descriptors in ports that it has opened, whoever sent them */
};

/* In place of a type. */
enum { PORT_FREE = 0, PORT_ORPHAN = 0x100 }; /* handles to a port of an ipcd that has died still exist */

enum { GRANULE = PORTS_GRANULE, ARENA_CLASSES = 24, ARENA_QUICK = 32 };

struct arena {
    uint64_t object;
    uint64_t address; /* where it is attached; 0: not at present */
    uint64_t used_at; /* a count of uses: the oldest is detached first */
    uint64_t size;
    uint32_t granules;
    uint32_t free;    /* granules */
    uint32_t classes; /* bit n: there are free blocks of 2^n granules, to less than twice as many */
    uint32_t first_free[ARENA_CLASSES];
    uint32_t quick[ARENA_QUICK + 1]; /* by granules: blocks that were freed and are not yet joined with others */
};

/* The queue is a ring behind the arena: of its places, those from `head` on, as many as `tail` is larger, have the
 * blocks of messages. */
struct carrier {
    struct arena arena;
    uint32_t depth, mask; /* the ring has a power of two of places */
    uint32_t head, tail;
    uint32_t waiters;     /* list of threads that wait for room */
    uint32_t readers;     /* list of co-processes that have received from it */
    uint32_t last_reader; /* most often the next one too */
    uint32_t descriptors; /* attached to messages in the queue */
    bool crowded;         /* not all of them are in that list */
    bool wanted;          /* as in ports_arena_end, which others read: that is written when this has been */
};

struct queue {
    uint32_t first, last;
};

struct pipe {
    struct queue senders, receivers; /* that wait */
    struct queue done;               /* that have to be woken */
};

struct port {
    _Alignas(64) uint32_t type;
    uint32_t generation;
    int32_t closer; /* pid of who has closed it by a call; 0: nobody */
    bool closed;
    uint32_t published; /* events */
    uint32_t copying;   /* messages that are being copied to or from what belongs to it: it stays until then */
    uint64_t control;
    uint64_t opener;   /* identity; 0 when it has ended */
    uint64_t memory;   /* bytes that it counts for */
    uint64_t identity; /* no other port of this realm has it, ever */
    uint32_t next;     /* of the ports of the opener, or of the free places */
    uint32_t previous;
    union {
        struct carrier carrier;
        struct pipe pipe;
    };
};

/* A sender or receiver of a COPIPE. */
enum parked_state {
    PARKED_FREE = 0,
    PARKED_WAITS = 1,
    PARKED_DONE = 2,
    PARKED_TOLD = 3,
    PARKED_COPIES = 4 /* in no queue */
};
struct parked {
    uint32_t state;
    uint32_t generation;
    uint32_t port;
    bool sends;
    uint32_t next, previous;
    uint64_t identity; /* 0: it has ended, in the middle of the copy */
    uint64_t cookie;
    uint64_t window;
    uint64_t length;
    int64_t result; /* when done: bytes, or a negative errno */
};

struct waiter {
    uint32_t next;
    uint64_t cookie;
};

/* Up to this length the worker copies a message itself: that takes a few microseconds at most. */
#ifndef COPIED_INSIDE
#define COPIED_INSIDE (64 << 10) /* tests have less */
#endif

/* A longer one is copied by the thread that took the request of who comes with it, or for it, on his kernel thread:
 * who is preempted or stopped then keeps nobody else waiting. The port and what is named here stay until the copy is
 * over, or given up. */
struct copy {
    uint32_t port; /* 0: none */
    uint32_t what; /* block or parked */
    uint64_t to, to_offset, from, length;
};

/* A co-process that has received from a COCARRIER. */
struct reader {
    uint64_t identity;
    uint32_t next;
    uint32_t port;
    uint32_t row; /* of its words, and 1; 0: none */
};

/* An attachment of a queued message. */
struct held {
    uint32_t next;
    int32_t descriptor; /* -1: a handle */
    uint64_t handle;
};

/* File descriptors of this process that belong to queued messages, and how many there may be. */
struct descriptors {
    uint32_t kept;
    uint32_t orphans; /* those in ports whose opener has ended */
    uint32_t most, of_sender, of_opener, of_nobody;
};

/* Places of tables are numbered from 1; 0 is none. Lists of free places are made as places are used for the first time:
 * those from limit + 1 on were never used. */
struct places {
    uint32_t free, limit;
};

struct ipcd {
    struct state state;
    struct clients clients;
    uint64_t uses;            /* of arenas */
    uint64_t started, opened; /* in nanoseconds; ports */
    uint32_t dirty;   /* a port of which the core, or those who wait, may have to be told; not part of a change */
    uint32_t going;   /* attachments that nobody receives, and that are being given back */
    uint32_t dropped; /* descriptors among those: the worker does not close them */
    /* One of them and 1, which a thread closes; 0: none. The last is of who serves a death: one thread at a time. */
    uint64_t closing[SERVER_THREADS + 1];
    struct descriptors descriptors;
    struct copy copies[SERVER_THREADS];
    struct places port_places, parked_places, waiter_places, held_places, reader_places;
    struct port ports[PORTS_MAX + 1];
    struct parked parked[PARKED_MAX + 1];
    struct waiter waiters[WAITERS_MAX + 1];
    struct held held[HELD_MAX + 1];
    struct reader readers[READERS_MAX + 1];
    struct words {
        uint64_t identity; /* of whose words these are */
        uint64_t window;
    } words[CLIENTS_MAX];
};

extern struct ipcd ipcd;

#define SET(field, value) state_set(&ipcd.state, (field), (value))

static inline void commit(void)
{
    state_commit(&ipcd.state);
}

/* What a handler gives if it is to go on after a copy. How that ended, the outcome, is 0, COCOPY_SOURCE or
 * COCOPY_DESTINATION. */
enum { COPY_FIRST = -1 };
static inline struct copy *copy_of(const struct server_call *call)
{
    return &ipcd.copies[call->thread];
}

/* worker.c: the present request, whichever way it came. */
struct present {
    bool direct; /* without attachments, and with none in the reply */
    uint64_t badge;
    uint32_t rights;
    int port_error; /* 0: badge and rights are those of the port */
};
extern struct present present;
extern cotarget_t direct_target;
/* Of those who call directly. Cookies and identities are never used again. */
enum { KNOWN = 256 };
struct known {
    uint64_t cookie, identity;
};
extern struct known known[KNOWN];
uint64_t ask_identity(uint64_t cookie);
static inline uint64_t present_identity(const struct server_call *call)
{
    const struct known *place = &known[call->cookie % KNOWN];
    return present.direct && place->cookie == call->cookie ? place->identity : ask_identity(call->cookie);
}
const struct cocaller *present_caller(const struct server_call *);
/* False for who has ended, and of whom the worker has perhaps been told already: nothing is to be entered for him, and
 * another may have his entry. Not for direct requests. */
bool present_lives(const struct server_call *);
/* Starts the worker, on a thread of its own. False if that fails. */
bool worker_start(void);
/* The handlers of the threads that take attachments: they have the worker do it. */
int worker_serve(struct server_call *);
void worker_died(uint64_t identity);
void worker_recover(void);
void worker_give_up(unsigned thread);
/* For what makes handles that are not in the tables at once. */
void worker_go_home(void);

/* table.c */
extern cohandle_t port_seal;
uint32_t place_take(struct places *, uint32_t max, uint32_t *(*next_of)(uint32_t));
void place_give_back(struct places *, uint32_t place, uint32_t *(*next_of)(uint32_t));
/* What the worker does when it starts, and starts again. */
void table_recover(void);
/* The port of the present request, if the caller has a handle to it with these rights: 0 or an errno. EPIPE: it is none
 * any more. */
/* Numbers of ports are one more than the indices in badges. */
static inline uint64_t badge_of(const struct port *port)
{
    return (uint64_t)port->generation << 32 | (uint32_t)(port - ipcd.ports - 1);
}

static inline int port_of_call(uint32_t rights, struct port **port)
{
    uint32_t index = (uint32_t)present.badge;
    if (present.port_error)
        return present.port_error;
    if (index >= ipcd.port_places.limit)
        return EPIPE;
    *port = &ipcd.ports[index + 1];
    if ((*port)->type == PORT_FREE || (*port)->type == PORT_ORPHAN || (*port)->generation != present.badge >> 32)
        return EPIPE;
    return (present.rights & rights) == rights ? 0 : EACCES;
}

uint64_t port_identity(const struct port *);
/* The port that a handle of ipcd's own is to. NULL: it is none, or the port is no more. */
const struct port *port_of_own(uint64_t handle);
/* NULL if that one has ended, and another has its entry. */
struct client *client_at(uint64_t identity);
/* Who answers for the port, NULL if that one has ended. */
struct client *port_opener(const struct port *);
int port_open(struct server_call *);
int port_close(struct server_call *);
/* Lets go of ports to which nobody has a handle. */
void ports_reclaim(void);
void ports_sweep(void);
void client_ended(uint64_t identity);

static inline uint32_t port_number(const struct port *port)
{
    return (uint32_t)(port - ipcd.ports);
}

/* These are part of a change: a copy begins, and it is over. */
void copy_begin(const struct server_call *, struct port *, const struct copy *);
void copy_end(struct copy *);
/* For the request whose copy is over, after that: what the handler gives. */
int copy_over(struct server_call *, int64_t outcome);
/* The context of this thread was lost: so is a copy that it was making, and a reply. */
void thread_give_up(unsigned thread);

/* After a commit that changed what can be done with the port: tells the core and wakes who waits. `all`: what was told
 * before is not known. */
void port_changed(struct port *, bool all);
void port_publish(struct port *, bool all);

static inline void port_will_change(const struct port *port)
{
    *(volatile uint32_t *)&ipcd.dirty = port_number(port);
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void port_told(void)
{
    *(volatile uint32_t *)&ipcd.dirty = 0;
}

/* arena.c */
int arena_attach(struct arena *);
void arena_begin(struct arena *);
void arena_detach(struct arena *);
static inline struct ports_block *arena_block(const struct arena *arena, uint32_t number)
{
    return ports_block(arena->address, arena->size, number);
}
static inline struct ports_arena_end *arena_end(const struct arena *arena)
{
    return ports_arena_end(arena->address, arena->size);
}
static inline uint32_t granules_for(uint64_t length)
{
    return length ? (uint32_t)((length + GRANULE - 1) / GRANULE) : 1;
}

/* A block that is the first fit among those freed last, or 0. Nothing may have been changed before. */
uint32_t arena_take_slowly(struct arena *, uint32_t granules);
static inline uint32_t arena_take(struct arena *arena, uint64_t length)
{
    uint32_t granules = granules_for(length);
    uint32_t number = granules <= ARENA_QUICK ? arena->quick[granules] : 0;
    if (!number)
        return arena_take_slowly(arena, granules);
    struct state_notes notes = state_notes(&ipcd.state);
    state_note(&notes, &arena->quick[granules]);
    state_note(&notes, &arena->free);
    state_noted(&notes);
    state_put(&arena->quick[granules], arena_block(arena, number)->previous);
    state_put(&arena->free, arena->free - granules);
    return number;
}

void arena_give_back_slowly(struct arena *, uint32_t number);
static inline void arena_give_back(struct arena *arena, uint32_t number)
{
    struct ports_block *block = arena_block(arena, number);
    uint32_t granules = block->granules;
    if (granules > ARENA_QUICK) {
        arena_give_back_slowly(arena, number);
        return;
    }
    struct state_notes notes = state_notes(&ipcd.state);
    state_note(&notes, &arena->free);
    state_note(&notes, &arena->quick[granules]);
    state_note(&notes, &block->use);
    state_noted(&notes);
    block->previous = arena->quick[granules]; /* means nothing in the block of a message */
    state_put(&arena->free, arena->free + granules);
    state_put(&arena->quick[granules], number);
    state_put(&block->use, BLOCK_TAKEN);
}

/* carrier.c */
int carrier_copied(struct server_call *, int64_t outcome);
void carrier_give_up(struct copy *);
int carrier_arena(struct server_call *);
int carrier_send(struct server_call *);
int carrier_receive(struct server_call *);
int carrier_free(struct server_call *);
int carrier_reader(struct server_call *);
int carrier_words(struct server_call *);
uint64_t carrier_object_size(uint64_t arena_size, uint32_t mask);
uint32_t carrier_events(const struct port *);
void carrier_wake(struct port *);
/* False: there is no room at present to look what its messages have. */
bool carrier_end(struct port *);
/* Its opener has ended, and it is closed: what is queued stays if it does not cost too much, but for handles to
 * COCARRIERs that are closed too and have messages. */
void carrier_orphan(struct port *);
/* Whoever waits for room must not wait in vain. True if there is more of it than before. `all`: as for port_changed. */
bool carrier_review(struct port *, bool all);
void carrier_client_ended(uint64_t identity);
void held_give_back(void);
/* The next of ipcd.dropped becomes the ipcd.closing of this thread. */
void held_take_dropped(unsigned thread);
/* How many descriptors this process can have. */
void held_limit(uint32_t descriptors);
static inline void held_recover(void)
{
    if (ipcd.going)
        held_give_back();
}

/* pipe.c */
int pipe_copied(struct server_call *, int64_t outcome);
void pipe_give_up(struct copy *);
int pipe_send(struct server_call *);
int pipe_receive(struct server_call *);
int pipe_result(struct server_call *);
uint32_t pipe_events(const struct port *);
void pipe_wake(struct port *);
void pipe_client_ended(uint64_t identity);

#endif
