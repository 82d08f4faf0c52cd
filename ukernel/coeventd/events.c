/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of coeventd.
 */
#include "ukernel/coeventd/events.h"

#include <errno.h>
#include <string.h>

/* client_purge has no further argument. */
static struct events *tables;
static callback_forget *forget_token;

#define SET(field, value) state_set(&events->state, &(field), (value))

void events_begin(struct events *events, callback_forget *forget)
{
    tables = events;
    forget_token = forget;
}

void events_recover(struct events *events)
{
    state_rollback(&events->state);
}

static uint64_t badge_of(const struct event_place *place, uint32_t index)
{
    return (uint64_t)place->generation << 32 | index;
}

uint64_t event_badge(const struct events *events, uint32_t index)
{
    return badge_of(&events->events[index].place, index);
}

uint64_t callback_badge(const struct events *events, uint32_t index)
{
    return badge_of(&events->callbacks[index].place, index);
}

bool event_at(const struct events *events, uint64_t badge, uint32_t *index)
{
    *index = (uint32_t)badge;
    return *index < events->event_table.used && events->events[*index].place.used &&
           event_badge(events, *index) == badge;
}

bool callback_at(const struct events *events, uint64_t badge, uint32_t *index)
{
    *index = (uint32_t)badge;
    return *index < events->callback_table.used && events->callbacks[*index].place.used &&
           callback_badge(events, *index) == badge;
}

uint64_t installation_badge(const struct events *events, uint32_t index)
{
    return badge_of(&events->installations[index].place, index);
}

bool installation_at(const struct events *events, uint64_t badge, uint32_t *index)
{
    *index = (uint32_t)badge;
    return *index < events->installation_table.used && events->installations[*index].place.used &&
           installation_badge(events, *index) == badge;
}

uint32_t event_find(const struct events *events, uint32_t type, uint64_t subject)
{
    for (uint32_t index = 0; index < events->event_table.used; index++) {
        const struct event *event = &events->events[index];
        if (event->place.used && event->type == type && event->subject == subject)
            return index;
    }
    return NO_EVENT;
}

uint32_t installation_find(const struct events *events, uint32_t callback, uint32_t event)
{
    for (uint32_t index = 0; index < events->installation_table.used; index++) {
        const struct installation *installation = &events->installations[index];
        if (installation->place.used && installation->callback == callback && installation->event == event)
            return index;
    }
    return NO_EVENT;
}

/* A place of a table whose entries are `size` bytes apart, counted for the maker. */
static int take_place(struct events *events, struct event_table *table, void *entries, size_t size,
                      const struct event_maker *maker, uint32_t *index)
{
    struct event_place *place;
    if (!client_charge(&events->state, maker->client, 0, 1, maker->limit))
        return EDQUOT;
    if (table->free == 0 && table->used == EVENTS_MAX)
        return ENOMEM;
    *index = table->free != 0 ? table->free - 1 : table->used;
    place = (struct event_place *)((char *)entries + *index * size);
    if (table->free != 0)
        SET(table->free, place->next);
    else
        SET(table->used, table->used + 1);
    SET(place->generation, place->generation + 1);
    SET(place->used, 1);
    SET(place->owner, (uint32_t)(maker->client - events->clients.table) + 1);
    return 0;
}

/* A place whose generations are used up is not used again. */
static void free_place(struct events *events, struct event_table *table, struct event_place *place, uint32_t index)
{
    if (place->owner != 0)
        client_discharge(&events->state, &events->clients.table[place->owner - 1], 0, 1);
    SET(place->owner, 0);
    SET(place->used, 0);
    if (place->generation == UINT32_MAX)
        return;
    SET(place->next, table->free);
    SET(table->free, index + 1);
}

static int made(struct events *events, int error)
{
    if (error)
        state_rollback(&events->state);
    else
        state_commit(&events->state);
    return error;
}

int event_make(struct events *events, const struct event_maker *maker, uint32_t type, uint64_t subject, int32_t pid,
               uint32_t *index)
{
    int error = take_place(events, &events->event_table, events->events, sizeof events->events[0], maker, index);
    if (!error) {
        struct event *event = &events->events[*index];
        SET(event->type, type);
        SET(event->subject, subject);
        SET(event->pid, pid);
        SET(event->status, 0);
        SET(event->happened, 0);
    }
    return made(events, error);
}

int callback_make(struct events *events, const struct event_maker *maker, uint64_t token, uint32_t flags,
                  uint32_t *index)
{
    int error =
        take_place(events, &events->callback_table, events->callbacks, sizeof events->callbacks[0], maker, index);
    if (!error) {
        struct callback *callback = &events->callbacks[*index];
        SET(callback->identity, maker->client->identity);
        SET(callback->token, token);
        SET(callback->flags, flags);
    }
    return made(events, error);
}

int installation_make(struct events *events, const struct event_maker *maker, uint32_t callback, uint32_t event,
                      const void *arguments, uint32_t length)
{
    uint32_t index;
    int error = take_place(events, &events->installation_table, events->installations, sizeof events->installations[0],
                           maker, &index);
    if (!error) {
        struct installation *installation = &events->installations[index];
        SET(installation->event, event);
        SET(installation->callback, callback);
        SET(installation->state, INSTALLATION_WAITS);
        SET(installation->identity, maker->client->identity);
        SET(installation->length, length);
        state_copy(&events->state, installation->arguments, arguments, length);
    }
    return made(events, error);
}

void event_happens(struct events *events, uint32_t index, int32_t pid, int32_t status)
{
    struct event *event = &events->events[index];
    SET(event->pid, pid);
    SET(event->status, status);
    SET(event->happened, 1);
    state_commit(&events->state);
}

void installation_set_state(struct events *events, uint32_t index, enum installation_state state)
{
    SET(events->installations[index].state, (uint32_t)state);
    state_commit(&events->state);
}

uint32_t installation_next_due(struct events *events, uint32_t from)
{
    for (uint32_t index = from; index < events->installation_table.used; index++) {
        const struct installation *installation = &events->installations[index];
        if (!installation->place.used || installation->state != INSTALLATION_WAITS ||
            !events->events[installation->event].happened)
            continue;
        installation_set_state(events, index, INSTALLATION_CALLED);
        return index;
    }
    return NO_EVENT;
}

void installation_remove(struct events *events, uint32_t index)
{
    free_place(events, &events->installation_table, &events->installations[index].place, index);
    state_commit(&events->state);
}

/* The token is forgotten after the commit: until then the callback may come back. */
static void remove_callback(struct events *events, uint32_t index)
{
    uint64_t token = events->callbacks[index].token;
    free_place(events, &events->callback_table, &events->callbacks[index].place, index);
    SET(events->callbacks[index].token, 0);
    state_commit(&events->state);
    forget_token(token);
}

static void remove_installations(struct events *events, uint64_t identity)
{
    for (uint32_t index = 0; index < events->installation_table.used; index++) {
        const struct installation *installation = &events->installations[index];
        if (installation->place.used &&
            (installation->identity == identity || events->callbacks[installation->callback].identity == identity))
            installation_remove(events, index);
    }
}

void events_purge(struct client *client)
{
    struct events *events = tables;
    uint32_t owner = (uint32_t)(client - events->clients.table) + 1;
    remove_installations(events, client->identity);
    for (uint32_t index = 0; index < events->callback_table.used; index++) {
        if (events->callbacks[index].place.used && events->callbacks[index].identity == client->identity)
            remove_callback(events, index);
    }
    for (uint32_t index = 0; index < events->event_table.used; index++) {
        struct event_place *place = &events->events[index].place;
        if (!place->used || place->owner != owner)
            continue;
        client_discharge(&events->state, client, 0, 1);
        SET(place->owner, 0);
        state_commit(&events->state);
    }
}

/* What installations name, as a set of bits in addition to these. */
static void add_installed(const struct events *events, bool callbacks, uint64_t *set)
{
    for (uint32_t index = 0; index < events->installation_table.used; index++) {
        const struct installation *installation = &events->installations[index];
        uint32_t named = callbacks ? installation->callback : installation->event;
        if (installation->place.used)
            set[named / 64] |= UINT64_C(1) << named % 64;
    }
}

static bool is_in(const uint64_t *set, uint32_t index)
{
    return set[index / 64] >> index % 64 & 1;
}

void events_sweep(struct events *events, const uint64_t *has_handle)
{
    static uint64_t wanted[(EVENTS_MAX + 63) / 64];
    memcpy(wanted, has_handle, sizeof wanted);
    add_installed(events, false, wanted);
    for (uint32_t index = 0; index < events->event_table.used; index++) {
        if (!events->events[index].place.used || is_in(wanted, index))
            continue;
        free_place(events, &events->event_table, &events->events[index].place, index);
        state_commit(&events->state);
    }
}

void callbacks_sweep(struct events *events, const uint64_t *has_handle)
{
    static uint64_t wanted[(EVENTS_MAX + 63) / 64];
    memcpy(wanted, has_handle, sizeof wanted);
    add_installed(events, true, wanted);
    for (uint32_t index = 0; index < events->callback_table.used; index++) {
        if (events->callbacks[index].place.used && !is_in(wanted, index))
            remove_callback(events, index);
    }
}
