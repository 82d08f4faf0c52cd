/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The services that coserviced knows: its state.
 */
#ifndef COMESG_UKERNEL_COSERVICED_SERVICES_H
#define COMESG_UKERNEL_COSERVICED_SERVICES_H

#include "ukernel/common/clients.h"
#include "ukernel/common/server.h"
#include "ukernel/common/state.h"

#include <comesg/handle.h>

/* The realm has no more pools. */
enum { SERVICES_MAX = 4096 };

/* A handle to a service has the badge generation << 32 | place. */
struct service_entry {
    uint64_t owner; /* identity of who has made it; 0: this place is free */
    uint64_t token; /* of its pool, in the vault */
    uint32_t generation;
    uint32_t flags;
    uint32_t number;
    uint32_t reserved;
};

struct services {
    struct state state;
    struct clients clients; /* which count: 0, services */
    struct service_entry table[SERVICES_MAX];
};
_Static_assert(SERVICES_MAX % 64 == 0, "the table can be surveyed");

/* What the service was given. */
struct services_handles {
    cohandle_t vault;
    cohandle_t seal;
};

void services_begin(struct services *state, const struct services_handles *handles);

/* Undoes what was begun. */
void services_recover(void);

int services_provide(struct server_call *);
int services_add(struct server_call *);
int services_operation(struct server_call *);
int services_retire(struct server_call *);
int services_collect(struct server_call *);

/* This co-process has died; 0: some have. */
void services_died(uint64_t identity);

#endif
