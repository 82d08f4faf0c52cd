/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memrchr, by which strrchr goes, too.
 */
#include "block.h"

#define FUNCTIONS "memrchr.h"
#include "width.h"

void *__memrchr(const void *memory, int value, size_t n)
{
    return has_wide_blocks() ? find_last32(memory, value, n) : find_last16(memory, value, n);
}

extern __typeof(__memrchr) memrchr __attribute__((__weak__, alias("__memrchr")));
