/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strlen and strnlen.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "strlen.h"
#include "width.h"

/* Most strings are short. */
size_t strlen(const char *string)
{
    const unsigned char *start = (const unsigned char *)string;
    unsigned int zeros;

    if (offset_in_page(start) <= PAGE - 16) {
        zeros = mask16((whole16)CONST_AT(block16, start, 0) == (whole16){0});
        if (zeros)
            return (size_t)__builtin_ctz(zeros);
    }
    return has_wide_blocks() ? length32(start) : length16(start);
}

size_t strnlen(const char *string, size_t n)
{
    const unsigned char *start = (const unsigned char *)string;
    return has_wide_blocks() ? length_up_to32(start, n) : length_up_to16(start, n);
}
