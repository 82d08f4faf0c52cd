/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a service knows of its clients: how much each uses, and where the list of its things begins. Part of the state
 * of the service; a client is a co-process, found by its identity (struct cocaller).
 */
#ifndef COMESG_UKERNEL_CLIENTS_H
#define COMESG_UKERNEL_CLIENTS_H

#include "ukernel/common/state.h"

/* A realm has room for fewer co-processes. */
#ifndef CLIENTS_MAX
#define CLIENTS_MAX 16384 /* tests have fewer */
#endif

/* What is counted, is up to the service. */
enum { CLIENT_COUNTS = 5 };

struct client {
    uint64_t identity; /* 0: nobody yet */
    uint64_t used[CLIENT_COUNTS];
    uint32_t first; /* of its things; 0: none */
    uint32_t reserved;
};

struct clients {
    struct client table[CLIENTS_MAX];
};

/* Lets go of all that this client has, which is dead, and commits. */
typedef void client_purge(struct client *client);

/* The entry of a client that lives, NULL if its identity is none. Who had the entry before is dead and is purged. Not
 * to be called in the middle of a change. */
struct client *client_of(struct state *state, struct clients *clients, uint64_t identity, client_purge *purge);

/* Counts `amount` more. False if that would exceed the limit. */
bool client_charge(struct state *state, struct client *client, unsigned which, uint64_t amount, uint64_t limit);

void client_discharge(struct state *state, struct client *client, unsigned which, uint64_t amount);

/* Purges this client, if it is known and has something. */
void clients_died(struct clients *clients, uint64_t identity, client_purge *purge);

/* Purges all clients that do not live. */
void clients_sweep(struct clients *clients, bool lives(uint64_t identity), client_purge *purge);

#endif
