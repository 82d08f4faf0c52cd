/* SPDX-License-Identifier: BSD-2-Clause
 *
 * free: keeps small blocks for malloc.
 */
#include <stdlib.h>

#include "heap.h"

void free(void *memory)
{
    struct block *block = block_of(memory);

    if (memory && !libc.need_locks && is_small(block))
        keep_small(block);
    else
        __heap_release(memory);
}
