/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memchr: the first two blocks here, the rest in a loop for the processor.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "memchr.h"
#include "width.h"

void *memchr(const void *memory, int value, size_t n)
{
    const unsigned char *start = memory;
    const unsigned char *at = (const unsigned char *)((uintptr_t)start & -32ul);
    const unsigned char *end = start + n < start ? (const unsigned char *)-1 : start + n;
    whole16 pattern = (whole16){0} + (char)value;
    unsigned int found;

    if (!n)
        return NULL;
    found = (equals16(at, pattern) | equals16(at + 16, pattern) << 16) >> (start - at);
    if (found)
        return (size_t)__builtin_ctz(found) < n ? (void *)(start + __builtin_ctz(found)) : NULL;
    at += 32;
    if (at >= end)
        return NULL;
    return (void *)(has_wide_blocks() ? find_byte32(at, end, (char)value) : find_byte16(at, end, (char)value));
}
