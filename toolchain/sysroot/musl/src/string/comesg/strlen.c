/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strlen and strnlen.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "strlen.h"
#include "width.h"

size_t strlen(const char *string)
{
    return has_wide_blocks() ? length32((const unsigned char *)string) : length16((const unsigned char *)string);
}

size_t strnlen(const char *string, size_t n)
{
    const unsigned char *start = (const unsigned char *)string;
    return has_wide_blocks() ? length_up_to32(start, n) : length_up_to16(start, n);
}
