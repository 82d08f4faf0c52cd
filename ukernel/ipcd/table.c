/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: opening and closing ports, and their ends.
 */
#include "ukernel/ipcd/closings.h"
#include "ukernel/ipcd/ports.h"

#include <comesg/commap.h>

#include <errno.h>
#include <time.h>

enum {
    RING_DEFAULT = 4096,
    RING_LEAST = 64,
    RING_MOST = 1 << 20,
    DEPTH_DEFAULT = 256,
    DEPTH_MOST = 65536,
    PAGE = 4096
};
#define ARENA_DEFAULT (UINT64_C(4) << 20)
#define ARENA_LEAST (UINT64_C(64) << 10)
#define ARENA_MOST (UINT64_C(1) << 30)

enum { SURVEY_TRIES = 100, SURVEY_WORDS = PORTS_MAX / 64 };

struct ipcd ipcd;

uint32_t place_take(struct places *places, uint32_t max, uint32_t *(*next_of)(uint32_t))
{
    uint32_t place = places->free;
    if (place) {
        SET(&places->free, *next_of(place));
        return place;
    }
    if (places->limit == max)
        return 0;
    place = places->limit + 1;
    SET(&places->limit, place);
    return place;
}

void place_give_back(struct places *places, uint32_t place, uint32_t *(*next_of)(uint32_t))
{
    SET(next_of(place), places->free);
    SET(&places->free, place);
}

static uint32_t *next_port(uint32_t place)
{
    return &ipcd.ports[place].next;
}

uint64_t port_identity(const struct port *port)
{
    return port->identity;
}

const struct port *port_of_own(uint64_t handle)
{
    uint64_t badge;
    uint32_t rights;
    if (comint_read(port_seal, handle, &badge, &rights) || (uint32_t)badge >= ipcd.port_places.limit)
        return NULL;
    const struct port *port = &ipcd.ports[(uint32_t)badge + 1];
    return port->generation == badge >> 32 ? port : NULL;
}

struct client *client_at(uint64_t identity)
{
    struct client *client = &ipcd.clients.table[(uint32_t)identity];
    return (uint32_t)identity < CLIENTS_MAX && client->identity == identity ? client : NULL;
}

struct client *port_opener(const struct port *port)
{
    return port->opener ? client_at(port->opener) : NULL;
}

static void enter_in_list_of(struct client *client, struct port *port)
{
    SET(&port->next, client->first);
    SET(&port->previous, 0);
    if (client->first)
        SET(&ipcd.ports[client->first].previous, port_number(port));
    SET(&client->first, port_number(port));
}

static void discharge_opener(const struct port *port, struct client *client)
{
    uint32_t descriptors = port->type == COCARRIER ? port->carrier.descriptors : 0;
    client_discharge(&ipcd.state, client, USED_PORTS, 1);
    client_discharge(&ipcd.state, client, USED_MEMORY, port->memory);
    if (descriptors) {
        client_discharge(&ipcd.state, client, USED_KEPT, descriptors);
        SET(&ipcd.descriptors.orphans, ipcd.descriptors.orphans + descriptors);
    }
}

/* The opener no longer answers for it. */
static void leave_opener(struct port *port)
{
    struct client *client = port_opener(port);
    if (!client)
        return;
    if (port->previous)
        SET(&ipcd.ports[port->previous].next, port->next);
    else
        SET(&client->first, port->next);
    if (port->next)
        SET(&ipcd.ports[port->next].previous, port->previous);
    discharge_opener(port, client);
    SET(&port->opener, 0);
}

void port_publish(struct port *port, bool all)
{
    uint32_t events = port->type == COCARRIER ? carrier_events(port) : pipe_events(port);
    if (all && port->closed) {
        coport_shut(port->control);
        closings_tell(badge_of(port), port->closer);
    }
    if (port->type == COCHANNEL || (!all && events == port->published))
        return;
    coport_publish(port->control, events);
    port->published = events;
}

void port_changed(struct port *port, bool all)
{
    if (port->type == COPIPE)
        pipe_wake(port);
    if (port->type == COCARRIER)
        carrier_review(port, all);
    port_publish(port, all);
    if (port->type == COCARRIER)
        carrier_wake(port);
    port_told();
}

/* closer: the pid of who calls coclose, or 0. */
static void close_port(struct port *port, int32_t closer)
{
    if (port->closed)
        return;
    SET(&port->closed, true);
    SET(&port->closer, closer);
    port_will_change(port);
    commit();
    port_changed(port, true);
}

void copy_begin(const struct server_call *call, struct port *port, const struct copy *copy)
{
    state_copy(&ipcd.state, copy_of(call), copy, sizeof *copy);
    SET(&port->copying, port->copying + 1);
}

void copy_end(struct copy *copy)
{
    struct port *port = &ipcd.ports[copy->port];
    SET(&port->copying, port->copying - 1);
    SET(&copy->port, 0);
}

/* A port that nobody has may have waited for the end of the copy. */
static void sweep_after(const struct port *port)
{
    if (port->closed && !port->copying)
        ports_sweep();
}

int copy_over(struct server_call *call, int64_t outcome)
{
    struct port *port = &ipcd.ports[copy_of(call)->port];
    int error = port->type == COCARRIER ? carrier_copied(call, outcome) : pipe_copied(call, outcome);
    sweep_after(port);
    return error;
}

void thread_give_up(unsigned thread)
{
    struct copy *copy = &ipcd.copies[thread];
    struct port *port = &ipcd.ports[copy->port];
    if (!copy->port)
        return;
    if (port->type == COCARRIER)
        carrier_give_up(copy);
    else
        pipe_give_up(copy);
    sweep_after(port);
}

/* Nobody has a handle to it. Handles are closed before it is free: closing twice does no harm. */
static void end_port(struct port *port)
{
    close_port(port, 0);
    if (port->copying || (port->type == COCARRIER && !carrier_end(port)))
        return;
    cohandle_close(port->control);
    leave_opener(port);
    SET(&port->type, PORT_FREE);
    SET(&port->control, 0);
    place_give_back(&ipcd.port_places, port_number(port), next_port);
    commit();
}

static void end_orphan(struct port *port)
{
    SET(&port->type, PORT_FREE);
    place_give_back(&ipcd.port_places, port_number(port), next_port);
    commit();
}

static bool survey(uint64_t bits[SURVEY_WORDS])
{
    for (unsigned attempt = 0; attempt < SURVEY_TRIES; attempt++) {
        for (unsigned word = 0; word < SURVEY_WORDS; word++)
            bits[word] = 0;
        if (comint_survey(port_seal, bits, PORTS_MAX) == 0)
            return true;
    }
    return false;
}

void ports_reclaim(void)
{
    uint64_t bits[SURVEY_WORDS];
    server_close_given(); /* it may be a handle to a port */
    if (!survey(bits))
        return;
    for (uint32_t index = 0; index < ipcd.port_places.limit; index++) {
        struct port *port = &ipcd.ports[index + 1];
        if (port->type == PORT_FREE || (bits[index / 64] >> index % 64 & 1))
            continue;
        if (port->type == PORT_ORPHAN)
            end_orphan(port);
        else
            end_port(port);
    }
}

/* A port that is closed, or of nobody, is perhaps there for nobody; one with descriptors should not be for long. */
void ports_sweep(void)
{
    for (uint32_t index = 1; index <= ipcd.port_places.limit; index++) {
        const struct port *port = &ipcd.ports[index];
        bool has_descriptors = port->type == COCARRIER && port->carrier.descriptors;
        if (port->type != PORT_FREE && (port->closed || !port->opener || has_descriptors)) {
            ports_reclaim();
            return;
        }
    }
}

/* Places to which handles from before this start exist are not used until these are gone: their badges could be those
 * of new ports. */
static void set_orphans_aside(void)
{
    uint64_t bits[SURVEY_WORDS];
    if (!survey(bits))
        __builtin_trap(); /* started again */
    uint32_t last = PORTS_MAX;
    while (last > 0 && !(bits[(last - 1) / 64] >> (last - 1) % 64 & 1))
        last--;
    for (uint32_t index = 0; index < last; index++) {
        struct port *port = &ipcd.ports[index + 1];
        SET(&ipcd.port_places.limit, index + 1);
        if (bits[index / 64] >> index % 64 & 1)
            SET(&port->type, PORT_ORPHAN);
        else
            place_give_back(&ipcd.port_places, index + 1, next_port);
        commit();
    }
}

/* Identities of ports differ from those of the ipcd before, which did not open one in a nanosecond. */
static void start(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    ipcd.started = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    set_orphans_aside();
    SET(&ipcd.state.format, 1);
    commit();
}

void table_recover(void)
{
    state_rollback(&ipcd.state);
    if (!ipcd.state.format)
        start();
    held_recover();
    if (ipcd.dirty && ipcd.ports[ipcd.dirty].type != PORT_FREE)
        port_changed(&ipcd.ports[ipcd.dirty], true);
}

struct wanted {
    uint32_t type;
    uint64_t ring_size, arena_size, depth;
};

static uint64_t or_default(uint64_t value, uint64_t standard)
{
    return value ? value : standard;
}

static int check_wanted(const struct ports_open *open, struct wanted *wanted)
{
    *wanted = (struct wanted){.type = open->type};
    if (open->type == COCHANNEL) {
        uint64_t size = or_default(open->ring_size, RING_DEFAULT);
        if (size < RING_LEAST || size > RING_MOST)
            return EINVAL;
        for (wanted->ring_size = RING_LEAST; wanted->ring_size < size;)
            wanted->ring_size *= 2;
        return 0;
    }
    if (open->type == COCARRIER) {
        wanted->arena_size = or_default(open->arena_size, ARENA_DEFAULT);
        wanted->depth = or_default(open->depth, DEPTH_DEFAULT);
        if (wanted->arena_size < ARENA_LEAST || wanted->arena_size > ARENA_MOST || wanted->depth > DEPTH_MOST)
            return EINVAL;
        wanted->arena_size = (wanted->arena_size + PAGE - 1) / PAGE * PAGE;
        return 0;
    }
    return open->type == COPIPE ? 0 : EINVAL;
}

static bool charge(struct client *client, const struct wanted *wanted, const struct cocaller *caller)
{
    uint64_t memory = wanted->ring_size + wanted->arena_size;
    return client_charge(&ipcd.state, client, USED_PORTS, 1, caller->quotas[COQUOTA_PORTS]) &&
           client_charge(&ipcd.state, client, USED_MEMORY, memory, caller->quotas[COQUOTA_PORT_MEMORY]);
}

/* Counts the port and takes its place. 0 or an errno. */
static int admit(const struct wanted *wanted, const struct cocaller *caller, struct client *client, uint32_t *place)
{
    if (!charge(client, wanted, caller))
        return EDQUOT;
    *place = place_take(&ipcd.port_places, PORTS_MAX, next_port);
    return *place ? 0 : ENOMEM;
}

static int make_arena(struct carrier *carrier, const struct wanted *wanted)
{
    struct arena *arena = &carrier->arena;
    SET(&arena->size, wanted->arena_size);
    SET(&arena->granules, (uint32_t)(wanted->arena_size / GRANULE));
    uint64_t object = commap(carrier_object_size(wanted->arena_size, carrier->mask), PROT_READ | PROT_WRITE);
    if (!object)
        return ENOMEM;
    SET(&arena->object, object);
    SET(&arena->address, 0);
    int error = arena_attach(arena);
    if (error) {
        cohandle_close(object);
        return ENOMEM;
    }
    arena_begin(arena);
    return 0;
}

static uint32_t ring_mask(uint64_t depth)
{
    uint32_t places = 1;
    while (places < depth)
        places *= 2;
    return places - 1;
}

static int make_port(struct port *port, const struct wanted *wanted)
{
    uint64_t control = coport_control((int)wanted->type, wanted->ring_size);
    int error = control ? 0 : errno == EINVAL ? EINVAL : ENOMEM;
    if (error)
        return error;
    SET(&port->type, wanted->type);
    SET(&port->generation, closings_next_generation(port_number(port) - 1));
    SET(&port->closed, false);
    SET(&port->closer, 0);
    SET(&port->published, 0);
    SET(&port->copying, 0);
    SET(&port->identity, ipcd.started + ++ipcd.opened);
    SET(&port->control, control);
    SET(&port->memory, wanted->ring_size + wanted->arena_size);
    if (wanted->type == COCARRIER) {
        state_copy(&ipcd.state, &port->carrier,
                   &(struct carrier){.depth = (uint32_t)wanted->depth, .mask = ring_mask(wanted->depth)},
                   sizeof port->carrier);
        error = make_arena(&port->carrier, wanted);
    } else {
        state_copy(&ipcd.state, &port->pipe, &(struct pipe){.senders = {0, 0}}, sizeof port->pipe);
    }
    if (error)
        cohandle_close(control);
    return error;
}

/* What is undone lies in the arena too, which has to be there until then. */
static void unmake_port(const struct port *port)
{
    struct port made = *port;
    state_rollback(&ipcd.state);
    if (made.type == COCARRIER) {
        arena_detach(&made.carrier.arena);
        cohandle_close(made.carrier.arena.object);
    }
    cohandle_close(made.control);
}

static int open_place(uint32_t place, const struct wanted *wanted, struct client *client)
{
    struct port *port = &ipcd.ports[place];
    worker_go_home();
    int error = make_port(port, wanted);
    if (error)
        return error;
    uint64_t handle = comint(port_seal, badge_of(port), CORIGHT_SEND | CORIGHT_RECV, port->control);
    if (!handle) {
        unmake_port(port);
        return ENOMEM;
    }
    server_give(handle);
    SET(&port->opener, client->identity);
    enter_in_list_of(client, port);
    port_will_change(port);
    commit();
    port_changed(port, true);
    return 0;
}

static void purge(struct client *client)
{
    client_ended(client->identity);
}

int port_open(struct server_call *call)
{
    struct wanted wanted;
    uint32_t place;
    const struct cocaller *caller = present_caller(call);
    int error = present.direct ? EINVAL : check_wanted(call->request, &wanted);
    if (error)
        return error;
    struct client *client = caller ? client_of(&ipcd.state, &ipcd.clients, caller->identity, purge) : NULL;
    if (!client)
        return ENOMEM;
    commit();
    error = admit(&wanted, caller, client, &place);
    if (error) {
        state_rollback(&ipcd.state);
        ports_reclaim();
        error = admit(&wanted, caller, client, &place);
    }
    if (!error)
        error = open_place(place, &wanted, client);
    if (error)
        state_rollback(&ipcd.state);
    return error;
}

/* The worker's own caller is a thread of ipcd if the request did not come directly. 0: not known. */
static pid_t pid_of_caller(const struct server_call *call)
{
    const struct cocaller *caller = present_caller(call);
    pid_t pid;
    if (!present.direct)
        return caller ? caller->pid : 0;
    return cogetpid(&pid) == 0 ? pid : 0;
}

int port_close(struct server_call *call)
{
    struct port *port;
    int error = port_of_call(CORIGHT_SEND | CORIGHT_RECV, &port);
    if (error)
        return error;
    if (port->closed)
        return EPIPE;
    close_port(port, pid_of_caller(call));
    return 0;
}

/* What a co-process leaves behind. Each step is complete in itself. */
void client_ended(uint64_t identity)
{
    struct client *client = client_at(identity);
    pipe_client_ended(identity);
    carrier_client_ended(identity);
    for (uint32_t place = client ? client->first : 0; place; place = ipcd.ports[place].next)
        close_port(&ipcd.ports[place], 0);
    while (client && client->first) {
        struct port *port = &ipcd.ports[client->first];
        if (port->type == COCARRIER)
            carrier_orphan(port);
        leave_opener(port);
        commit();
    }
    if (client && client->used[USED_ATTACHMENTS]) {
        SET(&client->used[USED_ATTACHMENTS], 0);
        SET(&client->used[USED_DESCRIPTORS], 0);
        commit();
    }
}
