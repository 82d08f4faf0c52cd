/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memcmp: short ones as numbers, of which the first byte is the highest.
 */
#include <string.h>

#include "block.h"

static inline int order(uint64_t left, uint64_t right)
{
    return left < right ? -1 : left > right;
}

static inline uint64_t number(const unsigned char *bytes)
{
    return __builtin_bswap64(CONST_AT(quad, bytes, 0));
}

static inline uint64_t short_number(const unsigned char *bytes, size_t last)
{
    return (uint64_t)__builtin_bswap32(CONST_AT(word, bytes, 0)) << 32 | __builtin_bswap32(CONST_AT(word, bytes, last));
}

/* Of one to three bytes. */
static inline int tiny_number(const unsigned char *bytes, size_t n)
{
    return bytes[0] << 16 | bytes[n / 2] << 8 | bytes[n - 1];
}

/* Fewer than 16 bytes. */
static inline __attribute__((always_inline)) int compare_short(const unsigned char *left, const unsigned char *right,
                                                               size_t n)
{
    int first;

    if (n >= 8) {
        first = order(number(left), number(right));
        return first ? first : order(number(left + n - 8), number(right + n - 8));
    }
    if (n >= 4)
        return order(short_number(left, n - 4), short_number(right, n - 4));
    return n ? tiny_number(left, n) - tiny_number(right, n) : 0;
}

#define FUNCTIONS "memcmp.h"
#include "width.h"

int memcmp(const void *left, const void *right, size_t n)
{
    return has_wide_blocks() ? compare32(left, right, n) : compare16(left, right, n);
}
