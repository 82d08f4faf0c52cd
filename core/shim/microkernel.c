/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the core offers to the services of the microkernel, and to programs that use ports (comesg/microkernel.h).
 */
#include "core/derivation.h"
#include "core/ports.h"
#include "core/seals.h"
#include "core/shim/shim.h"

#include "comesg/microkernel.h"

static bool is_member(const struct thread_block *block)
{
    return block->coprocess->microkernel;
}

/* Gives what was made with this result to the program. */
static int64_t give(struct thread_block *block, int64_t error, uint64_t value, uint64_t address)
{
    return error ? error : shim_give_handle(block, value, address);
}

static bool takes(const struct thread_block *block, uint64_t address)
{
    return core_in_region(block, address, sizeof(uint64_t));
}

int64_t shim_comint_seal(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value = 0;
    if (!is_member(block))
        return -EPERM;
    if (!takes(block, arguments[1]))
        return -EFAULT;
    int64_t error = core_seal_make(block, arguments[0], &value);
    return give(block, error, value, arguments[1]);
}

int64_t shim_comint(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value = 0;
    if (!is_member(block))
        return -EPERM;
    if (!takes(block, arguments[4]))
        return -EFAULT;
    int64_t error = core_mint(block, arguments[0], arguments[1], arguments[2], arguments[3], &value);
    return give(block, error, value, arguments[4]);
}

static bool tell(const struct thread_block *block, uint64_t address, const void *from, uint64_t length)
{
    return address == 0 || (core_in_region(block, address, length) && !core_copy((void *)address, from, length));
}

static int64_t tell_mint(const struct thread_block *block, const struct handle *handle, const uint64_t *arguments)
{
    if (!tell(block, arguments[2], &handle->words[0], sizeof handle->words[0]) ||
        !tell(block, arguments[3], &handle->rights, sizeof handle->rights))
        return -EFAULT;
    return 0;
}

int64_t shim_comint_read(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    if (!is_member(block))
        return -EPERM;
    int64_t error = core_mint_read(block, arguments[0], arguments[1], &handle);
    return error ? error : tell_mint(block, &handle, arguments);
}

/* Identity of the co-process that calls, or 0. */
static uint64_t caller_of(const struct thread_block *block)
{
    switch (claim_state(block->claim)) {
    case CLAIM_LENT:
        return core_coprocess_identity(block->caller->coprocess);
    case CLAIM_HOME:
        return block->caller_identity;
    default:
        return 0;
    }
}

/* Gives the rights. A caller that has ended has no handles, nor has who got its place meanwhile anything to do with
 * this.
 */
int64_t shim_comint_read_caller(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    if (!is_member(block))
        return -EPERM;
    uint64_t identity = caller_of(block);
    if (identity == 0)
        return -ESRCH;
    const struct coprocess *caller = core_coprocess_at(block->coprocess->realm, (uint32_t)identity);
    int64_t error = core_mint_read_of(block, caller, arguments[0], arguments[1], &handle);
    if (core_coprocess_identity(caller) != identity)
        return -EBADF;
    if (error)
        return error;
    return tell(block, arguments[2], &handle.words[0], sizeof handle.words[0]) ? (int64_t)handle.rights : -EFAULT;
}

int64_t shim_comint_survey(struct thread_block *block, const uint64_t *arguments)
{
    return is_member(block) ? core_mint_survey(block, arguments[0], arguments[1], arguments[2]) : -EPERM;
}

int64_t shim_covault(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value = 0;
    if (!is_member(block))
        return -EPERM;
    if (!takes(block, arguments[0]))
        return -EFAULT;
    int64_t error = core_vault_make(block, &value);
    return give(block, error, value, arguments[0]);
}

int64_t shim_covault_put(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t token = 0;
    if (!is_member(block))
        return -EPERM;
    if (!takes(block, arguments[2]))
        return -EFAULT;
    int64_t error = core_vault_put(block, arguments[0], arguments[1], &token);
    if (!error && core_copy((void *)arguments[2], &token, sizeof token)) {
        core_vault_drop(block, arguments[0], token);
        error = -EFAULT;
    }
    return error;
}

int64_t shim_covault_get(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value = 0;
    if (!is_member(block))
        return -EPERM;
    if (!takes(block, arguments[3]))
        return -EFAULT;
    int64_t error = core_vault_get(block, arguments[0], arguments[1], arguments[2], &value);
    return give(block, error, value, arguments[3]);
}

int64_t shim_covault_drop(struct thread_block *block, const uint64_t *arguments)
{
    return is_member(block) ? core_vault_drop(block, arguments[0], arguments[1]) : -EPERM;
}

int64_t shim_covault_list(struct thread_block *block, const uint64_t *arguments)
{
    return is_member(block) ? core_vault_list(block, arguments[0], arguments[1], arguments[2]) : -EPERM;
}

/* Of a caller that is gone nothing but who it was is known. */
static void describe(const struct coprocess *coprocess, uint64_t identity, struct cocaller *caller)
{
    for (unsigned i = 0; i < COQUOTA_END; i++)
        caller->quotas[i] = coprocess->quota[i];
    caller->flags = coprocess->namespace_chosen ? COCALLER_NAMESPACE_CHOSEN : 0;
    if (core_coprocess_identity(coprocess) == identity)
        return;
    for (unsigned i = 0; i < COQUOTA_END; i++)
        caller->quotas[i] = 0;
    caller->flags = COCALLER_NAMESPACE_CHOSEN;
}

int64_t shim_cocaller(struct thread_block *block, const uint64_t *arguments)
{
    unsigned state = claim_state(block->claim);
    struct cocaller caller = {.size = 0};
    if (!is_member(block))
        return -EPERM;
    if (state != CLAIM_LENT && state != CLAIM_HOME)
        return -ESRCH;
    if (!core_in_region(block, arguments[0], sizeof caller) ||
        core_copy(&caller.size, (const void *)arguments[0], sizeof caller.size))
        return -EFAULT;
    if (caller.size != sizeof caller)
        return -EINVAL;
    const struct thread_block *from = block->caller;
    bool home = state == CLAIM_HOME;
    caller.pid = home ? block->caller_pid : from->coprocess->pid;
    caller.identity = home ? block->caller_identity : core_coprocess_identity(from->coprocess);
    caller.cookie = home ? block->caller_cookie : from->cookie;
    describe(core_coprocess_at(block->coprocess->realm, (uint32_t)caller.identity), caller.identity, &caller);
    return core_copy((void *)arguments[0], &caller, sizeof caller) ? -EFAULT : 0;
}

int64_t shim_coalive(struct thread_block *block, const uint64_t *arguments)
{
    const struct realm *realm = block->coprocess->realm;
    if (!is_member(block))
        return -EPERM;
    if ((uint32_t)arguments[0] >= realm->coprocess_limit)
        return 0;
    const struct coprocess *coprocess = core_coprocess_at(realm, (uint32_t)arguments[0]);
    return core_coprocess_identity(coprocess) == arguments[0] && coprocess->pid != 0;
}

int64_t shim_colauncher(struct thread_block *block, const uint64_t *arguments)
{
    const struct realm *realm = block->coprocess->realm;
    if (!is_member(block))
        return -EPERM;
    if ((uint32_t)arguments[0] >= realm->coprocess_limit)
        return -ESRCH;
    const struct coprocess *coprocess = core_coprocess_at(realm, (uint32_t)arguments[0]);
    uint64_t launcher = coprocess->launcher;
    if (core_coprocess_identity(coprocess) != arguments[0])
        return -ESRCH;
    return takes(block, arguments[1]) && tell(block, arguments[1], &launcher, sizeof launcher) ? 0 : -EFAULT;
}

/* A block is one co-process's as long as its incarnation stays. */
int64_t shim_cotarget_identity(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    if (!is_member(block))
        return -EPERM;
    if (core_handle_read(block, arguments[0], &handle) ||
        (handle.kind != HANDLE_KIND_TARGET && handle.kind != HANDLE_KIND_POOL) || core_handle_is_stale(&handle))
        return -EBADF;
    if (handle.kind == HANDLE_KIND_POOL)
        return -EINVAL;
    const struct thread_block *target = handle.object;
    uint64_t identity = core_coprocess_identity(target->coprocess);
    if (target->incarnation != handle.incarnation)
        return -EBADF;
    return takes(block, arguments[1]) && tell(block, arguments[1], &identity, sizeof identity) ? 0 : -EFAULT;
}

int64_t shim_cowake(struct thread_block *block, const uint64_t *arguments)
{
    return is_member(block) ? core_wake_cookie(block, arguments[0]) : -EPERM;
}

int64_t shim_coport_control(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value = 0;
    if (!is_member(block))
        return -EPERM;
    if (!takes(block, arguments[2]))
        return -EFAULT;
    int64_t error = core_port_make(block, arguments[0], arguments[1], &value);
    return give(block, error, value, arguments[2]);
}

int64_t shim_coport_publish(struct thread_block *block, const uint64_t *arguments)
{
    return is_member(block) ? core_port_publish(block, arguments[0], arguments[1]) : -EPERM;
}

int64_t shim_coport_shut(struct thread_block *block, const uint64_t *arguments)
{
    return is_member(block) ? core_port_shut(block, arguments[0]) : -EPERM;
}

int64_t shim_coring_send(struct thread_block *block, const uint64_t *arguments)
{
    return core_ring_send(block, arguments[0], arguments[1], arguments[2]);
}

int64_t shim_coring_receive(struct thread_block *block, const uint64_t *arguments)
{
    return core_ring_receive(block, arguments[0], arguments[1], arguments[2]);
}

int64_t shim_coport_wait(struct thread_block *block, const uint64_t *arguments)
{
    return core_port_wait(block, arguments[0], arguments[1], arguments[2]);
}

int64_t shim_coport_type(struct thread_block *block, const uint64_t *arguments)
{
    return core_port_type(block, arguments[0]);
}
