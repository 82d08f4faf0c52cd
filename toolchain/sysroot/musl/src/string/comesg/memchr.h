/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The place of a byte.
 */
#include "equal.h"

#include "find.h"

static HOT void *NAME(find_byte)(const unsigned char *start, int value, size_t n)
{
    const unsigned char *end = start + n < start ? (const unsigned char *)-1 : start + n, *place;

    if (!n)
        return NULL;
    place = NAME(find)(start, (WHOLE){0} + (char)value, 1, end);
    return place < end ? (void *)place : NULL;
}
