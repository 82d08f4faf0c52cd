/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memmove and memcpy, which are the same function.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "memmove.h"
#include "width.h"

static inline void move_ends(unsigned char *to, const unsigned char *from, size_t n)
{
    if (n >= 8) {
        quad first = CONST_AT(quad, from, 0), last = CONST_AT(quad, from, n - 8);
        AT(quad, to, 0) = first;
        AT(quad, to, n - 8) = last;
    } else if (n >= 4) {
        word first = CONST_AT(word, from, 0), last = CONST_AT(word, from, n - 4);
        AT(word, to, 0) = first;
        AT(word, to, n - 4) = last;
    } else if (n >= 2) {
        half first = CONST_AT(half, from, 0), last = CONST_AT(half, from, n - 2);
        AT(half, to, 0) = first;
        AT(half, to, n - 2) = last;
    } else if (n) {
        *to = *from;
    }
}

void *memmove(void *to, const void *from, size_t n)
{
    if (n < 16) {
        move_ends(to, from, n);
    } else if (n <= 32) {
        block16 first = CONST_AT(block16, from, 0), last = CONST_AT(block16, from, n - 16);
        AT(block16, to, 0) = first;
        AT(block16, to, n - 16) = last;
    } else if (n <= 64) {
        move_four16(to, from, n);
    } else {
        return has_wide_blocks() ? move_long32(to, from, n) : move_long16(to, from, n);
    }
    return to;
}

extern void *memcpy(void *restrict, const void *restrict, size_t) __attribute__((alias("memmove")));
