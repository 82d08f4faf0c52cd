/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memset: short ones by two stores that may overlap.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "memset.h"
#include "width.h"

static inline void set_ends(unsigned char *to, uint64_t pattern, size_t n)
{
    if (n >= 8) {
        AT(quad, to, 0) = pattern;
        AT(quad, to, n - 8) = pattern;
    } else if (n >= 4) {
        AT(word, to, 0) = (uint32_t)pattern;
        AT(word, to, n - 4) = (uint32_t)pattern;
    } else if (n >= 2) {
        AT(half, to, 0) = (uint16_t)pattern;
        AT(half, to, n - 2) = (uint16_t)pattern;
    } else if (n) {
        *to = (unsigned char)pattern;
    }
}

void *memset(void *start, int value, size_t n)
{
    uint64_t bytes = (unsigned char)value * 0x0101010101010101u;

    if (n <= 16)
        set_ends(start, bytes, n);
    else if (n <= 32)
        set_two16(start, bytes, n);
    else if (n <= 64)
        set_long16(start, bytes, n);
    else
        return has_wide_blocks() ? set_long32(start, bytes, n) : set_long16(start, bytes, n);
    return start;
}
