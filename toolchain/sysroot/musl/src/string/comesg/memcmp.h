/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of bytes from both ends, by blocks that meet or overlap, and of more than a step in a loop.
 */
struct NAME(step) {
    WHOLE a, b, c, d;
};

static inline WHOLE NAME(same)(const unsigned char *left, const unsigned char *right, size_t at)
{
    return (WHOLE)CONST_AT(BLOCK, left, at) == (WHOLE)CONST_AT(BLOCK, right, at);
}

/* Two blocks from each of two offsets on. */
static inline __attribute__((always_inline)) struct NAME(step)
    NAME(same_step)(const unsigned char *left, const unsigned char *right, size_t first, size_t third)
{
    WHOLE a = (WHOLE)CONST_AT(BLOCK, left, first), b = (WHOLE)CONST_AT(BLOCK, left, first + WIDTH);
    WHOLE c = (WHOLE)CONST_AT(BLOCK, left, third), d = (WHOLE)CONST_AT(BLOCK, left, third + WIDTH);

    HOLD_FOUR(a, b, c, d);
    a = a == (WHOLE)CONST_AT(BLOCK, right, first);
    b = b == (WHOLE)CONST_AT(BLOCK, right, first + WIDTH);
    c = c == (WHOLE)CONST_AT(BLOCK, right, third);
    d = d == (WHOLE)CONST_AT(BLOCK, right, third + WIDTH);
    return (struct NAME(step)){a, b, c, d};
}

static inline int NAME(differs)(struct NAME(step) step)
{
    return __builtin_expect(MASK((step.a & step.b) & (step.c & step.d)) != EVERY, 0);
}

/* A bit for each byte of a pair. */
static inline uint64_t NAME(differences)(WHOLE first, WHOLE second)
{
    return (uint64_t)(MASK(first) ^ EVERY) | (uint64_t)(MASK(second) ^ EVERY) << WIDTH;
}

static inline size_t NAME(first_difference)(struct NAME(step) step, size_t first, size_t third)
{
    uint64_t differences = NAME(differences)(step.a, step.b);
    if (differences)
        return first + (size_t)__builtin_ctzll(differences);
    return third + (size_t)__builtin_ctzll(NAME(differences)(step.c, step.d));
}

static inline int NAME(compare_two)(const unsigned char *left, const unsigned char *right, size_t last)
{
    WHOLE a = NAME(same)(left, right, 0), b = NAME(same)(left, right, last);
    size_t at;

    if (MASK(a & b) == EVERY)
        return 0;
    at = MASK(a) != EVERY ? (size_t)__builtin_ctz(~MASK(a)) : last + (size_t)__builtin_ctz(~MASK(b));
    return left[at] - right[at];
}

static HOT int NAME(compare)(const unsigned char *left, const unsigned char *right, size_t n)
{
    size_t at = 0, next = PAIR;
    struct NAME(step) step;

    if (n < WIDTH)
        return n < 16 ? compare_short(left, right, n) : compare_two16(left, right, n - 16);
    if (n <= PAIR)
        return NAME(compare_two)(left, right, n - WIDTH);
    if (n <= STEP)
        next = n - PAIR;
    step = NAME(same_step)(left, right, 0, next);
    if (NAME(differs)(step))
        goto there;
    if (n <= STEP)
        return 0;
    if (n > 2 * STEP) {
        for (at = STEP - ((uintptr_t)left & (WIDTH - 1)); at < n - STEP; at += STEP) {
            step = NAME(same_step)(left, right, at, at + PAIR);
            if (NAME(differs)(step))
                goto there;
        }
    }
    at = n - STEP;
    step = NAME(same_step)(left, right, at, at + PAIR);
    if (!NAME(differs)(step))
        return 0;
there:
    at = NAME(first_difference)(step, at, at + next);
    return left[at] - right[at];
}
