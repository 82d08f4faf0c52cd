/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memchr.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "memchr.h"
#include "width.h"

void *memchr(const void *memory, int value, size_t n)
{
    return has_wide_blocks() ? find_byte32(memory, value, n) : find_byte16(memory, value, n);
}
