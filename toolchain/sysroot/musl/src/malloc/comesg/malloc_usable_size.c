/* SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc_usable_size.
 */
#include <malloc.h>

#include "heap.h"

size_t malloc_usable_size(void *memory)
{
    const struct block *block = block_of(memory);

    if (!memory)
        return 0;
    return block_size(block) - (block->size & MAPPED ? offsetof(struct block, next) : OVERHEAD);
}
