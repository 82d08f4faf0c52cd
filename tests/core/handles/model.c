/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Random operations on the handle tables of several co-processes, each compared with an obvious model: a tree of
 * structures.  model [SEED [STEPS]] repeats a run or goes on for longer.
 */
#include "tests/core/handles/tables.h"
#include "tests/loader/tap.h"

#include <errno.h>

enum { COPROCESSES = 6, LIMIT = 40, NODES = COPROCESSES * LIMIT, SEEN = 4096 };

struct node {
    bool live;
    uint32_t in;
    uint64_t value;
    struct node *parent; /* live, or NULL */
    struct handle handle;
};

static struct node nodes[NODES];
static struct {
    uint32_t in;
    uint64_t value;
} seen[SEEN]; /* values that were valid some time */
static size_t seen_count;
static struct realm *realm;
static struct tables_random randomness;
static uint64_t step;

static uint64_t below(uint64_t limit)
{
    return tables_random(&randomness) % limit;
}

_Noreturn static void fail(const char *what)
{
    printf("not ok - step %llu: %s\n", (unsigned long long)step, what);
    exit(EXIT_FAILURE);
}

static struct coprocess *coprocess(uint32_t index)
{
    return core_coprocess_at(realm, index);
}

static struct node *random_node(void)
{
    size_t first = below(NODES);
    for (size_t i = 0; i < NODES; i++) {
        struct node *node = &nodes[(first + i) % NODES];
        if (node->live)
            return node;
    }
    return NULL;
}

static unsigned count(uint32_t in)
{
    unsigned result = 0;
    for (size_t i = 0; i < NODES; i++)
        result += nodes[i].live && nodes[i].in == in;
    return result;
}

static bool stale(const struct node *node)
{
    const struct coprocess *object = node->handle.object;
    return object->incarnation != node->handle.incarnation;
}

static void close_node(struct node *closed)
{
    closed->live = false;
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].live && nodes[i].parent == closed)
            nodes[i].parent = closed->parent;
    }
}

static void revoke_node(struct node *revoked)
{
    revoked->live = false;
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].live && nodes[i].parent == revoked)
            revoke_node(&nodes[i]);
    }
}

/* When a table is full, the core gives back what can never be used again. */
static void forget_stale(uint32_t in)
{
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].live && nodes[i].in == in && stale(&nodes[i]))
            close_node(&nodes[i]);
    }
}

static void add_node(uint32_t in, uint64_t value, struct node *parent, const struct handle *handle)
{
    size_t free = 0;
    for (; nodes[free].live; free++)
        ;
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].in == in && seen[i].value == value)
            fail("a value was given twice");
    }
    nodes[free] = (struct node){true, in, value, parent, *handle};
    seen[seen_count < SEEN ? seen_count++ : below(SEEN)] = (typeof(seen[0])){in, value};
}

/* Checks the result of what would add a handle to `in`. */
static bool added(uint32_t in, int64_t error)
{
    bool full = count(in) == LIMIT - 1;
    if (full)
        forget_stale(in);
    if (error != (count(in) == LIMIT - 1 ? -EDQUOT : 0))
        fail("a full table, or one that is not");
    return error == 0;
}

static void mint(void)
{
    uint32_t in = (uint32_t)below(COPROCESSES), object = (uint32_t)below(COPROCESSES);
    struct handle handle = {
        .kind = below(2) ? HANDLE_KIND_SEALED : HANDLE_KIND_WINDOW,
        .rights = (uint32_t)below(8),
        .object = coprocess(object),
        .incarnation = coprocess(object)->incarnation,
        .words = {tables_random(&randomness), tables_random(&randomness)},
    };
    uint64_t value;
    if (added(in, core_handle_make(tables_block(realm, in), coprocess(in), &handle, &value)))
        add_node(in, value, NULL, &handle);
}

static void pass(void)
{
    struct node *node = random_node();
    uint32_t to = (uint32_t)below(COPROCESSES), rights = (uint32_t)below(8);
    uint64_t value;
    if (!node)
        return;
    int64_t error = core_handle_pass(tables_block(realm, node->in), coprocess(node->in), node->value, coprocess(to),
                                     rights, &value);
    if (stale(node)) {
        if (error != -EBADF)
            fail("a handle of a dead object was passed on");
        return;
    }
    if (!added(to, error))
        return;
    struct handle handle = node->handle;
    handle.rights = rights;
    add_node(to, value, node, &handle);
}

/* As along a call: with all rights, and nobody looks whether the object is dead. */
static void send(void)
{
    struct node *node = random_node();
    uint32_t to = (uint32_t)below(COPROCESSES);
    uint64_t value;
    if (node && !stale(node) &&
        added(to, core_handle_send(tables_block(realm, node->in), node->value, coprocess(to), &value)))
        add_node(to, value, node, &node->handle);
}

static void close_one(void)
{
    struct node *node = random_node();
    if (!node)
        return;
    if (core_handle_close(tables_block(realm, node->in), coprocess(node->in), node->value))
        fail("close");
    close_node(node);
}

static void revoke_one(void)
{
    struct node *node = random_node();
    if (!node)
        return;
    if (core_handle_revoke(tables_block(realm, node->in), node->value))
        fail("revoke");
    revoke_node(node);
}

static void forget_seen(uint32_t in)
{
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].in == in)
            seen[i] = seen[--seen_count], i--;
    }
}

static void end(void)
{
    uint32_t in = (uint32_t)below(COPROCESSES);
    tables_restart(coprocess(in));
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].live && nodes[i].in == in)
            close_node(&nodes[i]);
    }
    forget_seen(in);
}

static struct node *find(uint32_t in, uint64_t value)
{
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].live && nodes[i].in == in && nodes[i].value == value)
            return &nodes[i];
    }
    return NULL;
}

static bool same(const struct handle *a, const struct handle *b)
{
    return a->kind == b->kind && a->rights == b->rights && a->object == b->object && a->incarnation == b->incarnation &&
           a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static void check_value(uint32_t in, uint64_t value)
{
    struct thread_block *actor = tables_block(realm, in);
    const struct node *node = find(in, value);
    struct handle handle;
    int64_t error = core_handle_read(actor, value, &handle);
    if (error != (node ? 0 : -EBADF))
        fail(node ? "a live handle is refused" : "a handle that is not live is taken");
    if (node && !same(&handle, &node->handle))
        fail("a handle says something else than before");
    if (!node &&
        (core_handle_close(actor, coprocess(in), value) != -EBADF || core_handle_revoke(actor, value) != -EBADF ||
         core_handle_pass(actor, coprocess(in), value, coprocess(in), 1, &value) != -EBADF))
        fail("something can be done with a handle that is not live");
}

static uint64_t forged(void)
{
    static const uint64_t values[] = {0, 1, 0x80000000, 0x90000001, 0xffffffff, UINT64_MAX, UINT64_C(1) << 32};
    switch (below(4)) {
    case 0:
        return values[below(sizeof values / sizeof values[0])];
    case 1:
        return handle_value((uint32_t)below(4), (uint32_t)below(2 * LIMIT));
    case 2:
        return handle_table(coprocess((uint32_t)below(COPROCESSES)))[below(LIMIT)].value;
    default:
        return tables_random(&randomness);
    }
}

/* Whoever sends a handle has found it valid before, but others may have closed it since, and made another of its entry.
 * What the new entry was to say is then not to be seen, not even before it is free again. */
static void check_sending(uint32_t in, uint64_t value)
{
    uint64_t new_value;
    if (find(in, value) || count(in) == LIMIT - 1)
        return;
    if (core_handle_send(tables_block(realm, in), value, coprocess(in), &new_value) != -EBADF)
        fail("a handle that is not live is sent");
    if (handle_table(coprocess(in))[(uint32_t)new_value].kind != 0)
        fail("what is not sent says something");
}

static void check_all(void)
{
    for (size_t i = 0; i < NODES; i++) {
        if (nodes[i].live)
            check_value(nodes[i].in, nodes[i].value);
    }
    for (size_t i = 0; i < seen_count; i++)
        check_value(seen[i].in, seen[i].value);
    for (size_t i = 0; i < seen_count; i++)
        check_sending(seen[i].in, seen[i].value);
}

/* An entry is taken by nobody when nobody does anything, and counted by the model if it is live. */
static void check_tables(void)
{
    for (uint32_t in = 0; in < COPROCESSES; in++) {
        unsigned live = 0;
        for (uint32_t index = 0; index < LIMIT; index++) {
            enum handle_state state = handle_state(handle_table(coprocess(in))[index].value);
            if (state != HANDLE_FREE && state != HANDLE_LIVE)
                fail("an entry is still taken");
            live += state == HANDLE_LIVE;
        }
        if (live != count(in))
            fail("the table has other handles than the model");
    }
}

static unsigned retired(void)
{
    unsigned result = 0;
    for (uint32_t in = 0; in < COPROCESSES; in++) {
        for (uint32_t index = 1; index < LIMIT; index++)
            result += handle_table(coprocess(in))[index].value == handle_value(HANDLE_GENERATION_LAST, 0);
    }
    return result;
}

static void run(uint64_t steps)
{
    static void (*const operations[])(void) = {mint, mint, pass, pass, pass, send, send, close_one, close_one};
    for (step = 0; step < steps; step++) {
        uint64_t choice = below(1000);
        if (choice < 12)
            revoke_one();
        else if (choice < 14)
            end();
        else
            operations[choice % (sizeof operations / sizeof operations[0])]();
        check_value((uint32_t)below(COPROCESSES), forged());
        if (step % 64 == 0) {
            check_all();
            check_tables();
        }
    }
}

/* Entries near their last generation. */
static void retire(void)
{
    struct thread_block *actor = tables_block(realm, 0);
    struct coprocess *in = coprocess(0);
    uint64_t values[LIMIT], value;
    unsigned filled = 0, cycles = 0;
    tables_restart(in);
    const struct handle handle = {.kind = HANDLE_KIND_SEALED, .object = in, .incarnation = in->incarnation};
    for (; filled < LIMIT && !core_handle_make(actor, in, &handle, &values[filled]); filled++)
        ;
    ok(filled == LIMIT - 1, "a table takes as many handles as it may");
    for (unsigned i = 0; i < filled; i++)
        core_handle_close(actor, in, values[i]);
    for (uint32_t index = 1; index < LIMIT; index++)
        handle_table(in)[index].value = handle_value(HANDLE_GENERATION_LAST - 2, 0);
    while (!core_handle_make(actor, in, &handle, &value)) {
        core_handle_close(actor, in, value);
        cycles++;
    }
    ok(cycles == 2 * (LIMIT - 1) && retired() >= LIMIT - 1, "entries retire when their generations are used up");
    ok(core_handle_read(actor, value, &(struct handle){0}) == -EBADF, "the last value is not valid again");
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 60000;
    randomness.state = seed * 2654435761 + 88172645463325252;
    realm = tables_create(COPROCESSES, LIMIT);
    run(steps);
    ok(true, "random operations agree with the model");
    retire();
    return done_testing();
}
