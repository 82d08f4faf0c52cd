/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The clients of a service. An entry is found by the low half of the identity, the index of the co-process; the next
 * co-process with that index finds the one before it dead.
 */
#include "ukernel/common/clients.h"

static bool has_something(const struct client *client)
{
    uint64_t used = client->first;
    for (unsigned which = 0; which < CLIENT_COUNTS; which++)
        used |= client->used[which];
    return used != 0;
}

static struct client *entry_of(struct clients *clients, uint64_t identity)
{
    uint32_t index = (uint32_t)identity;
    return index < CLIENTS_MAX && identity != 0 ? &clients->table[index] : NULL;
}

struct client *client_of(struct state *state, struct clients *clients, uint64_t identity, client_purge *purge)
{
    struct client *client = entry_of(clients, identity);
    if (!client || client->identity == identity)
        return client;
    if (has_something(client))
        purge(client);
    state_set(state, &client->identity, identity);
    state_commit(state);
    return client;
}

bool client_charge(struct state *state, struct client *client, unsigned which, uint64_t amount, uint64_t limit)
{
    uint64_t used = client->used[which];
    if (used > limit || amount > limit - used)
        return false;
    state_set(state, &client->used[which], used + amount);
    return true;
}

void client_discharge(struct state *state, struct client *client, unsigned which, uint64_t amount)
{
    state_set(state, &client->used[which], client->used[which] - amount);
}

void clients_died(struct clients *clients, uint64_t identity, client_purge *purge)
{
    struct client *client = entry_of(clients, identity);
    if (client && client->identity == identity && has_something(client))
        purge(client);
}

void clients_sweep(struct clients *clients, bool lives(uint64_t identity), client_purge *purge)
{
    for (uint32_t index = 0; index < CLIENTS_MAX; index++) {
        struct client *client = &clients->table[index];
        if (has_something(client) && !lives(client->identity))
            purge(client);
    }
}
