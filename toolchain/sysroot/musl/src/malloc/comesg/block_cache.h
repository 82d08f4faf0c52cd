/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Blocks that the program has freed and may soon want again, in front of the allocator (MALLOC_DIR), to which they are
 * in use. They are kept only while the program has one thread, so there are no locks. The size of a block is in the
 * word in front of it; it is a multiple of the grain but for mappings.
 */
#ifndef BLOCK_CACHE_H
#define BLOCK_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "libc.h"

#define GRAIN 32
#define OVERHEAD 16
#define CLASSES 34      /* blocks of up to 1 KiB */
#define DEPTH 128       /* so many of a class */
#define LARGE_BLOCKS 8  /* so many in all */
#define LARGE_MIN 0x800 /* blocks of 2 KiB to 8 MiB */
#define LARGE_MAX (8 << 20)
#define MAPPING_MIN 0x38000 /* what the allocator makes a mapping of */

struct free_block {
    struct free_block *next;
};

struct block_cache {
    struct free_block *blocks[CLASSES];
    unsigned char counts[CLASSES];
    void *large[LARGE_BLOCKS];
    unsigned int next_large;
};

extern hidden struct block_cache __block_cache;
/* The program has not brought its own malloc. */
hidden int __malloc_is_ours(void);

/* With overhead. The lowest bit of the word marks what is not a mapping. */
static inline size_t block_size(const void *block)
{
    return ((const size_t *)block)[-1] & -(size_t)2;
}

static inline int is_mapping(const void *block)
{
    return !(((const size_t *)block)[-1] & 1);
}

#endif
