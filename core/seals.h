/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Seals, what is made with them, and vaults: what the services of the microkernel have to be able to do so that their
 * clients need not trust more than the core with their handles (comesg/microkernel.h).
 */
#ifndef COMESG_CORE_SEALS_H
#define COMESG_CORE_SEALS_H

#include "core/pools.h"

/* Type-stable. Every change is one exchange of `use`. */
struct seal {
    _Atomic uint64_t use; /* incarnation << 32 | index + 1 of the co-process that made it; low half 0: free */
    uint32_t kind;        /* COHANDLE_* of what is made with it */
};

/* A handle made with a seal: kind is the public one, object the seal, words[0] the badge, words[1] what it stands for
 * in the core: incarnation << 32 | place + 1 of a port, or of a thread's slot, or of a pool with this bit. 0: nothing.
 */
#define MINTED_POOL (UINT64_C(1) << MINTED_POOL_BIT)

#pragma GCC visibility push(hidden)

core_maker core_seal_make, core_mint;
core_operation core_mint_survey;
/* What a handle of this co-process, made with this seal, says: 0, -EBADF or -EPERM. Its table may be cleared meanwhile.
 */
int64_t core_mint_read(const struct thread_block *, const struct coprocess *holder, uint64_t seal, uint64_t value,
                       struct handle *);
/* For the supervisor: the co-process has ended. */
void core_seals_end(const struct coprocess *);
/* False if the handle stands for nothing that can be called. */
bool core_minted_target(const struct realm *, const struct handle *, struct call_target *);
/* Every right that a handle of this kind can have. */
uint32_t core_rights_of(uint32_t kind);

/* vaults.c */
core_maker core_vault_make, core_vault_get;
core_operation core_vault_put, core_vault_drop, core_vault_list;

#pragma GCC visibility pop

static inline bool core_kind_is_minted(uint32_t kind)
{
    return kind >= COHANDLE_PORT && kind <= COHANDLE_CALLBACK;
}

static inline bool core_seal_ended(const struct seal *seal, uint32_t incarnation)
{
    uint64_t use = seal->use;
    return (uint32_t)use == 0 || use >> 32 != incarnation;
}

/* The object of a handle can never be used again. */
static inline bool core_handle_is_stale(const struct handle *handle)
{
    const struct thread_block *thread = handle->object;
    const struct coprocess *coprocess = handle->object;
    const struct memory_object *object = handle->object;
    switch (handle->kind) {
    case HANDLE_KIND_TARGET:
        return thread->incarnation != handle->incarnation || claim_state(thread->claim) == CLAIM_DYING;
    case HANDLE_KIND_POOL:
        return core_pool_ended(handle->object, handle->incarnation);
    case HANDLE_KIND_SEALED:
    case HANDLE_KIND_WINDOW:
    case COHANDLE_VAULT:
        return coprocess->incarnation != handle->incarnation || coprocess->dying;
    case HANDLE_KIND_MEMORY:
        return object->incarnation != handle->incarnation;
    default:
        return (core_kind_is_minted(handle->kind) || handle->kind == COHANDLE_SEAL) &&
               core_seal_ended(handle->object, handle->incarnation);
    }
}

#endif
