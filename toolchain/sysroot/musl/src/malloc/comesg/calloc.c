/* SPDX-License-Identifier: BSD-2-Clause
 *
 * calloc: memory that the kernel has just given is zero already.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

void *calloc(size_t count, size_t size)
{
    size_t total;
    void *memory;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    if (total > SMALL_MAX && __malloc_is_ours())
        return __heap_allocate_zero(total);
    memory = malloc(total);
    return memory ? memset(memory, 0, total) : NULL;
}
