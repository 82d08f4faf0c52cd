/* SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc: a small block that was freed before, or one of the heap.
 */
#include <stdlib.h>

#include "heap.h"

static void *heap_malloc(size_t size)
{
    void *memory;

    if (size <= SMALL_MAX && !libc.need_locks && (memory = take_small(class_of(size))))
        return memory;
    return __heap_allocate(size);
}

/* Of the C library itself, whatever malloc the program has. */
void *__libc_malloc(size_t size)
{
    return heap_malloc(size);
}

weak_alias(heap_malloc, malloc);

int __malloc_is_ours(void)
{
    return malloc == heap_malloc;
}
