/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a context publishes about the memory of others that it touches, and waiting until it does not any more.
 */
#include "core/derivation.h"
#include "core/kernel.h"

#include <stdatomic.h>

void core_working_begin(struct thread_block *block, struct coprocess *first, struct coprocess *second)
{
    atomic_store_explicit(&block->working_number, block->working_number + 1, memory_order_relaxed);
    atomic_store_explicit(&block->working[0], first, memory_order_relaxed);
    block->working[1] = second; /* and a full fence: what follows sees whatever was ended before */
}

void core_working_end(struct thread_block *block)
{
    atomic_store_explicit(&block->working[0], NULL, memory_order_release);
    atomic_store_explicit(&block->working[1], NULL, memory_order_release);
}

bool core_working_on(const struct thread_block *block, const struct coprocess *coprocess)
{
    return (block->working[0] == coprocess || block->working[1] == coprocess) && !core_runner_is_dead(block);
}

void core_await_workers(const struct thread_block *actor, const struct coprocess *coprocess)
{
    struct realm *realm = coprocess->realm;
    uint32_t slot = 0;
    for (const struct thread_block *block; (block = core_next_block(realm, &slot));) {
        uint64_t number = block->working_number;
        while (core_working_on(block, coprocess) && block->working_number == number && !actor->force_out)
            kernel3(SYS_sched_yield, 0, 0, 0);
    }
}
