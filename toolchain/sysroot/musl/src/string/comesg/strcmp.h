/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of two strings. Blocks are read as far as the nearer end of a page; what is left before it is compared by
 * a block that overlaps the one before, or byte by byte where there was none.
 */
#define STEP (4 * WIDTH)

/* Zero in the bytes where the strings differ or the left one ends. */
static inline WHOLE NAME(goes_on)(const unsigned char *left, const unsigned char *right, size_t offset)
{
    WHOLE a = (WHOLE)CONST_AT(BLOCK, left, offset), b = (WHOLE)CONST_AT(BLOCK, right, offset);
    return NAME(smaller)(a, a == b);
}

static inline unsigned int NAME(stops)(const unsigned char *left, const unsigned char *right)
{
    return MASK(NAME(goes_on)(left, right, 0) == (WHOLE){0});
}

static inline int NAME(step_stops)(const unsigned char *left, const unsigned char *right)
{
    WHOLE a = NAME(goes_on)(left, right, 0), b = NAME(goes_on)(left, right, WIDTH);
    WHOLE c = NAME(goes_on)(left, right, 2 * WIDTH), d = NAME(goes_on)(left, right, 3 * WIDTH);
    return MASK(NAME(smaller)(NAME(smaller)(a, b), NAME(smaller)(c, d)) == (WHOLE){0}) != 0;
}

static __attribute__((noinline)) int NAME(compare_strings)(const unsigned char *left, const unsigned char *right)
{
    const unsigned char *start = left;
    size_t room = room_on_page(left, right);
    unsigned int stop;

    for (int i = 0; i < 4 && room >= WIDTH; i++, room -= WIDTH, left += WIDTH, right += WIDTH)
        if ((stop = NAME(stops)(left, right)))
            goto there;
    for (;; room = room_on_page(left, right)) {
        for (; room >= STEP && !NAME(step_stops)(left, right); room -= STEP, left += STEP, right += STEP)
            ;
        for (; room >= WIDTH; room -= WIDTH, left += WIDTH, right += WIDTH)
            if ((stop = NAME(stops)(left, right)))
                goto there;
        if (left - start >= WIDTH) {
            left -= WIDTH - room;
            right -= WIDTH - room;
            if ((stop = NAME(stops)(left, right)))
                goto there;
            left += WIDTH;
            right += WIDTH;
            continue;
        }
        for (; room; room--, left++, right++)
            if (*left != *right || !*left)
                return *left - *right;
    }
there:
    return left[__builtin_ctz(stop)] - right[__builtin_ctz(stop)];
}

#undef STEP
