/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pools of workers, and what a call can go to.
 */
#ifndef COMESG_CORE_POOLS_H
#define COMESG_CORE_POOLS_H

#include "core/core.h"

enum { POOLS_PER_COPROCESS = 64 };

/* Type-stable like a thread block. Every change is one store. */
struct pool {
    _Atomic uint64_t use;   /* incarnation << 32 | index + 1 of the co-process that made it; low half 0: free */
    _Atomic uint32_t maker; /* the kernel thread that is making it: no handle names it yet; 0: done */
    uint32_t flags;         /* POOL_SLOW */
    _Atomic uint32_t limit; /* workers from here on were never used */
    _Atomic uint32_t hint;  /* where a free worker may be */
    _Atomic uint64_t workers[POOL_WORKERS_MAX]; /* incarnation << 32 | slot + 1 of a thread block; 0: none */
};
_Static_assert(sizeof(struct pool) <= CORE_POOL_SIZE, "a pool fits its place");
_Static_assert(offsetof(struct pool, use) == POOL_USE, "use");
_Static_assert(offsetof(struct pool, flags) == POOL_FLAGS, "flags");
_Static_assert(offsetof(struct pool, hint) == POOL_HINT, "hint");
_Static_assert(offsetof(struct pool, workers) == POOL_WORKERS, "workers");

#pragma GCC visibility push(hidden)

core_maker core_pool_make, core_pool_copy;
core_operation core_pool_add, core_pool_remove, core_pool_end;
/* For the supervisor: the co-process has ended. */
void core_pools_end(const struct coprocess *);

#pragma GCC visibility pop

static inline bool core_names_pool(const struct realm *realm, uint64_t target)
{
    return target - (realm->core_area + CORE_POOLS) < (uint64_t)CORE_POOLS_MAX * CORE_POOL_SIZE;
}

static inline bool core_pool_ended(const struct pool *pool, uint32_t incarnation)
{
    uint64_t use = pool->use;
    return (uint32_t)use == 0 || use >> 32 != incarnation;
}

#endif
