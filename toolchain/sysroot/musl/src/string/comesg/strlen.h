/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The length of a string, and of one that has n bytes at most.
 */
static inline WHOLE NAME(marks)(const unsigned char *at, size_t offset, WHOLE unused)
{
    (void)unused;
    return (WHOLE)CONST_AT(BLOCK, at, offset);
}

#include "zero.h"

#include "find.h"

static HOT size_t NAME(length)(const unsigned char *start)
{
    return (size_t)(NAME(find)(start, (WHOLE){0}, 0, NULL) - start);
}

static HOT size_t NAME(length_up_to)(const unsigned char *start, size_t n)
{
    const unsigned char *end = start + n < start ? (const unsigned char *)-1 : start + n, *place;

    if (!n)
        return 0;
    place = NAME(find)(start, (WHOLE){0}, 1, end);
    return place < end ? (size_t)(place - start) : n;
}
