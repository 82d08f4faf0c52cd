/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strncmp.
 */
#include <string.h>

#include "block.h"

#define BOUNDED 1
#define FUNCTIONS "strcmp.h"
#include "width.h"

int strncmp(const char *first, const char *second, size_t n)
{
    const unsigned char *left = (const unsigned char *)first, *right = (const unsigned char *)second;

    if (!n)
        return 0;
    return has_wide_blocks() ? compare32(left, right, n) : compare16(left, right, n);
}
