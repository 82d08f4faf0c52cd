/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is looked for is a zero among the marks (see pair.h).
 */
static inline WHOLE NAME(both)(WHOLE a, WHOLE b)
{
    return NAME(smaller)(a, b);
}

static inline unsigned int NAME(found)(WHOLE marks)
{
    return MASK(marks == (WHOLE){0});
}
