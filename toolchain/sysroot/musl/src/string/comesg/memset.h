/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Setting from both ends, by stores that meet or overlap, with a loop of aligned stores between them for what is long.
 */
static inline void NAME(set_step)(unsigned char *to, BLOCK pattern)
{
    AT(BLOCK, to, 0) = pattern;
    AT(BLOCK, to, WIDTH) = pattern;
    AT(BLOCK, to, 2 * WIDTH) = pattern;
    AT(BLOCK, to, 3 * WIDTH) = pattern;
}

static HOT void *NAME(set)(void *start, int value, size_t n)
{
    unsigned char *to = start, *end = to + n;
    BLOCK pattern = (BLOCK)((WHOLE){0} + (char)value);

    if (n < WIDTH) {
        set_short(to, (block16)((whole16){0} + (char)value), n);
    } else if (n <= PAIR) {
        AT(BLOCK, to, 0) = pattern;
        AT(BLOCK, end, -WIDTH) = pattern;
    } else if (n <= STEP) {
        AT(BLOCK, to, 0) = pattern;
        AT(BLOCK, to, WIDTH) = pattern;
        AT(BLOCK, end, -2 * WIDTH) = pattern;
        AT(BLOCK, end, -WIDTH) = pattern;
    } else if (n <= 2 * STEP) {
        NAME(set_step)(to, pattern);
        NAME(set_step)(end - STEP, pattern);
    } else {
        AT(BLOCK, to, 0) = pattern;
        for (to += WIDTH - ((uintptr_t)to & (WIDTH - 1)); to + STEP < end; to += STEP)
            NAME(set_step)(to, pattern);
        NAME(set_step)(end - STEP, pattern);
    }
    return start;
}
