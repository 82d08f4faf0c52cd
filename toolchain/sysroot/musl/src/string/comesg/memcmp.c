/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memcmp: sixteen bytes at a time; the last ones overlap those before.
 */
#include <string.h>

#include "block.h"

typedef char bytes __attribute__((vector_size(16)));

static inline unsigned int differences(const unsigned char *left, const unsigned char *right)
{
    bytes same = (bytes)CONST_AT(block, left, 0) == (bytes)CONST_AT(block, right, 0);

    return (unsigned int)__builtin_ia32_pmovmskb128(same) ^ 0xffff;
}

static inline int order_in_block(const unsigned char *left, const unsigned char *right, unsigned int different)
{
    int at = __builtin_ctz(different);

    return left[at] - right[at];
}

static inline int order(uint64_t left, uint64_t right)
{
    left = __builtin_bswap64(left);
    right = __builtin_bswap64(right);
    return left < right ? -1 : left > right;
}

/* Fewer than sixteen bytes: as one or two numbers, the first byte being the highest. */
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
    const unsigned char *left = first, *right = second;
    unsigned int different;

    if (n < BLOCK)
        return compare_short(left, right, n);
    for (; n > BLOCK; n -= BLOCK, left += BLOCK, right += BLOCK)
        if ((different = differences(left, right)))
            return order_in_block(left, right, different);
    left += n - BLOCK;
    right += n - BLOCK;
    different = differences(left, right);
    return different ? order_in_block(left, right, different) : 0;
}
