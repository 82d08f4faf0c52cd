/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Moving more than two blocks: up to sixteen everything is loaded before anything is stored, above that the direction
 * of the loop is chosen.
 */
static inline void NAME(move_step)(unsigned char *to, const unsigned char *from)
{
    BLOCK a = CONST_AT(BLOCK, from, 0), b = CONST_AT(BLOCK, from, WIDTH);
    BLOCK c = CONST_AT(BLOCK, from, 2 * WIDTH), d = CONST_AT(BLOCK, from, 3 * WIDTH);

    AT(BLOCK, to, 0) = a;
    AT(BLOCK, to, WIDTH) = b;
    AT(BLOCK, to, 2 * WIDTH) = c;
    AT(BLOCK, to, 3 * WIDTH) = d;
}

/* Two to four, and four to eight blocks from both ends, which meet or overlap in the middle. */
static inline void NAME(move_four)(unsigned char *to, const unsigned char *from, size_t n)
{
    const unsigned char *tail = from + n - 2 * WIDTH;
    unsigned char *end = to + n - 2 * WIDTH;
    BLOCK a = CONST_AT(BLOCK, from, 0), b = CONST_AT(BLOCK, from, WIDTH);
    BLOCK c = CONST_AT(BLOCK, tail, 0), d = CONST_AT(BLOCK, tail, WIDTH);

    AT(BLOCK, to, 0) = a;
    AT(BLOCK, to, WIDTH) = b;
    AT(BLOCK, end, 0) = c;
    AT(BLOCK, end, WIDTH) = d;
}

static inline void NAME(move_eight)(unsigned char *to, const unsigned char *from, size_t n)
{
    const unsigned char *tail = from + n - STEP;
    BLOCK a = CONST_AT(BLOCK, tail, 0), b = CONST_AT(BLOCK, tail, WIDTH);
    BLOCK c = CONST_AT(BLOCK, tail, 2 * WIDTH), d = CONST_AT(BLOCK, tail, 3 * WIDTH);
    unsigned char *end = to + n - STEP;

    NAME(move_step)(to, from);
    AT(BLOCK, end, 0) = a;
    AT(BLOCK, end, WIDTH) = b;
    AT(BLOCK, end, 2 * WIDTH) = c;
    AT(BLOCK, end, 3 * WIDTH) = d;
}

/* First and last step are loaded first, because the loop may overwrite them. Stores of the loop are aligned. */
static inline void NAME(move_up)(unsigned char *to, const unsigned char *from, size_t n)
{
    const unsigned char *tail = from + n - STEP;
    unsigned char *end = to + n - STEP;
    size_t skip = WIDTH - ((uintptr_t)to & (WIDTH - 1));
    BLOCK first = CONST_AT(BLOCK, from, 0);
    BLOCK a = CONST_AT(BLOCK, tail, 0), b = CONST_AT(BLOCK, tail, WIDTH);
    BLOCK c = CONST_AT(BLOCK, tail, 2 * WIDTH), d = CONST_AT(BLOCK, tail, 3 * WIDTH);
    unsigned char *start = to;

    for (to += skip, from += skip; to < end; to += STEP, from += STEP)
        NAME(move_step)(to, from);
    AT(BLOCK, end, 0) = a;
    AT(BLOCK, end, WIDTH) = b;
    AT(BLOCK, end, 2 * WIDTH) = c;
    AT(BLOCK, end, 3 * WIDTH) = d;
    AT(BLOCK, start, 0) = first;
}

static inline void NAME(move_down)(unsigned char *to, const unsigned char *from, size_t n)
{
    BLOCK a = CONST_AT(BLOCK, from, 0), b = CONST_AT(BLOCK, from, WIDTH);
    BLOCK c = CONST_AT(BLOCK, from, 2 * WIDTH), d = CONST_AT(BLOCK, from, 3 * WIDTH);
    BLOCK last = CONST_AT(BLOCK, from, n - WIDTH);
    unsigned char *end = to + n;
    size_t left = n - ((uintptr_t)end & (WIDTH - 1));

    for (; left > STEP; left -= STEP)
        NAME(move_step)(to + left - STEP, from + left - STEP);
    AT(BLOCK, to, 0) = a;
    AT(BLOCK, to, WIDTH) = b;
    AT(BLOCK, to, 2 * WIDTH) = c;
    AT(BLOCK, to, 3 * WIDTH) = d;
    AT(BLOCK, end, -WIDTH) = last;
}

static HOT void *NAME(move_long)(void *to, const void *from, size_t n)
{
    if (n <= STEP)
        NAME(move_four)(to, from, n);
    else if (n <= 2 * STEP)
        NAME(move_eight)(to, from, n);
    else if ((uintptr_t)to - (uintptr_t)from >= n)
        NAME(move_up)(to, from, n);
    else
        NAME(move_down)(to, from, n);
    return to;
}
