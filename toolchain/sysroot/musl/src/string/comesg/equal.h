/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is looked for is a byte (see pair.h).
 */
static inline WHOLE NAME(marks)(const unsigned char *at, size_t offset, WHOLE pattern)
{
    return (WHOLE)CONST_AT(BLOCK, at, offset) == pattern;
}

static inline WHOLE NAME(both)(WHOLE a, WHOLE b)
{
    return a | b;
}

static inline unsigned int NAME(found)(WHOLE marks)
{
    return MASK(marks);
}
