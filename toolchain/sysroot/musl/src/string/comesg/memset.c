/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memset.
 */
#include <string.h>

#include "block.h"

/* Less than two blocks of 16 bytes. */
static inline void set_short(unsigned char *to, block16 pattern, size_t n)
{
    typedef uint64_t quads __attribute__((vector_size(16)));
    uint64_t bytes = ((quads)pattern)[0];

    if (n >= 16) {
        AT(block16, to, 0) = pattern;
        AT(block16, to, n - 16) = pattern;
    } else if (n >= 8) {
        AT(quad, to, 0) = bytes;
        AT(quad, to, n - 8) = bytes;
    } else if (n >= 4) {
        AT(word, to, 0) = (uint32_t)bytes;
        AT(word, to, n - 4) = (uint32_t)bytes;
    } else if (n >= 2) {
        AT(half, to, 0) = (uint16_t)bytes;
        AT(half, to, n - 2) = (uint16_t)bytes;
    } else if (n) {
        *to = (unsigned char)bytes;
    }
}

#define FUNCTIONS "memset.h"
#include "width.h"

void *memset(void *start, int value, size_t n)
{
    return has_wide_blocks() ? set32(start, value, n) : set16(start, value, n);
}
