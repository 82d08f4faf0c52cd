/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strcmp: the first block here, the rest in a loop for the processor.
 */
#include <string.h>

#include "block.h"

#define PAGE 4096

/* Bytes that can be read of both without touching a further page. */
static inline size_t room_on_page(const unsigned char *left, const unsigned char *right)
{
    size_t a = PAGE - ((uintptr_t)left & (PAGE - 1)), b = PAGE - ((uintptr_t)right & (PAGE - 1));
    return a < b ? a : b;
}

#define FUNCTIONS "strcmp.h"
#include "width.h"

int strcmp(const char *first, const char *second)
{
    const unsigned char *left = (const unsigned char *)first, *right = (const unsigned char *)second;

    if (room_on_page(left, right) >= 16) {
        unsigned int stop = stops16(left, right);
        if (stop)
            return left[__builtin_ctz(stop)] - right[__builtin_ctz(stop)];
    }
    return has_wide_blocks() ? compare_strings32(left, right) : compare_strings16(left, right);
}
