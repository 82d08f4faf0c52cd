/* SPDX-License-Identifier: BSD-2-Clause
 *
 * realloc: in place if it can be.
 */
#include <stdlib.h>

#include "heap.h"

void *realloc(void *memory, size_t size)
{
    return memory ? __heap_resize(memory, size) : malloc(size);
}
