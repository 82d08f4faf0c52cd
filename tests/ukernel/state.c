/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The undo log, cut off after every single instruction of a change, of a commit and of a rollback.
 */
#include "tests/loader/tap.h"
#include "tests/ukernel/steps.h"
#include "ukernel/common/clients.h"

#include <string.h>

struct tables {
    struct state state;
    uint64_t words[16];
    uint32_t halves[8];
    char name[96];
};

static struct tables live, copy, before, after;
static bool (*expected)(void);
static size_t wrong, seen_before, seen_after;

static bool same(const struct tables *a, const struct tables *b)
{
    size_t start = offsetof(struct tables, words);
    return memcmp((const char *)a + start, (const char *)b + start, sizeof *a - start) == 0;
}

/* What a worker would find that starts again now. */
static void recover_copy(void)
{
    memcpy(&copy, &live, sizeof copy);
    state_rollback(&copy.state);
}

static void look(void)
{
    recover_copy();
    wrong += !expected();
}

static bool is_before(void)
{
    seen_before++;
    return same(&copy, &before);
}

/* First as before, then as after: nothing in between, and never back. */
static bool is_before_or_after(void)
{
    if (same(&copy, &after)) {
        seen_after++;
        return true;
    }
    seen_before++;
    return seen_after == 0 && same(&copy, &before);
}

static void change(void)
{
    for (unsigned i = 0; i < 16; i += 3)
        state_set(&live.state, &live.words[i], live.words[i] + i + 1);
    for (unsigned i = 0; i < 8; i++)
        state_set(&live.state, &live.halves[i], live.halves[i] ^ (0x11u << i));
    state_copy(&live.state, live.name + 8, "a name of some length, in several words", 40);
    state_set(&live.state, &live.words[0], 77); /* a second time */
    struct state_notes notes = state_notes(&live.state);
    for (unsigned i = 1; i < 16; i += 3)
        state_note(&notes, &live.words[i]);
    state_note(&notes, &live.halves[0]);
    state_noted(&notes);
    for (unsigned i = 1; i < 16; i += 3)
        state_put(&live.words[i], i);
    state_put(&live.halves[0], 5);
}

static void change_and_commit(void)
{
    change();
    state_commit(&live.state);
}

static void roll_back(void)
{
    state_rollback(&live.state);
}

static void prepare(void)
{
    memset(&live, 0, sizeof live);
    for (unsigned i = 0; i < 16; i++)
        live.words[i] = 1000 + i;
    memcpy(live.name, "before", 7);
    memcpy(&before, &live, sizeof before);
    wrong = seen_before = seen_after = steps_count = 0;
}

static void test_change(void)
{
    prepare();
    change();
    memcpy(&after, &live, sizeof after);
    prepare();
    expected = is_before_or_after;
    steps_run(change_and_commit, look);
    ok(wrong == 0, "after each of %zu instructions all of a change is undone, or committed", steps_count);
    ok(seen_before > 100 && seen_after > 0, "and both were seen");
    ok(same(&live, &after) && live.state.logged == 0, "in the end it is committed");
}

static void test_rollback(void)
{
    prepare();
    change();
    expected = is_before;
    steps_run(roll_back, look);
    ok(wrong == 0 && seen_before > 100, "a rollback cut off after any of %zu instructions is finished by the next",
       steps_count);
    ok(same(&live, &before) && live.state.logged == 0, "and it ends where the change began");
}

/* The change must be seen without the log: a control of this test. */
static void test_control(void)
{
    size_t different = 0;
    prepare();
    expected = is_before;
    change();
    live.state.logged = 0;
    recover_copy();
    different += !expected();
    ok(different == 1, "without its log a change is not undone");
}

static struct {
    struct state state;
    struct clients clients;
} service;

static size_t purged;

static void purge(struct client *client)
{
    for (unsigned which = 0; which < CLIENT_COUNTS; which++)
        client_discharge(&service.state, client, which, client->used[which]);
    state_commit(&service.state);
    purged++;
}

static bool lives(uint64_t identity)
{
    return identity >> 32 == 9;
}

static void test_clients(void)
{
    const uint64_t first = UINT64_C(1) << 32 | 5, second = UINT64_C(2) << 32 | 5, living = UINT64_C(9) << 32 | 6;
    struct client *client = client_of(&service.state, &service.clients, first, purge);
    ok(client && client->identity == first, "a client gets an entry");
    ok(client_charge(&service.state, client, 0, 3, 3) && !client_charge(&service.state, client, 0, 1, 3) &&
           !client_charge(&service.state, client, 1, UINT64_MAX, 3) && client->used[0] == 3,
       "which counts up to the limit");
    state_commit(&service.state);
    ok(client_of(&service.state, &service.clients, second, purge) == client && purged == 1 && client->used[0] == 0,
       "the next co-process with the same index begins with nothing");
    ok(!client_of(&service.state, &service.clients, CLIENTS_MAX, purge) &&
           !client_of(&service.state, &service.clients, 0, purge),
       "an identity that cannot be has no entry");
    client_charge(&service.state, client, 1, 8, 8);
    struct client *other = client_of(&service.state, &service.clients, living, purge);
    client_charge(&service.state, other, 1, 8, 8);
    state_commit(&service.state);
    clients_sweep(&service.clients, lives, purge);
    ok(purged == 2 && client->used[1] == 0 && other->used[1] == 8, "a sweep purges those who are dead");
    clients_died(&service.clients, first, purge);
    ok(purged == 2, "a death of somebody who is forgotten changes nothing");
    clients_died(&service.clients, living, purge);
    ok(purged == 3 && other->used[1] == 0, "a death purges whom it names");
}

int main(void)
{
    test_change();
    test_rollback();
    test_control();
    test_clients();
    return done_testing();
}
