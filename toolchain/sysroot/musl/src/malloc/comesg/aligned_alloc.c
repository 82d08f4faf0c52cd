/* SPDX-License-Identifier: BSD-2-Clause
 *
 * aligned_alloc, which memalign and posix_memalign call.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "heap.h"

void *aligned_alloc(size_t alignment, size_t size)
{
    if (!alignment || alignment & (alignment - 1)) {
        errno = EINVAL;
        return NULL;
    }
    if (!__malloc_is_ours()) {
        errno = ENOMEM;
        return NULL;
    }
    return alignment <= GRAIN ? malloc(size) : __heap_align(alignment, size);
}
