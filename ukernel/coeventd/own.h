/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What coeventd's other threads ask its worker. They are the same program.
 */
#ifndef UKERNEL_COEVENTD_OWN_H
#define UKERNEL_COEVENTD_OWN_H

#include "ukernel/protocol/events.h"

#include <comesg/handle.h>

#include <stdbool.h>

enum {
    OWN_LOOK = EVENTS_OWN, /* own_request: from the thread that calls back: looks for closed ports */
    OWN_NEXT,              /* own_next -> own_due: the next callback that is due; from now on it counts as called */
    OWN_DONE,              /* own_done: it has been called, or has to be called later */
    OWN_DIED               /* own_died: a record of a death */
};

struct own_request {
    uint32_t operation;
};

struct own_next {
    uint32_t operation;
    uint32_t from; /* index of an installation */
};

struct own_due {
    int32_t error; /* ENOENT: none */
    uint32_t next; /* for the next own_next */
    uint64_t badge;
    uint64_t token; /* of the callback's target in the vault */
    uint32_t flags;
    struct coevent_notice notice;
};

struct own_done {
    uint32_t operation;
    uint32_t later;
    uint64_t badge;
};

struct own_died {
    uint32_t operation;
    int32_t pid;
    int32_t status;
    uint32_t lost; /* records before this one have been lost */
    uint64_t identity;
    uint64_t sequence;
};

/* The thread that calls back. Its pool and vault; it begins at once. Returns 0 or an errno. */
int deliver_begin(cohandle_t pool, cohandle_t vault);

/* The thread that waits for deaths, from this record on. */
int deaths_take_in(cohandle_t pool, cohandle_t privileged, uint64_t last);

/* Asks the worker until it answers. Returns what it says. */
int own_ask(cohandle_t pool, const void *request, size_t size, void *reply, size_t reply_size);

#endif
