/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making, finding and ending services.
 *
 * A service ends in this order: its pool, so that nobody can call it; its entry; what the vault keeps of it. Whatever
 * is lost in between is found again: an entry whose pool has ended by the next collection, what the vault keeps and no
 * entry names by services_recover.
 */
#include "ukernel/coserviced/services.h"

#include "ukernel/common/deaths.h"
#include "ukernel/common/vault.h"
#include "ukernel/protocol/services.h"

#include <comesg/copool.h>
#include <comesg/coservice.h>
#include <comesg/microkernel.h>

#include <errno.h>

static struct services *services;
static struct services_handles own;

void services_begin(struct services *state, const struct services_handles *handles)
{
    services = state;
    own = *handles;
}

/* The pool of a service, to be closed; 0 if it has ended. */
static cotarget_t pool_of(const struct service_entry *entry)
{
    return covault_get(own.vault, entry->token, 0);
}

static void end_pool(const struct service_entry *entry)
{
    cotarget_t pool = pool_of(entry);
    if (!pool)
        return;
    copool_end(pool);
    cohandle_close(pool);
}

/* Its client is charged for it no more, if that is known still. */
static void end_service(struct service_entry *entry)
{
    struct client *client = &services->clients.table[(uint32_t)entry->owner % CLIENTS_MAX];
    uint64_t token = entry->token;
    end_pool(entry);
    if (client->identity == entry->owner && client->used[0])
        client_discharge(&services->state, client, 0, 1);
    state_set(&services->state, &entry->owner, 0);
    state_commit(&services->state);
    covault_drop(own.vault, token);
}

static void purge(struct client *client)
{
    uint64_t identity = client->identity;
    for (uint32_t place = 0; place < SERVICES_MAX; place++) {
        if (services->table[place].owner == identity)
            end_service(&services->table[place]);
    }
    if (client->used[0])
        client_discharge(&services->state, client, 0, client->used[0]);
    state_commit(&services->state);
}

void services_recover(void)
{
    static uint64_t tokens[SERVICES_MAX];
    size_t count = 0;
    state_rollback(&services->state);
    for (uint32_t place = 0; place < SERVICES_MAX; place++) {
        if (services->table[place].owner)
            tokens[count++] = services->table[place].token;
    }
    vault_keep_only(own.vault, tokens, count);
    clients_sweep(&services->clients, deaths_lives, purge);
}

/* Ends services that nobody can call any more: no handle is left, or the pool has ended. */
static void collect(void)
{
    static uint64_t known[SERVICES_MAX / 64];
    for (size_t word = 0; word < SERVICES_MAX / 64; word++)
        known[word] = 0;
    bool surveyed = comint_survey(own.seal, known, SERVICES_MAX) == 0;
    for (uint32_t place = 0; place < SERVICES_MAX; place++) {
        struct service_entry *entry = &services->table[place];
        bool used = !surveyed || known[place / 64] >> place % 64 & 1;
        cotarget_t pool = entry->owner && used ? pool_of(entry) : 0;
        if (pool)
            cohandle_close(pool);
        else if (entry->owner)
            end_service(entry);
    }
}

int services_collect(struct server_call *call)
{
    (void)call;
    collect();
    return 0;
}

void services_died(uint64_t identity)
{
    if (identity)
        clients_died(&services->clients, identity, purge);
    else
        clients_sweep(&services->clients, deaths_lives, purge);
}

/* Those that were used last come last: a handle that is left of an earlier service would keep the new one. */
static struct service_entry *free_place(void)
{
    static uint32_t next;
    for (uint32_t i = 0; i < SERVICES_MAX; i++) {
        struct service_entry *entry = &services->table[(next + i) % SERVICES_MAX];
        if (entry->owner)
            continue;
        next = (next + i + 1) % SERVICES_MAX;
        return entry;
    }
    return NULL;
}

static uint64_t badge_of(const struct service_entry *entry)
{
    return (uint64_t)entry->generation << 32 | (uint64_t)(entry - services->table);
}

/* Keeps the pool and writes the entry: 0, or why not; nothing is committed yet. */
static int fill(struct service_entry *entry, const struct services_provide *request, uint64_t owner, cotarget_t pool)
{
    uint64_t token;
    struct state *state = &services->state;
    if (covault_put(own.vault, pool, &token))
        return errno;
    state_set(state, &entry->token, token);
    state_set(state, &entry->owner, owner);
    state_set(state, &entry->generation, entry->generation + 1 ? entry->generation + 1 : 1);
    state_set(state, &entry->flags, request->flags);
    state_set(state, &entry->number, request->number);
    return 0;
}

/* The handle that its maker gets. */
static int hand_out(struct service_entry *entry, cotarget_t pool)
{
    uint64_t token = entry->token;
    cohandle_t handle = comint(own.seal, badge_of(entry), CORIGHT_CALL | CORIGHT_PROVIDE, pool);
    int error = errno;
    if (handle) {
        state_commit(&services->state);
        server_give(handle);
        return 0;
    }
    state_rollback(&services->state);
    covault_drop(own.vault, token);
    return error;
}

static int charge(const struct cocaller *caller)
{
    struct client *client = client_of(&services->state, &services->clients, caller->identity, purge);
    if (!client)
        return ENOMEM;
    if (client_charge(&services->state, client, 0, 1, caller->quotas[COQUOTA_SERVICES]))
        return 0;
    collect();
    return client_charge(&services->state, client, 0, 1, caller->quotas[COQUOTA_SERVICES]) ? 0 : EDQUOT;
}

/* Who may not change a pool shall not get a service that may. Threads have no such right. */
static bool may_provide(cotarget_t pool)
{
    cotarget_t provided = corestrict(pool, CORIGHT_CALL | CORIGHT_PROVIDE);
    if (provided)
        cohandle_close(provided);
    return provided != 0;
}

static int make(const struct services_provide *request)
{
    const struct cocaller *caller = server_caller();
    cotarget_t pool = server_handle(0);
    if (!caller)
        return ENOMEM;
    if (server_kind(0) != COHANDLE_TARGET)
        return EBADF;
    if (!may_provide(pool))
        return EACCES;
    struct service_entry *entry = free_place();
    if (!entry) {
        collect();
        entry = free_place();
    }
    int error = entry ? charge(caller) : ENOMEM;
    if (!error)
        error = fill(entry, request, caller->identity, pool);
    if (!error)
        return hand_out(entry, pool);
    state_rollback(&services->state);
    return error;
}

int services_provide(struct server_call *call)
{
    return make(call->request);
}

/* The service that a handle of the caller's stands for: 0 and its entry, or why not. */
static int find(size_t number, uint32_t right, struct service_entry **entry)
{
    uint64_t badge;
    uint32_t rights, place;
    if (comint_read(own.seal, server_handle(number), &badge, &rights))
        return EBADF;
    place = (uint32_t)badge;
    if (place >= SERVICES_MAX)
        return EBADF;
    *entry = &services->table[place];
    if (!(*entry)->owner || badge_of(*entry) != badge)
        return EBADF;
    return right & ~rights ? EACCES : 0;
}

/* The library has made the pool from the service already, which took the right to. */
int services_add(struct server_call *call)
{
    const struct services_provide *request = call->request;
    struct service_entry *entry;
    int error = find(1, CORIGHT_PROVIDE, &entry);
    if (error == EBADF && server_kind(1) == COHANDLE_SERVICE)
        return ENOLINK;
    if (!error && entry->flags != request->flags)
        error = EINVAL;
    return error ? error : make(request);
}

int services_operation(struct server_call *call)
{
    struct services_operation_reply *reply = call->reply;
    struct service_entry *entry;
    int error = find(0, 0, &entry);
    if (!error)
        reply->number = entry->number;
    return error;
}

int services_retire(struct server_call *call)
{
    struct service_entry *entry;
    int error = find(0, CORIGHT_PROVIDE, &entry);
    (void)call;
    if (!error)
        end_service(entry);
    return error;
}
