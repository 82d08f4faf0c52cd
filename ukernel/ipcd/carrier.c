/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: COCARRIERs. A message is a block of the port's arena from the moment it is sent until it is freed.
 */
#include "ukernel/ipcd/ports.h"

#include <comesg/window.h>

#include <errno.h>
#include <string.h>

static struct arena *arena_of(struct port *port)
{
    return &port->carrier.arena;
}

static struct block *block_of(struct port *port, uint32_t number)
{
    return arena_block(arena_of(port), number);
}

uint32_t carrier_events(const struct port *port)
{
    const struct carrier *carrier = &port->carrier;
    bool room = !port->closed && carrier->count < carrier->depth && carrier->arena.free >= carrier->arena.granules / 2;
    return (carrier->count ? COPOLL_IN : 0) | (room ? COPOLL_OUT : 0);
}

/* 0: the call is for a COCARRIER that is attached here. */
static int begin(uint32_t rights, struct port **port)
{
    int error = port_of_call(rights, port);
    held_recover();
    if (error)
        return error;
    if ((*port)->type != COCARRIER)
        return EOPNOTSUPP;
    return (*port)->carrier.arena.address ? 0 : arena_attach(arena_of(*port));
}

int carrier_arena(struct server_call *call)
{
    struct port *port;
    struct ports_arena *reply = call->reply;
    int error = begin(CORIGHT_RECV, &port);
    if (error)
        return error;
    if (present.direct)
        return EINVAL;
    cohandle_t object = corestrict(port->carrier.arena.object, CORIGHT_R);
    if (!server_give(object))
        return ENOMEM;
    reply->reserved = 0;
    reply->port = port_identity(port);
    reply->size = port->carrier.arena.size;
    return 0;
}

/* Threads that wait for room. */

static uint32_t *next_waiter(uint32_t place)
{
    return &ipcd.waiters[place].next;
}

static bool waits(const struct carrier *carrier, uint64_t cookie)
{
    for (uint32_t place = carrier->waiters; place; place = ipcd.waiters[place].next) {
        if (ipcd.waiters[place].cookie == cookie)
            return true;
    }
    return false;
}

static int wait_for_room(struct port *port, uint64_t cookie)
{
    struct carrier *carrier = &port->carrier;
    if (waits(carrier, cookie))
        return EAGAIN;
    uint32_t place = place_take(&ipcd.waiter_places, WAITERS_MAX, next_waiter);
    if (!place)
        return ENOMEM;
    SET(&ipcd.waiters[place].cookie, cookie);
    SET(&ipcd.waiters[place].next, carrier->waiters);
    SET(&carrier->waiters, place);
    commit();
    return EAGAIN;
}

/* Whoever waits looks again, or is gone: each is woken once. */
void carrier_wake(struct port *port)
{
    struct carrier *carrier = &port->carrier;
    if (carrier->count == carrier->depth && !port->closed)
        return;
    while (carrier->waiters) {
        uint32_t place = carrier->waiters;
        cowake(ipcd.waiters[place].cookie);
        SET(&carrier->waiters, ipcd.waiters[place].next);
        place_give_back(&ipcd.waiter_places, place, next_waiter);
        commit();
    }
}

/* Attachments of queued messages. */

static uint32_t *next_held(uint32_t place)
{
    return &ipcd.held[place].next;
}

static int hold(const struct server_call *call, struct block *block, size_t first, size_t count)
{
    const struct cocaller *caller = present_caller(call);
    struct client *client = client_of(&ipcd.state, &ipcd.clients, caller ? caller->identity : 0, NULL);
    if (!client || !client_charge(&ipcd.state, client, USED_ATTACHMENTS, count, caller->quotas[COQUOTA_HANDLES]))
        return EDQUOT;
    SET(&block->sender, caller->identity);
    for (size_t i = count; i-- > 0;) {
        if (server_kind(first + i) == COHANDLE_DESCRIPTOR)
            return EBADF;
        uint32_t place = place_take(&ipcd.held_places, HELD_MAX, next_held);
        if (!place)
            return ENOMEM;
        SET(&ipcd.held[place].handle, server_take_in(&ipcd.state, first + i));
        SET(&ipcd.held[place].next, block->held);
        SET(&block->held, place);
    }
    return 0;
}

static void discharge(const struct block *block)
{
    struct client *client = &ipcd.clients.table[(uint32_t)block->sender % CLIENTS_MAX];
    if (block->held_count && client->identity == block->sender && client->used[USED_ATTACHMENTS] >= block->held_count)
        client_discharge(&ipcd.state, client, USED_ATTACHMENTS, block->held_count);
}

/* From now on the attachments go with the reply. */
static void let_go(struct block *block)
{
    if (!block->held)
        return;
    SET(&ipcd.going, block->held);
    discharge(block);
}

/* What went with a reply, or was to: closing twice does no harm. */
void held_give_back(void)
{
    while (ipcd.going) {
        uint32_t place = ipcd.going;
        cohandle_close(ipcd.held[place].handle);
        SET(&ipcd.going, ipcd.held[place].next);
        place_give_back(&ipcd.held_places, place, next_held);
        commit();
    }
}

/* Lists of blocks. */

static void append(struct port *port, uint32_t number)
{
    struct carrier *carrier = &port->carrier;
    block_of(port, number)->next = 0; /* means nothing before */
    if (carrier->last)
        SET(&block_of(port, carrier->last)->next, number);
    else
        SET(&carrier->first, number);
    SET(&carrier->last, number);
    SET(&carrier->count, carrier->count + 1);
}

static void take_first(struct port *port)
{
    struct carrier *carrier = &port->carrier;
    SET(&carrier->first, block_of(port, carrier->first)->next);
    if (!carrier->first)
        SET(&carrier->last, 0);
    SET(&carrier->count, carrier->count - 1);
}

static void enter_received(struct port *port, uint32_t number, uint64_t receiver)
{
    struct carrier *carrier = &port->carrier;
    struct block *block = block_of(port, number);
    SET(&block->use, BLOCK_RECEIVED);
    block->receiver = receiver; /* these mean nothing in a queued block */
    block->previous = 0;
    SET(&block->next, carrier->received);
    if (carrier->received)
        SET(&block_of(port, carrier->received)->previous, number);
    SET(&carrier->received, number);
}

static void leave_received(struct port *port, uint32_t number)
{
    const struct block *block = block_of(port, number);
    if (block->previous)
        SET(&block_of(port, block->previous)->next, block->next);
    else
        SET(&port->carrier.received, block->next);
    if (block->next)
        SET(&block_of(port, block->next)->previous, block->previous);
}

/* Sending. */

static int fill(char *to, const struct ports_request *request)
{
    if (!(request->flags & PORTS_WINDOW)) {
        memcpy(to, request + 1, request->length);
        return 0;
    }
    ssize_t copied = cocopy(COCOPY_OWN, (uintptr_t)to, server_handle(0), 0, request->length);
    return copied == (ssize_t)request->length ? 0 : EFAULT;
}

static int check_send(const struct port *port, const struct server_call *call, const struct ports_request *request)
{
    bool window = request->flags & PORTS_WINDOW;
    if (window ? call->handle_count < 1 : request->length > call->length - sizeof *request)
        return EINVAL;
    if (request->length > COCARRIER_MESSAGE_MAX || request->length > port->carrier.arena.size)
        return EMSGSIZE;
    return port->closed ? EPIPE : 0;
}

static int put(struct port *port, const struct server_call *call, const struct ports_request *request)
{
    struct arena *arena = arena_of(port);
    size_t first = request->flags & PORTS_WINDOW ? 1 : 0;
    size_t attachments = call->handle_count - first;
    uint32_t number = port->carrier.count < port->carrier.depth ? arena_take(arena, request->length) : 0;
    if (!number)
        return EAGAIN;
    struct block *block = arena_block(arena, number);
    int error = fill((char *)(arena->address + (uint64_t)(number - 1) * GRANULE), request);
    block->length = (uint32_t)request->length; /* these mean nothing in a free block */
    block->held = 0;
    block->held_count = (uint32_t)attachments;
    if (!error && attachments)
        error = hold(call, block, first, attachments);
    if (error)
        return error;
    append(port, number);
    return 0;
}

static void purge(struct client *client)
{
    client_ended(client->identity);
}

int carrier_send(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct port *port;
    int error = begin(CORIGHT_SEND, &port);
    if (!error)
        error = check_send(port, call, request);
    if (error)
        return error;
    if (call->handle_count) {
        client_of(&ipcd.state, &ipcd.clients, present_identity(call), purge);
        commit();
    }
    error = put(port, call, request);
    if (error) {
        state_rollback(&ipcd.state);
        return error == EAGAIN && request->flags & PORTS_WAITS ? wait_for_room(port, call->cookie) : error;
    }
    SET(&ipcd.dirty, port_number(port));
    commit();
    port_publish(port, false);
    port_told();
    return 0;
}

/* Receiving. */

static void give_held(void)
{
    if (present.direct)
        held_recover();
    for (uint32_t place = ipcd.going; place; place = ipcd.held[place].next)
        server_give(ipcd.held[place].handle);
}

int carrier_receive(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct ports_message *reply = call->reply;
    struct port *port;
    int error = begin(CORIGHT_RECV, &port);
    if (error)
        return error;
    uint32_t number = port->carrier.first;
    if (!number)
        return port->closed ? EPIPE : EAGAIN;
    struct block *block = block_of(port, number);
    if (request->length && block->length > request->length)
        return EMSGSIZE;
    reply->reserved = 0;
    reply->offset = (uint64_t)(number - 1) * GRANULE;
    reply->length = block->length;
    take_first(port);
    let_go(block);
    if (block->length)
        enter_received(port, number, present_identity(call));
    else
        arena_give_back(arena_of(port), number);
    SET(&ipcd.dirty, port_number(port));
    commit();
    port_changed(port, false);
    give_held();
    return 0;
}

int carrier_free(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct port *port;
    int error = begin(CORIGHT_RECV, &port);
    if (error)
        return error;
    uint64_t granule = request->argument / GRANULE;
    if (request->argument % GRANULE || granule >= port->carrier.arena.granules)
        return EINVAL;
    uint32_t number = (uint32_t)granule + 1;
    const struct block *block = block_of(port, number);
    if (block->use != BLOCK_RECEIVED || block->receiver != present_identity(call))
        return EINVAL;
    leave_received(port, number);
    arena_give_back(arena_of(port), number);
    SET(&ipcd.dirty, port_number(port));
    commit();
    port_changed(port, false);
    return 0;
}

/* Ends. */

/* Part of a change of its own for each message that has attachments. */
static void drop_queue(struct port *port)
{
    while (port->carrier.first) {
        uint32_t number = port->carrier.first;
        struct block *block = block_of(port, number);
        take_first(port);
        let_go(block);
        arena_give_back(arena_of(port), number);
        commit();
        held_recover();
    }
}

void carrier_end(struct port *port)
{
    struct arena *arena = arena_of(port);
    if (port->carrier.count && arena_attach(arena) == 0)
        drop_queue(port);
    arena_detach(arena);
    cohandle_close(arena->object);
}

void carrier_client_ended(struct port *port, uint64_t identity)
{
    if (!port->carrier.received || (!port->carrier.arena.address && arena_attach(arena_of(port)) != 0))
        return;
    uint32_t number = port->carrier.received;
    while (number) {
        const struct block *block = block_of(port, number);
        uint32_t next = block->next;
        if (block->receiver == identity) {
            leave_received(port, number);
            arena_give_back(arena_of(port), number);
            SET(&ipcd.dirty, port_number(port));
            commit();
            port_changed(port, false);
        }
        number = next;
    }
}
