/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tree of names: finding, making and removing entries.
 */
#include "ukernel/nsd/names.h"

#include <errno.h>
#include <string.h>

/* client_purge has no further argument. */
static struct names *tree;
static names_forget *forget_token;

#define SET(field, value) state_set(&names->state, &(field), (value))

void names_begin(struct names *names, names_forget *forget)
{
    tree = names;
    forget_token = forget;
}

uint64_t names_badge(const struct names *names, uint32_t index)
{
    return (uint64_t)names->entries[index].generation << 32 | index;
}

bool names_at(const struct names *names, uint64_t badge, uint32_t *index)
{
    *index = (uint32_t)badge;
    return *index < names->used && names->entries[*index].kind != 0 &&
           names->entries[*index].generation == (uint32_t)(badge >> 32);
}

static uint32_t *bucket_of(struct names *names, uint32_t parent, const char *name, size_t length)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = (names->seed ^ parent) * odd;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)name[i]) * odd;
        hash ^= hash >> 29;
    }
    return &names->buckets[(hash ^ hash >> 32) % NAMES_MAX];
}

static bool is_named(const struct name_entry *entry, uint32_t parent, const char *name, size_t length)
{
    return entry->parent == parent && memcmp(entry->name, name, length) == 0 && entry->name[length] == 0;
}

uint32_t names_find(const struct names *names, const struct place *place)
{
    uint32_t index = *bucket_of((struct names *)names, place->parent, place->name, place->length);
    while (index != 0 && !is_named(&names->entries[index], place->parent, place->name, place->length))
        index = names->entries[index].bucket_next;
    return index;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '_' || byte == '-';
}

static int check_name(const char *name, size_t length)
{
    if (length > CONAME_MAX)
        return ENAMETOOLONG;
    for (size_t i = 0; i < length; i++) {
        if (!is_name_byte(name[i]))
            return EINVAL;
    }
    bool is_dots = (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
    return length == 0 || is_dots ? EINVAL : 0;
}

/* A wrong path is told as such, whatever there is of it. */
static int check_path(const char *path, size_t length)
{
    if (length > COPATH_MAX)
        return ENAMETOOLONG;
    for (size_t start = 0; start <= length;) {
        const char *slash = memchr(path + start, '/', length - start);
        size_t end = slash ? (size_t)(slash - path) : length;
        int error = check_name(path + start, end - start);
        if (error)
            return error;
        start = end + 1;
    }
    return 0;
}

/* Into the namespace that the place names. */
static int enter(const struct names *names, struct place *place)
{
    uint32_t index = names_find(names, place);
    if (index == 0)
        return ENOENT;
    if (names->entries[index].kind != COHANDLE_NAMESPACE)
        return ENOTDIR;
    if (names->entries[index].type == PRIVATE)
        return EACCES;
    place->parent = index;
    return 0;
}

int names_follow(const struct names *names, uint32_t from, const char *path, size_t length, struct place *place)
{
    int error = check_path(path, length);
    if (error)
        return error;
    *place = (struct place){.parent = from, .name = path, .direct = true};
    for (;;) {
        size_t rest = length - (size_t)(place->name - path);
        const char *slash = memchr(place->name, '/', rest);
        place->length = slash ? (size_t)(slash - place->name) : rest;
        if (!slash)
            return 0;
        error = enter(names, place);
        if (error)
            return error;
        place->name = slash + 1;
        place->direct = false;
    }
}

bool names_may_be_in(const struct names *names, uint32_t type, uint32_t parent)
{
    if (type == APPLICATION || type == LIBRARY)
        return names->entries[parent].type == ROOT;
    return type == PRIVATE || type == PUBLIC;
}

static uint32_t take_place(struct names *names)
{
    uint32_t index = names->free;
    if (index != 0) {
        SET(names->free, names->entries[index].next);
    } else if (names->used < NAMES_MAX) {
        index = names->used;
        SET(names->used, index + 1);
        SET(names->entries[index].generation, 1);
    }
    return index;
}

/* A place whose generations are used up is not used again. */
static void free_place(struct names *names, uint32_t index)
{
    struct name_entry *entry = &names->entries[index];
    SET(entry->kind, 0);
    SET(entry->token, 0);
    if (entry->generation == UINT32_MAX)
        return;
    SET(entry->generation, entry->generation + 1);
    SET(entry->next, names->free);
    SET(names->free, index);
}

static void link_to_parent(struct names *names, uint32_t index)
{
    struct name_entry *entry = &names->entries[index], *parent = &names->entries[entry->parent];
    uint32_t last = parent->last;
    SET(entry->previous, last);
    SET(entry->next, 0);
    SET(parent->last, index);
    if (last != 0)
        SET(names->entries[last].next, index);
    else
        SET(parent->first, index);
}

static void unlink_from_parent(struct names *names, uint32_t index)
{
    struct name_entry *entry = &names->entries[index], *parent = &names->entries[entry->parent];
    if (entry->previous != 0)
        SET(names->entries[entry->previous].next, entry->next);
    else
        SET(parent->first, entry->next);
    if (entry->next != 0)
        SET(names->entries[entry->next].previous, entry->previous);
    else
        SET(parent->last, entry->previous);
}

static void link_to_bucket(struct names *names, uint32_t index)
{
    struct name_entry *entry = &names->entries[index];
    uint32_t *bucket = bucket_of(names, entry->parent, entry->name, strlen(entry->name));
    SET(entry->bucket_next, *bucket);
    SET(*bucket, index);
}

static void unlink_from_bucket(struct names *names, uint32_t index)
{
    struct name_entry *entry = &names->entries[index];
    uint32_t *link = bucket_of(names, entry->parent, entry->name, strlen(entry->name));
    while (*link != index)
        link = &names->entries[*link].bucket_next;
    SET(*link, entry->bucket_next);
}

static void link_to_owner(struct names *names, uint32_t index, struct client *client)
{
    struct name_entry *entry = &names->entries[index];
    SET(entry->owner, (uint32_t)(client - names->clients.table) + 1);
    SET(entry->owner_previous, 0);
    SET(entry->owner_next, client->first);
    if (client->first != 0)
        SET(names->entries[client->first].owner_previous, index);
    SET(client->first, index);
}

static void unlink_from_owner(struct names *names, uint32_t index)
{
    struct name_entry *entry = &names->entries[index];
    if (entry->owner == 0)
        return;
    struct client *client = &names->clients.table[entry->owner - 1];
    if (entry->owner_previous != 0)
        SET(names->entries[entry->owner_previous].owner_next, entry->owner_next);
    else
        SET(client->first, entry->owner_next);
    if (entry->owner_next != 0)
        SET(names->entries[entry->owner_next].owner_previous, entry->owner_previous);
    SET(entry->owner, 0);
    client_discharge(&names->state, client, 0, 1);
}

int names_make(struct names *names, const struct place *place, uint32_t kind, uint32_t type, uint64_t token,
               struct client *client, uint64_t limit, uint32_t *index)
{
    char name[CONAME_MAX + 1] = {0};
    struct name_entry *entry;
    bool charged = client_charge(&names->state, client, 0, 1, limit);
    *index = charged ? take_place(names) : 0;
    if (*index == 0) {
        state_rollback(&names->state);
        return charged ? ENOMEM : EDQUOT;
    }
    entry = &names->entries[*index];
    memcpy(name, place->name, place->length);
    state_copy(&names->state, entry->name, name, sizeof name);
    SET(entry->kind, kind);
    SET(entry->type, type);
    SET(entry->parent, place->parent);
    SET(entry->token, token);
    SET(entry->first, 0);
    SET(entry->last, 0);
    SET(entry->serial, names->serial + 1);
    SET(names->serial, names->serial + 1);
    link_to_parent(names, *index);
    link_to_bucket(names, *index);
    link_to_owner(names, *index, client);
    state_commit(&names->state);
    return 0;
}

void names_fill(struct names *names, uint32_t index, uint32_t type, uint64_t token)
{
    SET(names->entries[index].type, type);
    SET(names->entries[index].token, token);
    state_commit(&names->state);
}

/* The token is forgotten after the commit: until then the entry may come back. */
static void remove_leaf(struct names *names, uint32_t index)
{
    uint64_t token = names->entries[index].token;
    unlink_from_owner(names, index);
    unlink_from_bucket(names, index);
    unlink_from_parent(names, index);
    free_place(names, index);
    state_commit(&names->state);
    if (token != 0)
        forget_token(token);
}

static bool is_forsaken(const struct name_entry *entry)
{
    return entry->kind == COHANDLE_NAMESPACE && entry->type != ROOT && entry->owner == 0 && entry->first == 0;
}

static void remove_forsaken(struct names *names, uint32_t index)
{
    while (is_forsaken(&names->entries[index])) {
        uint32_t parent = names->entries[index].parent;
        remove_leaf(names, index);
        index = parent;
    }
}

void names_remove(struct names *names, uint32_t top)
{
    uint32_t above = names->entries[top].parent, index = top;
    for (;;) {
        while (names->entries[index].first != 0)
            index = names->entries[index].first;
        uint32_t parent = names->entries[index].parent;
        remove_leaf(names, index);
        if (index == top)
            break;
        index = parent;
    }
    remove_forsaken(names, above);
}

void names_purge(struct client *client)
{
    struct names *names = tree;
    while (client->first != 0) {
        uint32_t index = client->first;
        if (names->entries[index].first == 0) {
            names_remove(names, index);
        } else {
            unlink_from_owner(names, index);
            state_commit(&names->state);
        }
    }
}

static void make_root(struct names *names, uint64_t seed)
{
    struct name_entry *root = &names->entries[0];
    SET(names->seed, seed);
    SET(names->used, 1);
    SET(root->generation, 1);
    SET(root->kind, COHANDLE_NAMESPACE);
    SET(root->type, ROOT);
    SET(names->state.format, 1);
    state_commit(&names->state);
}

void names_recover(struct names *names, uint64_t seed)
{
    state_rollback(&names->state);
    if (names->state.format == 0)
        make_root(names, seed);
    for (uint32_t index = 1; index < names->used; index++)
        remove_forsaken(names, index);
}

/* Positions: the entry told last, and its serial. If that has gone, the first younger one is the next: entries are in
 * the order in which they were made. */
enum { POSITION_INDEX = 20 };

static uint32_t entry_after(const struct names *names, uint32_t parent, uint64_t position)
{
    uint32_t told = (uint32_t)(position & ((1u << POSITION_INDEX) - 1));
    uint64_t serial = position >> POSITION_INDEX;
    const struct name_entry *entry = &names->entries[told];
    uint32_t index = names->entries[parent].first;
    if (entry->kind != 0 && entry->parent == parent && entry->serial == serial)
        return entry->next;
    while (index != 0 && names->entries[index].serial <= serial)
        index = names->entries[index].next;
    return index;
}

static bool is_position(const struct names *names, uint64_t position)
{
    uint64_t told = position & ((1u << POSITION_INDEX) - 1), serial = position >> POSITION_INDEX;
    return told != 0 && told < names->used && serial != 0 && serial <= names->serial;
}

int names_list(const struct names *names, uint32_t parent, uint64_t *position, struct coname *list, uint32_t n,
               uint32_t *count)
{
    uint32_t index = names->entries[parent].first;
    *count = 0;
    if (*position != 0) {
        if (!is_position(names, *position))
            return EINVAL;
        index = entry_after(names, parent, *position);
    }
    for (; index != 0 && *count < n; index = names->entries[index].next) {
        const struct name_entry *entry = &names->entries[index];
        struct coname *name = &list[(*count)++];
        name->kind = entry->kind == COHANDLE_OBJECT && entry->type == RESERVATION ? COHANDLE_RESERVATION : entry->kind;
        name->type = entry->type;
        memcpy(name->name, entry->name, sizeof name->name);
        *position = entry->serial << POSITION_INDEX | index;
    }
    return 0;
}
