/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The place of a byte, by aligned blocks and then by aligned groups of four.
 */
#define STEP (4 * WIDTH)

static inline unsigned int NAME(equals)(const unsigned char *at, WHOLE pattern)
{
    return MASK((WHOLE)CONST_AT(BLOCK, at, 0) == pattern);
}

static inline int NAME(step_has)(const unsigned char *at, WHOLE pattern)
{
    WHOLE a = (WHOLE)CONST_AT(BLOCK, at, 0) == pattern, b = (WHOLE)CONST_AT(BLOCK, at, WIDTH) == pattern;
    WHOLE c = (WHOLE)CONST_AT(BLOCK, at, 2 * WIDTH) == pattern, d = (WHOLE)CONST_AT(BLOCK, at, 3 * WIDTH) == pattern;
    return MASK((a | b) | (c | d)) != 0;
}

/* A block that begins in front of the end is read whole: it is aligned, so it ends on the same page. */
static __attribute__((noinline)) const unsigned char *NAME(find_byte)(const unsigned char *at, const unsigned char *end,
                                                                      char value)
{
    WHOLE pattern = (WHOLE){0} + value;
    unsigned int found = 0;
    size_t steps;

    for (; at < end && (uintptr_t)at & (STEP - 1); at += WIDTH)
        if ((found = NAME(equals)(at, pattern)))
            goto there;
    for (steps = at < end ? (size_t)(end - at) / STEP : 0; steps && !NAME(step_has)(at, pattern); steps--)
        at += STEP;
    for (; at < end; at += WIDTH)
        if ((found = NAME(equals)(at, pattern)))
            goto there;
    return NULL;
there:
    at += __builtin_ctz(found);
    return at < end ? at : NULL;
}

#undef STEP
