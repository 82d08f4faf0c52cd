/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strcmp.
 */
#include <string.h>

#include "block.h"

#define BOUNDED 0
#define FUNCTIONS "strcmp.h"
#include "width.h"

int strcmp(const char *first, const char *second)
{
    const unsigned char *left = (const unsigned char *)first, *right = (const unsigned char *)second;
    return has_wide_blocks() ? compare32(left, right, 0) : compare16(left, right, 0);
}
