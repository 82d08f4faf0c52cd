/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The end of a string, by aligned blocks and then by aligned groups of four, which never reach into a page that the
 * string does not.
 */
#define STEP (4 * WIDTH)

static inline unsigned int NAME(zeros)(const unsigned char *at)
{
    return MASK((WHOLE)CONST_AT(BLOCK, at, 0) == (WHOLE){0});
}

static inline int NAME(step_has_zero)(const unsigned char *at)
{
    WHOLE a = (WHOLE)CONST_AT(BLOCK, at, 0), b = (WHOLE)CONST_AT(BLOCK, at, WIDTH);
    WHOLE c = (WHOLE)CONST_AT(BLOCK, at, 2 * WIDTH), d = (WHOLE)CONST_AT(BLOCK, at, 3 * WIDTH);
    return MASK(NAME(smaller)(NAME(smaller)(a, b), NAME(smaller)(c, d)) == (WHOLE){0}) != 0;
}

/* The string has been looked at up to an aligned block. */
static __attribute__((noinline)) const unsigned char *NAME(find_end)(const unsigned char *at)
{
    unsigned int found;

    for (; (uintptr_t)at & (STEP - 1); at += WIDTH)
        if ((found = NAME(zeros)(at)))
            return at + __builtin_ctz(found);
    while (!NAME(step_has_zero)(at))
        at += STEP;
    while (!(found = NAME(zeros)(at)))
        at += WIDTH;
    return at + __builtin_ctz(found);
}

#undef STEP
