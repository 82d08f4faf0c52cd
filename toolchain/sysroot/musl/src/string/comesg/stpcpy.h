/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Copying a string. The first pair of blocks is loaded from where the string begins, the others from aligned places, so
 * that none reaches into a page that the string does not. What is stored ends with the string.
 */
static inline unsigned int NAME(zeros)(WHOLE bytes)
{
    return MASK(bytes == (WHOLE){0});
}

static inline uint64_t NAME(zeros_in_pair)(WHOLE first, WHOLE second)
{
    return NAME(zeros)(first) | (uint64_t)NAME(zeros)(second) << WIDTH;
}

/* The bytes at an offset, of which a pair is known to be readable. */
static inline void NAME(move_pair)(unsigned char *to, const unsigned char *from, size_t at)
{
    BLOCK first = CONST_AT(BLOCK, from, at), second = CONST_AT(BLOCK, from, at + WIDTH);

    AT(BLOCK, to, at) = first;
    AT(BLOCK, to, at + WIDTH) = second;
}

static inline void NAME(move_ends)(unsigned char *to, const unsigned char *from, size_t n)
{
    BLOCK first = CONST_AT(BLOCK, from, 0), last = CONST_AT(BLOCK, from, n - WIDTH);

    AT(BLOCK, to, 0) = first;
    AT(BLOCK, to, n - WIDTH) = last;
}

/* A pair at most. */
static inline __attribute__((always_inline)) unsigned char *NAME(copy_short)(unsigned char *to,
                                                                             const unsigned char *from, size_t length)
{
    size_t n = length + 1;

    if (n >= WIDTH)
        NAME(move_ends)(to, from, n);
    else if (n >= 16)
        move_ends16(to, from, n);
    else
        move_less16(to, from, n);
    return to + length;
}

/* From its second pair on, which may be the rest of the first one, too. */
static HOT unsigned char *NAME(copy_rest)(unsigned char *to, const unsigned char *from)
{
    size_t at = PAIR - ((uintptr_t)from & (PAIR - 1));
    uint64_t zeros;
    WHOLE a, b, c, d;

    if ((uintptr_t)(from + at) & PAIR) {
        a = (WHOLE)CONST_AT(BLOCK, from, at);
        b = (WHOLE)CONST_AT(BLOCK, from, at + WIDTH);
        if ((zeros = NAME(zeros_in_pair)(a, b)))
            goto end;
        AT(BLOCK, to, at) = (BLOCK)a;
        AT(BLOCK, to, at + WIDTH) = (BLOCK)b;
        at += PAIR;
    }
    for (;;) {
        a = (WHOLE)CONST_AT(BLOCK, from, at);
        b = (WHOLE)CONST_AT(BLOCK, from, at + WIDTH);
        c = (WHOLE)CONST_AT(BLOCK, from, at + PAIR);
        d = (WHOLE)CONST_AT(BLOCK, from, at + PAIR + WIDTH);
        HOLD_FOUR(a, b, c, d);
        if (NAME(zeros)(NAME(smaller)(NAME(smaller)(a, b), NAME(smaller)(c, d))))
            break;
        AT(BLOCK, to, at) = (BLOCK)a;
        AT(BLOCK, to, at + WIDTH) = (BLOCK)b;
        AT(BLOCK, to, at + PAIR) = (BLOCK)c;
        AT(BLOCK, to, at + PAIR + WIDTH) = (BLOCK)d;
        at += STEP;
    }
    zeros = NAME(zeros_in_pair)(a, b);
    if (!zeros) {
        AT(BLOCK, to, at) = (BLOCK)a;
        AT(BLOCK, to, at + WIDTH) = (BLOCK)b;
        at += PAIR;
        zeros = NAME(zeros_in_pair)(c, d);
    }
end:
    at += (size_t)__builtin_ctzll(zeros);
    NAME(move_pair)(to, from, at + 1 - PAIR);
    return to + at;
}

static HOT unsigned char *NAME(copy)(unsigned char *to, const unsigned char *from)
{
    uint64_t zeros;
    size_t length;
    WHOLE a, b;

    if (offset_in_page(from) > PAGE - PAIR) {
        length = strlen((const char *)from);
        return (unsigned char *)memcpy(to, from, length + 1) + length;
    }
    a = (WHOLE)CONST_AT(BLOCK, from, 0);
    b = (WHOLE)CONST_AT(BLOCK, from, WIDTH);
    if ((zeros = NAME(zeros_in_pair)(a, b)))
        return NAME(copy_short)(to, from, (size_t)__builtin_ctzll(zeros));
    AT(BLOCK, to, 0) = (BLOCK)a;
    AT(BLOCK, to, WIDTH) = (BLOCK)b;
    return NAME(copy_rest)(to, from);
}
