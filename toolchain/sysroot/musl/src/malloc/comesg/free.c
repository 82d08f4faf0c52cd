/* SPDX-License-Identifier: BSD-2-Clause
 *
 * free: keeps some blocks for malloc.
 */
#include <stdlib.h>

#include "block_cache.h"

void __libc_free(void *);

/* In place of the one that has been kept longest. */
static void *exchange_large(void *block)
{
    void **place = &__block_cache.large[__block_cache.next_large++ % LARGE_BLOCKS], *old = *place;

    *place = block;
    return old;
}

static __attribute__((noinline)) void give_back(void *block)
{
    if (block && !libc.need_locks && block_size(block) >= LARGE_MIN && block_size(block) <= LARGE_MAX)
        block = exchange_large(block);
    __libc_free(block);
}

void free(void *memory)
{
    struct free_block *block = memory;
    size_t bin;

    /* A mapping is larger than any class, but for one of an aligned block. */
    if (!block || (bin = block_size(block) / GRAIN) >= CLASSES || is_mapping(block) || libc.need_locks ||
        __block_cache.counts[bin] >= DEPTH) {
        give_back(block);
        return;
    }
    block->next = __block_cache.blocks[bin];
    __block_cache.blocks[bin] = block;
    __block_cache.counts[bin]++;
}
