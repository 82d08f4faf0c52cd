/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The heap: blocks that touch each other, each with its size in front. Free ones are merged with free neighbours and
 * kept in bins by size. In front of that, small blocks that were freed are kept as they are, by their size, until the
 * heap would have to grow, and of the others the one that was freed last. Large blocks are mappings of their own.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "libc.h"

#define GRAIN 16
/* What a block takes beyond what it gives. */
#define OVERHEAD 8
#define SMALLEST 32
#define CLASSES 66 /* of small blocks, by size: up to 1 KiB and the overhead */
#define SMALL_MAX ((CLASSES - 1) * GRAIN - OVERHEAD)
#define EXACT_BINS 64 /* of free blocks of one size each, below 1 KiB */
#define BINS 240      /* beyond it, eight for each power of two, up to 4 GiB */
#define KEPT_MAX ((size_t)2 << 20)
#define SIZE_LIMIT ((size_t)1 << 32)

/* In the lowest bits of the size. */
#define PREVIOUS_IN_USE 1
#define MAPPED 2

struct block {
    size_t previous; /* size of the block in front while that is free, else part of it; of a mapping: bytes in front */
    size_t size;
    /* The memory that malloc gives begins here; in a free block: its neighbours in the list. */
    struct block *next;
    struct block *last;
};

struct heap {
    struct block *small[CLASSES];
    struct block *kept; /* the last larger one that was freed, which counts as in use */
    struct block *bins[BINS];
    uint64_t filled[BINS / 64 + 1]; /* a bit for each bin */
    struct block *top;              /* the free rest at the end */
    char *end;
    char *used;        /* nothing behind it but the size of the top has ever been written */
    char *used_before; /* the last block was cut from the top */
    size_t mapping_min;
    int in_break; /* the end is the program's break */
    volatile int lock[1];
};

extern hidden struct heap __heap;

/* These take the lock if there are threads. */
hidden void *__heap_allocate(size_t size);
hidden void __heap_release(void *memory);
hidden void *__heap_resize(void *memory, size_t size);
hidden void *__heap_align(size_t alignment, size_t size);
hidden void *__heap_allocate_zero(size_t size);
/* The program has not brought its own malloc. */
hidden int __malloc_is_ours(void);

static inline struct block *block_of(const void *memory)
{
    return (struct block *)((char *)memory - offsetof(struct block, next));
}

static inline size_t block_size(const struct block *block)
{
    return block->size & -(size_t)GRAIN;
}

static inline size_t class_of(size_t size)
{
    size_t class = (size + OVERHEAD + GRAIN - 1) / GRAIN;

    return class < SMALLEST / GRAIN ? SMALLEST / GRAIN : class;
}

static inline void *take_small(size_t class)
{
    struct block *block = __heap.small[class];

    if (!block)
        return NULL;
    __heap.small[class] = block->next;
    return &block->next;
}

static inline void keep_small(struct block *block)
{
    struct block **list = &__heap.small[block->size / GRAIN];

    block->next = *list;
    *list = block;
}

static inline int is_small(const struct block *block)
{
    return block->size < CLASSES * GRAIN && !(block->size & MAPPED);
}

#endif
