/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of ports, cut off after every single instruction of what opens, closes and ends ports, and of what COPIPEs
 * do: a worker that starts again finds it whole. No handle, place or quota is lost, nothing is given back twice, all
 * are told and woken, and the ports of others are as they were.
 */
#include "tests/loader/tap.h"
#include "tests/ukernel/steps.h"
#include "ukernel/ipcd/closings.h"
#include "ukernel/ipcd/ports.h"
#include "ukernel/protocol/closings.h"

#include <comesg/commap.h>
#include <comesg/window.h>

#include <errno.h>
#include <string.h>

/* --- the core, and what else ipcd has beside --- */

/* Clients have identities with these in the lower half. */
enum { CLIENT = 2, SECOND = 3, BYSTANDER = 4, PEOPLE = 5, IPCD = 0 };
enum { SOME = 16, MANY = 512, ARENA = 64 << 10, DEPTH = 4, ARENAS = 4, BUFFER = 64, SERIALS = 256 };
enum { OBJECT_SIZE = ARENA + ARENA / GRANULE * sizeof(struct ports_block) + sizeof(struct ports_arena_end) + 64 };
enum { QUOTA_PORTS = 6, LISTENER = 1 << 16 };

enum kind { CLOSED, CONTROL, OBJECT, PORT, WINDOW, DIRECT };

/* Values are indices here and never used again. */
struct handle {
    uint8_t kind, holder, shut;
    uint8_t memory; /* of an object; whose buffer, of a window */
    uint32_t events;
    uint64_t badge;
};

enum failure { NOTHING, NO_CONTROL, NO_MEMORY, NO_ROOM, NO_HANDLE, BAD_SOURCE, BAD_DESTINATION };

/* Changes with each instruction, as the tables do. */
static struct outside {
    struct handle handles[MANY];
    uint64_t count;
    bool attached[ARENAS];
    uint32_t left[ARENAS]; /* the use of the first block when it was detached */
    bool woken[SERIALS];
    uint64_t given[4], received[4];
    size_t given_count;
    bool accepts; /* the thread that takes attachments has replied, and holds what it has given */
    bool home;    /* the worker runs on its own kernel thread, and is not cut off with a client */
    uint64_t seen[SOME];
    char buffers[PEOPLE][BUFFER];
} outside;

static char memories[ARENAS][OBJECT_SIZE] __attribute__((aligned(64)));
static struct port_closings shared;
static uint64_t identities[PEOPLE];
static enum failure failure;

struct present present;
cotarget_t direct_target;
cohandle_t port_seal = 1;
struct known known[KNOWN];

/* Who calls, by both ways; and as the worker sees it, whom another thread of ipcd asks. */
enum { PID_IPCD = 1, PID_DIRECT = 2, PID_TOLD = 3 };

/* Cookies have the client in the lowest byte. */
uint64_t ask_identity(uint64_t cookie)
{
    return identities[cookie % SERIALS];
}

const struct cocaller *present_caller(const struct server_call *call)
{
    static struct cocaller caller;
    caller.identity = ask_identity(call->cookie);
    caller.pid = PID_TOLD;
    caller.quotas[COQUOTA_PORTS] = QUOTA_PORTS;
    caller.quotas[COQUOTA_PORT_MEMORY] = UINT64_MAX;
    caller.quotas[COQUOTA_HANDLES] = 64;
    return &caller;
}

static uint64_t dead; /* identity */

bool present_lives(const struct server_call *call)
{
    return ask_identity(call->cookie) != dead;
}

void worker_go_home(void)
{
    outside.home = true;
}

static uint64_t make(enum kind kind, uint8_t holder, uint64_t badge)
{
    need(outside.count < MANY - 1, "a handle");
    outside.handles[++outside.count] = (struct handle){.kind = (uint8_t)kind, .holder = holder, .badge = badge};
    return outside.count;
}

static struct handle *live(uint64_t handle, enum kind kind)
{
    return handle && handle < MANY && outside.handles[handle].kind == kind ? &outside.handles[handle] : NULL;
}

int cohandle_close(cohandle_t handle)
{
    if (handle >= MANY || !outside.handles[handle].kind)
        return -1;
    outside.handles[handle].kind = CLOSED;
    return 0;
}

cohandle_t coport_control(int type, size_t ring_size)
{
    (void)type;
    (void)ring_size;
    errno = ENOMEM;
    return failure == NO_CONTROL ? 0 : make(CONTROL, IPCD, 0);
}

int coport_publish(cohandle_t control, uint32_t events)
{
    struct handle *found = live(control, CONTROL);
    if (found)
        found->events = events;
    return found ? 0 : -1;
}

int coport_shut(cohandle_t control)
{
    struct handle *found = live(control, CONTROL);
    if (found)
        found->shut = true;
    return found ? 0 : -1;
}

/* coeventd looks as soon as it is woken. */
int cowake(uint64_t cookie)
{
    if (cookie != LISTENER)
        outside.woken[cookie / SERIALS] = true;
    for (size_t i = 0; cookie == LISTENER && i < SOME; i++)
        outside.seen[i] = shared.closed[i];
    return 0;
}

cohandle_t comint(cohandle_t seal, uint64_t badge, uint32_t rights, cohandle_t object)
{
    return failure == NO_HANDLE || !seal || !rights || !object ? 0 : make(PORT, IPCD, badge);
}

int comint_read(cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights)
{
    const struct handle *found = live(handle, PORT);
    *badge = found ? found->badge : 0;
    *rights = 0;
    return seal && found ? 0 : -1;
}

int comint_survey(cohandle_t seal, uint64_t *bits, size_t n)
{
    for (uint64_t i = 1; i <= outside.count; i++) {
        uint32_t index = (uint32_t)outside.handles[i].badge;
        if (outside.handles[i].kind == PORT && index < n)
            bits[index / 64] |= UINT64_C(1) << index % 64;
    }
    return seal ? 0 : -1;
}

static bool is_used(uint8_t memory)
{
    bool used = outside.attached[memory];
    for (uint64_t i = 1; i <= outside.count; i++)
        used |= outside.handles[i].kind == OBJECT && outside.handles[i].memory == memory;
    return used;
}

comemory_t commap(size_t size, int prot)
{
    uint8_t memory = 0;
    need(size <= OBJECT_SIZE && prot, "the size of an arena");
    outside.home = true;
    errno = ENOMEM;
    while (failure != NO_MEMORY && memory < ARENAS && is_used(memory))
        memory++;
    if (failure == NO_MEMORY || memory == ARENAS)
        return 0;
    uint64_t object = make(OBJECT, IPCD, 0);
    outside.handles[object].memory = memory;
    return object;
}

void *comap_attach(comemory_t object, int prot)
{
    const struct handle *found = live(object, OBJECT);
    outside.home = true;
    if (object == LISTENER)
        return &shared;
    if (failure == NO_ROOM || !found || !prot || outside.attached[found->memory])
        return NULL;
    outside.attached[found->memory] = true;
    return memories[found->memory];
}

static uint32_t first_use(uint8_t memory)
{
    return ports_block((uint64_t)memories[memory], ARENA, 1)->use;
}

int comap_detach(void *address)
{
    outside.home = true;
    for (uint8_t memory = 0; memory < ARENAS; memory++) {
        if (address == memories[memory]) {
            outside.attached[memory] = false;
            outside.left[memory] = first_use(memory);
        }
    }
    return 0;
}

/* Nobody can write what is not attached. */
static bool are_left_alone(void)
{
    for (uint8_t memory = 0; memory < ARENAS; memory++) {
        if (!outside.attached[memory] && outside.left[memory] != first_use(memory))
            return false;
    }
    return true;
}

cohandle_t corestrict(cohandle_t handle, uint32_t rights)
{
    const struct handle *found = live(handle, OBJECT);
    return found && rights ? make(DIRECT, IPCD, 0) : 0;
}

cohandle_t codup(cohandle_t handle)
{
    return handle ? make(DIRECT, IPCD, 0) : 0;
}

static ssize_t at_fault(ssize_t side, int error)
{
    errno = error;
    return side;
}

/* Of a message only the first bytes, which is all that a buffer has. */
ssize_t cocopy(cowindow_t to, uint64_t to_offset, cowindow_t from, uint64_t from_offset, size_t length)
{
    const struct handle *source = live(from, WINDOW), *destination = live(to, WINDOW);
    char *at = destination ? outside.buffers[destination->memory] : (char *)(uintptr_t)to_offset;
    if (to != COCOPY_OWN && (!destination || failure == BAD_DESTINATION))
        return at_fault(COCOPY_DESTINATION, destination ? EFAULT : EBADF);
    if (!source || failure == BAD_SOURCE)
        return at_fault(COCOPY_SOURCE, source ? EFAULT : EBADF);
    memcpy(at, outside.buffers[source->memory] + from_offset, length < BUFFER ? length : BUFFER);
    return (ssize_t)length;
}

cohandle_t server_handle(size_t number)
{
    return outside.received[number];
}

cohandle_t server_take_in(struct state *state, size_t number)
{
    uint64_t handle = outside.received[number];
    state_set(state, &outside.received[number], 0);
    return handle;
}

uint32_t server_kind(size_t number)
{
    return outside.received[number] ? COHANDLE_WINDOW : 0;
}

struct coattachment server_take_attachment_in(struct state *state, size_t number)
{
    struct coattachment taken = {.kind = server_kind(number), .descriptor = -1};
    taken.handle = server_take_in(state, number);
    return taken;
}

void server_give_in(struct state *state, const struct coattachment *attachment)
{
    state_set(state, &outside.given[outside.given_count], attachment->handle);
    state_set(state, &outside.given_count, outside.given_count + 1);
}

cohandle_t server_give(cohandle_t handle)
{
    if (!handle)
        return 0;
    outside.given[outside.given_count] = handle;
    outside.given_count++;
    return handle;
}

int cogetpid(pid_t *pid)
{
    *pid = present.direct ? PID_DIRECT : PID_IPCD;
    return 0;
}

/* --- what is whole --- */

static uint32_t *next_port(uint32_t place)
{
    return &ipcd.ports[place].next;
}

static uint32_t *next_parked(uint32_t place)
{
    return &ipcd.parked[place].next;
}

static uint32_t *next_reader(uint32_t place)
{
    return &ipcd.readers[place].next;
}

static uint32_t *next_waiter(uint32_t place)
{
    return &ipcd.waiters[place].next;
}

static uint32_t *next_held(uint32_t place)
{
    return &ipcd.held[place].next;
}

/* How often each place was found. */
struct census {
    const struct places *places;
    uint8_t found[SOME + 1];
};

static bool count_list(struct census *census, uint32_t first, uint32_t *next_of(uint32_t))
{
    for (uint32_t place = first; place; place = *next_of(place)) {
        if (place > census->places->limit || ++census->found[place] > 1)
            return false;
    }
    return true;
}

static bool is_complete(const struct census *census)
{
    for (uint32_t place = 1; place <= census->places->limit; place++) {
        if (census->found[place] != 1)
            return false;
    }
    return true;
}

static bool is_port(const struct port *port)
{
    return port->type != PORT_FREE && port->type != PORT_ORPHAN;
}

/* Each port is free, or in the list of its opener, who is charged for it, or nobody's. */
static bool are_ports_whole(void)
{
    struct census census = {.places = &ipcd.port_places};
    if (!count_list(&census, ipcd.port_places.free, next_port))
        return false;
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (census.found[place] != (ipcd.ports[place].type == PORT_FREE))
            return false;
        if (!is_port(&ipcd.ports[place]) || !ipcd.ports[place].opener)
            census.found[place] = 1;
    }
    for (uint32_t index = 0; index < PEOPLE; index++) {
        const struct client *client = &ipcd.clients.table[index];
        uint64_t ports = 0, bytes = 0;
        uint32_t previous = 0;
        if (!count_list(&census, client->first, next_port))
            return false;
        for (uint32_t place = client->first; place; place = ipcd.ports[place].next, ports++) {
            const struct port *port = &ipcd.ports[place];
            if (!is_port(port) || port->opener != client->identity || port->previous != previous)
                return false;
            bytes += port->memory;
            previous = place;
        }
        if (client->used[USED_PORTS] != ports || client->used[USED_MEMORY] != bytes)
            return false;
    }
    return is_complete(&census);
}

static bool is_queue_whole(struct census *census, uint32_t port, const struct queue *queue, enum parked_state state,
                           int sends)
{
    uint32_t previous = 0;
    if (!count_list(census, queue->first, next_parked))
        return false;
    for (uint32_t place = queue->first; place; place = ipcd.parked[place].next) {
        const struct parked *parked = &ipcd.parked[place];
        if (parked->state != (uint32_t)state || parked->port != port || parked->previous != previous ||
            (sends >= 0 && parked->sends != sends))
            return false;
        previous = place;
    }
    return queue->last == previous;
}

/* Two who could meet do not both wait. */
static bool is_pipe_whole(struct census *census, uint32_t place)
{
    const struct pipe *pipe = &ipcd.ports[place].pipe;
    return is_queue_whole(census, place, &pipe->senders, PARKED_WAITS, true) &&
           is_queue_whole(census, place, &pipe->receivers, PARKED_WAITS, false) &&
           is_queue_whole(census, place, &pipe->done, PARKED_DONE, -1) &&
           (!pipe->senders.first || !pipe->receivers.first);
}

static bool are_parked_whole(void)
{
    struct census census = {.places = &ipcd.parked_places};
    if (!count_list(&census, ipcd.parked_places.free, next_parked))
        return false;
    for (uint32_t place = 1; place <= ipcd.parked_places.limit; place++) {
        if (census.found[place] != (ipcd.parked[place].state == PARKED_FREE))
            return false;
        census.found[place] += ipcd.parked[place].state == PARKED_TOLD;
    }
    if (ipcd.copies[0].port && ipcd.ports[ipcd.copies[0].port].type == COPIPE)
        census.found[ipcd.copies[0].what] += ipcd.parked[ipcd.copies[0].what].state == PARKED_COPIES;
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (ipcd.ports[place].type == COPIPE && !is_pipe_whole(&census, place))
            return false;
    }
    return is_complete(&census);
}

static const struct ports_block *block_of(const struct carrier *carrier, uint32_t number)
{
    const struct handle *object = live(carrier->arena.object, OBJECT);
    return object ? ports_block((uint64_t)(uintptr_t)memories[object->memory], carrier->arena.size, number) : NULL;
}

static uint32_t in_ring(const struct carrier *carrier, uint32_t count)
{
    uint64_t memory = (uint64_t)(uintptr_t)memories[live(carrier->arena.object, OBJECT)->memory];
    return ((uint32_t *)(ports_arena_end(memory, carrier->arena.size) + 1))[count & carrier->mask];
}

static bool are_carriers_whole(void)
{
    struct census readers = {.places = &ipcd.reader_places}, waiters = {.places = &ipcd.waiter_places},
                  held = {.places = &ipcd.held_places};
    uint64_t attachments = 0, charged = 0;
    bool whole = count_list(&readers, ipcd.reader_places.free, next_reader) &&
                 count_list(&waiters, ipcd.waiter_places.free, next_waiter) &&
                 count_list(&held, ipcd.held_places.free, next_held) && count_list(&held, ipcd.going, next_held);
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        const struct carrier *carrier = &ipcd.ports[place].carrier;
        if (ipcd.ports[place].type != COCARRIER)
            continue;
        whole = whole && count_list(&readers, carrier->readers, next_reader) &&
                count_list(&waiters, carrier->waiters, next_waiter);
        for (uint32_t count = carrier->head; count != carrier->tail; count++) {
            const struct ports_block *block = block_of(carrier, in_ring(carrier, count));
            whole = whole && count_list(&held, block->held, next_held);
            attachments += block->held_count;
        }
    }
    for (uint32_t index = 0; index < PEOPLE; index++)
        charged += ipcd.clients.table[index].used[USED_ATTACHMENTS];
    return whole && attachments >= charged && is_complete(&readers) && is_complete(&waiters) && is_complete(&held);
}

static void note(uint8_t named[MANY], uint64_t handle)
{
    if (handle < MANY)
        named[handle]++;
}

static void note_port(uint8_t named[MANY], const struct port *port)
{
    note(named, port->control);
    if (port->type != COCARRIER)
        return;
    note(named, port->carrier.arena.object);
    for (uint32_t count = port->carrier.head; count != port->carrier.tail; count++) {
        for (uint32_t place = block_of(&port->carrier, in_ring(&port->carrier, count))->held; place;
             place = ipcd.held[place].next)
            note(named, ipcd.held[place].handle);
    }
}

/* All that ipcd holds is in its tables. */
static bool are_handles_whole(void)
{
    uint8_t named[MANY] = {0};
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (is_port(&ipcd.ports[place]))
            note_port(named, &ipcd.ports[place]);
    }
    for (uint32_t place = 1; place <= ipcd.parked_places.limit; place++) {
        if (ipcd.parked[place].state != PARKED_FREE && ipcd.parked[place].state != PARKED_TOLD)
            note(named, ipcd.parked[place].window);
    }
    for (size_t i = 0; i < PEOPLE; i++)
        note(named, ipcd.words[i].window);
    for (size_t i = 0; outside.accepts && i < outside.given_count; i++)
        note(named, outside.given[i]);
    for (uint64_t i = 1; i <= outside.count; i++) {
        if (outside.handles[i].kind && outside.handles[i].holder == IPCD && named[i] != 1)
            return false;
    }
    return true;
}

/* Arenas that are attached belong to ports. */
static bool are_arenas_whole(void)
{
    bool owned[ARENAS] = {false};
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        const struct port *port = &ipcd.ports[place];
        const struct handle *object = port->type == COCARRIER ? live(port->carrier.arena.object, OBJECT) : NULL;
        if (object && port->carrier.arena.address)
            owned[object->memory] = true;
    }
    return memcmp(owned, outside.attached, sizeof owned) == 0;
}

static bool are_copies_whole(void)
{
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (is_port(&ipcd.ports[place]) && ipcd.ports[place].copying != (ipcd.copies[0].port == place))
            return false;
    }
    return true;
}

static bool is_whole(void)
{
    return ipcd.state.logged == 0 && are_copies_whole() && are_ports_whole() && are_parked_whole() &&
           are_carriers_whole() && are_handles_whole() && are_arenas_whole();
}

static bool has_holder(const struct port *port)
{
    for (uint64_t i = 1; i <= outside.count; i++) {
        if (outside.handles[i].kind == PORT && outside.handles[i].badge == badge_of(port))
            return true;
    }
    return false;
}

/* What those see who have handles to this port. Its messages go when nobody has one, and then its control. */
static bool is_told(const struct port *port)
{
    const struct handle *control = live(port->control, CONTROL);
    bool closed = outside.seen[port_number(port) - 1] >> 32 == port->generation;
    if (!has_holder(port) && port->closed)
        return closed && (port->type != COPIPE || !pipe_events(port)) &&
               (port->type != COCARRIER || !port->carrier.waiters);
    if (!control || control->shut != port->closed || closed != port->closed)
        return false;
    if (port->type == COCARRIER)
        return control->events == carrier_events(port) && (!port->carrier.waiters || !port->closed);
    return port->type == COCHANNEL ||
           (control->events == pipe_events(port) && !port->pipe.done.first && (!port->closed || !control->events));
}

static bool are_all_told(void)
{
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (is_port(&ipcd.ports[place]) && !is_told(&ipcd.ports[place]))
            return false;
    }
    for (uint32_t place = 1; place <= ipcd.parked_places.limit; place++) {
        if (ipcd.parked[place].state == PARKED_TOLD && !outside.woken[ipcd.parked[place].cookie / SERIALS])
            return false;
    }
    return true;
}

/* What a message says: its sender. */
static bool has_message(uint64_t of, uint64_t from)
{
    for (size_t i = 0; i < BUFFER; i++) {
        if (outside.buffers[of][i] != (char)('a' + from))
            return false;
    }
    return true;
}

/* --- the port of somebody else, in which there is something --- */

static struct port bystanders[2];

static bool is_same(const struct port *port, const struct port *before)
{
    return port->type == before->type && port->generation == before->generation && port->closed == before->closed &&
           port->opener == before->opener && port->identity == before->identity && port->control == before->control &&
           live(port->control, CONTROL) && is_told(port);
}

static bool are_bystanders_unharmed(void)
{
    const struct port *carrier = &ipcd.ports[1], *pipe = &ipcd.ports[2];
    return is_same(carrier, &bystanders[0]) && is_same(pipe, &bystanders[1]) &&
           carrier->carrier.head == bystanders[0].carrier.head && carrier->carrier.tail == bystanders[0].carrier.tail &&
           live(carrier->carrier.arena.object, OBJECT) && pipe->pipe.receivers.first &&
           pipe->pipe.receivers.first == pipe->pipe.receivers.last &&
           ipcd.parked[pipe->pipe.receivers.first].identity == identities[BYSTANDER];
}

/* --- requests --- */

struct operation {
    int (*handler)(struct server_call *);
    uint64_t client;
    uint32_t place;         /* of the port; 0: none */
    uint32_t type, flags;   /* flags: 0 for the thread that takes attachments */
    size_t length, windows; /* attachments */
    uint64_t argument;
    bool direct; /* or another thread takes it */
    enum failure failure;
    bool copied; /* it goes on after a copy */
};

static struct operation operation;
static union {
    struct ports_open open;
    struct {
        struct ports_request head;
        char bytes[BUFFER];
    };
} request;
static union {
    struct ports_rendezvous rendezvous;
    struct ports_message message;
    struct ports_arena arena;
} reply;
static uint64_t cookie;
static int64_t outcome;
static int result;

static int end_client(struct server_call *call)
{
    client_ended(ask_identity(call->cookie));
    ports_sweep();
    return 0;
}

static int sweep(struct server_call *call)
{
    (void)call;
    ports_sweep();
    return 0;
}

static void handle_request(void)
{
    struct server_call call = {.request = &request,
                               .length = sizeof request.head + operation.length,
                               .reply = &reply,
                               .cookie = cookie,
                               .handle_count = operation.windows};
    present = (struct present){.direct = operation.direct, .rights = CORIGHT_SEND | CORIGHT_RECV};
    if (operation.place)
        present.badge = badge_of(&ipcd.ports[operation.place]);
    result = operation.copied ? copy_over(&call, outcome) : operation.handler(&call);
}

/* ukernel/common/server.c, of the thread that takes attachments. */
static void close_received(void)
{
    for (size_t i = 0; i < operation.windows; i++) {
        uint64_t handle = outside.received[i];
        outside.received[i] = 0;
        if (handle)
            cohandle_close(handle);
    }
}

static void close_given(void)
{
    while (outside.given_count > 0)
        cohandle_close(outside.given[--outside.given_count]);
}

/* The client has handles of its own then. */
static void give(void)
{
    for (size_t i = 0; i < outside.given_count; i++) {
        const struct handle *handle = &outside.handles[outside.given[i]];
        make((enum kind)handle->kind, (uint8_t)operation.client, handle->badge);
    }
    outside.accepts = true;
}

void server_close_given(void)
{
    if (outside.accepts)
        close_given();
}

static void begin(const struct operation *of)
{
    static uint64_t serial;
    operation = *of;
    failure = of->failure;
    cookie = serial++ % SERIALS * SERIALS + of->client;
    outside.woken[cookie / SERIALS] = false;
    outside.home = false;
    if (!of->direct) {
        close_given();
        outside.accepts = false;
    }
    for (uint8_t memory = 0; memory < ARENAS; memory++) {
        if (!is_used(memory)) {
            memset(memories[memory], 0, OBJECT_SIZE);
            outside.left[memory] = 0;
        }
    }
    for (size_t i = 0; i < of->windows; i++) {
        outside.received[i] = make(WINDOW, IPCD, 0);
        outside.handles[outside.received[i]].memory = (uint8_t)of->client;
    }
    if (of->handler == port_open) {
        request.open = (struct ports_open){PORTS_OPEN, of->type, 0, ARENA, DEPTH};
        return;
    }
    request.head = ports_request(0, of->flags, 0, of->length, of->argument);
}

static void finish(void)
{
    failure = NOTHING;
    if (operation.direct)
        return;
    if (result)
        close_given();
    close_received();
    give();
}

/* What the thread that takes attachments does. */
static void copy(void)
{
    const struct copy *what = &ipcd.copies[0];
    ssize_t copied = cocopy(what->to, what->to_offset, what->from, 0, what->length);
    outcome = copied < 0 ? copied : 0;
    operation.copied = true;
}

static int ask(struct operation of)
{
    begin(&of);
    handle_request();
    while (result == COPY_FIRST) {
        copy();
        handle_request();
    }
    finish();
    return result;
}

/* The places of the table are used up in tests, not its values. */
static void drop_handles(uint64_t client)
{
    for (uint64_t i = 1; i <= outside.count; i++) {
        if (outside.handles[i].kind && outside.handles[i].holder == client && client != IPCD)
            outside.handles[i].kind = CLOSED;
    }
}

/* --- cutting off --- */

enum { LOGGED = 512 };

static const struct steps_part parts[] = {
    {&ipcd.state.logged, sizeof ipcd.state.logged + LOGGED * sizeof ipcd.state.log[0]},
    {&ipcd.clients, SOME * sizeof ipcd.clients.table[0]},
    {&ipcd.uses, offsetof(struct ipcd, ports) - offsetof(struct ipcd, uses)},
    {ipcd.ports, SOME * sizeof ipcd.ports[0]},
    {ipcd.parked, SOME * sizeof ipcd.parked[0]},
    {ipcd.waiters, SOME * sizeof ipcd.waiters[0]},
    {ipcd.held, SOME * sizeof ipcd.held[0]},
    {ipcd.readers, SOME * sizeof ipcd.readers[0]},
    {ipcd.words, SOME * sizeof ipcd.words[0]},
    {&outside, sizeof outside},
    {memories, sizeof memories},
    {(void *)shared.closed, SOME * sizeof shared.closed[0]},
    {shared.given, SOME * sizeof shared.given[0]},
    {&present, sizeof present},
    {&failure, sizeof failure},
    {0},
};
enum { PARTS_SIZE = 2 * sizeof memories };

static void end_people(uint64_t first, uint64_t last)
{
    for (uint64_t client = first; client <= last; client++) {
        drop_handles(client);
        client_ended(identities[client] - (UINT64_C(1) << 32)); /* of whom ipcd has perhaps not been told yet */
        client_ended(identities[client]);
    }
    server_close_given();
    ports_sweep();
}

/* Nobody is there: nothing is used. */
static bool is_empty(void)
{
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (is_port(&ipcd.ports[place]))
            return false;
    }
    for (uint32_t place = 1; place <= ipcd.parked_places.limit; place++) {
        if (ipcd.parked[place].state != PARKED_FREE)
            return false;
    }
    for (uint32_t index = 0; index < PEOPLE; index++) {
        if (ipcd.clients.table[index].used[USED_ATTACHMENTS])
            return false;
    }
    for (uint64_t i = 1; i <= outside.count; i++) {
        if (outside.handles[i].kind)
            return false;
    }
    return is_whole();
}

static size_t broken, untold, harmed, leaked, too_long;

/* Goes on as a worker that starts again, and as the thread that takes attachments does then; lets go of the dead
 * caller, and of all; and puts everything where it was. */
static void look(void)
{
    static char saved[PARTS_SIZE];
    if (outside.home)
        return;
    if (ipcd.state.logged > LOGGED) {
        too_long++;
        return;
    }
    steps_save(saved, parts);
    failure = NOTHING;
    table_recover();
    if (!operation.direct) {
        thread_give_up(0);
        close_received();
        close_given();
        outside.accepts = true;
    }
    broken += !is_whole();
    untold += !are_all_told();
    harmed += !are_bystanders_unharmed();
    end_people(operation.client, operation.client);
    broken += !is_whole();
    untold += !are_all_told();
    harmed += !are_bystanders_unharmed();
    end_people(CLIENT, BYSTANDER);
    leaked += !is_empty();
    steps_restore(saved, parts);
}

static void (*meanwhile)(void); /* happens during a copy */

static int cut_off(struct operation of, const char *what)
{
    begin(&of);
    broken = untold = harmed = leaked = 0;
    steps_count = 0;
    steps_run(handle_request, look);
    while (result == COPY_FIRST) {
        copy();
        if (meanwhile)
            meanwhile();
        steps_run(handle_request, look);
    }
    finish();
    ok(is_whole() && are_all_told() && are_bystanders_unharmed(), "%s", what);
    ok(broken + untold + harmed + leaked == 0 && steps_count > 30,
       "cut off after any of %zu instructions (%zu not whole, %zu not told, %zu of others, %zu lost)", steps_count,
       broken, untold, harmed, leaked);
    return result;
}

/* --- the tests --- */

static uint32_t a_carrier, a_pipe; /* ports */

static const uint32_t types[] = {COCHANNEL, COPIPE, COCARRIER};
static const char *const names[] = {"COCHANNEL", "COPIPE", "COCARRIER"};

static struct operation opening(uint64_t client, uint32_t type)
{
    return (struct operation){.handler = port_open, .client = client, .type = type};
}

static struct operation closing(uint64_t client, uint32_t place)
{
    return (struct operation){.handler = port_close, .client = client, .place = place, .direct = true};
}

static struct operation ending(uint64_t client)
{
    return (struct operation){.handler = end_client, .client = client, .direct = true};
}

static struct operation sending(uint64_t client, uint32_t place, size_t attachments)
{
    return (struct operation){.handler = carrier_send,
                              .client = client,
                              .place = place,
                              .length = BUFFER,
                              .windows = attachments,
                              .direct = attachments == 0};
}

static struct operation receiving(uint64_t client, uint32_t place)
{
    return (struct operation){.handler = carrier_receive, .client = client, .place = place, .direct = true};
}

static struct operation meeting(int (*handler)(struct server_call *), uint64_t client, uint32_t place)
{
    return (struct operation){
        .handler = handler, .client = client, .place = place, .flags = PORTS_WAITS, .length = BUFFER, .windows = 1};
}

static struct operation asking(uint64_t client, uint64_t ticket, uint32_t flags)
{
    return (struct operation){
        .handler = pipe_result, .client = client, .flags = flags, .argument = ticket, .direct = true};
}

/* The place of the port that was opened last. */
static uint32_t opened(void)
{
    uint32_t last = 0;
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++) {
        if (is_port(&ipcd.ports[place]) && (!last || ipcd.ports[place].identity > ipcd.ports[last].identity))
            last = place;
    }
    return last;
}

static int count_ports(void)
{
    int count = 0;
    for (uint32_t place = 1; place <= ipcd.port_places.limit; place++)
        count += is_port(&ipcd.ports[place]);
    return count;
}

static uint32_t have(uint64_t client, uint32_t type)
{
    need(ask(opening(client, type)) == 0, "a port");
    return opened();
}

/* A co-process ends, and the next with its index begins. */
static void succeed(uint64_t client)
{
    drop_handles(client);
    need(ask(ending(client)) == 0, "an end");
    identities[client] += UINT64_C(1) << 32;
}

static void prepare(void)
{
    need(closings_start(LISTENER), "closed ports");
    shared.listener = LISTENER;
    for (uint64_t client = 0; client < PEOPLE; client++) {
        identities[client] = UINT64_C(1) << 32 | client;
        memset(outside.buffers[client], (int)('a' + client), BUFFER);
    }
    table_recover();
    need(have(BYSTANDER, COCARRIER) == 1 && have(BYSTANDER, COPIPE) == 2, "ports of somebody else");
    need(ask(sending(BYSTANDER, 1, 1)) == 0 && ask(sending(BYSTANDER, 1, 0)) == 0, "messages in it");
    need(ask(receiving(BYSTANDER, 1)) == 0, "one is received");
    need(ask(meeting(pipe_receive, BYSTANDER, 2)) == 0, "somebody else who waits");
    memcpy(bystanders, &ipcd.ports[1], sizeof bystanders);
}

static void test_opening(void)
{
    char what[80];
    uint32_t places[3];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
            snprintf(what, sizeof what, "a %s is opened%s", names[i], round ? " in a place that was used" : "");
            ok(cut_off(opening(CLIENT, types[i]), what) == 0 && count_ports() == i + 3, "it is open");
            places[i] = opened();
        }
        for (int i = 0; i < 3; i++) {
            snprintf(what, sizeof what, "the %s is closed by its opener", names[i]);
            ok(cut_off(closing(CLIENT, places[i]), what) == 0, "it is closed");
            ok(ask(closing(CLIENT, places[i])) == EPIPE, "once");
        }
        drop_handles(CLIENT);
        struct operation of = {.handler = sweep, .client = CLIENT, .direct = true};
        cut_off(of, "the last handles to all three are dropped");
        ok(count_ports() == 2, "they are no more");
    }
}

static void test_failing(void)
{
    static const struct {
        enum failure failure;
        uint32_t type;
        const char *what;
    } cases[] = {
        {NO_CONTROL, COCHANNEL, "the core has no room for a ring"},
        {NO_CONTROL, COCARRIER, "the core has no room for a port"},
        {NO_MEMORY, COCARRIER, "there is no memory for an arena"},
        {NO_ROOM, COCARRIER, "there is no room to attach it"},
        {NO_HANDLE, COCARRIER, "there is no room for a handle to a COCARRIER"},
        {NO_HANDLE, COPIPE, "there is no room for a handle to a COPIPE"},
    };
    have(CLIENT, COPIPE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct operation of = opening(CLIENT, cases[i].type);
        of.failure = cases[i].failure;
        ok(cut_off(of, cases[i].what) == ENOMEM, "that is said");
        ok(are_left_alone(), "no arena is written that is not attached");
    }
    ok(count_ports() == 3, "no port has come of it");
    need(ask(opening(CLIENT, COCARRIER)) == 0, "a port");
    succeed(CLIENT);
    ok(count_ports() == 2, "and none is left");
}

/* In the way of a new port are those to which nobody has a handle. */
static void test_reclaiming(void)
{
    a_carrier = have(CLIENT, COCARRIER);
    a_pipe = have(CLIENT, COPIPE);
    for (int i = 0; i < 2; i++)
        need(ask(sending(CLIENT, a_carrier, i ? 2 : 0)) == 0, "a message");
    need(ask(receiving(SECOND, a_carrier)) == 0, "one is received");
    need(ask(sending(CLIENT, a_carrier, 1)) == 0, "another message");
    need(ask(meeting(pipe_send, SECOND, a_pipe)) == 0, "a sender waits");
    while (ipcd.clients.table[CLIENT].used[USED_PORTS] < QUOTA_PORTS)
        have(CLIENT, COCHANNEL);
    ok(cut_off(opening(CLIENT, COCHANNEL), "no more ports are allowed") == EDQUOT, "that is said");
    drop_handles(CLIENT);
    ok(cut_off(opening(CLIENT, COCARRIER), "ports with messages and with a sender that nobody has are in the way") == 0,
       "they are ended");
    ok(ask(asking(SECOND, reply.rendezvous.ticket, 0)) == EPIPE, "a wrong ticket is none");
    succeed(SECOND);
    succeed(CLIENT);
    ok(count_ports() == 2, "all is as before");
}

/* A co-process has ended, with ports in each state, and another comes with its index before ipcd has been told. */
static void fill(uint64_t client, uint64_t other)
{
    a_carrier = have(client, COCARRIER);
    a_pipe = have(client, COPIPE);
    have(client, COCHANNEL);
    need(ask(sending(client, a_carrier, 2)) == 0 && ask(sending(other, a_carrier, 1)) == 0, "messages");
    need(ask(receiving(client, a_carrier)) == 0 && ask(sending(client, a_carrier, 1)) == 0, "one is received");
    while (ask(sending(client, a_carrier, 0)) == 0)
        ;
    struct operation waiting = sending(other, a_carrier, 0);
    waiting.flags = PORTS_WAITS;
    need(ask(waiting) == EAGAIN && ipcd.ports[a_carrier].carrier.waiters, "a sender waits for room");
    need(ask(meeting(pipe_receive, other, a_pipe)) == 0, "a receiver waits");
    need(ask(meeting(pipe_receive, client, a_pipe)) == 0, "and another");
}

static void test_ends(void)
{
    fill(CLIENT, SECOND);
    cut_off(ending(CLIENT), "a co-process has ended");
    drop_handles(CLIENT);
    cut_off(ending(CLIENT), "and so have its handles");
    ok(count_ports() == 2, "its ports are no more");
    identities[CLIENT] += UINT64_C(1) << 32;
    fill(CLIENT, SECOND);
    drop_handles(CLIENT);
    identities[CLIENT] += UINT64_C(1) << 32;
    ok(cut_off(opening(CLIENT, COCARRIER), "another comes with the index of a dead one") == 0, "it has a port");
    succeed(SECOND);
    succeed(CLIENT);
    ok(count_ports() == 2, "all is as before");
}

static void test_closing(void)
{
    fill(CLIENT, SECOND);
    ok(cut_off(closing(CLIENT, a_carrier), "a COCARRIER is closed for which somebody waits") == 0 &&
           !ipcd.ports[a_carrier].carrier.waiters,
       "he is woken");
    struct operation of = closing(SECOND, a_pipe);
    of.direct = false;
    ok(cut_off(of, "a COPIPE is closed at which others wait") == 0 && !ipcd.ports[a_pipe].pipe.receivers.first,
       "they are woken");
    ok(ipcd.ports[a_carrier].closer == PID_DIRECT && ipcd.ports[a_pipe].closer == PID_TOLD,
       "both are known that have closed one");
    ok(cut_off(asking(CLIENT, reply.rendezvous.ticket, 0), "one of them asks") == EPIPE, "it is closed");
    ok(ask(receiving(CLIENT, a_carrier)) == 0, "what was queued is received");
    ok(cut_off(sending(CLIENT, a_carrier, 1), "nothing can be sent any more") == EPIPE, "that is said");
    drop_handles(CLIENT);
    cut_off((struct operation){.handler = sweep, .client = CLIENT, .direct = true}, "the last handles are dropped");
    ok(!is_port(&ipcd.ports[a_carrier]), "a port with messages, queued and received, is no more");
    succeed(CLIENT);
    succeed(SECOND);
    ok(count_ports() == 2, "all is as before");
}

/* To find what a message has, the arena must be attached. */
static void test_no_room(void)
{
    struct operation of = {.handler = sweep, .client = CLIENT, .direct = true, .failure = NO_ROOM};
    a_carrier = have(CLIENT, COCARRIER);
    need(ask(sending(CLIENT, a_carrier, 1)) == 0 && ask(closing(CLIENT, a_carrier)) == 0, "a message in a closed port");
    arena_detach(&ipcd.ports[a_carrier].carrier.arena);
    drop_handles(CLIENT);
    cut_off(of, "there is no room for the arena of a port that nobody has");
    ok(is_port(&ipcd.ports[a_carrier]), "it stays");
    of.failure = NOTHING;
    cut_off(of, "there is room");
    ok(!is_port(&ipcd.ports[a_carrier]), "it is no more");
    succeed(CLIENT);
}

static void test_handles(void)
{
    a_carrier = have(CLIENT, COCARRIER);
    struct operation arena = {.handler = carrier_arena, .client = SECOND, .place = a_carrier};
    ok(cut_off(arena, "a receiver is given the arena") == 0, "it has it");
    direct_target = 1;
    struct operation words = {.handler = carrier_words, .client = SECOND, .windows = 1};
    ok(cut_off(words, "and a target, for a window to its words") == 0, "it has it");
    ok(cut_off(words, "and once more") == 0, "it has it");
    direct_target = 0;
    succeed(SECOND);
    succeed(CLIENT);
    ok(count_ports() == 2, "all is as before");
}

/* Ports of an ipcd that has ended: places to which there are still handles are not used. */
static void test_orphans(void)
{
    static char saved[PARTS_SIZE];
    a_carrier = have(CLIENT, COCARRIER);
    a_pipe = have(CLIENT, COPIPE);
    steps_save(saved, parts);
    memset(&ipcd, 0, offsetof(struct ipcd, ports) + SOME * sizeof ipcd.ports[0]);
    ipcd.state.format = 0;
    table_recover();
    ok(ipcd.ports[a_carrier].type == PORT_ORPHAN && ipcd.ports[a_pipe].type == PORT_ORPHAN && are_ports_whole(),
       "places to which there are handles of before are set aside");
    steps_restore(saved, parts);
    ipcd.state.format = 1;
    succeed(CLIENT);
}

static void test_meeting(void)
{
    a_pipe = have(CLIENT, COPIPE);
    for (int first = 0; first < 2; first++) {
        int (*one)(struct server_call *) = first ? pipe_receive : pipe_send;
        int (*other)(struct server_call *) = first ? pipe_send : pipe_receive;
        uint64_t sender = first ? SECOND : CLIENT, receiver = first ? CLIENT : SECOND;
        memset(outside.buffers[receiver], 0, BUFFER);
        cut_off(meeting(one, CLIENT, a_pipe), first ? "a receiver waits" : "a sender waits");
        uint64_t ticket = reply.rendezvous.ticket;
        ok(cut_off(asking(CLIENT, ticket, 0), "it asks too early") == 0 && reply.rendezvous.parked, "it waits on");
        ok(cut_off(meeting(other, SECOND, a_pipe), "another meets it") == 0 && reply.rendezvous.length == BUFFER &&
               !reply.rendezvous.parked,
           "it is done");
        ok(has_message(receiver, sender), "the message has arrived");
        ok(cut_off(asking(CLIENT, ticket, 0), "who waited asks") == 0 && reply.rendezvous.length == BUFFER,
           "and is done");
        ok(ask(asking(CLIENT, ticket, 0)) == EPIPE, "once");
        memset(outside.buffers[receiver], (int)('a' + receiver), BUFFER);
    }
    struct operation empty = meeting(pipe_send, CLIENT, a_pipe);
    empty.length = empty.windows = 0;
    cut_off(empty, "a sender of nothing waits");
    uint64_t ticket = reply.rendezvous.ticket;
    ok(cut_off(meeting(pipe_receive, SECOND, a_pipe), "it is received") == 0 && reply.rendezvous.length == 0,
       "as nothing");
    ok(ask(asking(CLIENT, ticket, 0)) == 0, "and done");
    succeed(SECOND);
    succeed(CLIENT);
}

/* Messages that the worker does not copy itself. */

enum { LONG = COPIED_INSIDE + 1 };

static struct operation meeting_long(int (*handler)(struct server_call *), uint64_t client)
{
    struct operation of = meeting(handler, client, a_pipe);
    of.length = LONG;
    return of;
}

/* Requests that come directly, while another one is served. */
static int ask_meanwhile(struct operation of)
{
    struct operation kept = operation;
    uint64_t kept_cookie = cookie;
    int64_t kept_outcome = outcome;
    typeof(request) kept_request = request;
    typeof(reply) kept_reply = reply;
    begin(&of);
    handle_request();
    int given = result;
    reply = kept_reply;
    request = kept_request;
    outcome = kept_outcome;
    cookie = kept_cookie;
    operation = kept;
    return given;
}

static uint64_t first_ticket;
static int meanwhile_result;

static void give_up_meanwhile(void)
{
    meanwhile_result = ask_meanwhile(asking(CLIENT, first_ticket, PORTS_CANCEL));
}

static void ask_too_early(void)
{
    meanwhile_result = ask_meanwhile(asking(CLIENT, first_ticket, 0));
}

static void close_meanwhile(void)
{
    meanwhile_result = ask_meanwhile(closing(SECOND, a_pipe));
}

static void end_meanwhile(void)
{
    drop_handles(CLIENT);
    client_ended(identities[CLIENT]);
    ports_sweep();
    identities[CLIENT] += UINT64_C(1) << 32;
}

static void test_long(void)
{
    static const struct {
        void (*meanwhile)(void);
        const char *what;
        int meanwhile_result, result, first_result;
        enum failure failure; /* as if the second one receives */
    } cases[] = {
        {NULL, "a long message", 0, 0, 0, NOTHING},
        {ask_too_early, "a long message, and the first one asks in between", 0, 0, 0, NOTHING},
        {give_up_meanwhile, "the first one gives up in between, too late", EBUSY, 0, 0, NOTHING},
        {NULL, "the second one has a bad buffer", 0, EFAULT, EAGAIN, BAD_DESTINATION},
        {close_meanwhile, "it has, and the port is closed in between", 0, EFAULT, EAGAIN, BAD_DESTINATION},
        {close_meanwhile, "the port is closed in between", 0, 0, 0, NOTHING},
        {close_meanwhile, "it is, and the first one has a bad buffer", 0, EPIPE, EFAULT, BAD_SOURCE},
        {end_meanwhile, "the first one ends in between", 0, 0, EPIPE, NOTHING},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        bool sends = i % 2;
        enum failure mirrored[] = {[NOTHING] = NOTHING, [BAD_SOURCE] = BAD_DESTINATION, [BAD_DESTINATION] = BAD_SOURCE};
        a_pipe = have(CLIENT, COPIPE);
        need(ask(meeting_long(sends ? pipe_receive : pipe_send, CLIENT)) == 0, "somebody waits");
        first_ticket = reply.rendezvous.ticket;
        struct operation of = meeting_long(sends ? pipe_send : pipe_receive, SECOND);
        of.failure = sends ? mirrored[cases[i / 2].failure] : cases[i / 2].failure;
        meanwhile = cases[i / 2].meanwhile;
        meanwhile_result = 0;
        ok(cut_off(of, cases[i / 2].what) == cases[i / 2].result && meanwhile_result == cases[i / 2].meanwhile_result &&
               !reply.rendezvous.parked,
           sends ? "it is sent" : "it is received");
        meanwhile = NULL;
        ok(ask(asking(CLIENT, first_ticket, 0)) == cases[i / 2].first_result, "the first one is told");
        succeed(SECOND);
        succeed(CLIENT);
        ok(count_ports() == 2, "all is as before");
    }
}

/* The first one has a bad buffer, so that the next is met. */
static void make_good(void)
{
    failure = NOTHING;
}

static void test_next(void)
{
    a_pipe = have(CLIENT, COPIPE);
    need(ask(meeting_long(pipe_receive, CLIENT)) == 0, "somebody waits");
    first_ticket = reply.rendezvous.ticket;
    need(ask(meeting_long(pipe_receive, CLIENT)) == 0, "and once more");
    struct operation of = meeting_long(pipe_send, SECOND);
    of.failure = BAD_DESTINATION;
    meanwhile = make_good;
    ok(cut_off(of, "a long message, the first buffer is bad") == 0 && !reply.rendezvous.parked,
       "it is sent to the next");
    meanwhile = NULL;
    ok(ask(asking(CLIENT, first_ticket, 0)) == EFAULT, "the first one is told");
    succeed(SECOND);
    succeed(CLIENT);
}

/* The thread that copies for the second one goes on when he has ended. */
static void end_second_meanwhile(void)
{
    dead = identities[SECOND];
    client_ended(dead);
}

static void test_end_before_next(void)
{
    a_pipe = have(CLIENT, COPIPE);
    for (int sends = 0; sends < 2; sends++) {
        need(ask(meeting_long(sends ? pipe_receive : pipe_send, CLIENT)) == 0, "somebody waits");
        struct operation of = meeting_long(sends ? pipe_send : pipe_receive, SECOND);
        of.failure = sends ? BAD_DESTINATION : BAD_SOURCE;
        meanwhile = end_second_meanwhile;
        ok(cut_off(of, "the first one has a bad buffer, the second one ends in between") == ESRCH,
           "nobody goes on for him");
        meanwhile = NULL;
        ok(!ipcd.ports[a_pipe].pipe.senders.first && !ipcd.ports[a_pipe].pipe.receivers.first, "and nobody waits");
        succeed(SECOND);
    }
    succeed(CLIENT);
}

/* A COCARRIER whose last handle is dropped while a message is copied to it. */
static void drop_meanwhile(void)
{
    drop_handles(CLIENT);
    client_ended(identities[CLIENT]);
    ports_sweep();
    meanwhile_result = is_port(&ipcd.ports[a_carrier]);
}

static void test_end_while_copying(void)
{
    a_carrier = have(CLIENT, COCARRIER);
    struct operation of = sending(SECOND, a_carrier, 2);
    of.length = LONG;
    of.flags = PORTS_WINDOW;
    ok(cut_off(of, "a long message to a COCARRIER") == 0 && !ipcd.ports[a_carrier].copying, "it is sent");
    meanwhile = drop_meanwhile;
    ok(cut_off(of, "nobody has the port any more, in between") == EPIPE && meanwhile_result,
       "it has stayed until then");
    meanwhile = NULL;
    ok(!is_port(&ipcd.ports[a_carrier]), "and is no more");
    succeed(SECOND);
    succeed(CLIENT);
}

/* Of three who wait the one in the middle gives up, and then the others. */
static void test_giving_up(void)
{
    a_pipe = have(CLIENT, COPIPE);
    for (int first = 0; first < 2; first++) {
        uint64_t tickets[3];
        for (int i = 0; i < 3; i++) {
            cut_off(meeting(first ? pipe_receive : pipe_send, i == 1 ? SECOND : CLIENT, a_pipe), "somebody waits");
            tickets[i] = reply.rendezvous.ticket;
        }
        ok(cut_off(asking(SECOND, tickets[1], PORTS_CANCEL), "one in the middle gives up") == ECANCELED,
           "and has nothing");
        ok(cut_off(asking(CLIENT, tickets[2], PORTS_CANCEL), "the last one too") == ECANCELED, "and has nothing");
        ok(cut_off(asking(CLIENT, tickets[0], PORTS_CANCEL), "and the first") == ECANCELED, "and has nothing");
    }
    need(ask(meeting(pipe_receive, SECOND, a_pipe)) == 0 && ask(meeting(pipe_receive, CLIENT, a_pipe)) == 0,
         "two wait");
    cut_off(ending(SECOND), "who waits ends");
    ok(ipcd.parked[ipcd.ports[a_pipe].pipe.receivers.first].identity == identities[CLIENT], "the other waits");
    succeed(SECOND);
    succeed(CLIENT);
}

/* A copy fails, at either side. */
static void test_faults(void)
{
    a_pipe = have(CLIENT, COPIPE);
    for (int first = 0; first < 2; first++) {
        int (*one)(struct server_call *) = first ? pipe_receive : pipe_send;
        int (*other)(struct server_call *) = first ? pipe_send : pipe_receive;
        enum failure own = first ? BAD_SOURCE : BAD_DESTINATION, parked = first ? BAD_DESTINATION : BAD_SOURCE;
        need(ask(meeting(one, CLIENT, a_pipe)) == 0, "one waits");
        uint64_t ticket = reply.rendezvous.ticket;
        struct operation of = meeting(other, SECOND, a_pipe);
        of.failure = own;
        ok(cut_off(of, "who comes second has a bad buffer") == EFAULT, "it is told");
        ok(ask(asking(CLIENT, ticket, 0)) == 0 && reply.rendezvous.parked, "who came first waits on");
        of.failure = parked;
        ok(cut_off(of, "who came first has one") == 0 && reply.rendezvous.parked, "who came second waits");
        uint64_t second = reply.rendezvous.ticket;
        ok(ask(asking(CLIENT, ticket, 0)) == EFAULT, "the other is told");
        of.failure = NOTHING;
        of.length = first ? BUFFER + 1 : BUFFER - 1; /* of a message, or of room for it */
        need(ask(asking(SECOND, second, PORTS_CANCEL)) == ECANCELED && ask(meeting(one, CLIENT, a_pipe)) == 0,
             "one waits");
        ticket = reply.rendezvous.ticket;
        int error = cut_off(of, "the message is too long for the buffer");
        ok(first ? error == EMSGSIZE : error == 0 && reply.rendezvous.parked,
           first ? "it is told" : "the receiver waits");
        ok(ask(asking(CLIENT, ticket, 0)) == (first ? 0 : EMSGSIZE),
           first ? "the receiver waits" : "the sender is told");
        succeed(SECOND);
        need(!first || ask(asking(CLIENT, ticket, PORTS_CANCEL)) == ECANCELED, "nobody waits");
    }
    succeed(CLIENT);
}

int main(void)
{
    prepare();
    ok(is_whole() && are_all_told() && are_bystanders_unharmed(), "two ports of somebody");
    test_opening();
    test_failing();
    test_reclaiming();
    test_ends();
    test_closing();
    test_no_room();
    test_handles();
    test_orphans();
    test_meeting();
    test_long();
    test_next();
    test_end_before_next();
    test_end_while_copying();
    test_giving_up();
    test_faults();
    ok(too_long == 0, "no change is longer than was looked at");
    return done_testing();
}
