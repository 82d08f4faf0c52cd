/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strrchr.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "strrchr.h"
#include "width.h"

char *strrchr(const char *string, int value)
{
    const unsigned char *start = (const unsigned char *)string;
    return (char *)(has_wide_blocks() ? find_last32(start, value) : find_last16(start, value));
}
