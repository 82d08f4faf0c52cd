/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The queue and the arena of a COCARRIER, cut off after every single instruction of what sends, receives and frees:
 * what a worker finds that starts again is whole.
 */
#include "tests/loader/tap.h"
#include "tests/ukernel/steps.h"
#include "ukernel/ipcd/ports.h"

#include <comesg/commap.h>
#include <comesg/window.h>

#include <errno.h>
#include <string.h>

/* What ipcd has beside. */

struct ipcd ipcd;
struct present present = {.direct = true, .rights = CORIGHT_SEND | CORIGHT_RECV};

int port_of_call(uint32_t rights, struct port **port)
{
    *port = &ipcd.ports[1];
    return rights & ~present.rights ? EACCES : 0;
}

void port_publish(struct port *port, bool all)
{
    (void)port;
    (void)all;
}

void port_changed(struct port *port, bool all)
{
    port_publish(port, all);
    port_told();
}

uint64_t port_identity(const struct port *port)
{
    return port->identity;
}

uint64_t present_identity(const struct server_call *call)
{
    return call->cookie;
}

/* Not called where nothing is attached and nobody waits. */

const struct cocaller *present_caller(const struct server_call *call)
{
    (void)call;
    return NULL;
}

void client_ended(uint64_t identity)
{
    (void)identity;
}

uint32_t place_take(struct places *places, uint32_t max, uint32_t *(*next_of)(uint32_t))
{
    (void)places;
    (void)max;
    (void)next_of;
    return 0;
}

void place_give_back(struct places *places, uint32_t place, uint32_t *(*next_of)(uint32_t))
{
    (void)places;
    (void)place;
    (void)next_of;
}

int cowake(uint64_t cookie)
{
    return cookie ? 0 : -1;
}

int cohandle_close(cohandle_t handle)
{
    return handle ? 0 : -1;
}

cohandle_t corestrict(cohandle_t handle, uint32_t rights)
{
    (void)rights;
    return handle;
}

ssize_t cocopy(cowindow_t to, uint64_t to_offset, cowindow_t from, uint64_t from_offset, size_t length)
{
    (void)to;
    (void)to_offset;
    (void)from;
    (void)from_offset;
    return (ssize_t)length;
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

cohandle_t server_handle(size_t number)
{
    return number;
}

uint32_t server_kind(size_t number)
{
    return (uint32_t)number;
}

cohandle_t server_give(cohandle_t handle)
{
    return handle;
}

cohandle_t server_take_in(struct state *state, size_t number)
{
    (void)state;
    return number;
}

/* --- the arena --- */

enum { GRANULES = 512, SIZE = GRANULES * GRANULE, LARGE = 40 * GRANULE, SMALL = 3 * GRANULE };

static _Alignas(64) char memory[SIZE + GRANULES * sizeof(struct block)];
static struct port *const port = &ipcd.ports[1];

static struct block *block(uint32_t number)
{
    return arena_block(&port->carrier.arena, number);
}

/* Counts the blocks of a list, each of which must be of this use. -1: the list is broken. */
static int list_length(uint32_t first, enum block_use use, bool backwards)
{
    int count = 0;
    for (uint32_t number = first; number; number = backwards ? block(number)->previous : block(number)->next) {
        if (number > GRANULES || block(number)->use != (uint32_t)use || ++count > GRANULES)
            return -1;
    }
    return count;
}

/* All granules belong to blocks, and all blocks to the list of their use. */
static bool is_whole(void)
{
    const struct carrier *carrier = &port->carrier;
    int uses[5] = {0}, listed = 0, quick = 0;
    uint32_t free = 0, before = 0;
    for (uint32_t number = 1; number <= GRANULES; number += before) {
        if (block(number)->before != before || block(number)->use == BLOCK_NONE || block(number)->use > BLOCK_QUICK)
            return false;
        before = block(number)->granules;
        uses[block(number)->use]++;
        if (block(number)->use == BLOCK_FREE || block(number)->use == BLOCK_QUICK)
            free += before;
        if (before == 0)
            return false;
    }
    for (unsigned class = 0; class < ARENA_CLASSES; class ++)
        listed += list_length(carrier->arena.first_free[class], BLOCK_FREE, false);
    for (unsigned granules = 1; granules <= ARENA_QUICK; granules++)
        quick += list_length(carrier->arena.quick[granules], BLOCK_QUICK, true);
    return free == carrier->arena.free && listed == uses[BLOCK_FREE] && quick == uses[BLOCK_QUICK] &&
           list_length(carrier->first, BLOCK_QUEUED, false) == uses[BLOCK_QUEUED] &&
           carrier->count == (uint32_t)uses[BLOCK_QUEUED] &&
           list_length(carrier->received, BLOCK_RECEIVED, false) == uses[BLOCK_RECEIVED];
}

/* --- requests --- */

static struct {
    struct ports_request head;
    char bytes[LARGE];
} request;
static struct ports_message reply;
static int (*operation)(struct server_call *);
static int result;

static int ask(int handler(struct server_call *), size_t length, uint64_t argument)
{
    struct server_call call = {.request = &request,
                               .length = sizeof request.head + (handler == carrier_send ? length : 0),
                               .reply = &reply,
                               .cookie = 7};
    request.head = (struct ports_request){.length = handler == carrier_send ? length : 0, .argument = argument};
    return handler(&call);
}

static size_t asked_length;
static uint64_t asked_argument;

static void ask_again(void)
{
    result = ask(operation, asked_length, asked_argument);
}

/* --- cutting off --- */

static struct {
    struct port port;
    uint32_t dirty;
    char memory[sizeof memory];
    struct state_entry log[64];
    uint64_t logged;
} saved;
static size_t wrong, too_long;

/* Rolls back, looks, and puts everything where it was. */
static void look(void)
{
    if (ipcd.state.logged > 64) {
        too_long++;
        return;
    }
    saved.port = *port;
    saved.dirty = ipcd.dirty;
    memcpy(saved.memory, memory, sizeof memory);
    memcpy(saved.log, ipcd.state.log, sizeof saved.log);
    saved.logged = ipcd.state.logged;
    state_rollback(&ipcd.state);
    wrong += !is_whole();
    *port = saved.port;
    ipcd.dirty = saved.dirty;
    memcpy(memory, saved.memory, sizeof memory);
    memcpy(ipcd.state.log, saved.log, sizeof saved.log);
    ipcd.state.logged = saved.logged;
}

static void cut_off(int handler(struct server_call *), size_t length, uint64_t argument, const char *what)
{
    operation = handler;
    asked_length = length;
    asked_argument = argument;
    wrong = 0;
    steps_count = 0;
    steps_run(ask_again, look);
    ok(result == 0 && is_whole() && ipcd.state.logged == 0, "%s", what);
    ok(wrong == 0 && steps_count > 50, "cut off after any of %zu instructions (%zu wrong)", steps_count, wrong);
}

static void prepare(void)
{
    port->type = COCARRIER;
    port->carrier.depth = 256;
    port->carrier.arena =
        (struct arena){.object = 1, .address = (uint64_t)(uintptr_t)memory, .size = SIZE, .granules = GRANULES};
    arena_begin(&port->carrier.arena);
    state_commit(&ipcd.state);
}

/* Every second of some blocks is free. */
static void make_holes(void)
{
    enum { MANY = 10 };
    uint64_t offsets[MANY];
    for (int i = 0; i < MANY; i++) {
        need(ask(carrier_send, LARGE - 1, 0) == 0 && ask(carrier_receive, 0, 0) == 0, "a message");
        offsets[i] = reply.offset;
    }
    for (int i = 0; i < MANY; i += 2)
        need(ask(carrier_free, 0, offsets[i]) == 0, "freeing");
}

int main(void)
{
    prepare();
    ok(is_whole(), "an empty arena");
    cut_off(carrier_send, SMALL, 0, "a short message from a large block");
    cut_off(carrier_send, SMALL, 0, "another one");
    cut_off(carrier_receive, 0, 0, "is received");
    cut_off(carrier_free, 0, reply.offset, "and freed");
    cut_off(carrier_send, SMALL, 0, "the next takes its block");
    make_holes();
    ok(is_whole(), "an arena with holes");
    cut_off(carrier_send, LARGE - 1, 0, "a message takes the first of several free blocks");
    cut_off(carrier_send, LARGE - 1, 0, "and the next one");
    cut_off(carrier_send, LARGE - 200, 0, "a shorter one leaves a rest");
    while (ask(carrier_receive, 0, 0) == 0)
        if (reply.offset % 2 == 0)
            cut_off(carrier_free, 0, reply.offset, "a block is joined with its neighbours, or kept as it is");
    ok(too_long == 0, "no change is longer than was looked at");
    return done_testing();
}
