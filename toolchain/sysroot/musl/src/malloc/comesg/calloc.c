/* SPDX-License-Identifier: BSD-2-Clause
 *
 * calloc: a large block is a fresh mapping, which is zero; others are set to zero.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "block_cache.h"

void *__libc_malloc_impl(size_t);

void *calloc(size_t count, size_t size)
{
    size_t total;
    void *block;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    if (total >= MAPPING_MIN && __malloc_is_ours()) {
        block = __libc_malloc_impl(total);
        if (block && is_mapping(block))
            return block;
    } else {
        block = malloc(total);
    }
    return block ? memset(block, 0, total) : NULL;
}
