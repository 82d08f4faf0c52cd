/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making and changing pools of workers. There is no lock: a pool and each place for a worker in it are taken and given
 * back by one exchange of a word.
 */
#include "core/pools.h"

#include "core/call.h"
#include "core/derivation.h"
#include "core/seals.h"

#include "comesg/handle.h"

#include <stdatomic.h>

static struct pool *pool_at(const struct realm *realm, uint32_t index)
{
    return (struct pool *)(realm->core_area + CORE_POOLS + (uint64_t)index * CORE_POOL_SIZE);
}

static uint64_t worker_word(const struct call_target *worker)
{
    return (uint64_t)worker->incarnation << 32 | ((struct thread_block *)worker->object)->home.owner;
}

/* A worker is a thread that the co-process may call. */
static int64_t find_worker(struct thread_block *block, uint64_t value, struct call_target *worker)
{
    struct handle handle;
    if (core_handle_read(block, value, &handle))
        return -EBADF;
    if (handle.kind != HANDLE_KIND_TARGET)
        return handle.kind == HANDLE_KIND_POOL ? -EINVAL : -EBADF;
    if (!(handle.rights & CORIGHT_CALL))
        return -EACCES;
    *worker = (struct call_target){(uint64_t)handle.object, handle.incarnation};
    return 0;
}

/* The same to put it into a pool. Who gave somebody a handle could not take it back any more, if that could become a
 * pool: so it has to be a thread of one's own, or derived from nobody's handle. */
static int64_t find_new_worker(struct thread_block *block, uint64_t value, struct call_target *worker)
{
    int64_t error = find_worker(block, value, worker);
    if (error || ((const struct thread_block *)worker->object)->coprocess == block->coprocess)
        return error;
    const struct handle_entry *entry = &handle_table(block->coprocess)[(uint32_t)value];
    bool derived = entry->parent != 0;
    if (entry->value != value) /* `derived` may be a later handle's */
        return -EBADF;
    return derived ? -EACCES : 0;
}

/* A pool that the co-process may change. */
static int64_t find_pool(struct thread_block *block, uint64_t value, struct call_target *target)
{
    struct handle handle;
    if (core_handle_read(block, value, &handle) || handle.kind != HANDLE_KIND_POOL)
        return -EBADF;
    if (!(handle.rights & CORIGHT_PROVIDE))
        return -EACCES;
    *target = (struct call_target){(uint64_t)handle.object, handle.incarnation};
    return core_pool_ended(handle.object, handle.incarnation) ? -ENOLINK : 0;
}

static bool has(const struct pool *pool, uint64_t word)
{
    for (uint32_t i = 0; i < pool->limit; i++) {
        if (pool->workers[i] == word)
            return true;
    }
    return false;
}

/* Also in the place of a worker that has ended. */
static int64_t enter_worker(const struct realm *realm, struct pool *pool, uint64_t word)
{
    for (uint32_t i = 0; i < POOL_WORKERS_MAX; i++) {
        uint64_t present = pool->workers[i];
        if (present && !core_callee_gone(core_block_of(realm, (uint32_t)present), (uint32_t)(present >> 32)))
            continue;
        if (!atomic_compare_exchange_strong(&pool->workers[i], &present, word))
            continue;
        core_raise_limit(&pool->limit, i + 1);
        return 0;
    }
    return -ENOSPC;
}

/* Who changes a pool publishes that and looks once more whether it has ended; only then can a place that is free become
 * another pool's under his hands. */
static bool begin_change(struct thread_block *block, const struct call_target *target)
{
    struct pool *pool = (struct pool *)target->object;
    block->changes = pool;
    if (!core_pool_ended(pool, target->incarnation))
        return true;
    block->changes = NULL;
    return false;
}

static void end_change(struct thread_block *block)
{
    block->changes = NULL;
}

static bool is_being_changed(const struct realm *realm, const struct pool *pool)
{
    uint32_t slot = 0;
    for (const struct thread_block *block; (block = core_next_block(realm, &slot));) {
        if (block->changes == pool && !core_runner_is_dead(block))
            return true;
    }
    return false;
}

/* Takes a free place, or one that a kernel thread has left half made by dying. Only who has put himself into `maker`
 * makes a pool of it. */
static bool take_place(const struct realm *realm, struct pool *pool, uint32_t maker)
{
    uint32_t present = pool->maker;
    if ((present && !core_thread_is_dead(&core_block_of(realm, present)->home)) || pool->use >> 32 == UINT32_MAX ||
        (!present && (uint32_t)pool->use) || !atomic_compare_exchange_strong(&pool->maker, &present, maker))
        return false;
    if ((present || (uint32_t)pool->use == 0) && !is_being_changed(realm, pool))
        return true;
    pool->maker = 0; /* or somebody has made one meanwhile */
    return false;
}

static int64_t take_pool(const struct thread_block *block, struct pool **pool)
{
    const struct coprocess *coprocess = block->coprocess;
    struct realm *realm = coprocess->realm;
    uint32_t count = 0;
    for (uint32_t i = 0; i < realm->pool_limit; i++)
        count += (uint32_t)pool_at(realm, i)->use == coprocess->index + 1;
    if (count >= POOLS_PER_COPROCESS)
        return -EDQUOT;
    for (uint32_t i = 0; i < CORE_POOLS_MAX; i++) {
        *pool = pool_at(realm, i);
        if (!take_place(realm, *pool, claim_owner(block->owner_word)))
            continue;
        core_raise_limit(&realm->pool_limit, i + 1);
        (*pool)->use = (((*pool)->use >> 32) + 1) << 32 | (coprocess->index + 1);
        return 0;
    }
    return -ENOMEM;
}

static int64_t fill(struct thread_block *block, struct pool *pool, const uint64_t *values, uint64_t count)
{
    for (uint32_t i = 0; i < POOL_WORKERS_MAX; i++)
        pool->workers[i] = 0;
    pool->limit = 0;
    pool->hint = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct call_target worker;
        int64_t error = find_new_worker(block, values[i], &worker);
        if (error)
            return error;
        if (has(pool, worker_word(&worker)))
            return -EINVAL;
        pool->workers[i] = worker_word(&worker);
        pool->limit = (uint32_t)i + 1;
    }
    return 0;
}

/* False if it has ended already. */
static bool free_pool(struct pool *pool, uint32_t incarnation)
{
    uint64_t use = pool->use;
    return !core_pool_ended(pool, incarnation) &&
           atomic_compare_exchange_strong(&pool->use, &use, (uint64_t)incarnation << 32);
}

/* Gives a handle to the new pool, derived from `parent` if that is not 0: or nothing of it stays. */
static int64_t give_pool(struct thread_block *block, struct pool *pool, int64_t error, uint64_t parent, uint64_t *value)
{
    struct coprocess *coprocess = block->coprocess;
    struct handle handle = {.kind = HANDLE_KIND_POOL, .rights = CORIGHT_CALL | CORIGHT_PROVIDE};
    handle.object = pool;
    handle.incarnation = (uint32_t)(pool->use >> 32);
    if (!error)
        error = parent ? core_handle_derive(block, coprocess, parent, coprocess, &handle, value)
                       : core_handle_make(block, coprocess, &handle, value);
    if (error)
        free_pool(pool, handle.incarnation);
    pool->maker = 0;
    return error;
}

/* arguments: workers, how many, flags */
int64_t core_pool_make(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    uint64_t count = arguments[1], flags = arguments[2];
    uint64_t values[POOL_WORKERS_MAX];
    struct pool *pool;
    if (count > POOL_WORKERS_MAX || (flags & ~(uint64_t)POOL_SLOW))
        return -EINVAL;
    if (core_fetch(block, values, arguments[0], count * sizeof values[0]))
        return -EFAULT;
    int64_t error = take_pool(block, &pool);
    if (error)
        return error;
    pool->flags = (uint32_t)flags;
    return give_pool(block, pool, fill(block, pool, values, count), 0, value);
}

/* The pool that a service stands for. */
static int64_t find_service(struct thread_block *block, uint64_t value, struct call_target *target)
{
    const struct realm *realm = block->coprocess->realm;
    struct handle handle;
    if (core_handle_read(block, value, &handle) || handle.kind != COHANDLE_SERVICE ||
        !core_minted_target(realm, &handle, target) || !core_names_pool(realm, target->object))
        return -EBADF;
    if (!(handle.rights & CORIGHT_PROVIDE))
        return -EACCES;
    return core_pool_ended((const struct pool *)target->object, target->incarnation) ? -ENOLINK : 0;
}

static void copy_workers(struct pool *to, const struct pool *from)
{
    to->flags = from->flags;
    to->limit = from->limit;
    to->hint = 0;
    for (uint32_t i = 0; i < POOL_WORKERS_MAX; i++)
        to->workers[i] = from->workers[i];
}

/* A service that is given a further operation. The handle to the copy ends with that to the service. arguments: service
 */
int64_t core_pool_copy(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    uint64_t service = arguments[0];
    struct call_target source;
    struct pool *pool;
    int64_t error = find_service(block, service, &source);
    if (!error)
        error = take_pool(block, &pool);
    if (error)
        return error;
    const struct pool *from = (const struct pool *)source.object;
    copy_workers(pool, from);
    return give_pool(block, pool, core_pool_ended(from, source.incarnation) ? -ENOLINK : 0, service, value);
}

/* arguments: pool, worker; as of the next */
int64_t core_pool_add(struct thread_block *block, const uint64_t *arguments)
{
    struct call_target target, worker;
    int64_t error = find_pool(block, arguments[0], &target);
    if (!error)
        error = find_new_worker(block, arguments[1], &worker);
    if (error)
        return error;
    struct pool *pool = (struct pool *)target.object;
    struct thread_block *callee = (struct thread_block *)worker.object;
    if (core_callee_gone(callee, worker.incarnation))
        return -ENOLINK;
    if (!begin_change(block, &target))
        return -ENOLINK;
    error =
        has(pool, worker_word(&worker)) ? -EINVAL : enter_worker(block->coprocess->realm, pool, worker_word(&worker));
    end_change(block);
    if (error)
        return error;
    core_announce_waiter(callee); /* somebody may wait for the pool */
    core_serve_waiters(callee);
    return 0;
}

static int64_t leave_worker(struct pool *pool, uint64_t word)
{
    for (uint32_t i = 0; i < pool->limit; i++) {
        uint64_t present = word;
        if (atomic_compare_exchange_strong(&pool->workers[i], &present, 0))
            return 0;
    }
    return -ENOENT;
}

int64_t core_pool_remove(struct thread_block *block, const uint64_t *arguments)
{
    struct call_target target, worker;
    int64_t error = find_pool(block, arguments[0], &target);
    if (!error)
        error = find_worker(block, arguments[1], &worker);
    if (error)
        return error;
    if (!begin_change(block, &target))
        return -ENOLINK;
    error = leave_worker((struct pool *)target.object, worker_word(&worker));
    end_change(block);
    if (error)
        return error;
    core_serve_waiters((struct thread_block *)worker.object);
    core_wake_waiters_for(block->coprocess->realm, target.object);
    return 0;
}

/* arguments: pool */
int64_t core_pool_end(struct thread_block *block, const uint64_t *arguments)
{
    struct call_target target;
    int64_t error = find_pool(block, arguments[0], &target);
    if (error)
        return error;
    if (!free_pool((struct pool *)target.object, target.incarnation))
        return -ENOLINK;
    core_wake_waiters_for(block->coprocess->realm, target.object);
    return 0;
}

/* The supervisor wakes all who wait. */
void core_pools_end(const struct coprocess *coprocess)
{
    for (uint32_t i = 0; i < coprocess->realm->pool_limit; i++) {
        struct pool *pool = pool_at(coprocess->realm, i);
        uint64_t use = pool->use;
        if ((uint32_t)use == coprocess->index + 1) /* it may end otherwise meanwhile, and be another's */
            atomic_compare_exchange_strong(&pool->use, &use, use >> 32 << 32);
    }
}
