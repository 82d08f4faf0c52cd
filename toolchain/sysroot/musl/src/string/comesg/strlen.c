/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strlen: the first two blocks here, the rest in a loop for the processor.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "strlen.h"
#include "width.h"

size_t strlen(const char *string)
{
    const unsigned char *start = (const unsigned char *)string;
    const unsigned char *at = (const unsigned char *)((uintptr_t)start & -32ul);
    unsigned int found = (zeros16(at) | zeros16(at + 16) << 16) >> (start - at);

    if (found)
        return (size_t)__builtin_ctz(found);
    at += 32;
    return (size_t)((has_wide_blocks() ? find_end32(at) : find_end16(at)) - start);
}
