/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The queue and the arena of a COCARRIER, cut off after every single instruction of what sends, receives, frees, and
 * lets go of what a dead receiver had: what a worker finds that starts again is whole, and nobody waits in vain.
 */
#include "tests/loader/tap.h"
#include "tests/ukernel/steps.h"
#include "ukernel/ipcd/closings.h"
#include "ukernel/ipcd/ports.h"

#include <comesg/commap.h>
#include <comesg/window.h>

#include <errno.h>
#include <string.h>

/* What ipcd has beside. */

enum { SENDER = 2, RECEIVER = 3, OTHER = 4, PEOPLE = 5 }; /* identities, cookies, and windows to words */

struct present present;
cotarget_t direct_target;
cohandle_t port_seal;
struct known known[KNOWN];

static struct port *const port = &ipcd.ports[1];
static uint64_t rows[PEOPLE][PORTS_WORDS];
static uint32_t published;
static bool woken;

uint64_t ask_identity(uint64_t cookie)
{
    return cookie;
}

const struct cocaller *present_caller(const struct server_call *call)
{
    static struct cocaller caller;
    caller.identity = call->cookie;
    caller.quotas[COQUOTA_HANDLES] = 64;
    return &caller;
}

int coport_publish(cohandle_t control, uint32_t events)
{
    (void)control;
    published = events;
    return 0;
}

int cowake(uint64_t cookie)
{
    woken |= cookie == SENDER;
    return 0;
}

ssize_t cocopy(cowindow_t to, uint64_t to_offset, cowindow_t from, uint64_t from_offset, size_t length)
{
    if (to == COCOPY_OWN)
        memcpy((char *)(uintptr_t)to_offset, (const char *)rows[from] + from_offset, length);
    return (ssize_t)length;
}

int cohandle_close(cohandle_t handle)
{
    return handle ? 0 : -1;
}

cohandle_t server_take_in(struct state *state, size_t number)
{
    (void)state;
    return number + 1;
}

/* As in server.c: what came with the request, and what goes with the reply. */
static struct coattachment came[COATTACHMENT_MAX], given[COATTACHMENT_MAX];
static uint64_t given_count;

struct coattachment server_take_attachment_in(struct state *state, size_t number)
{
    const struct coattachment taken = came[number], nothing = {.descriptor = -1};
    state_copy(state, &came[number], &nothing, sizeof nothing);
    return taken;
}

void server_give_in(struct state *state, const struct coattachment *attachment)
{
    state_copy(state, &given[given_count], attachment, sizeof *attachment);
    state_set(state, &given_count, given_count + 1);
}

uint32_t server_kind(size_t number)
{
    return came[number].kind;
}

void server_close_given(void)
{
}

cohandle_t server_give(cohandle_t handle)
{
    return handle;
}

cohandle_t server_handle(size_t number)
{
    return number;
}

/* Not called here. */

cohandle_t corestrict(cohandle_t handle, uint32_t rights)
{
    return rights ? handle : 0;
}

cohandle_t codup(cohandle_t handle)
{
    return handle;
}

comemory_t commap(size_t size, int prot)
{
    return size && prot;
}

void *comap_attach(comemory_t object, int prot)
{
    (void)object;
    (void)prot;
    return NULL;
}

int comap_detach(void *address)
{
    return address ? 0 : -1;
}

cohandle_t coport_control(int type, size_t ring_size)
{
    (void)type;
    return ring_size;
}

int coport_shut(cohandle_t control)
{
    return control ? 0 : -1;
}

cohandle_t comint(cohandle_t seal, uint64_t badge, uint32_t rights, cohandle_t object)
{
    (void)badge;
    (void)rights;
    (void)object;
    return seal;
}

int comint_read(cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights)
{
    *badge = *rights = 0;
    return seal && handle ? 0 : -1;
}

int comint_survey(cohandle_t seal, uint64_t *bits, size_t n)
{
    (void)bits;
    (void)n;
    return seal ? 0 : -1;
}

void worker_go_home(void)
{
}

bool present_lives(const struct server_call *call)
{
    return call;
}

int cogetpid(pid_t *pid)
{
    *pid = 1;
    return 0;
}

uint32_t closings_next_generation(uint32_t index)
{
    return index + 1;
}

void closings_tell(uint64_t badge, int32_t pid)
{
    (void)badge;
    (void)pid;
}

/* --- the arena --- */

enum { GRANULES = 512, SIZE = GRANULES * GRANULE, LARGE = 40 * GRANULE, SMALL = 3 * GRANULE, DEPTH = 16 };

static _Alignas(64) char memory[SIZE + GRANULES * sizeof(struct ports_block) + sizeof(struct ports_arena_end) +
                                DEPTH * sizeof(uint32_t)];

static struct ports_block *block(uint32_t number)
{
    return arena_block(&port->carrier.arena, number);
}

static uint32_t in_ring(uint32_t count)
{
    return ((uint32_t *)(arena_end(&port->carrier.arena) + 1))[count % DEPTH];
}

static bool has_content(uint32_t number)
{
    uint32_t first;
    memcpy(&first, memory + (uint64_t)(number - 1) * GRANULE, sizeof first);
    return block(number)->length < sizeof first || first == block(number)->stamp;
}

/* What a block was found as, in ring or list. */
static uint8_t found[GRANULES + 1];

static bool find_once(uint32_t number, enum ports_block_use use)
{
    return number >= 1 && number <= GRANULES && block(number)->use == (uint32_t)use && ++found[number] == 1;
}

static bool is_ring_whole(void)
{
    const struct carrier *carrier = &port->carrier;
    if (carrier->tail - carrier->head > carrier->depth)
        return false;
    for (uint32_t count = carrier->head; count != carrier->tail; count++) {
        uint32_t number = in_ring(count);
        if (!find_once(number, BLOCK_TAKEN) || block(number)->stamp != count || !has_content(number))
            return false;
    }
    return true;
}

static bool are_free_whole(void)
{
    const struct arena *arena = &port->carrier.arena;
    for (unsigned class = 0; class < ARENA_CLASSES; class ++) {
        uint32_t previous = 0;
        if ((arena->first_free[class] != 0) != (arena->classes >> class & 1))
            return false;
        for (uint32_t number = arena->first_free[class]; number; number = block(number)->next) {
            if (!find_once(number, BLOCK_FREE) || block(number)->granules >> class != 1 ||
                block(number)->previous != previous || number > arena_end(arena)->limit)
                return false;
            previous = number;
        }
    }
    return true;
}

static bool are_quick_whole(uint32_t *sum)
{
    for (unsigned granules = 1; granules <= ARENA_QUICK; granules++) {
        for (uint32_t number = port->carrier.arena.quick[granules]; number; number = block(number)->previous) {
            if (!find_once(number, BLOCK_TAKEN) || block(number)->granules != granules)
                return false;
            *sum += granules;
        }
    }
    return true;
}

static bool is_copy_whole(void)
{
    uint32_t copying = ipcd.copies[0].port != 0;
    return port->copying == copying && (!copying || find_once(ipcd.copies[0].what, BLOCK_TAKEN));
}

/* All granules belong to blocks, and each of these to the ring, one list, a copy, or a receiver. */
static bool are_blocks_whole(void)
{
    uint32_t free = 0, before = 0;
    memset(found, 0, sizeof found);
    if (!is_ring_whole() || !is_copy_whole() || !are_free_whole() || !are_quick_whole(&free))
        return false;
    for (uint32_t number = 1; number <= GRANULES; number += before) {
        bool received = block(number)->use == BLOCK_RECEIVED;
        if (block(number)->before != before || block(number)->granules == 0 || found[number] == received ||
            (received && !has_content(number)))
            return false;
        before = block(number)->granules;
        free += block(number)->use == BLOCK_FREE ? before : 0;
    }
    return free == port->carrier.arena.free;
}

static uint32_t *next_held(uint32_t place)
{
    return &ipcd.held[place].next;
}

static uint32_t *next_waiter(uint32_t place)
{
    return &ipcd.waiters[place].next;
}

static uint32_t *next_reader(uint32_t place)
{
    return &ipcd.readers[place].next;
}

static uint32_t count_list(uint32_t first, const struct places *of, uint32_t *next_of(uint32_t))
{
    uint32_t count = 0;
    for (uint32_t place = first; place && place <= of->limit && count <= of->limit; place = *next_of(place))
        count++;
    return count;
}

static uint32_t count_attachments(void)
{
    uint32_t count = 0;
    for (uint32_t sent = port->carrier.head; sent != port->carrier.tail; sent++)
        count += block(in_ring(sent))->held_count;
    return count;
}

/* Where descriptors are, by their numbers: each that is there at all is in one place, and so is closed once. */
enum { NUMBERS = 64, NUMBER_FIRST = 3 };
struct numbers {
    uint8_t of[NUMBERS];
};

static void find_number(struct numbers *numbers, const struct coattachment *attachment)
{
    if (attachment->kind == COHANDLE_DESCRIPTOR && attachment->descriptor >= 0)
        numbers->of[attachment->descriptor]++;
}

static void find_held_numbers(struct numbers *numbers, uint32_t first)
{
    for (uint32_t place = first; place; place = ipcd.held[place].next) {
        if (ipcd.held[place].descriptor >= 0)
            numbers->of[ipcd.held[place].descriptor]++;
    }
}

static void find_numbers(struct numbers *numbers)
{
    memset(numbers, 0, sizeof *numbers);
    for (size_t i = 0; i < COATTACHMENT_MAX; i++) {
        find_number(numbers, &came[i]);
        find_number(numbers, &given[i]);
    }
    find_held_numbers(numbers, ipcd.going);
    find_held_numbers(numbers, ipcd.dropped);
    for (uint32_t sent = port->carrier.head; sent != port->carrier.tail; sent++)
        find_held_numbers(numbers, block(in_ring(sent))->held);
    for (unsigned thread = 0; thread <= SERVER_THREADS; thread++) {
        if (ipcd.closing[thread])
            numbers->of[ipcd.closing[thread] - 1]++;
    }
}

static bool same_numbers(const struct numbers *expected)
{
    struct numbers now;
    find_numbers(&now);
    return memcmp(&now, expected, sizeof now) == 0;
}

static bool are_descriptors_counted(void)
{
    struct numbers queued = {{0}};
    uint32_t count = 0;
    for (uint32_t sent = port->carrier.head; sent != port->carrier.tail; sent++)
        find_held_numbers(&queued, block(in_ring(sent))->held);
    for (size_t i = 0; i < NUMBERS; i++)
        count += queued.of[i];
    return port->carrier.descriptors == count && ipcd.descriptors.kept == count &&
           ipcd.clients.table[SENDER].used[USED_DESCRIPTORS] == count &&
           (!port->opener || ipcd.clients.table[OTHER].used[USED_KEPT] == count);
}

/* All places of tables that have been used are free, or in a list. */
static bool are_places_whole(void)
{
    const struct places *held = &ipcd.held_places, *waiters = &ipcd.waiter_places, *readers = &ipcd.reader_places;
    uint32_t count = count_list(held->free, held, next_held) + count_list(ipcd.going, held, next_held) +
                     count_list(ipcd.dropped, held, next_held);
    for (uint32_t sent = port->carrier.head; sent != port->carrier.tail; sent++)
        count += count_list(block(in_ring(sent))->held, held, next_held);
    return count == held->limit &&
           count_list(waiters->free, waiters, next_waiter) + count_list(port->carrier.waiters, waiters, next_waiter) ==
               waiters->limit &&
           count_list(readers->free, readers, next_reader) + count_list(port->carrier.readers, readers, next_reader) ==
               readers->limit;
}

static bool is_whole(void)
{
    return are_blocks_whole() && are_places_whole();
}

/* --- requests --- */

static struct {
    struct ports_request head;
    char bytes[LARGE];
} request;
static struct ports_message reply;

static struct operation {
    int (*handler)(struct server_call *);
    uint64_t client;
    size_t length;
    uint64_t argument;
    uint32_t flags;
    size_t attachments; /* not 0: the call does not come directly */
    size_t descriptors; /* among them */
    bool copied;        /* it goes on after a copy */
    int64_t outcome;
    unsigned thread;
} operation;
static int result;

static int end_client(struct server_call *call)
{
    client_ended(call->cookie);
    return 0;
}

static int take_dropped(struct server_call *call)
{
    held_take_dropped(call->thread);
    return 0;
}

static int orphan(struct server_call *call)
{
    (void)call;
    carrier_orphan(port);
    return 0;
}

static void attach_to_request(const struct operation *of)
{
    static int32_t number;
    size_t first = of->flags & PORTS_WINDOW ? 1 : 0;
    memset(came, 0, sizeof came);
    for (size_t i = 0; i < of->attachments; i++) {
        came[i] = (struct coattachment){.kind = COHANDLE_PORT, .descriptor = -1, .handle = i + 1};
        if (i >= first && i < first + of->descriptors)
            came[i] = (struct coattachment){.kind = COHANDLE_DESCRIPTOR,
                                            .descriptor = NUMBER_FIRST + number++ % (NUMBERS - NUMBER_FIRST)};
    }
    if (first)
        came[0].kind = COHANDLE_WINDOW;
}

/* What the thread does that takes attachments, when the worker has done its part. */
static void close_attachments(void)
{
    memset(came, 0, sizeof came);
    memset(given, 0, sizeof given);
    given_count = 0;
}

static void close_dropped(void)
{
    do {
        memset(ipcd.closing, 0, sizeof ipcd.closing);
        held_take_dropped(0);
    } while (ipcd.closing[0]);
}

/* As libcomsg does it: the words of what is free go along. */
static size_t make_request(const struct operation *of)
{
    attach_to_request(of);
    uint64_t *words = (uint64_t *)request.bytes;
    size_t told = 0;
    request.head = ports_request(0, of->flags, 0, of->handler == carrier_receive ? 0 : of->length, of->argument);
    if (of->flags & PORTS_WINDOW)
        return sizeof request.head;
    if (of->handler == carrier_send) {
        memset(request.bytes, 0, of->length);
        memcpy(request.bytes, &port->carrier.tail, sizeof port->carrier.tail);
        return sizeof request.head + of->length;
    }
    for (unsigned i = 0; i < PORTS_WORDS; i++) {
        if (rows[of->client][i] & PORTS_WORD_FREE)
            words[told++] = rows[of->client][i];
    }
    return sizeof request.head + told * sizeof words[0];
}

static size_t request_length;

static void handle_request(void)
{
    struct server_call call = {.request = &request,
                               .length = request_length,
                               .reply = &reply,
                               .cookie = operation.client,
                               .handle_count = operation.attachments,
                               .thread = operation.thread};
    present = (struct present){.direct = operation.attachments == 0, .rights = CORIGHT_SEND | CORIGHT_RECV};
    result = operation.copied ? copy_over(&call, operation.outcome) : operation.handler(&call);
}

static void replace(uint64_t client, uint64_t word, uint64_t by)
{
    for (unsigned i = 0; i < PORTS_WORDS; i++) {
        if (rows[client][i] == word) {
            rows[client][i] = by;
            return;
        }
    }
}

static void note(void)
{
    uint64_t *row = rows[operation.client];
    if (operation.handler != carrier_receive && operation.handler != carrier_free)
        return;
    for (unsigned i = 0; i < PORTS_WORDS; i++)
        row[i] = row[i] & PORTS_WORD_FREE ? 0 : row[i];
    if (operation.handler == carrier_receive && result == 0 && reply.length)
        replace(operation.client, 0, ports_word((uint32_t)(reply.offset / GRANULE) + 1, reply.stamp));
}

static int ask(struct operation of)
{
    operation = of;
    request_length = make_request(&of);
    handle_request();
    note();
    close_attachments();
    close_dropped();
    return result;
}

/* What was received last is free, and nobody is told. */
static void free_silently(uint64_t client)
{
    uint64_t word = ports_word((uint32_t)(reply.offset / GRANULE) + 1, reply.stamp);
    replace(client, word, word | PORTS_WORD_FREE);
}

/* --- cutting off --- */

enum { LOGGED = 96, SOME = 8 };

static const struct steps_part parts[] = {
    {port, sizeof *port},
    {memory, sizeof memory},
    {&ipcd.state.logged, sizeof ipcd.state.logged + LOGGED * sizeof ipcd.state.log[0]},
    {&ipcd.clients, SOME * sizeof ipcd.clients.table[0]},
    {&ipcd.uses, offsetof(struct ipcd, ports) - offsetof(struct ipcd, uses)},
    {ipcd.waiters, SOME * sizeof ipcd.waiters[0]},
    {ipcd.held, 4 * SOME * sizeof ipcd.held[0]},
    {ipcd.readers, SOME * sizeof ipcd.readers[0]},
    {ipcd.words, SOME * sizeof ipcd.words[0]},
    {&published, sizeof published},
    {&woken, sizeof woken},
    {came, sizeof came},
    {given, sizeof given},
    {&given_count, sizeof given_count},
    {&present, sizeof present},
    {0},
};
enum { PARTS_SIZE = 2 * sizeof memory };

/* Where messages are, by their stamps: 0: nowhere; 1: in the queue; otherwise the receiver. */
enum { STAMPS = 256, QUEUED = 1 };
struct whereabouts {
    uint8_t of[STAMPS];
};

static void find_messages(struct whereabouts *where)
{
    memset(where, 0, sizeof *where);
    for (uint32_t count = port->carrier.head; count != port->carrier.tail; count++)
        where->of[count % STAMPS] = QUEUED;
    for (uint32_t number = 1; number <= GRANULES; number += block(number)->granules) {
        if (block(number)->use == BLOCK_RECEIVED)
            where->of[block(number)->stamp % STAMPS] = (uint8_t)block(number)->receiver;
    }
}

static struct whereabouts before, after;
static struct numbers numbers_before;

/* Each message is where it was before, or where it is to come. */
static bool is_nothing_else_done(void)
{
    struct whereabouts now;
    find_messages(&now);
    for (size_t i = 0; i < STAMPS; i++) {
        if (now.of[i] != before.of[i] && now.of[i] != after.of[i])
            return false;
    }
    return true;
}

/* Of what ipcd has been asked to look for, nothing is left. */
static bool is_collected(uint64_t dead)
{
    for (uint64_t client = RECEIVER; client < PEOPLE; client++) {
        for (unsigned i = 0; client != dead && i < PORTS_WORDS; i++) {
            uint64_t word = rows[client][i];
            const struct ports_block *noted = word ? block((uint32_t)(word & ~PORTS_WORD_FREE)) : NULL;
            if (noted && word & PORTS_WORD_FREE && noted->use == BLOCK_RECEIVED && noted->receiver == client &&
                noted->stamp == word >> 32)
                return false;
        }
    }
    return true;
}

static bool is_settled(uint64_t dead)
{
    const struct carrier *carrier = &port->carrier;
    bool wanted = arena_end(&carrier->arena)->wanted;
    if (published != carrier_events(port) || ipcd.state.logged || (carrier->waiters && published & COPOLL_OUT))
        return false;
    if (!wanted && (carrier->waiters || carrier->arena.free < GRANULES / 2))
        return false;
    return wanted == carrier->wanted && (!wanted || is_collected(dead));
}

static bool has_received(uint64_t client)
{
    struct whereabouts now;
    find_messages(&now);
    return memchr(now.of, (int)client, sizeof now.of) != NULL;
}

static size_t broken, unsettled, too_long;

/* Undoes, looks, goes on as a worker that starts again, lets go of the dead caller, and puts everything where it was.
 */
static void look(void)
{
    static char saved[PARTS_SIZE];
    if (ipcd.state.logged > LOGGED) {
        too_long++;
        return;
    }
    steps_save(saved, parts);
    state_rollback(&ipcd.state);
    broken += !is_whole() || ipcd.clients.table[SENDER].used[USED_ATTACHMENTS] != count_attachments() ||
              !are_descriptors_counted() || !is_nothing_else_done() || !same_numbers(&numbers_before);
    table_recover();
    if (operation.attachments)
        thread_give_up(0);
    unsettled += !is_settled(operation.client) || ipcd.going;
    client_ended(operation.client);
    broken += !is_whole() || has_received(operation.client) || !same_numbers(&numbers_before);
    close_dropped();
    broken += !is_whole();
    unsettled += !is_settled(operation.client);
    steps_restore(saved, parts);
}

/* How it ends is found out first. */
static void cut_off(struct operation of, const char *what)
{
    static char saved[PARTS_SIZE];
    operation = of;
    request_length = make_request(&of);
    find_messages(&before);
    find_numbers(&numbers_before);
    steps_save(saved, parts);
    handle_request();
    find_messages(&after);
    steps_restore(saved, parts);
    broken = unsettled = 0;
    steps_count = 0;
    steps_run(handle_request, look);
    ok(is_whole() && is_settled(0), "%s", what);
    ok(broken == 0 && unsettled == 0 && steps_count > 25,
       "cut off after any of %zu instructions (%zu not whole, %zu not told)", steps_count, broken, unsettled);
    note();
    close_attachments();
}

static void prepare(void)
{
    need(sizeof memory == carrier_object_size(SIZE, DEPTH - 1), "the size of the arena");
    ipcd.state.format = 1;
    ipcd.port_places.limit = 1;
    for (uint64_t client = RECEIVER; client < PEOPLE; client++)
        ipcd.words[client] = (struct words){client, client};
    port->type = COCARRIER;
    port->carrier.depth = DEPTH;
    port->carrier.mask = DEPTH - 1;
    port->carrier.arena =
        (struct arena){.object = 1, .address = (uint64_t)(uintptr_t)memory, .size = SIZE, .granules = GRANULES};
    arena_begin(&port->carrier.arena);
    state_commit(&ipcd.state);
    port_changed(port, true);
}

static struct operation sending(size_t length)
{
    return (struct operation){.handler = carrier_send, .client = SENDER, .length = length};
}

static struct operation receiving(uint64_t client)
{
    return (struct operation){.handler = carrier_receive, .client = client};
}

static struct operation freeing(uint64_t client, uint64_t offset)
{
    return (struct operation){.handler = carrier_free, .client = client, .argument = offset};
}

static void pass(uint64_t client, size_t length)
{
    need(ask(sending(length)) == 0 && ask(receiving(client)) == 0, "a message");
}

static void test_one_after_the_other(void)
{
    cut_off(sending(SMALL), "a short message from a large block");
    cut_off(sending(SMALL), "another one");
    cut_off(sending(0), "an empty one");
    cut_off(receiving(RECEIVER), "the first is received");
    cut_off(freeing(RECEIVER, reply.offset), "and freed");
    cut_off(sending(SMALL), "the next takes its block");
    cut_off(receiving(OTHER), "another receiver has the second");
    cut_off(receiving(OTHER), "and the empty one");
    cut_off(receiving(OTHER), "and the next");
    cut_off(receiving(OTHER), "and nothing");
    ok(result == EAGAIN, "that is said");
    cut_off((struct operation){.handler = end_client, .client = OTHER}, "that receiver dies");
    ok(!has_received(OTHER), "it has nothing any more");
}

static void test_words(void)
{
    static const struct operation reader = {.handler = carrier_reader, .client = RECEIVER, .argument = 0};
    cut_off(reader, "a receiver has a row of words");
    cut_off((struct operation){.handler = carrier_reader, .client = OTHER, .argument = 0}, "another has one");
    pass(RECEIVER, SMALL);
    free_silently(RECEIVER);
    pass(OTHER, SMALL);
    free_silently(OTHER);
    cut_off(reader, "the row is for the same port again: what was free is found");
    pass(RECEIVER, SMALL);
    free_silently(RECEIVER);
    need(ask(sending(SMALL)) == 0, "a message");
    cut_off(receiving(RECEIVER), "a receiver tells what it has freed with the next receive");
    free_silently(RECEIVER);
    cut_off(freeing(RECEIVER, PORTS_NOTHING), "or with nothing else");
    ok(!has_received(RECEIVER), "it has nothing any more");
    rows[RECEIVER][0] = ports_word(in_ring(port->carrier.tail - 1), 0) | PORTS_WORD_FREE;
    pass(RECEIVER, SMALL);
    rows[RECEIVER][0] = ports_word((uint32_t)(reply.offset / GRANULE) + 1, reply.stamp - 1) | PORTS_WORD_FREE;
    cut_off(freeing(RECEIVER, PORTS_NOTHING), "a word of an earlier message in the same block frees nothing");
    ok(has_received(RECEIVER), "it is still received");
    need(ask(freeing(RECEIVER, reply.offset)) == 0, "freeing");
}

static void test_attachments(void)
{
    struct operation of = sending(SMALL);
    of.attachments = 2;
    cut_off(of, "a message with attachments");
    need(ask(of) == 0, "another");
    cut_off(receiving(RECEIVER), "is received by who takes none");
    struct operation taking = receiving(RECEIVER);
    taking.attachments = 1;
    cut_off(taking, "and the other by who does");
    cut_off(freeing(RECEIVER, reply.offset), "and freed");
    cut_off(of, "places of attachments are used again");
    need(ask(receiving(RECEIVER)) == 0, "a message");
    cut_off((struct operation){.handler = end_client, .client = OTHER}, "a receiver that has nothing dies");
    cut_off((struct operation){.handler = end_client, .client = RECEIVER}, "and one that has");
    cut_off(receiving(OTHER), "places of receivers are used again");
}

static void test_descriptors(void)
{
    struct operation of = sending(SMALL), taking = receiving(RECEIVER), refused;
    of.attachments = 3;
    of.descriptors = 2;
    taking.attachments = 1;
    held_limit(1000);
    port->opener = OTHER;
    ipcd.clients.table[OTHER].identity = OTHER;
    cut_off(of, "a message with descriptors");
    need(ask(of) == 0 && ask(of) == 0 && ask(of) == 0, "others");
    cut_off(taking, "is received");
    ok(result == 0 && ipcd.descriptors.kept == 6, "with them");
    cut_off(receiving(OTHER), "the next one is not received directly");
    ok(result == EREMOTE, "which is said");
    ipcd.descriptors.of_sender = 7;
    refused = of;
    cut_off(refused, "a sender has its part of them");
    ok(result == EDQUOT && ipcd.descriptors.kept == 6, "and no more");
    ipcd.descriptors.of_sender = 100;
    ipcd.descriptors.most = 7;
    cut_off(refused, "and so have all together");
    ok(result == ENOMEM && ipcd.descriptors.kept == 6, "and no more");
    cut_off((struct operation){.handler = end_client, .client = RECEIVER}, "a receiver of some dies");
    ipcd.descriptors.most = 100;
    ipcd.descriptors.of_opener = 7;
    cut_off(refused, "and who has opened the port");
    ok(result == EDQUOT && ipcd.descriptors.kept == 6, "and no more");
    port->opener = 0;
    ipcd.descriptors.orphans = 6;
    ipcd.descriptors.of_nobody = 12;
    cut_off((struct operation){.handler = orphan, .client = OTHER}, "the opener dies: they stay");
    ok(port->carrier.descriptors == 6, "all");
    ipcd.descriptors.of_nobody = 11;
    cut_off((struct operation){.handler = orphan, .client = OTHER}, "unless they are too many");
    ok(ipcd.dropped && !port->carrier.descriptors && !ipcd.descriptors.orphans, "then they are to be closed");
    for (unsigned thread = 0; thread < 2; thread++)
        cut_off((struct operation){.handler = take_dropped, .client = OTHER, .thread = thread}, "one by one");
    ok(ipcd.closing[0] && ipcd.closing[1] && ipcd.closing[0] != ipcd.closing[1], "each by one thread");
    close_dropped();
    ok(ipcd.held_places.limit == count_list(ipcd.held_places.free, &ipcd.held_places, next_held), "no place is lost");
}

/* Every second of some blocks is free. */
static void test_holes(void)
{
    enum { MANY = 10 };
    uint64_t offsets[MANY];
    for (int i = 0; i < MANY; i++) {
        pass(OTHER, LARGE - 1);
        offsets[i] = reply.offset;
    }
    for (int i = 0; i < MANY; i += 2)
        need(ask(freeing(OTHER, offsets[i])) == 0, "freeing");
    ok(is_whole(), "an arena with holes");
    cut_off(sending(LARGE - 1), "a message takes the first of several free blocks");
    cut_off(sending(LARGE - 1), "and the next one");
    cut_off(sending(LARGE - 200), "a shorter one leaves a rest");
    while (ask(receiving(RECEIVER)) == 0)
        cut_off(freeing(RECEIVER, reply.offset), "a block is joined with its neighbours, or kept as it is");
    cut_off((struct operation){.handler = end_client, .client = OTHER}, "who has many dies");
    ok(port->carrier.arena.free == GRANULES, "all is free");
}

/* All memory is in blocks that were freed and not joined. */
static void test_joining(void)
{
    enum { EACH = 30, MANY = 16 };
    uint64_t offsets[MANY];
    for (int i = 0; i < MANY; i++) {
        pass(OTHER, EACH * GRANULE);
        offsets[i] = reply.offset;
    }
    for (int i = 0; i < MANY; i++)
        need(ask(freeing(OTHER, offsets[i])) == 0, "freeing");
    cut_off(sending(LARGE), "small blocks are joined for a large message");
    need(ask(receiving(OTHER)) == 0 && ask(freeing(OTHER, reply.offset)) == 0, "freeing");
}

/* What is free without a word is found before somebody waits for room. */
static void test_collecting(void)
{
    static const struct operation readers[] = {{.handler = carrier_reader, .client = RECEIVER},
                                               {.handler = carrier_reader, .client = OTHER}};
    struct operation waiting = sending(LARGE);
    waiting.flags = PORTS_WAITS;
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < 2; i++) {
        ipcd.words[readers[i].client] = (struct words){readers[i].client, readers[i].client};
        need(ask(readers[i]) == 0, "a row of words");
    }
    for (int i = 0; i < 3; i++) {
        pass(RECEIVER, LARGE);
        free_silently(RECEIVER);
        pass(OTHER, LARGE);
        free_silently(OTHER);
        need(ask(sending(SMALL)) == 0, "a message");
    }
    while (port->carrier.arena.free >= GRANULES / 2 + LARGE / GRANULE)
        need(ask(sending(LARGE)) == 0, "a message");
    cut_off(sending(LARGE), "a message after which there is little room: what was freed is found");
    while (ask(sending(LARGE)) == 0)
        ;
    ok(result == EAGAIN, "no more fits in");
    cut_off(waiting, "a sender waits for room");
    ok(result == EAGAIN && port->carrier.waiters, "and is known");
    cut_off(receiving(RECEIVER), "a message is received");
    cut_off(freeing(RECEIVER, reply.offset), "and freed");
    ok(woken && !port->carrier.waiters, "so that the sender is woken");
    while (ask(receiving(OTHER)) == 0)
        need(ask(freeing(OTHER, reply.offset)) == 0, "freeing");
    ok(is_whole() && is_settled(0), "an empty queue");
}

static void test_full_queue(void)
{
    struct operation waiting = sending(SMALL);
    waiting.flags = PORTS_WAITS;
    pass(OTHER, SMALL);
    free_silently(OTHER);
    while (ask(sending(SMALL)) == 0)
        ;
    ok(result == EAGAIN && port->carrier.tail - port->carrier.head == DEPTH, "a full queue");
    woken = false;
    struct operation other = waiting;
    other.client = OTHER;
    cut_off(other, "a sender waits for a place");
    cut_off(waiting, "and another");
    cut_off(receiving(RECEIVER), "a message is received");
    ok(woken, "and they are woken");
    need(ask(sending(SMALL)) == 0, "a message");
    cut_off(waiting, "one waits again");
    cut_off(receiving(RECEIVER), "a message is received");
}

/* Longer than what is copied by the worker. */
static void test_copying(void)
{
    enum { LONG = COPIED_INSIDE + 1 };
    struct operation of = sending(LONG), then = of;
    struct operation taking = receiving(RECEIVER);
    of.attachments = 4;
    of.descriptors = 2;
    of.flags = PORTS_WINDOW;
    taking.attachments = 1;
    while (ask(receiving(OTHER)) == 0)
        need(ask(freeing(OTHER, reply.offset)) == 0, "freeing");
    held_limit(1000);
    port->opener = OTHER;
    ipcd.clients.table[OTHER].used[USED_KEPT] = 0;
    for (int round = 0; round < 3; round++) {
        bool fails = round == 1;
        cut_off(of, "a long message is to be copied");
        ok(result == COPY_FIRST && ipcd.copies[0].port == 1 && ipcd.copies[0].length == LONG, "first");
        need(ask(sending(SMALL)) == 0 && ask(receiving(RECEIVER)) == 0 && ask(freeing(RECEIVER, reply.offset)) == 0,
             "others send and receive meanwhile");
        memcpy((void *)(uintptr_t)ipcd.copies[0].to_offset, &port->carrier.tail, sizeof port->carrier.tail);
        then = of;
        then.copied = true;
        then.outcome = fails ? COCOPY_SOURCE : 0;
        cut_off(then, fails ? "the copy has failed" : "it has been copied");
        ok(result == (fails ? EFAULT : 0) && ipcd.copies[0].port == 0 && port->copying == 0, "that is said");
        ok(ipcd.descriptors.kept == (fails ? 0 : 2), "with its descriptors, or they are the request's still");
        ok(ask(taking) == (fails ? EAGAIN : 0), fails ? "nothing is received" : "it is received");
        if (!fails)
            cut_off(freeing(RECEIVER, reply.offset), "and freed");
    }
    uint32_t free = port->carrier.arena.free;
    need(ask(of) == COPY_FIRST, "a copy");
    ipcd.descriptors.of_sender = 1;
    then.outcome = 0;
    cut_off(then, "meanwhile there is no more room for descriptors");
    ok(result == EDQUOT && port->carrier.arena.free == free && !ipcd.descriptors.kept, "nothing comes of it");
    need(ask(of) == COPY_FIRST, "a copy");
    ipcd.descriptors.of_sender = 100;
    ipcd.clients.table[SENDER].identity += CLIENTS_MAX;
    ok(ask(then) == ESRCH && port->carrier.arena.free == free, "the sender has died, and another has its entry");
    ipcd.clients.table[SENDER].identity = SENDER;
    cut_off(of, "a long message is to be copied");
    port->closed = true;
    then.outcome = 0;
    cut_off(then, "meanwhile the port has been closed");
    ok(result == EPIPE && port->carrier.arena.free == free, "nothing comes of it");
    port->closed = false;
    port_changed(port, true);
}

/* Places of the queue are kept for what is being copied. */
static void test_full_of_copies(void)
{
    struct operation of = sending(COPIED_INSIDE + 1);
    of.attachments = 1;
    of.flags = PORTS_WINDOW;
    need(ask(of) == COPY_FIRST, "a copy");
    while (ask(sending(0)) == 0)
        ;
    ok(result == EAGAIN && port->carrier.tail - port->carrier.head == DEPTH - 1, "a queue that is full with the copy");
    struct operation waiting = sending(0);
    waiting.flags = PORTS_WAITS;
    woken = false;
    cut_off(waiting, "a sender waits");
    of.copied = true;
    of.outcome = COCOPY_SOURCE;
    cut_off(of, "the copy fails");
    ok(woken, "so that the sender is woken");
    while (ask(receiving(RECEIVER)) == 0)
        ;
}

int main(void)
{
    prepare();
    ok(is_whole() && is_settled(0), "an empty arena");
    test_one_after_the_other();
    test_words();
    test_attachments();
    test_descriptors();
    test_holes();
    test_joining();
    test_collecting();
    test_full_queue();
    while (ask(receiving(RECEIVER)) == 0)
        ;
    need(ask((struct operation){.handler = end_client, .client = RECEIVER}) == 0, "an end");
    test_copying();
    test_full_of_copies();
    ok(too_long == 0, "no change is longer than was looked at");
    return done_testing();
}
