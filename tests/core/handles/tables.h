/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A realm without programs: core memory with some co-processes, a kernel thread each, so that the handle tables of the
 * core can be tested in an ordinary process.
 */
#ifndef COMESG_TESTS_CORE_TABLES_H
#define COMESG_TESTS_CORE_TABLES_H

#include "core/call.h"
#include "core/derivation.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the core needs of the kernel. */
long core_kernel(long number, long a, long b, long c, long d, long e, long f)
{
    return syscall(number, a, b, c, d, e, f);
}

void core_notify_supervisor(struct realm *realm)
{
    realm->fault_events++;
}

int64_t core_request(struct thread_block *block, uint32_t operation, const uint64_t arguments[REQUEST_ARGUMENTS])
{
    (void)block;
    (void)operation;
    (void)arguments;
    return 0;
}

void core_wake_waiters_for(struct realm *realm, uint64_t target)
{
    (void)realm;
    (void)target;
}

static inline void *tables_map(uint64_t address, size_t size)
{
    void *memory = mmap((void *)address, size, PROT_READ | PROT_WRITE,
                        MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static inline void tables_prepare(struct coprocess *coprocess, uint32_t index, struct realm *realm, uint32_t limit)
{
    uint32_t incarnation = coprocess->incarnation + 1;
    memset(coprocess, 0, sizeof *coprocess);
    coprocess->incarnation = incarnation;
    coprocess->index = index;
    coprocess->realm = realm;
    coprocess->handle_limit = limit;
}

static inline struct thread_block *tables_block(const struct realm *realm, uint32_t index)
{
    return core_block_of(realm, index + 1);
}

/* Kernel thread i belongs to co-process i % members; the other co-processes have none. */
static inline struct realm *tables_create_threads(uint32_t coprocesses, uint32_t members, uint32_t threads,
                                                  uint32_t limit)
{
    const size_t size = CORE_SLOTS + (uint64_t)threads * CORE_SLOT_SIZE;
    void *area = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) {
        perror("mmap");
        exit(EXIT_FAILURE);
    }
    struct realm *realm = tables_map((uint64_t)area, sizeof(struct realm));
    realm->core_area = (uint64_t)area;
    tables_map((uint64_t)area + CORE_COPROCESSES, (uint64_t)coprocesses * CORE_COPROCESS_SIZE);
    for (uint32_t i = 0; i < coprocesses; i++)
        tables_prepare(core_coprocess_at(realm, i), i, realm, limit);
    for (uint32_t i = 0; i < threads; i++) {
        struct thread_block *block = tables_block(realm, i);
        tables_map((uint64_t)block & ~UINT64_C(4095), sizeof *block);
        block->coprocess = core_coprocess_at(realm, i % members);
        block->home.owner = i + 1;
        block->home.pid = 1;
        block->home.tid_word = 1;
        block->owner_word = owner_word(i + 1);
        realm->slot_use[i] = i % members + 1;
    }
    realm->coprocess_limit = coprocesses;
    realm->slot_limit = threads;
    return realm;
}

static inline struct realm *tables_create(uint32_t coprocesses, uint32_t limit)
{
    return tables_create_threads(coprocesses, coprocesses, coprocesses, limit);
}

/* The supervisor's part of the end of a co-process and of the start of the next one in its place. */
static inline void tables_restart(struct coprocess *coprocess)
{
    coprocess->dying = 1;
    while (!core_handles_end(coprocess))
        sched_yield();
    memset(handle_table(coprocess), 0, coprocess->handle_used * sizeof(struct handle_entry));
    tables_prepare(coprocess, coprocess->index, coprocess->realm, coprocess->handle_limit);
}

struct tables_random {
    uint64_t state;
};

static inline uint64_t tables_random(struct tables_random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return random->state;
}

#endif
