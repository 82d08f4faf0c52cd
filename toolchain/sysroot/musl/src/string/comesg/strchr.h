/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The place of a byte, or of the end of a string.
 */
static inline WHOLE NAME(marks)(const unsigned char *at, size_t offset, WHOLE pattern)
{
    WHOLE bytes = (WHOLE)CONST_AT(BLOCK, at, offset);
    bytes = NAME(smaller)(bytes, bytes ^ pattern);
    HOLD(bytes);
    return bytes;
}

#include "zero.h"

#include "find.h"

static HOT char *NAME(find_byte_or_end)(const char *start, int value)
{
    return (char *)NAME(find)((const unsigned char *)start, (WHOLE){0} + (char)value, 0, NULL);
}

static HOT char *NAME(find_byte)(const char *start, int value)
{
    const unsigned char *place = NAME(find)((const unsigned char *)start, (WHOLE){0} + (char)value, 0, NULL);
    return *place == (unsigned char)value ? (char *)place : NULL;
}
