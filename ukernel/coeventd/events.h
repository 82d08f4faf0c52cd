/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of coeventd: events, callbacks, and which callback is installed on which event.
 *
 * No handles here. An event that has happened stays so; an installation on it is due until it has been called.
 * Functions commit what they change.
 */
#ifndef UKERNEL_COEVENTD_EVENTS_H
#define UKERNEL_COEVENTD_EVENTS_H

#include "ukernel/common/clients.h"

#include <comesg/coevent.h>

#ifndef EVENTS_MAX
#define EVENTS_MAX 16384 /* of each kind; tests have fewer */
#endif

/* What all entries begin with. Places are used again, with the next generation. */
struct event_place {
    uint32_t generation;
    uint32_t used;
    uint32_t owner; /* client + 1 that it counts for; 0: one that has died */
    uint32_t next;  /* free place + 1 */
};

struct event {
    struct event_place place;
    uint32_t type;
    uint32_t happened;
    int32_t pid, status; /* as the notice is to say */
    uint64_t subject;    /* PROCESS_DEATH: an identity; PORT_CLOSED: the badge of a port */
};

struct callback {
    struct event_place place;
    uint64_t identity; /* of the co-process whose thread it is */
    uint64_t token;    /* of the target in the vault */
    uint32_t flags;
    uint32_t reserved;
};

enum installation_state { INSTALLATION_WAITS = 0, INSTALLATION_CALLED = 1 };

struct installation {
    struct event_place place;
    uint32_t event, callback;
    uint32_t state;
    uint32_t length;
    uint64_t identity; /* of who installed it */
    unsigned char arguments[CCB_ARGUMENTS_MAX];
};

/* Places from `used` on were never used. */
struct event_table {
    uint32_t free; /* place + 1 */
    uint32_t used;
};

struct events {
    struct state state;
    uint64_t deaths; /* number of the last record that was taken in */
    struct event_table event_table, callback_table, installation_table;
    struct clients clients;
    struct event events[EVENTS_MAX];
    struct callback callbacks[EVENTS_MAX];
    struct installation installations[EVENTS_MAX];
};

#define NO_EVENT UINT32_MAX

/* Who makes something, and how much he may have. */
struct event_maker {
    struct client *client;
    uint64_t limit;
};

/* Badges of handles. */
bool event_at(const struct events *events, uint64_t badge, uint32_t *index);
bool callback_at(const struct events *events, uint64_t badge, uint32_t *index);
uint64_t event_badge(const struct events *events, uint32_t index);
uint64_t callback_badge(const struct events *events, uint32_t index);

/* The same for what has no handles. */
bool installation_at(const struct events *events, uint64_t badge, uint32_t *index);
uint64_t installation_badge(const struct events *events, uint32_t index);

/* NO_EVENT if there is none. */
uint32_t event_find(const struct events *events, uint32_t type, uint64_t subject);
uint32_t installation_find(const struct events *events, uint32_t callback, uint32_t event);

/* These give 0, EDQUOT or ENOMEM. */
int event_make(struct events *events, const struct event_maker *maker, uint32_t type, uint64_t subject, int32_t pid,
               uint32_t *index);
int callback_make(struct events *events, const struct event_maker *maker, uint64_t token, uint32_t flags,
                  uint32_t *index);
int installation_make(struct events *events, const struct event_maker *maker, uint32_t callback, uint32_t event,
                      const void *arguments, uint32_t length);

void event_happens(struct events *events, uint32_t index, int32_t pid, int32_t status);

/* Marks the next installation from `from` on that is due as called; NO_EVENT if there is none. */
uint32_t installation_next_due(struct events *events, uint32_t from);
void installation_set_state(struct events *events, uint32_t index, enum installation_state state);
void installation_remove(struct events *events, uint32_t index);

/* What to do with the token of a callback that has gone. */
typedef void callback_forget(uint64_t token);

/* For what follows and for events_purge: the tables to work on. */
void events_begin(struct events *events, callback_forget *forget);

/* Undoes what was begun. */
void events_recover(struct events *events);

/* Removes what a dead client installed, and its callbacks with what they are installed on. Events stay. */
client_purge events_purge;

/* Removes events and callbacks that have no handle and on which, or which, nothing is installed. Bit i of the set is 1
 * if there is a handle to entry i. */
void events_sweep(struct events *events, const uint64_t *has_handle);
void callbacks_sweep(struct events *events, const uint64_t *has_handle);

#endif
