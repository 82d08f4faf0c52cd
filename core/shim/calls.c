/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The core's own operations that come through the system-call gate.
 */
#include "core/deaths.h"
#include "core/pools.h"
#include "core/shim/shim.h"

int64_t shim_coregister(struct thread_block *block, const uint64_t *arguments)
{
    return core_register(block, arguments[0], arguments[1], arguments[2]);
}

int64_t shim_colookup(struct thread_block *block, const uint64_t *arguments)
{
    return core_lookup(block, arguments[0], arguments[1]);
}

int64_t shim_cogetpid(struct thread_block *block, const uint64_t *arguments)
{
    unsigned state = claim_state(block->claim);
    if (state != CLAIM_LENT && state != CLAIM_HOME)
        return -ESRCH;
    int32_t pid = state == CLAIM_HOME ? block->caller_pid : block->caller->coprocess->pid;
    if (!core_in_region(block, arguments[0], sizeof pid) || core_copy((void *)arguments[0], &pid, sizeof pid))
        return -EFAULT;
    return 0;
}

int64_t shim_thread_create(struct thread_block *block, const uint64_t *arguments)
{
    return core_thread_create(block, arguments);
}

int64_t shim_coexec(struct thread_block *block, const uint64_t *arguments)
{
    return core_coexec(block, arguments);
}

int64_t shim_cogetvec(struct thread_block *block, const uint64_t *arguments)
{
    return core_vector(block, arguments[0], arguments[1]);
}

int64_t shim_coroot(struct thread_block *block, const uint64_t *arguments)
{
    return core_root(block, arguments[0]);
}

int64_t shim_codeath(struct thread_block *block, const uint64_t *arguments)
{
    return core_death_read(block, arguments);
}

int64_t shim_cokill(struct thread_block *block, const uint64_t *arguments)
{
    return core_kill(block, arguments);
}

int64_t shim_coidentify(struct thread_block *block, const uint64_t *arguments)
{
    return core_identify(block, arguments);
}

int64_t shim_getmxcsr(struct thread_block *block, const uint64_t *arguments)
{
    uint32_t mxcsr;
    (void)block;
    (void)arguments;
    __asm__("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr;
}

int64_t shim_setmxcsr(struct thread_block *block, const uint64_t *arguments)
{
    enum { DEFINED = 0xffff }; /* bits 16-31 are reserved: setting one raises #GP */
    if (arguments[0] & ~(uint64_t)DEFINED)
        return -EINVAL;
    block->mxcsr = (uint32_t)arguments[0];
    __asm__ volatile("ldmxcsr %0" : : "m"(block->mxcsr));
    return 0;
}

int64_t shim_copool(struct thread_block *block, const uint64_t *arguments)
{
    return core_pool_make(block, arguments[0], arguments[1], arguments[2], arguments[3]);
}

int64_t shim_copool_copy(struct thread_block *block, const uint64_t *arguments)
{
    return core_pool_copy(block, arguments[0], arguments[1]);
}

int64_t shim_copool_add(struct thread_block *block, const uint64_t *arguments)
{
    return core_pool_add(block, arguments[0], arguments[1]);
}

int64_t shim_copool_remove(struct thread_block *block, const uint64_t *arguments)
{
    return core_pool_remove(block, arguments[0], arguments[1]);
}

int64_t shim_copool_end(struct thread_block *block, const uint64_t *arguments)
{
    return core_pool_end(block, arguments[0]);
}
