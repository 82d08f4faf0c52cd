/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who calls, and who is who (comesg/microkernel.h).
 */
#include "core/derivation.h"
#include "core/seals.h"
#include "core/shim/shim.h"

#include "comesg/microkernel.h"

/* The caller of this context: 0 or -ESRCH. */
static int64_t find_caller(const struct thread_block *block, struct cocaller *caller)
{
    const struct thread_block *from = block->caller;
    switch (claim_state(block->claim)) {
    case CLAIM_LENT:
        caller->pid = from->coprocess->pid;
        caller->identity = core_coprocess_identity(from->coprocess);
        caller->cookie = from->cookie;
        return 0;
    case CLAIM_HOME:
        caller->pid = block->caller_pid;
        caller->identity = block->caller_identity;
        caller->cookie = block->caller_cookie;
        return 0;
    default:
        return -ESRCH;
    }
}

int64_t shim_cogetpid(struct thread_block *block, const uint64_t *arguments)
{
    struct cocaller caller;
    int64_t error = find_caller(block, &caller);
    return error ? error : core_put(block, arguments[0], &caller.pid, sizeof caller.pid);
}

/* Of a caller that is gone nothing but who it was is known. */
static void describe(const struct realm *realm, struct cocaller *caller)
{
    const struct coprocess *coprocess = core_coprocess_at(realm, (uint32_t)caller->identity);
    for (unsigned i = 0; i < COQUOTA_END; i++)
        caller->quotas[i] = coprocess->quota[i];
    caller->flags = coprocess->namespace_chosen ? COCALLER_NAMESPACE_CHOSEN : 0;
    if (core_coprocess_identity(coprocess) == caller->identity)
        return;
    for (unsigned i = 0; i < COQUOTA_END; i++)
        caller->quotas[i] = 0;
    caller->flags = COCALLER_NAMESPACE_CHOSEN;
}

int64_t shim_cocaller(struct thread_block *block, const uint64_t *arguments)
{
    struct cocaller caller = {.size = 0};
    int64_t error = find_caller(block, &caller);
    if (!error)
        error = core_fetch(block, &caller.size, arguments[0], sizeof caller.size);
    if (error)
        return error;
    if (caller.size != sizeof caller)
        return -EINVAL;
    describe(block->coprocess->realm, &caller);
    return core_put(block, arguments[0], &caller, sizeof caller);
}

/* arguments: seal, handle, where the badge goes, or 0. Gives the rights. */
static int64_t read_minted(const struct thread_block *block, const struct coprocess *holder, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = core_mint_read(block, holder, arguments[0], arguments[1], &handle);
    if (!error && arguments[2])
        error = core_put(block, arguments[2], &handle.words[0], sizeof handle.words[0]);
    return error ? error : handle.rights;
}

int64_t shim_comint_read(struct thread_block *block, const uint64_t *arguments)
{
    return read_minted(block, block->coprocess, arguments);
}

/* A caller that has ended has no handles, nor has who got its place meanwhile anything to do with this. */
int64_t shim_comint_read_caller(struct thread_block *block, const uint64_t *arguments)
{
    struct cocaller caller;
    int64_t error = find_caller(block, &caller);
    if (error)
        return error;
    const struct coprocess *holder = core_coprocess_at(block->coprocess->realm, (uint32_t)caller.identity);
    int64_t rights = read_minted(block, holder, arguments);
    return core_coprocess_identity(holder) == caller.identity ? rights : -EBADF;
}

/* The record that a co-process of this identity has, or had. */
static const struct coprocess *record_of(const struct thread_block *block, uint64_t identity)
{
    const struct realm *realm = block->coprocess->realm;
    return core_coprocess_at(realm, (uint32_t)identity < realm->coprocess_limit ? (uint32_t)identity : 0);
}

int64_t shim_coalive(struct thread_block *block, const uint64_t *arguments)
{
    const struct coprocess *coprocess = record_of(block, arguments[0]);
    return core_coprocess_identity(coprocess) == arguments[0] && coprocess->pid != 0;
}

int64_t shim_colauncher(struct thread_block *block, const uint64_t *arguments)
{
    const struct coprocess *coprocess = record_of(block, arguments[0]);
    uint64_t launcher = coprocess->launcher;
    if (core_coprocess_identity(coprocess) != arguments[0])
        return -ESRCH;
    return core_put(block, arguments[1], &launcher, sizeof launcher);
}

/* A block is one co-process's as long as its incarnation stays. */
int64_t shim_cotarget_identity(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    if (core_handle_read(block, arguments[0], &handle) || core_handle_is_stale(&handle))
        return -EBADF;
    if (handle.kind != HANDLE_KIND_TARGET)
        return handle.kind == HANDLE_KIND_POOL ? -EINVAL : -EBADF;
    const struct thread_block *target = handle.object;
    uint64_t identity = core_coprocess_identity(target->coprocess);
    if (target->incarnation != handle.incarnation)
        return -EBADF;
    return core_put(block, arguments[1], &identity, sizeof identity);
}
