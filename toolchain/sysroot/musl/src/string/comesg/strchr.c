/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strchr and strchrnul.
 */
#include <string.h>

#include "block.h"

#define FUNCTIONS "strchr.h"
#include "width.h"

char *strchr(const char *string, int value)
{
    return has_wide_blocks() ? find_byte32(string, value) : find_byte16(string, value);
}

char *__strchrnul(const char *string, int value)
{
    return has_wide_blocks() ? find_byte_or_end32(string, value) : find_byte_or_end16(string, value);
}

extern __typeof(__strchrnul) strchrnul __attribute__((__weak__, alias("__strchrnul")));
