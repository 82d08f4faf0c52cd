/* SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc: a block that was freed before, or one of the allocator.
 */
#include <stdlib.h>

#include "block_cache.h"

hidden struct block_cache __block_cache;

void *__libc_malloc_impl(size_t);
void __libc_free(void *);

static void *take_large(size_t size)
{
    for (int i = 0; i < LARGE_BLOCKS; i++) {
        void *block = __block_cache.large[i];
        if (block && block_size(block) >= size + OVERHEAD && block_size(block) - size <= size / 4) {
            __block_cache.large[i] = NULL;
            return block;
        }
    }
    return NULL;
}

/* Gives everything back; returns whether there was anything. */
static int empty_cache(void)
{
    int some = 0;

    for (int i = 0; i < LARGE_BLOCKS; i++) {
        some |= __block_cache.large[i] != NULL;
        __libc_free(__block_cache.large[i]);
        __block_cache.large[i] = NULL;
    }
    for (int bin = 0; bin < CLASSES; bin++) {
        while (__block_cache.blocks[bin]) {
            struct free_block *block = __block_cache.blocks[bin];
            __block_cache.blocks[bin] = block->next;
            __libc_free(block);
            some = 1;
        }
        __block_cache.counts[bin] = 0;
    }
    return some;
}

static __attribute__((noinline)) void *allocate(size_t size)
{
    void *block = NULL;

    if (size >= LARGE_MIN && size <= LARGE_MAX && !libc.need_locks)
        block = take_large(size);
    if (!block)
        block = __libc_malloc_impl(size);
    if (!block && !libc.need_locks && empty_cache())
        block = __libc_malloc_impl(size);
    return block;
}

static void *cached_malloc(size_t size)
{
    size_t bin = (size + OVERHEAD + GRAIN - 1) / GRAIN;
    struct free_block *block;

    if (size > (CLASSES - 1) * GRAIN - OVERHEAD || libc.need_locks || !(block = __block_cache.blocks[bin]))
        return allocate(size);
    __block_cache.blocks[bin] = block->next;
    __block_cache.counts[bin]--;
    return block;
}

/* Of the C library itself, whatever malloc the program has. */
void *__libc_malloc(size_t size)
{
    return __libc_malloc_impl(size);
}

weak_alias(cached_malloc, malloc);

int __malloc_is_ours(void)
{
    return malloc == cached_malloc;
}
