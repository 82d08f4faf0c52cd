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

enum { PORTS_MAX = 16384, PARKED_MAX = 16384, WAITERS_MAX = 16384, HELD_MAX = 32768 };

/* What is counted for a client: struct client.used. */
enum { USED_PORTS, USED_MEMORY, USED_ATTACHMENTS };

/* In place of a type. */
enum { PORT_FREE = 0, PORT_ORPHAN = 0x100 }; /* handles to a port of an ipcd that has died still exist */

/* Arenas are divided into granules. Blocks of granules are numbered from 1 by their first; 0 is none. */
enum { GRANULE = 128, ARENA_CLASSES = 24, ARENA_QUICK = 32 };

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

/* A block of an arena: a message, or free. Kept behind the granules in the same memory object, so that receivers can
 * read it, and nobody but ipcd can write it. */
enum block_use { BLOCK_NONE = 0, BLOCK_FREE = 1, BLOCK_QUEUED = 2, BLOCK_RECEIVED = 3, BLOCK_QUICK = 4 };
struct block {
    uint32_t use;
    uint32_t granules;
    uint32_t before; /* granules of the block in front; 0: it is the first */
    uint32_t length; /* bytes of the message */
    uint32_t next, previous;
    uint32_t held; /* first attachment */
    uint32_t held_count;
    uint64_t sender;   /* identity, if there are attachments */
    uint64_t receiver; /* identity */
};

struct carrier {
    struct arena arena;
    uint32_t depth, count;
    uint32_t first, last; /* of the queue */
    uint32_t received;    /* list of the received and not freed */
    uint32_t waiters;     /* list of threads that wait for room */
};

struct queue {
    uint32_t first, last;
};

struct pipe {
    struct queue senders, receivers; /* that wait */
    struct queue done;               /* that have to be woken */
};

struct port {
    uint32_t type;
    uint32_t generation;
    int32_t closer; /* pid of who has closed it by a call; 0: nobody */
    bool closed;
    uint32_t published; /* events */
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
enum parked_state { PARKED_FREE = 0, PARKED_WAITS = 1, PARKED_DONE = 2, PARKED_TOLD = 3 };
struct parked {
    uint32_t state;
    uint32_t generation;
    uint32_t port;
    bool sends;
    uint32_t next, previous;
    uint64_t identity;
    uint64_t cookie;
    uint64_t window;
    uint64_t length;
    int64_t result; /* when done: bytes, or a negative errno */
};

struct waiter {
    uint32_t next;
    uint64_t cookie;
};

/* An attachment of a queued message. */
struct held {
    uint32_t next;
    uint64_t handle;
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
    uint32_t dirty;           /* a port of which the core, or those who wait, may have to be told */
    uint32_t going;           /* attachments that go along with the reply, and are given back then */
    struct places port_places, parked_places, waiter_places, held_places;
    struct port ports[PORTS_MAX + 1];
    struct parked parked[PARKED_MAX + 1];
    struct waiter waiters[WAITERS_MAX + 1];
    struct held held[HELD_MAX + 1];
};

extern struct ipcd ipcd;

#define SET(field, value) state_set(&ipcd.state, (field), (value))

static inline void commit(void)
{
    state_commit(&ipcd.state);
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
uint64_t present_identity(const struct server_call *);
const struct cocaller *present_caller(const struct server_call *);
/* Starts the worker, on a thread of its own. False if that fails. */
bool worker_start(void);
/* The handlers of the thread that takes attachments: they have the worker do it. */
int worker_serve(struct server_call *);
void worker_died(uint64_t identity);
void worker_recover(void);

/* table.c */
extern cohandle_t port_seal;
uint32_t place_take(struct places *, uint32_t max, uint32_t *(*next_of)(uint32_t));
void place_give_back(struct places *, uint32_t place, uint32_t *(*next_of)(uint32_t));
void table_start(void);
/* The port of the present request, if the caller has a handle to it with these rights: 0 or an errno. EPIPE: it is none
 * any more. */
int port_of_call(uint32_t rights, struct port **);
uint64_t port_identity(const struct port *);
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

/* After a commit that changed what can be done with the port: tells the core and wakes who waits. `all`: what was told
 * before is not known. */
void port_changed(struct port *, bool all);
void port_publish(struct port *, bool all);

static inline void port_told(void)
{
    *(volatile uint32_t *)&ipcd.dirty = 0;
}

/* arena.c */
int arena_attach(struct arena *);
void arena_begin(struct arena *);
void arena_detach(struct arena *);
static inline struct block *arena_block(const struct arena *arena, uint32_t number)
{
    return (struct block *)(arena->address + arena->size) + (number - 1);
}
uint64_t arena_object_size(uint64_t arena_size);
/* A block that is the first fit among those freed last, or 0. */
uint32_t arena_take(struct arena *, uint64_t length);
void arena_give_back(struct arena *, uint32_t number);

/* carrier.c */
int carrier_arena(struct server_call *);
int carrier_send(struct server_call *);
int carrier_receive(struct server_call *);
int carrier_free(struct server_call *);
uint32_t carrier_events(const struct port *);
void carrier_wake(struct port *);
void carrier_end(struct port *);
void carrier_client_ended(struct port *, uint64_t identity);
void held_give_back(void);
static inline void held_recover(void)
{
    if (ipcd.going)
        held_give_back();
}

/* pipe.c */
int pipe_send(struct server_call *);
int pipe_receive(struct server_call *);
int pipe_result(struct server_call *);
uint32_t pipe_events(const struct port *);
void pipe_wake(struct port *);
void pipe_client_ended(uint64_t identity);

#endif
