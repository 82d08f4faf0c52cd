/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memset: blocks from both ends, a loop between them for what is longer.
 */
#include <string.h>

#include "block.h"

#define STEP (4 * BLOCK)

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

static inline void set_step(unsigned char *to, block pattern)
{
    AT(block, to, 0) = pattern;
    AT(block, to, BLOCK) = pattern;
    AT(block, to, 2 * BLOCK) = pattern;
    AT(block, to, 3 * BLOCK) = pattern;
}

static inline void set_blocks(unsigned char *to, block pattern, size_t n)
{
    AT(block, to, 0) = pattern;
    AT(block, to, n - BLOCK) = pattern;
    if (n <= 2 * BLOCK)
        return;
    AT(block, to, BLOCK) = pattern;
    AT(block, to, n - 2 * BLOCK) = pattern;
}

void *memset(void *start, int value, size_t n)
{
    unsigned char *to = start, *end = to + n;
    uint64_t bytes = (unsigned char)value * 0x0101010101010101u;
    typedef uint64_t pair __attribute__((vector_size(16)));
    block pattern = (block)(pair){bytes, bytes};

    if (n <= BLOCK) {
        set_ends(to, bytes, n);
    } else if (n <= STEP) {
        set_blocks(to, pattern, n);
    } else {
        for (; (size_t)(end - to) > STEP; to += STEP)
            set_step(to, pattern);
        set_step(end - STEP, pattern);
    }
    return start;
}
