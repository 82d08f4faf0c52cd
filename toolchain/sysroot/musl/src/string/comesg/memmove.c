/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memmove and memcpy, which are the same function.
 */
#include <string.h>

#include "block.h"
#include "less.h"

#define FUNCTIONS "memmove.h"
#include "width.h"

void *memmove(void *to, const void *from, size_t n)
{
    if (n < 16) {
        move_less16(to, from, n);
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
