/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memcmp: eight bytes at a time, compared as big-endian numbers where they differ.
 */
#include <string.h>

#include "block.h"

static int order(uint64_t left, uint64_t right)
{
    left = __builtin_bswap64(left);
    right = __builtin_bswap64(right);
    return left < right ? -1 : left > right;
}

static int compare_short(const unsigned char *left, const unsigned char *right, size_t n)
{
    for (; n && *left == *right; n--, left++, right++)
        ;
    return n ? *left - *right : 0;
}

int memcmp(const void *left, const void *right, size_t n)
{
    size_t i = 0;

    if (n < 8)
        return compare_short(left, right, n);
    for (; i + 8 <= n; i += 8)
        if (CONST_AT(quad, left, i) != CONST_AT(quad, right, i))
            return order(CONST_AT(quad, left, i), CONST_AT(quad, right, i));
    if (i == n)
        return 0;
    return order(CONST_AT(quad, left, n - 8), CONST_AT(quad, right, n - 8));
}
