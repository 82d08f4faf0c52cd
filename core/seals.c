/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Seals, and handles made with them.
 */
#include "core/seals.h"

#include "core/derivation.h"
#include "core/kernel.h"
#include "core/pools.h"
#include "core/ports.h"

#include <stdatomic.h>

static struct seal *seal_at(const struct realm *realm, uint32_t index)
{
    return (struct seal *)(realm->core_area + CORE_SEALS) + index;
}

/* Rights to objects of one's own (coseal) mean what their maker likes. */
uint32_t core_rights_of(uint32_t kind)
{
    switch (kind) {
    case HANDLE_KIND_TARGET:
        return CORIGHT_CALL;
    case HANDLE_KIND_POOL:
    case COHANDLE_SERVICE:
        return CORIGHT_CALL | CORIGHT_PROVIDE;
    case COHANDLE_WINDOW:
    case COHANDLE_MEMORY:
        return CORIGHT_R | CORIGHT_W;
    case COHANDLE_PORT:
        return CORIGHT_SEND | CORIGHT_RECV;
    case COHANDLE_NAMESPACE:
        return CORIGHT_OWN;
    case COHANDLE_OBJECT:
    case COHANDLE_RESERVATION:
        return CORIGHT_R | CORIGHT_W | CORIGHT_D;
    case COHANDLE_EVENT:
    case COHANDLE_CALLBACK:
        return CORIGHT_LISTEN;
    case HANDLE_KIND_PRIVILEGED:
        return CORIGHT_DEATHS | CORIGHT_KILL;
    default:
        return UINT32_MAX;
    }
}

/* arguments: kind */
int64_t core_seal_make(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    struct coprocess *coprocess = block->coprocess;
    uint64_t kind = arguments[0];
    if (kind > UINT32_MAX || !core_kind_is_minted((uint32_t)kind))
        return -EINVAL;
    for (uint32_t i = 0; i < CORE_SEALS_MAX; i++) {
        struct seal *seal = seal_at(coprocess->realm, i);
        uint64_t use = seal->use;
        uint32_t incarnation = (uint32_t)(use >> 32) + 1;
        if ((uint32_t)use != 0 || incarnation == 0 ||
            !atomic_compare_exchange_strong(&seal->use, &use, (uint64_t)incarnation << 32 | (coprocess->index + 1)))
            continue;
        seal->kind = (uint32_t)kind;
        const struct handle handle = {
            .kind = COHANDLE_SEAL, .rights = UINT32_MAX, .object = seal, .incarnation = incarnation};
        int64_t error = core_handle_make(block, coprocess, &handle, value);
        if (error)
            seal->use = (uint64_t)incarnation << 32;
        return error;
    }
    return -ENOMEM;
}

void core_seals_end(const struct coprocess *coprocess)
{
    for (uint32_t i = 0; i < CORE_SEALS_MAX; i++) {
        struct seal *seal = seal_at(coprocess->realm, i);
        uint64_t use = seal->use;
        if ((uint32_t)use == coprocess->index + 1)
            atomic_compare_exchange_strong(&seal->use, &use, use >> 32 << 32);
    }
}

static int64_t find_seal(const struct thread_block *block, uint64_t value, struct handle *handle)
{
    bool live = core_handle_copy_of(block->coprocess, value, handle) && handle->kind == COHANDLE_SEAL &&
                !core_seal_ended(handle->object, handle->incarnation);
    return live ? 0 : -EBADF;
}

static uint64_t reference_to_target(const struct realm *realm, const struct handle *target)
{
    uint64_t address = (uint64_t)target->object, place;
    if (core_names_pool(realm, address))
        place = MINTED_POOL | ((address - realm->core_area - CORE_POOLS) / CORE_POOL_SIZE + 1);
    else
        place = core_owner_of(realm, target->object);
    return (uint64_t)target->incarnation << 32 | place;
}

bool core_minted_target(const struct realm *realm, const struct handle *handle, struct call_target *target)
{
    uint64_t place = (uint32_t)handle->words[1];
    if (place == 0)
        return false;
    target->incarnation = (uint32_t)(handle->words[1] >> 32);
    if (place & MINTED_POOL)
        target->object = realm->core_area + CORE_POOLS + ((place & ~MINTED_POOL) - 1) * CORE_POOL_SIZE;
    else
        target->object = (uint64_t)core_block_of(realm, (uint32_t)place);
    return true;
}

/* What the new handle is to stand for. */
static int64_t find_object(const struct thread_block *block, uint32_t kind, uint64_t value, uint64_t *reference)
{
    struct handle object;
    if (core_handle_read(block, value, &object) || core_handle_is_stale(&object))
        return -EBADF;
    if (kind == COHANDLE_PORT && object.kind == COHANDLE_CONTROL) {
        *reference = core_port_reference(block->coprocess->realm, &object);
        return 0;
    }
    if (kind != COHANDLE_SERVICE || (object.kind != HANDLE_KIND_TARGET && object.kind != HANDLE_KIND_POOL))
        return -EINVAL;
    *reference = reference_to_target(block->coprocess->realm, &object);
    return object.rights & CORIGHT_CALL ? 0 : -EACCES;
}

/* What stands for an object is derived from the handle to that, and so ends with it when it is revoked. arguments:
 * seal, badge, rights, object or 0 */
int64_t core_mint(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    struct coprocess *coprocess = block->coprocess;
    uint64_t rights = arguments[2], object = arguments[3];
    struct handle seal, handle;
    int64_t error = find_seal(block, arguments[0], &seal);
    if (error)
        return error;
    handle = (struct handle){.kind = ((const struct seal *)seal.object)->kind,
                             .rights = (uint32_t)rights,
                             .object = seal.object,
                             .incarnation = seal.incarnation,
                             .words = {arguments[1]}};
    if (rights == 0 || rights & ~(uint64_t)core_rights_of(handle.kind))
        return -EINVAL;
    if (object == 0)
        return core_handle_make(block, coprocess, &handle, value);
    error = find_object(block, handle.kind, object, &handle.words[1]);
    return error ? error : core_handle_derive(block, coprocess, object, coprocess, &handle, value);
}

int64_t core_mint_read(const struct thread_block *block, const struct coprocess *holder, uint64_t seal_value,
                       uint64_t value, struct handle *handle)
{
    struct handle seal;
    if (find_seal(block, seal_value, &seal) || !core_handle_copy_of(holder, value, handle))
        return -EBADF;
    if (core_kind_is_minted(handle->kind) && handle->object == seal.object && handle->incarnation == seal.incarnation)
        return 0;
    return core_handle_is_stale(handle) ? -EBADF : -EPERM;
}

static void note_badges(const struct coprocess *coprocess, const struct handle *seal, uint64_t *bits, uint64_t count)
{
    for (uint32_t index = 1; index < coprocess->handle_used; index++) {
        const struct handle_entry *entry = &handle_table(coprocess)[index];
        uint32_t badge = (uint32_t)entry->words[0];
        bool named = handle_state(entry->value) != HANDLE_FREE && core_kind_is_minted(entry->kind) &&
                     entry->object == seal->object && entry->object_incarnation == seal->incarnation;
        if (named && badge < count)
            bits[badge / 64] |= (uint64_t)1 << badge % 64;
    }
}

/* A handle may be passed on to a table that has been looked at and closed in one that has not: a handle that was closed
 * meanwhile makes the look void. arguments: seal, bits, how many */
int64_t core_mint_survey(struct thread_block *block, const uint64_t *arguments)
{
    enum { MOST = 65536, PIECE = 64 };
    const struct realm *realm = block->coprocess->realm;
    uint64_t address = arguments[1], count = arguments[2], bits[MOST / 64], length = count / 8;
    struct handle seal;
    int64_t error = find_seal(block, arguments[0], &seal);
    if (error)
        return error;
    if (count % PIECE != 0 || count > MOST)
        return -EINVAL;
    if (core_fetch(block, bits, address, length))
        return -EFAULT;
    uint32_t closed = realm->references_closed;
    barrier_everywhere(); /* derive */
    for (uint32_t index = 0; index < realm->coprocess_limit; index++)
        note_badges(core_coprocess_at(realm, index), &seal, bits, count);
    if (realm->references_closed != closed)
        return -EAGAIN;
    return core_put(block, address, bits, length);
}
