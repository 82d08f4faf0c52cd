/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of coeventd: random changes keep them consistent, also cut off after every single instruction.
 */
#include "tests/loader/tap.h"
#include "tests/ukernel/steps.h"
#include "ukernel/coeventd/events.h"

#include <errno.h>
#include <string.h>

enum { CLIENT_COUNT = 3, LIMIT = 60, ROUNDS = 20000, CUT_ROUNDS = 150, TOKENS_MAX = 65536 };

static struct events tables, copy, before, after;
static unsigned char forgotten[TOKENS_MAX];
static uint64_t last_token;
static bool counting = true;

static void forget(uint64_t token)
{
    if (counting)
        forgotten[token]++;
}

static struct event_maker maker_of(unsigned number)
{
    struct client *client = client_of(&tables.state, &tables.clients, UINT64_C(1) << 32 | (number + 1), events_purge);
    return (struct event_maker){client, LIMIT};
}

static unsigned choice(unsigned n)
{
    return (unsigned)rand() % n;
}

/* --- what must hold --- */

/* Free places and used ones are all there are; gives how many are owned by this client. */
static bool is_whole(const struct event_table *table, const void *entries, size_t size, uint32_t owner, uint64_t *owned)
{
    unsigned used = 0, free = 0;
    for (uint32_t index = 0; index < table->used; index++) {
        const struct event_place *place = (const void *)((const char *)entries + index * size);
        used += place->used;
        *owned += place->used && place->owner == owner;
    }
    for (uint32_t next = table->free; next != 0 && free <= EVENTS_MAX; free++)
        next = ((const struct event_place *)(const void *)((const char *)entries + (next - 1) * size))->next;
    return used + free == table->used;
}

static bool are_counted(const struct events *events)
{
    for (uint32_t client = 0; client < CLIENTS_MAX; client++) {
        uint64_t owned = 0;
        if (!is_whole(&events->event_table, events->events, sizeof events->events[0], client + 1, &owned) ||
            !is_whole(&events->callback_table, events->callbacks, sizeof events->callbacks[0], client + 1, &owned) ||
            !is_whole(&events->installation_table, events->installations, sizeof events->installations[0], client + 1,
                      &owned) ||
            owned != events->clients.table[client].used[0])
            return false;
    }
    return true;
}

static bool are_consistent(const struct events *events)
{
    for (uint32_t index = 0; index < events->installation_table.used; index++) {
        const struct installation *installation = &events->installations[index];
        if (installation->place.used &&
            (!events->events[installation->event].place.used || !events->callbacks[installation->callback].place.used))
            return false;
    }
    return events->state.logged == 0 && are_counted(events);
}

static bool same(const struct events *a, const struct events *b)
{
    size_t start = offsetof(struct events, deaths);
    return memcmp((const char *)a + start, (const char *)b + start, sizeof *a - start) == 0;
}

/* --- one random change --- */

static struct {
    enum { LISTEN, REGISTER, INSTALL, HAPPEN, DELIVER, PURGE, SWEEP } what;
    unsigned client;
    uint32_t event, callback;
    int error;
} next;

static uint64_t handles[EVENTS_MAX / 64];

static bool is_used(const struct event_table *table, const struct event_place *place, uint32_t index)
{
    return index < table->used && place->used;
}

static bool plan(void)
{
    unsigned kind = choice(100);
    next.what = kind < 30   ? LISTEN
                : kind < 50 ? REGISTER
                : kind < 80 ? INSTALL
                : kind < 85 ? HAPPEN
                : kind < 97 ? DELIVER
                : kind < 98 ? PURGE
                            : SWEEP;
    next.client = choice(CLIENT_COUNT);
    next.event = choice(EVENTS_MAX);
    next.callback = choice(EVENTS_MAX);
    for (unsigned i = 0; i < EVENTS_MAX / 64; i++)
        handles[i] = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();
    bool has_event = is_used(&tables.event_table, &tables.events[next.event].place, next.event);
    bool has_callback = is_used(&tables.callback_table, &tables.callbacks[next.callback].place, next.callback);
    if (next.what == INSTALL)
        return has_event && has_callback && installation_find(&tables, next.callback, next.event) == NO_EVENT;
    return next.what != HAPPEN || has_event;
}

static void deliver(void)
{
    uint32_t index = installation_next_due(&tables, 0);
    if (index == NO_EVENT)
        return;
    if (next.callback % 2)
        installation_set_state(&tables, index, INSTALLATION_WAITS);
    else
        installation_remove(&tables, index);
}

static void carry_out(void)
{
    struct event_maker maker = maker_of(next.client);
    uint32_t index;
    next.error = 0;
    switch (next.what) {
    case LISTEN:
        next.error = event_make(&tables, &maker, PROCESS_DEATH, 1000 + next.event, 7, &index);
        break;
    case REGISTER:
        next.error = callback_make(&tables, &maker, last_token, 0, &index);
        break;
    case INSTALL:
        next.error = installation_make(&tables, &maker, next.callback, next.event, "arguments", 9);
        break;
    case HAPPEN:
        event_happens(&tables, next.event, 7, 9);
        break;
    case DELIVER:
        deliver();
        break;
    case PURGE:
        events_purge(maker.client);
        break;
    case SWEEP:
        events_sweep(&tables, handles);
        callbacks_sweep(&tables, handles);
        break;
    }
}

static void test_random(void)
{
    unsigned wrong = 0, over_quota = 0, full = 0, twice = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (!plan())
            continue;
        last_token += next.what == REGISTER;
        carry_out();
        wrong += !are_consistent(&tables);
        over_quota += next.error == EDQUOT;
        full += next.error == ENOMEM;
    }
    for (uint64_t token = 0; token < TOKENS_MAX; token++)
        twice += forgotten[token] > 1;
    ok(wrong == 0, "%u random changes keep the tables consistent", (unsigned)ROUNDS);
    ok(over_quota > 5 && full > 5, "up to the quota, or until they are full");
    ok(twice == 0, "no target is given back twice");
}

static size_t bad_cuts, good_cuts;

static void look(void)
{
    bool is_single = next.what != PURGE && next.what != SWEEP && next.what != DELIVER;
    counting = false;
    memcpy(&copy, &tables, sizeof copy);
    events_recover(&copy);
    bool good = are_consistent(&copy) && (!is_single || same(&copy, &before) || same(&copy, &after));
    counting = true;
    good_cuts += good;
    bad_cuts += !good;
}

static void test_cuts(void)
{
    for (unsigned round = 0; round < CUT_ROUNDS; round++) {
        if (!plan())
            continue;
        last_token += next.what == REGISTER;
        memcpy(&before, &tables, sizeof before);
        counting = false;
        carry_out();
        counting = true;
        memcpy(&after, &tables, sizeof after);
        memcpy(&tables, &before, sizeof before);
        steps_run(carry_out, look);
    }
    ok(bad_cuts == 0 && good_cuts > 10000, "cut off after each of %zu instructions they are as before or after",
       good_cuts);
}

/* One event, two callbacks, from the beginning to the end. */
static void test_life(void)
{
    struct event_maker maker;
    uint32_t event, first, second;
    uint64_t badge;
    memset(&tables, 0, sizeof tables);
    maker = maker_of(0);
    event_make(&tables, &maker, PORT_CLOSED, 5, 0, &event);
    callback_make(&tables, &maker, 1, 0, &first);
    maker = maker_of(1);
    callback_make(&tables, &maker, 2, 0, &second);
    installation_make(&tables, &maker, first, event, "", 0);
    installation_make(&tables, &maker, second, event, "abc", 3);
    ok(event_find(&tables, PORT_CLOSED, 5) == event && event_find(&tables, PROCESS_DEATH, 5) == NO_EVENT,
       "an event is found by type and subject");
    ok(installation_next_due(&tables, 0) == NO_EVENT, "nothing is due before it happens");
    event_happens(&tables, event, 3, 4);
    uint32_t due = installation_next_due(&tables, 0), other = installation_next_due(&tables, due + 1);
    ok(due != NO_EVENT && other != NO_EVENT && due != other && installation_next_due(&tables, 0) == NO_EVENT,
       "then each is due, once");
    installation_set_state(&tables, due, INSTALLATION_WAITS);
    ok(installation_next_due(&tables, 0) == due, "or again, if it is to be later");
    badge = event_badge(&tables, event);
    installation_remove(&tables, due);
    memset(handles, 0, sizeof handles);
    events_sweep(&tables, handles);
    ok(event_at(&tables, badge, &event), "an event stays while something is installed on it");
    events_purge(maker_of(1).client);
    ok(installation_find(&tables, second, event) == NO_EVENT, "an installation goes with who made it");
    events_sweep(&tables, handles);
    ok(!event_at(&tables, badge, &event), "an event without handles and installations is swept away");
    ok(are_consistent(&tables), "and all is counted");
}

int main(void)
{
    srand(2);
    events_begin(&tables, forget);
    test_random();
    test_cuts();
    test_life();
    return done_testing();
}
