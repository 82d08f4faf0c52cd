/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memcmp: short ones as numbers, of which the first byte is the highest.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "memcmp.h"
#include "width.h"

static inline int order(uint64_t left, uint64_t right)
{
    left = __builtin_bswap64(left);
    right = __builtin_bswap64(right);
    return left < right ? -1 : left > right;
}

/* Fewer than sixteen bytes: as one or two numbers. */
static int compare_short(const unsigned char *left, const unsigned char *right, size_t n)
{
    if (n >= 8) {
        int first = order(CONST_AT(quad, left, 0), CONST_AT(quad, right, 0));
        return first ? first : order(CONST_AT(quad, left, n - 8), CONST_AT(quad, right, n - 8));
    }
    if (n >= 4) {
        uint64_t a = CONST_AT(word, left, 0) | (uint64_t)CONST_AT(word, left, n - 4) << (n - 4) * 8;
        uint64_t b = CONST_AT(word, right, 0) | (uint64_t)CONST_AT(word, right, n - 4) << (n - 4) * 8;
        return order(a, b);
    }
    for (; n && *left == *right; n--, left++, right++)
        ;
    return n ? *left - *right : 0;
}

int memcmp(const void *first, const void *second, size_t n)
{
    if (n < 16)
        return compare_short(first, second, n);
    if (n >= 64 && has_wide_blocks())
        return compare_long32(first, second, n);
    return compare_long16(first, second, n);
}
