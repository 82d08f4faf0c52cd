/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Vaults: handles that a service keeps in the table of whoever made the vault, where they survive the service.
 *
 * What is kept is a handle like others. It says which vault keeps it; its value is its token.
 */
#include "core/derivation.h"
#include "core/kernel.h"
#include "core/seals.h"

#include <stdatomic.h>

int64_t core_vault_make(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    (void)arguments;
    struct coprocess *coprocess = block->coprocess;
    const struct handle handle = {
        .kind = COHANDLE_VAULT,
        .rights = UINT32_MAX,
        .object = coprocess,
        .incarnation = coprocess->incarnation,
        .words = {atomic_fetch_add(&coprocess->vaults, 1) + UINT64_C(1)},
    };
    return core_handle_make(block, coprocess, &handle, value);
}

static int64_t find_vault(const struct thread_block *block, uint64_t value, struct handle *vault)
{
    if (core_handle_read(block, value, vault) || vault->kind != COHANDLE_VAULT)
        return -EBADF;
    return core_handle_is_stale(vault) ? -ENOLINK : 0;
}

/* Keeps the table of the vault's maker from being cleared: until core_table_leave. */
static int64_t enter(struct thread_block *block, uint64_t value, struct handle *vault)
{
    int64_t error = find_vault(block, value, vault);
    if (error)
        return error;
    if (!core_table_enter(block, 0, vault->object))
        return -ENOLINK;
    if (!core_handle_is_stale(vault))
        return 0;
    core_table_leave(block, 0);
    return -ENOLINK;
}

static bool is_kept(const struct handle *vault, uint64_t token)
{
    const struct coprocess *keeper = vault->object;
    uint32_t index = (uint32_t)token;
    if (index == 0 || index >= keeper->handle_limit)
        return false;
    const struct handle_entry *entry = &handle_table(keeper)[index];
    if (handle_state(token) != HANDLE_LIVE || entry->value != token)
        return false;
    uint64_t keeps = entry->vault; /* of this handle only if that is the same before and after */
    atomic_thread_fence(memory_order_acquire);
    return entry->value == token && keeps == vault->words[0];
}

static int64_t get(struct thread_block *block, const struct handle *vault, uint64_t token, uint64_t rights,
                   uint64_t *value)
{
    struct coprocess *keeper = vault->object;
    struct handle handle;
    if (!is_kept(vault, token) || !core_handle_copy_of(keeper, token, &handle) || core_handle_is_stale(&handle))
        return -ENOENT;
    if (rights & ~(uint64_t)handle.rights)
        return -EACCES;
    if (rights)
        handle.rights = (uint32_t)rights;
    int64_t error = core_handle_derive(block, keeper, token, block->coprocess, &handle, value);
    return error == -EBADF ? -ENOENT : error;
}

/* arguments: vault, token, rights */
int64_t core_vault_get(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    struct handle vault;
    int64_t error = enter(block, arguments[0], &vault);
    if (error)
        return error;
    error = get(block, &vault, arguments[1], arguments[2], value);
    core_table_leave(block, 0);
    return error;
}

static int64_t drop(struct thread_block *block, uint64_t vault_value, uint64_t token)
{
    struct handle vault;
    int64_t error = enter(block, vault_value, &vault);
    if (error)
        return error;
    error = is_kept(&vault, token) && !core_handle_close(block, vault.object, token) ? 0 : -ENOENT;
    core_table_leave(block, 0);
    return error;
}

/* arguments: vault, token */
int64_t core_vault_drop(struct thread_block *block, const uint64_t *arguments)
{
    return drop(block, arguments[0], arguments[1]);
}

/* arguments: vault, handle, where the token goes */
int64_t core_vault_put(struct thread_block *block, const uint64_t *arguments)
{
    struct handle vault, handle;
    uint64_t token;
    int64_t error = find_vault(block, arguments[0], &vault);
    if (error)
        return error;
    if (core_handle_read(block, arguments[1], &handle) || core_handle_is_stale(&handle))
        return -EBADF;
    if (!core_handle_may_be_passed(handle.kind))
        return -EINVAL;
    handle.vault = vault.words[0];
    error = core_handle_derive(block, block->coprocess, arguments[1], vault.object, &handle, &token);
    if (!error && (error = core_put(block, arguments[2], &token, sizeof token)))
        drop(block, arguments[0], token);
    return error;
}

static int64_t list(const struct handle *vault, uint64_t address, uint64_t count)
{
    const struct coprocess *keeper = vault->object;
    uint64_t found = 0;
    for (uint32_t index = 1; index < keeper->handle_used; index++) {
        uint64_t token = handle_table(keeper)[index].value;
        if (!is_kept(vault, token))
            continue;
        if (found < count && core_copy((void *)(address + found * sizeof token), &token, sizeof token))
            return -EFAULT;
        found++;
    }
    return (int64_t)found;
}

/* arguments: vault, where the tokens go, room */
int64_t core_vault_list(struct thread_block *block, const uint64_t *arguments)
{
    const uint64_t most = COMESG_REGION_SIZE / sizeof(uint64_t), address = arguments[1], count = arguments[2];
    struct handle vault;
    if (count > most || !core_in_region(block, address, count * sizeof(uint64_t)))
        return -EFAULT;
    int64_t result = enter(block, arguments[0], &vault);
    if (result)
        return result;
    result = list(&vault, address, count);
    core_table_leave(block, 0);
    return result;
}
