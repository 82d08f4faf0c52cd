/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of more than two blocks of bytes; the last ones overlap those before.
 */
#define STEP (4 * WIDTH)

static inline unsigned int NAME(differences)(const unsigned char *left, const unsigned char *right)
{
    return MASK((WHOLE)CONST_AT(BLOCK, left, 0) == (WHOLE)CONST_AT(BLOCK, right, 0)) ^ (unsigned int)EVERY;
}

static inline WHOLE NAME(same)(const unsigned char *left, const unsigned char *right, size_t offset)
{
    return (WHOLE)CONST_AT(BLOCK, left, offset) == (WHOLE)CONST_AT(BLOCK, right, offset);
}

static inline int NAME(step_differs)(const unsigned char *left, const unsigned char *right)
{
    WHOLE a = NAME(same)(left, right, 0), b = NAME(same)(left, right, WIDTH);
    WHOLE c = NAME(same)(left, right, 2 * WIDTH), d = NAME(same)(left, right, 3 * WIDTH);
    return MASK((a & b) & (c & d)) != (unsigned int)EVERY;
}

static __attribute__((noinline)) int NAME(compare_long)(const unsigned char *left, const unsigned char *right, size_t n)
{
    unsigned int different;

    if (n >= STEP) {
        for (; n > STEP && !NAME(step_differs)(left, right); n -= STEP, left += STEP, right += STEP)
            ;
        if (n <= STEP) {
            left -= STEP - n;
            right -= STEP - n;
            if (!NAME(step_differs)(left, right))
                return 0;
            n = STEP;
        }
    }
    for (; n > WIDTH; n -= WIDTH, left += WIDTH, right += WIDTH)
        if ((different = NAME(differences)(left, right)))
            goto there;
    left += n - WIDTH;
    right += n - WIDTH;
    different = NAME(differences)(left, right);
    if (!different)
        return 0;
there:
    return left[__builtin_ctz(different)] - right[__builtin_ctz(different)];
}

#undef STEP
