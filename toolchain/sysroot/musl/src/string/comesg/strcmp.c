/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strcmp: eight bytes at a time where neither string can end on the next page before its terminator.
 */
#include <string.h>

#include "block.h"

#define PAGE 4096
#define ONES 0x0101010101010101u
#define TOPS 0x8080808080808080u

static inline int near_page_end(const unsigned char *bytes)
{
    return ((uintptr_t)bytes & (PAGE - 1)) > PAGE - sizeof(quad);
}

static inline uint64_t has_zero(uint64_t value)
{
    return (value - ONES) & ~value & TOPS;
}

int strcmp(const char *first, const char *second)
{
    const unsigned char *left = (const unsigned char *)first, *right = (const unsigned char *)second;

    for (;;) {
        if (!near_page_end(left) && !near_page_end(right)) {
            uint64_t value = CONST_AT(quad, left, 0);
            if (value == CONST_AT(quad, right, 0) && !has_zero(value)) {
                left += sizeof(quad);
                right += sizeof(quad);
                continue;
            }
        }
        for (int i = 0; i < (int)sizeof(quad); i++, left++, right++)
            if (*left != *right || !*left)
                return *left - *right;
    }
}
