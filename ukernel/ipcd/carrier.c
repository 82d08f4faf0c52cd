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

static struct ports_block *block_of(struct port *port, uint32_t number)
{
    return arena_block(arena_of(port), number);
}

uint64_t carrier_object_size(uint64_t arena_size, uint32_t mask)
{
    return arena_size + arena_size / GRANULE * sizeof(struct ports_block) + sizeof(struct ports_arena_end) +
           ((uint64_t)mask + 1) * sizeof(uint32_t);
}

/* The place of the ring behind the arena for message `count` of all that ever were. */
static uint32_t *ring(const struct carrier *carrier, uint32_t count)
{
    return (uint32_t *)(arena_end(&carrier->arena) + 1) + (count & carrier->mask);
}

static uint32_t queued(const struct carrier *carrier)
{
    return carrier->tail - carrier->head;
}

static bool is_full(const struct port *port)
{
    return queued(&port->carrier) + port->copying >= port->carrier.depth;
}

static bool has_room(const struct arena *arena)
{
    return arena->free >= arena->granules / 2;
}

uint32_t carrier_events(const struct port *port)
{
    const struct carrier *carrier = &port->carrier;
    bool room = !port->closed && !is_full(port) && has_room(&carrier->arena);
    return (queued(carrier) ? COPOLL_IN : 0) | (room ? COPOLL_OUT : 0);
}

/* 0: the call is for a COCARRIER that is attached here. */
static inline int begin(uint32_t rights, struct port **port)
{
    int error = port_of_call(rights, port);
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
    worker_go_home();
    cohandle_t object = corestrict(port->carrier.arena.object, CORIGHT_R);
    if (!server_give(object))
        return ENOMEM;
    reply->reserved = 0;
    reply->port = port_identity(port);
    reply->size = port->carrier.arena.size;
    reply->identity = present_identity(call);
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
    if (carrier_review(port, false))
        port_changed(port, false);
    return EAGAIN;
}

/* Whoever waits looks again, or is gone: each is woken once. */
void carrier_wake(struct port *port)
{
    struct carrier *carrier = &port->carrier;
    if (is_full(port) && !port->closed)
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

/* No co-process has more than its part of them: neither who sends them nor who has opened the port; nor all together
 * those who have ended. */
void held_limit(uint32_t descriptors)
{
    enum { RESERVE = SERVER_THREADS * COATTACHMENT_MAX + 8, MOST = 4096, OF_SENDER = 256, OF_OPENER = 1024 };
    /* For what comes with requests. */
    uint32_t reserve = descriptors / 2 < RESERVE ? descriptors / 2 : RESERVE;
    uint32_t most = descriptors - reserve;
    most = most < MOST ? most : MOST;
    ipcd.descriptors = (struct descriptors){
        .most = most,
        .of_sender = most / 8 < OF_SENDER ? most / 8 : OF_SENDER,
        .of_opener = most / 4 < OF_OPENER ? most / 4 : OF_OPENER,
        .of_nobody = most / 4,
    };
}

static void count_descriptors(struct port *port, struct ports_block *block, uint32_t count)
{
    SET(&block->descriptors, count);
    SET(&port->carrier.descriptors, port->carrier.descriptors + count);
    SET(&ipcd.descriptors.kept, ipcd.descriptors.kept + count);
}

/* Those of a message that have been counted. */
static int charge_descriptors(const struct port *port, struct client *sender, uint32_t count)
{
    const struct descriptors *limits = &ipcd.descriptors;
    struct client *opener = port_opener(port);
    if (!opener)
        return EPIPE;
    if (!client_charge(&ipcd.state, sender, USED_DESCRIPTORS, count, limits->of_sender) ||
        !client_charge(&ipcd.state, opener, USED_KEPT, count, limits->of_opener))
        return EDQUOT;
    return limits->kept <= limits->most ? 0 : ENOMEM;
}

/* True if it is a descriptor. */
static bool take_in(struct held *held, size_t number)
{
    const struct coattachment taken = server_take_attachment_in(&ipcd.state, number);
    bool descriptor = taken.kind == COHANDLE_DESCRIPTOR;
    SET(&held->handle, taken.handle);
    SET(&held->descriptor, descriptor ? taken.descriptor : -1);
    return descriptor;
}

static int hold(struct port *port, const struct server_call *call, struct ports_block *block, size_t first,
                size_t count)
{
    const struct cocaller *caller = present_caller(call);
    struct client *client = caller ? client_at(caller->identity) : NULL;
    uint32_t descriptors = 0;
    if (!client) /* it has died, and another has its entry */
        return ESRCH;
    if (!client_charge(&ipcd.state, client, USED_ATTACHMENTS, count, caller->quotas[COQUOTA_HANDLES]))
        return EDQUOT;
    SET(&block->sender, caller->identity);
    for (size_t i = count; i-- > 0;) {
        uint32_t place = place_take(&ipcd.held_places, HELD_MAX, next_held);
        if (!place)
            return ENOMEM;
        descriptors += take_in(&ipcd.held[place], first + i);
        SET(&ipcd.held[place].next, block->held);
        SET(&block->held, place);
    }
    count_descriptors(port, block, descriptors);
    return descriptors ? charge_descriptors(port, client, descriptors) : 0;
}

static void discharge_sender(const struct ports_block *block, unsigned which, uint32_t count)
{
    struct client *client = &ipcd.clients.table[(uint32_t)block->sender % CLIENTS_MAX];
    if (count && client->identity == block->sender && client->used[which] >= count)
        client_discharge(&ipcd.state, client, which, count);
}

static void discharge_descriptors(struct port *port, const struct ports_block *block)
{
    uint32_t count = block->descriptors;
    struct client *opener = port_opener(port);
    if (!count)
        return;
    discharge_sender(block, USED_DESCRIPTORS, count);
    if (opener)
        client_discharge(&ipcd.state, opener, USED_KEPT, count);
    else
        SET(&ipcd.descriptors.orphans, ipcd.descriptors.orphans - count);
    SET(&port->carrier.descriptors, port->carrier.descriptors - count);
    SET(&ipcd.descriptors.kept, ipcd.descriptors.kept - count);
}

/* They belong to the reply. */
static void give(const struct ports_block *block)
{
    for (uint32_t place = block->held; place;) {
        const struct held held = ipcd.held[place];
        const struct coattachment attachment = {
            .kind = held.descriptor < 0 ? 0 : COHANDLE_DESCRIPTOR,
            .descriptor = held.descriptor,
            .handle = held.handle,
        };
        server_give_in(&ipcd.state, &attachment);
        place_give_back(&ipcd.held_places, place, next_held);
        place = held.next;
    }
}

/* What is attached is given, or given back after the change. */
static void let_go(struct port *port, struct ports_block *block, bool gives)
{
    if (!block->held)
        return;
    if (gives)
        give(block);
    else
        SET(&ipcd.going, block->held);
    discharge_sender(block, USED_ATTACHMENTS, block->held_count);
    discharge_descriptors(port, block);
}

/* Closing a handle twice does no harm. A descriptor is left to a thread that may close it. */
void held_give_back(void)
{
    while (ipcd.going) {
        uint32_t place = ipcd.going;
        struct held *held = &ipcd.held[place];
        SET(&ipcd.going, held->next);
        if (held->descriptor < 0) {
            cohandle_close(held->handle);
            place_give_back(&ipcd.held_places, place, next_held);
        } else {
            SET(&held->next, ipcd.dropped);
            SET(&ipcd.dropped, place);
        }
        commit();
    }
}

void held_take_dropped(unsigned thread)
{
    uint32_t place = ipcd.dropped;
    if (!place || ipcd.closing[thread])
        return;
    SET(&ipcd.closing[thread], (uint64_t)ipcd.held[place].descriptor + 1);
    SET(&ipcd.dropped, ipcd.held[place].next);
    place_give_back(&ipcd.held_places, place, next_held);
    commit();
}

/* Receivers, and what they have freed without telling. */

static uint32_t *next_reader(uint32_t place)
{
    return &ipcd.readers[place].next;
}

static uint32_t find_reader(const struct carrier *carrier, uint64_t identity)
{
    uint32_t place = carrier->readers;
    while (place && ipcd.readers[place].identity != identity)
        place = ipcd.readers[place].next;
    return place;
}

static uint32_t enter_reader(struct port *port, uint64_t identity)
{
    uint32_t place = place_take(&ipcd.reader_places, READERS_MAX, next_reader);
    if (!place) {
        *(volatile bool *)&port->carrier.crowded = true;
        return 0;
    }
    SET(&ipcd.readers[place].identity, identity);
    SET(&ipcd.readers[place].port, port_number(port));
    SET(&ipcd.readers[place].row, 0);
    SET(&ipcd.readers[place].next, port->carrier.readers);
    SET(&port->carrier.readers, place);
    commit();
    return place;
}

/* From now on the port, or all ports if it is crowded, are looked at when this co-process ends. 0: it has no place in
 * the list. Not to be called in the middle of a change. */
static __attribute__((noinline)) uint32_t look_for_reader(struct port *port, uint64_t identity)
{
    uint32_t place = find_reader(&port->carrier, identity);
    if (!place)
        place = enter_reader(port, identity);
    *(volatile uint32_t *)&port->carrier.last_reader = place;
    return place;
}

static inline uint32_t reader_of(struct port *port, uint64_t identity)
{
    const struct reader *last = &ipcd.readers[port->carrier.last_reader];
    if (last->identity == identity && last->port == port_number(port))
        return port->carrier.last_reader;
    return look_for_reader(port, identity);
}

static bool is_received(const struct ports_block *block, uint64_t identity)
{
    return block->use == BLOCK_RECEIVED && block->receiver == identity;
}

/* Messages that this receiver has freed, each a change of its own. False if there was none of them. */
static bool free_words(struct port *port, uint64_t identity, const uint64_t *words, size_t count)
{
    struct arena *arena = arena_of(port);
    bool some = false;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)(words[i] & ~PORTS_WORD_FREE);
        if (!(words[i] & PORTS_WORD_FREE) || number - 1 >= arena->granules ||
            !is_received(arena_block(arena, number), identity) || arena_block(arena, number)->stamp != words[i] >> 32)
            continue;
        arena_give_back(arena, number);
        commit();
        some = true;
    }
    return some;
}

static bool collect_from(struct port *port, const struct reader *reader)
{
    const uint64_t size = PORTS_WORDS * sizeof(uint64_t);
    const struct words *words = &ipcd.words[(uint32_t)reader->identity % CLIENTS_MAX];
    uint64_t row[PORTS_WORDS];
    return reader->row && words->identity == reader->identity &&
           cocopy(COCOPY_OWN, (uintptr_t)row, words->window, (reader->row - 1) * size, size) == (ssize_t)size &&
           free_words(port, reader->identity, row, PORTS_WORDS);
}

/* Looks for messages that are free already. */
static bool collect(struct port *port)
{
    bool some = false;
    for (uint32_t place = port->carrier.readers; place; place = ipcd.readers[place].next)
        some |= collect_from(port, &ipcd.readers[place]);
    return some;
}

/* A receiver first notes what it has freed, then looks whether somebody wants room; and whoever wants it says so first.
 */
bool carrier_review(struct port *port, bool all)
{
    struct carrier *carrier = &port->carrier;
    if (!carrier->arena.address)
        return false;
    bool wanted = carrier->waiters || !has_room(&carrier->arena);
    if (!all && wanted == carrier->wanted)
        return false;
    *(volatile bool *)&carrier->wanted = wanted;
    __atomic_exchange_n(&arena_end(&carrier->arena)->wanted, wanted, __ATOMIC_SEQ_CST);
    return wanted && collect(port);
}

/* Nobody has to be told of anything. */
static inline bool is_told(const struct port *port)
{
    const struct carrier *carrier = &port->carrier;
    return carrier_events(port) == port->published && !carrier->waiters &&
           carrier->wanted == !has_room(&carrier->arena);
}

/* After a change. */
static inline void finish(struct port *port)
{
    if (is_told(port))
        port_told();
    else
        port_changed(port, false);
}

/* Where messages freed by this receiver are noted from now on. Another port may have had this row before. */
int carrier_reader(struct server_call *call)
{
    const struct ports_request *request = call->request;
    uint64_t identity = present_identity(call);
    uint32_t row = (uint32_t)request->argument + 1;
    struct port *port;
    int error = begin(CORIGHT_RECV, &port);
    if (error)
        return error;
    if (request->argument >= PORTS_ROWS)
        return EINVAL;
    for (uint32_t place = 1; place <= ipcd.reader_places.limit; place++) {
        struct reader *reader = &ipcd.readers[place];
        if (reader->identity != identity || reader->row != row)
            continue;
        struct port *before = &ipcd.ports[reader->port];
        port_will_change(before);
        if (before->carrier.arena.address || arena_attach(arena_of(before)) == 0)
            collect_from(before, reader);
        SET(&reader->row, 0);
        commit();
        port_changed(before, false);
    }
    error = begin(CORIGHT_RECV, &port);
    uint32_t place = error ? 0 : reader_of(port, identity);
    if (!place)
        return error ? error : ENOMEM;
    SET(&ipcd.readers[place].row, row);
    commit();
    return 0;
}

/* Closing twice does no harm. */
static void forget_words(struct words *words)
{
    if (words->window)
        cohandle_close(words->window);
    SET(&words->window, 0);
    commit();
}

/* A window to the words of the caller. */
int carrier_words(struct server_call *call)
{
    uint64_t identity = present_identity(call);
    struct words *words = &ipcd.words[(uint32_t)identity % CLIENTS_MAX];
    if (present.direct)
        return EINVAL;
    if (words->identity != identity)
        forget_words(words);
    if (!words->window && server_kind(0) == COHANDLE_WINDOW) {
        SET(&words->identity, identity);
        SET(&words->window, server_take_in(&ipcd.state, 0));
        commit();
    }
    worker_go_home();
    return server_give(codup(direct_target)) ? 0 : ENOMEM;
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
    if (window ? call->handle_count < 1 || server_kind(0) != COHANDLE_WINDOW
               : request->length > call->length - sizeof *request)
        return EINVAL;
    if (request->length > COCARRIER_MESSAGE_MAX || request->length > port->carrier.arena.size)
        return EMSGSIZE;
    return port->closed ? EPIPE : 0;
}

/* The message in this block is the next in the queue. */
static int enqueue(struct port *port, const struct server_call *call, uint32_t number)
{
    const struct ports_request *request = call->request;
    struct carrier *carrier = &port->carrier;
    struct ports_block *block = block_of(port, number);
    size_t first = request->flags & PORTS_WINDOW ? 1 : 0;
    size_t attachments = call->handle_count - first;
    block->length = (uint32_t)request->length; /* these mean nothing in a free block */
    block->held = 0;
    block->held_count = (uint32_t)attachments;
    block->stamp = carrier->tail;
    *ring(carrier, carrier->tail) = number;
    int error = attachments ? hold(port, call, block, first, attachments) : 0;
    SET(&carrier->tail, carrier->tail + 1);
    return error;
}

static int put(struct port *port, const struct server_call *call, const struct ports_request *request)
{
    struct arena *arena = arena_of(port);
    if (is_full(port))
        return EAGAIN;
    uint32_t number = arena_take(arena, request->length);
    if (!number && collect(port))
        number = arena_take(arena, request->length);
    if (!number)
        return EAGAIN;
    uint64_t address = arena->address + (uint64_t)(number - 1) * GRANULE;
    if (request->flags & PORTS_WINDOW && request->length > COPIED_INSIDE) {
        copy_begin(call, port,
                   &(struct copy){port_number(port), number, COCOPY_OWN, address, server_handle(0), request->length});
        return COPY_FIRST;
    }
    int error = fill((char *)address, request);
    return error ? error : enqueue(port, call, number);
}

static void purge(struct client *client)
{
    client_ended(client->identity);
}

/* What is queued in ports that nobody has may make room for attachments. */
static bool is_short(int error)
{
    return error == EDQUOT || error == ENOMEM;
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
    port_will_change(port);
    error = put(port, call, request);
    if (is_short(error)) {
        state_rollback(&ipcd.state);
        ports_reclaim();
        error = begin(CORIGHT_SEND, &port);
        if (error)
            return error;
        port_will_change(port);
        error = put(port, call, request);
    }
    if (error && error != COPY_FIRST) {
        state_rollback(&ipcd.state);
        return error == EAGAIN && request->flags & PORTS_WAITS ? wait_for_room(port, call->cookie) : error;
    }
    commit();
    finish(port);
    return error;
}

/* 0, or an errno, and nothing has changed. */
static int enqueue_copied(struct port *port, const struct server_call *call, uint32_t number)
{
    port_will_change(port);
    int error = port->closed ? EPIPE : enqueue(port, call, number);
    if (error)
        state_rollback(&ipcd.state);
    return error;
}

int carrier_copied(struct server_call *call, int64_t outcome)
{
    struct copy *copy = copy_of(call);
    struct port *port = &ipcd.ports[copy->port];
    int error = outcome ? EFAULT : enqueue_copied(port, call, copy->what);
    if (is_short(error)) {
        ports_reclaim();
        error = enqueue_copied(port, call, copy->what);
    }
    if (error) {
        carrier_give_up(copy);
        return error;
    }
    copy_end(copy);
    commit();
    finish(port);
    return 0;
}

/* Nothing comes of the message. */
void carrier_give_up(struct copy *copy)
{
    struct port *port = &ipcd.ports[copy->port];
    port_will_change(port);
    arena_give_back(arena_of(port), copy->what);
    copy_end(copy);
    commit();
    port_changed(port, false);
}

/* Receiving. */

/* The first message of the queue: 0, or why not. */
static int take(struct port *port, const struct ports_request *request, uint64_t identity, struct ports_message *reply)
{
    struct carrier *carrier = &port->carrier;
    if (!queued(carrier))
        return port->closed ? EPIPE : EAGAIN;
    uint32_t number = *ring(carrier, carrier->head);
    struct ports_block *block = block_of(port, number);
    if (request->length && block->length > request->length)
        return EMSGSIZE;
    if (block->held && present.direct && block->descriptors) /* which the worker does not close */
        return EREMOTE;
    reply->stamp = block->stamp;
    reply->offset = (uint64_t)(number - 1) * GRANULE;
    reply->length = block->length;
    struct state_notes notes = state_notes(&ipcd.state);
    state_note(&notes, &carrier->head);
    state_note(&notes, &block->use);
    state_noted(&notes);
    state_put(&carrier->head, carrier->head + 1);
    state_put(&block->receiver, identity); /* means nothing in a queued block */
    state_put(&block->use, BLOCK_RECEIVED);
    let_go(port, block, !present.direct);
    if (!block->length)
        arena_give_back(arena_of(port), number);
    commit();
    return 0;
}

/* Of a request behind which there are words. */
static bool free_told(struct port *port, const struct server_call *call, uint64_t identity)
{
    const struct ports_request *request = call->request;
    size_t count = (call->length - sizeof *request) / sizeof(uint64_t);
    return count && free_words(port, identity, (const uint64_t *)(request + 1), count);
}

int carrier_receive(struct server_call *call)
{
    struct port *port;
    int error = begin(CORIGHT_RECV, &port);
    if (error)
        return error;
    uint64_t identity = present_identity(call);
    if (!identity)
        return ESRCH;
    reader_of(port, identity);
    port_will_change(port);
    bool freed = free_told(port, call, identity);
    error = take(port, call->request, identity, call->reply);
    if (freed || !error)
        finish(port);
    held_recover();
    return error;
}

static int free_offset(struct port *port, uint64_t offset, uint64_t identity)
{
    uint64_t granule = offset / GRANULE;
    if (offset % GRANULE || granule >= port->carrier.arena.granules ||
        !is_received(block_of(port, (uint32_t)granule + 1), identity))
        return EINVAL;
    arena_give_back(arena_of(port), (uint32_t)granule + 1);
    commit();
    return 0;
}

int carrier_free(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct port *port;
    int error = begin(CORIGHT_RECV, &port);
    if (error)
        return error;
    uint64_t identity = present_identity(call);
    port_will_change(port);
    free_told(port, call, identity);
    if (request->argument != PORTS_NOTHING)
        error = free_offset(port, request->argument, identity);
    finish(port);
    return error;
}

/* Ends. */

/* Part of a change of its own for each message that has attachments. */
static void drop_queue(struct port *port)
{
    struct carrier *carrier = &port->carrier;
    while (queued(carrier)) {
        uint32_t number = *ring(carrier, carrier->head);
        SET(&carrier->head, carrier->head + 1);
        let_go(port, block_of(port, number), false);
        arena_give_back(arena_of(port), number);
        commit();
        held_recover();
    }
}

static void leave_readers(struct port *port, uint32_t place)
{
    uint32_t *link = &port->carrier.readers;
    while (*link != place)
        link = &ipcd.readers[*link].next;
    SET(link, ipcd.readers[place].next);
    SET(&ipcd.readers[place].identity, 0);
    place_give_back(&ipcd.reader_places, place, next_reader);
    commit();
}

bool carrier_end(struct port *port)
{
    struct arena *arena = arena_of(port);
    if (queued(&port->carrier) && arena_attach(arena) != 0)
        return false;
    drop_queue(port);
    while (port->carrier.readers)
        leave_readers(port, port->carrier.readers);
    arena_detach(arena);
    cohandle_close(arena->object);
    return true;
}

/* Ports whose openers have ended could otherwise keep each other for ever. Nothing is put into a closed one any more,
 * so that the last of a circle that is closed finds the next closed, with messages. Closing twice does no harm. */
static void close_circle(const struct held *held)
{
    const struct port *named = held->descriptor < 0 ? port_of_own(held->handle) : NULL;
    if (named && named->type == COCARRIER && named->closed && queued(&named->carrier))
        cohandle_close(held->handle);
}

/* They are left out of the message, as is what has been revoked. */
static void close_circles(struct port *port)
{
    const struct carrier *carrier = &port->carrier;
    for (uint32_t count = carrier->head; count != carrier->tail; count++) {
        for (uint32_t place = block_of(port, *ring(carrier, count))->held; place; place = ipcd.held[place].next)
            close_circle(&ipcd.held[place]);
    }
}

void carrier_orphan(struct port *port)
{
    const struct descriptors *limits = &ipcd.descriptors;
    if (!queued(&port->carrier) || arena_attach(arena_of(port)))
        return;
    close_circles(port);
    if (port->carrier.descriptors <= limits->of_nobody - limits->orphans)
        return;
    port_will_change(port);
    drop_queue(port);
    port_changed(port, false);
}

/* Blocks may be joined meanwhile, but where there was one the next is found. */
static void free_all(struct port *port, uint64_t identity)
{
    struct arena *arena = arena_of(port);
    if (!arena->address && arena_attach(arena) != 0)
        return;
    port_will_change(port);
    for (uint32_t number = 1; number <= arena->granules;) {
        uint32_t granules = block_of(port, number)->granules;
        if (is_received(block_of(port, number), identity)) {
            arena_give_back(arena, number);
            commit();
        }
        number += granules ? granules : 1;
    }
    port_changed(port, false);
}

void carrier_client_ended(uint64_t identity)
{
    struct words *words = &ipcd.words[(uint32_t)identity % CLIENTS_MAX];
    if (!identity)
        return;
    for (uint32_t place = 1; place <= ipcd.reader_places.limit; place++) {
        struct port *port = &ipcd.ports[ipcd.readers[place].port];
        if (ipcd.readers[place].identity != identity)
            continue;
        free_all(port, identity);
        leave_readers(port, place);
    }
    for (uint32_t index = 1; index <= ipcd.port_places.limit; index++) {
        if (ipcd.ports[index].type == COCARRIER && ipcd.ports[index].carrier.crowded)
            free_all(&ipcd.ports[index], identity);
    }
    if (words->identity == identity)
        forget_words(words);
}
