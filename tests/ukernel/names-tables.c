/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of nsd against a model that is a list of paths: random changes by several clients, each of them also cut
 * off after every single instruction.
 */
#include "tests/loader/tap.h"
#include "tests/ukernel/steps.h"
#include "ukernel/nsd/names.h"

#include <errno.h>
#include <string.h>

enum { CLIENT_COUNT = 3, LIMIT = 24, MODEL_MAX = 200, TOKENS_MAX = 1 << 16, ROUNDS = 6000, CUT_ROUNDS = 100 };

static struct names tables, copy;

/* The model. */
struct model_entry {
    bool used, is_namespace;
    uint32_t type;
    unsigned parent, owner; /* owner: client + 1, 0 nobody; entry 0 is the root */
    uint64_t token;
    char name[8];
};

struct model {
    struct model_entry entries[MODEL_MAX];
};

static struct model model, model_before, model_after;
static unsigned char forgotten[TOKENS_MAX];
static uint64_t last_token;
static bool counting = true;

static void forget(uint64_t token)
{
    if (counting)
        forgotten[token]++;
}

static struct client *client_at(struct names *names, unsigned number)
{
    return client_of(&names->state, &names->clients, UINT64_C(1) << 32 | (number + 1), names_purge);
}

/* --- the model's own changes, as plain as can be --- */

static unsigned model_find(const struct model *m, unsigned parent, const char *name)
{
    for (unsigned i = 1; i < MODEL_MAX; i++) {
        if (m->entries[i].used && m->entries[i].parent == parent && strcmp(m->entries[i].name, name) == 0)
            return i;
    }
    return 0;
}

static unsigned model_children(const struct model *m, unsigned parent)
{
    unsigned count = 0;
    for (unsigned i = 1; i < MODEL_MAX; i++)
        count += m->entries[i].used && m->entries[i].parent == parent;
    return count;
}

static unsigned model_owned(const struct model *m, unsigned owner)
{
    unsigned count = 0;
    for (unsigned i = 1; i < MODEL_MAX; i++)
        count += m->entries[i].used && m->entries[i].owner == owner;
    return count;
}

static void model_sweep(struct model *m)
{
    bool again = true;
    while (again) {
        again = false;
        for (unsigned i = 1; i < MODEL_MAX; i++) {
            struct model_entry *entry = &m->entries[i];
            if (entry->used && entry->is_namespace && entry->owner == 0 && model_children(m, i) == 0)
                again = !(entry->used = false);
        }
    }
}

static void model_remove(struct model *m, unsigned index)
{
    for (unsigned i = 1; i < MODEL_MAX; i++) {
        if (m->entries[i].used && m->entries[i].parent == index)
            model_remove(m, i);
    }
    m->entries[index].used = false;
}

static void model_purge(struct model *m, unsigned owner)
{
    for (unsigned i = 1; i < MODEL_MAX; i++) {
        struct model_entry *entry = &m->entries[i];
        if (!entry->used || entry->owner != owner)
            continue;
        entry->owner = 0;
        entry->used = entry->is_namespace;
    }
    model_sweep(m);
}

/* --- comparing --- */

static uint32_t find_child(const struct names *names, uint32_t parent, const char *name)
{
    struct place place = {.parent = parent, .name = name, .length = strlen(name)};
    return names_find(names, &place);
}

/* The whole of a namespace agrees, its links and what lists it. */
static bool same_namespace(const struct names *names, uint32_t at, const struct model *m, unsigned in)
{
    unsigned count = 0;
    uint32_t previous = 0, listed = 0, total = 0;
    uint64_t position = 0, serial = 0;
    struct coname list[3];
    for (uint32_t index = names->entries[at].first; index != 0; index = names->entries[index].next) {
        const struct name_entry *entry = &names->entries[index];
        unsigned found = model_find(m, in, entry->name);
        if (!found || entry->previous != previous || entry->parent != at ||
            find_child(names, at, entry->name) != index || entry->serial <= serial)
            return false;
        const struct model_entry *expected = &m->entries[found];
        if ((entry->kind == COHANDLE_NAMESPACE) != expected->is_namespace || entry->type != expected->type ||
            entry->token != expected->token || entry->owner != (expected->owner ? expected->owner + 1 : 0))
            return false;
        if (expected->is_namespace && !same_namespace(names, index, m, found))
            return false;
        serial = entry->serial;
        previous = index;
        count++;
    }
    do {
        if (names_list(names, at, &position, list, 3, &listed) != 0)
            return false;
        for (uint32_t i = 0; i < listed; i++) {
            if (!model_find(m, in, list[i].name))
                return false;
        }
        total += listed;
    } while (listed != 0);
    return names->entries[at].last == previous && count == model_children(m, in) && total == count;
}

static bool same_owners(const struct names *names, const struct model *m)
{
    for (unsigned number = 0; number < CLIENT_COUNT; number++) {
        const struct client *client = &names->clients.table[number + 1];
        unsigned count = 0;
        for (uint32_t index = client->first; index != 0 && count <= NAMES_MAX; index = names->entries[index].owner_next)
            count++;
        if (count != model_owned(m, number + 1) || client->used[0] != count)
            return false;
    }
    return true;
}

static bool no_place_is_lost(const struct names *names)
{
    unsigned free = 0, used = 0;
    for (uint32_t index = names->free; index != 0 && free <= NAMES_MAX; index = names->entries[index].next)
        free++;
    for (uint32_t index = 0; index < names->used; index++)
        used += names->entries[index].kind != 0;
    return free + used == names->used;
}

static bool same(const struct names *names, const struct model *m)
{
    return same_namespace(names, 0, m, 0) && same_owners(names, m) && no_place_is_lost(names);
}

/* --- one random change, made in both --- */

static unsigned choice(unsigned n)
{
    return (unsigned)rand() % n;
}

static struct {
    enum { MAKE, REMOVE, FILL, PURGE } what;
    unsigned client, model_index;
    uint32_t index, kind, type;
    uint64_t token;
    struct place place;
    char name[8];
    int error, expected;
} next;

static uint32_t table_index(const struct names *names, const struct model *m, unsigned index)
{
    unsigned parent = m->entries[index].parent;
    uint32_t at = parent != 0 ? table_index(names, m, parent) : 0;
    if (index == 0 || (parent != 0 && at == 0))
        return 0;
    return find_child(names, at, m->entries[index].name);
}

static unsigned any_entry(bool (*is_wanted)(const struct model_entry *))
{
    unsigned start = choice(MODEL_MAX);
    for (unsigned i = 0; i < MODEL_MAX; i++) {
        unsigned index = (start + i) % MODEL_MAX;
        if (index != 0 && model.entries[index].used && is_wanted(&model.entries[index]))
            return index;
    }
    return 0;
}

static bool is_any(const struct model_entry *entry)
{
    return entry->used;
}

static bool is_namespace(const struct model_entry *entry)
{
    return entry->is_namespace;
}

static bool is_reservation(const struct model_entry *entry)
{
    return !entry->is_namespace && entry->type == RESERVATION;
}

static unsigned model_used(void)
{
    unsigned count = 1;
    for (unsigned i = 1; i < MODEL_MAX; i++)
        count += model.entries[i].used;
    return count;
}

static bool plan_make(void)
{
    unsigned parent = choice(3) ? any_entry(is_namespace) : 0;
    bool makes_namespace = choice(3) == 0;
    snprintf(next.name, sizeof next.name, "n%u", choice(30));
    if (model_find(&model, parent, next.name))
        return false;
    next.kind = makes_namespace ? COHANDLE_NAMESPACE : COHANDLE_OBJECT;
    next.type = makes_namespace ? (uint32_t)PUBLIC : choice(2) ? (uint32_t)COPORT : (uint32_t)RESERVATION;
    next.token = next.type == COPORT ? ++last_token : 0;
    next.client = choice(CLIENT_COUNT);
    next.place = (struct place){table_index(&tables, &model, parent), next.name, strlen(next.name), true};
    next.expected = model_owned(&model, next.client + 1) == LIMIT ? EDQUOT : model_used() == NAMES_MAX ? ENOMEM : 0;
    if (next.expected != 0)
        return true;
    unsigned i = 1;
    while (model_after.entries[i].used)
        i++;
    model_after.entries[i] =
        (struct model_entry){true, makes_namespace, next.type, parent, next.client + 1, next.token, ""};
    memcpy(model_after.entries[i].name, next.name, sizeof next.name);
    return true;
}

static bool plan_remove(void)
{
    unsigned index = any_entry(is_any);
    next.index = table_index(&tables, &model, index);
    if (index != 0) {
        model_remove(&model_after, index);
        model_sweep(&model_after);
    }
    return index != 0;
}

static bool plan_fill(void)
{
    unsigned index = any_entry(is_reservation);
    next.index = table_index(&tables, &model, index);
    next.token = ++last_token;
    model_after.entries[index].type = COPORT;
    model_after.entries[index].token = next.token;
    return index != 0;
}

static bool plan_purge(void)
{
    next.client = choice(CLIENT_COUNT);
    model_purge(&model_after, next.client + 1);
    return true;
}

static bool plan(void)
{
    model_after = model_before = model;
    next.expected = next.error = 0;
    unsigned kind = choice(100);
    next.what = kind < 85 ? MAKE : kind < 93 ? REMOVE : kind < 99 ? FILL : PURGE;
    return next.what == MAKE     ? plan_make()
           : next.what == REMOVE ? plan_remove()
           : next.what == FILL   ? plan_fill()
                                 : plan_purge();
}

static void carry_out(void)
{
    if (next.what == MAKE)
        next.error = names_make(&tables, &next.place, next.kind, next.type, next.token, client_at(&tables, next.client),
                                LIMIT, &next.index);
    else if (next.what == REMOVE)
        names_remove(&tables, next.index);
    else if (next.what == FILL)
        names_fill(&tables, next.index, COPORT, next.token);
    else
        names_purge(client_at(&tables, next.client));
}

/* Every token that has gone from the model has been forgotten, once. */
static bool tokens_agree(void)
{
    static unsigned char live[TOKENS_MAX];
    memset(live, 0, sizeof live);
    for (unsigned i = 1; i < MODEL_MAX; i++)
        live[model.entries[i].used ? model.entries[i].token : 0] = 1;
    for (uint64_t token = 1; token <= last_token; token++) {
        if (live[token] + forgotten[token] > 1)
            return false;
    }
    for (unsigned i = 1; i < MODEL_MAX; i++) {
        if (model_before.entries[i].used && model_before.entries[i].token && !live[model_before.entries[i].token] &&
            forgotten[model_before.entries[i].token] != 1)
            return false;
    }
    return true;
}

static void test_random(void)
{
    unsigned wrong = 0, errors = 0, over_quota = 0, full = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (!plan())
            continue;
        carry_out();
        model = model_after;
        wrong += !same(&tables, &model) || tables.state.logged != 0 || !tokens_agree();
        errors += next.error != next.expected;
        over_quota += next.expected == EDQUOT;
        full += next.expected == ENOMEM;
    }
    ok(wrong == 0, "after each of %u random changes the tables are as the model", (unsigned)ROUNDS);
    ok(errors == 0 && over_quota > 5 && full > 5, "and so are the errors");
}

/* Of a removal of many, some may be gone; nothing else differs. */
static bool is_part_of_removal(const struct names *names)
{
    struct model partial = model_before;
    for (unsigned i = 1; i < MODEL_MAX; i++) {
        if (model_before.entries[i].used && !model_after.entries[i].used)
            partial.entries[i].used = table_index(names, &model_before, i) != 0;
        if (model_before.entries[i].owner != model_after.entries[i].owner) {
            uint32_t index = table_index(names, &model_before, i);
            partial.entries[i].owner =
                index != 0 && names->entries[index].owner != 0 ? model_before.entries[i].owner : 0;
        }
    }
    return same(names, &partial);
}

static size_t bad_cuts, good_cuts;

static void look(void)
{
    struct names *real = &tables;
    counting = false;
    memcpy(&copy, real, sizeof copy);
    names_recover(&copy, 1);
    bool good = same(&copy, &model_before) || same(&copy, &model_after) ||
                ((next.what == REMOVE || next.what == PURGE) && is_part_of_removal(&copy));
    counting = true;
    good_cuts += good;
    bad_cuts += !good;
}

static void test_cuts(void)
{
    for (unsigned round = 0; round < CUT_ROUNDS; round++) {
        if (!plan())
            continue;
        steps_run(carry_out, look);
        model = model_after;
    }
    ok(bad_cuts == 0 && good_cuts > 10000, "cut off after each of %zu instructions they are as before or after",
       good_cuts);
    ok(same(&tables, &model), "and as the model in the end");
}

static int follow(const char *path, uint32_t *parent)
{
    struct place place;
    int error = names_follow(&tables, 0, path, strlen(path), &place);
    *parent = error ? 0 : place.parent;
    return error;
}

static uint32_t make(uint32_t parent, const char *name, uint32_t kind, uint32_t type)
{
    struct place place = {parent, name, strlen(name), true};
    uint32_t index = 0;
    names_make(&tables, &place, kind, type, 0, client_at(&tables, 0), UINT64_MAX, &index);
    return index;
}

static void test_paths(void)
{
    char longest[CONAME_MAX + 2], path[COPATH_MAX + 2];
    uint32_t parent;
    uint32_t a = make(0, "a", COHANDLE_NAMESPACE, PUBLIC), b = make(a, "b", COHANDLE_NAMESPACE, PUBLIC);
    make(a, "secret", COHANDLE_NAMESPACE, PRIVATE);
    make(a, "thing", COHANDLE_OBJECT, COPORT);
    ok(follow("x", &parent) == 0 && parent == 0, "a name is looked for where the path begins");
    ok(follow("a/x", &parent) == 0 && parent == a && follow("a/b/x", &parent) == 0 && parent == b,
       "a path is followed");
    ok(follow("c/x", &parent) == ENOENT && follow("a/thing/x", &parent) == ENOTDIR &&
           follow("a/secret/x", &parent) == EACCES,
       "up to what does not exist, is an object, or private");
    ok(follow("", &parent) == EINVAL && follow("/a", &parent) == EINVAL && follow("a/", &parent) == EINVAL &&
           follow("a//x", &parent) == EINVAL,
       "no part of it is empty");
    ok(follow(".", &parent) == EINVAL && follow("..", &parent) == EINVAL && follow("a/../x", &parent) == EINVAL &&
           follow("...", &parent) == 0,
       "nor dots");
    ok(follow("a b", &parent) == EINVAL && follow("c/\xe9", &parent) == EINVAL && follow("aA0._-zZ9", &parent) == 0,
       "nor of other characters");
    memset(longest, 'n', sizeof longest - 1);
    longest[CONAME_MAX] = 0;
    ok(follow(longest, &parent) == 0, "a name of %d bytes is one", CONAME_MAX);
    longest[CONAME_MAX] = 'n';
    longest[CONAME_MAX + 1] = 0;
    ok(follow(longest, &parent) == ENAMETOOLONG, "a longer one is not");
    for (size_t i = 0; i < sizeof path - 1; i++)
        path[i] = i % 2 ? '/' : 'q';
    path[COPATH_MAX] = 0;
    ok(follow(path, &parent) == ENOENT, "a path of %d bytes is one", COPATH_MAX);
    path[COPATH_MAX] = 'q';
    path[COPATH_MAX + 1] = 0;
    ok(follow(path, &parent) == ENAMETOOLONG, "a longer one is not");
    ok(names_may_be_in(&tables, APPLICATION, 0) && names_may_be_in(&tables, LIBRARY, 0) &&
           !names_may_be_in(&tables, APPLICATION, a) && !names_may_be_in(&tables, LIBRARY, a),
       "APPLICATION and LIBRARY belong under the root");
    ok(names_may_be_in(&tables, PRIVATE, a) && names_may_be_in(&tables, PUBLIC, 0) &&
           !names_may_be_in(&tables, ROOT, 0) && !names_may_be_in(&tables, 3, 0),
       "the others anywhere, ROOT nowhere");
    uint64_t badge = names_badge(&tables, a);
    uint32_t index;
    ok(names_at(&tables, badge, &index) && index == a, "a badge leads to its entry");
    names_remove(&tables, a);
    ok(!names_at(&tables, badge, &index), "until that has gone");
    make(0, "next", COHANDLE_OBJECT, COPORT);
    ok(!names_at(&tables, badge, &index) && !names_at(&tables, UINT64_MAX, &index),
       "also when its place is used again");
}

/* What is told while names come and go. */
static void test_positions(void)
{
    struct coname list[2];
    uint64_t position = 0, odd = 12345;
    uint32_t count, a = make(0, "list", COHANDLE_NAMESPACE, PUBLIC), two;
    make(a, "1", COHANDLE_OBJECT, COPORT);
    two = make(a, "2", COHANDLE_OBJECT, RESERVATION);
    make(a, "3", COHANDLE_OBJECT, COPORT);
    names_list(&tables, a, &position, list, 2, &count);
    ok(count == 2 && strcmp(list[0].name, "1") == 0 && list[1].kind == COHANDLE_RESERVATION, "two of three are listed");
    names_remove(&tables, two);
    make(a, "4", COHANDLE_OBJECT, COPORT);
    names_list(&tables, a, &position, list, 2, &count);
    ok(count == 2 && strcmp(list[0].name, "3") == 0 && strcmp(list[1].name, "4") == 0,
       "the others too, when the last one told has gone");
    names_list(&tables, a, &position, list, 2, &count);
    ok(count == 0, "and no more");
    ok(names_list(&tables, a, &odd, list, 2, &count) == EINVAL && (odd = UINT64_MAX) &&
           names_list(&tables, a, &odd, list, 2, &count) == EINVAL,
       "what is no position is refused");
}

int main(void)
{
    srand(1);
    names_begin(&tables, forget);
    names_recover(&tables, 0x1234);
    test_random();
    test_cuts();
    for (unsigned number = 0; number < CLIENT_COUNT; number++)
        names_purge(client_at(&tables, number));
    test_paths();
    test_positions();
    return done_testing();
}
