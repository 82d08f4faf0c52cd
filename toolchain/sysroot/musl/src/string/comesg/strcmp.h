/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of two strings, of which n bytes at most count if they are BOUNDED: up to four steps as they lie, then by
 * steps that are aligned in the left string.
 */
#define TWO_STEPS (2 * STEP)
#define FOUR_STEPS (4 * STEP)

struct NAME(step) {
    WHOLE a, b, c, d;
};

/* A bit for each zero. */
static inline unsigned int NAME(zeros)(WHOLE bytes)
{
    return MASK(bytes == (WHOLE){0});
}

static inline size_t NAME(first_zero)(WHOLE first, WHOLE second)
{
    return (size_t)__builtin_ctzll(NAME(zeros)(first) | (uint64_t)NAME(zeros)(second) << WIDTH);
}

/* The left string, with zeros where the right one is not the same. */
static inline WHOLE NAME(common)(const unsigned char *left, const unsigned char *right, size_t at)
{
    WHOLE bytes = (WHOLE)CONST_AT(BLOCK, left, at);

    HOLD(bytes);
    return bytes & (bytes == (WHOLE)CONST_AT(BLOCK, right, at));
}

static inline __attribute__((always_inline)) struct NAME(step)
    NAME(common_step)(const unsigned char *left, const unsigned char *right, size_t at)
{
    WHOLE a = (WHOLE)CONST_AT(BLOCK, left, at), b = (WHOLE)CONST_AT(BLOCK, left, at + WIDTH);
    WHOLE c = (WHOLE)CONST_AT(BLOCK, left, at + PAIR), d = (WHOLE)CONST_AT(BLOCK, left, at + PAIR + WIDTH);

    HOLD_FOUR(a, b, c, d);
    a &= a == (WHOLE)CONST_AT(BLOCK, right, at);
    b &= b == (WHOLE)CONST_AT(BLOCK, right, at + WIDTH);
    c &= c == (WHOLE)CONST_AT(BLOCK, right, at + PAIR);
    d &= d == (WHOLE)CONST_AT(BLOCK, right, at + PAIR + WIDTH);
    HOLD_FOUR(a, b, c, d);
    return (struct NAME(step)){a, b, c, d};
}

static inline WHOLE NAME(smallest)(struct NAME(step) step)
{
    return NAME(smaller)(NAME(smaller)(step.a, step.b), NAME(smaller)(step.c, step.d));
}

/* There is one. */
static inline size_t NAME(first_zero_in_step)(struct NAME(step) step)
{
    if (NAME(zeros)(NAME(smaller)(step.a, step.b)))
        return NAME(first_zero)(step.a, step.b);
    return PAIR + NAME(first_zero)(step.c, step.d);
}

static inline __attribute__((always_inline)) int NAME(order_at)(const unsigned char *left, const unsigned char *right,
                                                                size_t at, size_t n)
{
    return BOUNDED && at >= n ? 0 : left[at] - right[at];
}

/*
 * So many bytes are the same, two steps at least. The steps that follow are aligned in the left string, so only the
 * right one can reach a further page in a step. The step before that page is made first: if the strings go on there,
 * the page is there.
 */
static inline __attribute__((always_inline)) int NAME(compare_steps)(const unsigned char *left,
                                                                     const unsigned char *right, size_t same, size_t n)
{
    size_t at = same - ((uintptr_t)left & (STEP - 1)), next = 0, last;
    struct NAME(step) step;

    if (BOUNDED && n <= same)
        return 0;
    while (!BOUNDED || at < n) {
        last = at + PAGE - offset_in_page(right + at) - STEP;
        if (BOUNDED && last >= n)
            last = n - 1;
        if (last < at) {
            next = next ? 0 : at;
            at = next ? last : at;
            last = at;
        }
        do {
            step = NAME(common_step)(left, right, at);
            if (__builtin_expect(NAME(zeros)(NAME(smallest)(step)), 0))
                return NAME(order_at)(left, right, at + NAME(first_zero_in_step)(step), n);
            at += STEP;
        } while (at <= last);
        if (next && (!BOUNDED || at < n))
            at = next;
    }
    return 0;
}

static HOT int NAME(compare)(const unsigned char *left, const unsigned char *right, size_t n);

/* Up to the end of a page, if it is near, and then as if the strings began there. */
static HOT int NAME(compare_near_page)(const unsigned char *left, const unsigned char *right, size_t same, size_t n)
{
    size_t room, back;
    unsigned int zeros;

    if (BOUNDED && n <= same)
        return 0;
    left += same;
    right += same;
    n -= same;
    room = room_on_page(left, right);
    if (room >= STEP)
        return NAME(compare)(left, right, n);
    back = room < WIDTH ? WIDTH - room : 0;
    if (offset_in_page(left) < back || offset_in_page(right) < back) {
        for (size_t at = 0; at < room; at++)
            if (left[at] != right[at] || !left[at])
                return NAME(order_at)(left, right, at, n);
    } else if (back) {
        zeros = NAME(zeros)(NAME(common)(left, right, -back)) >> back;
        if (zeros)
            return NAME(order_at)(left, right, (size_t)__builtin_ctz(zeros), n);
    }
    for (size_t at = 0; at < room && !back; at += WIDTH) {
        at = at > room - WIDTH ? room - WIDTH : at;
        zeros = NAME(zeros)(NAME(common)(left, right, at));
        if (zeros)
            return NAME(order_at)(left, right, at + (size_t)__builtin_ctz(zeros), n);
    }
    return BOUNDED && n <= room ? 0 : NAME(compare)(left + room, right + room, n - room);
}

static HOT int NAME(compare)(const unsigned char *left, const unsigned char *right, size_t n)
{
    size_t room = room_on_page(left, right), same = TWO_STEPS;
    struct NAME(step) step;
    unsigned int zeros;
    WHOLE c, d;

    if (room < WIDTH)
        return NAME(compare_near_page)(left, right, 0, n);
    if ((zeros = NAME(zeros)(NAME(common)(left, right, 0))))
        return NAME(order_at)(left, right, (size_t)__builtin_ctz(zeros), n);
    if (room < PAIR)
        return NAME(compare_near_page)(left, right, WIDTH, n);
    if ((zeros = NAME(zeros)(NAME(common)(left, right, WIDTH))))
        return NAME(order_at)(left, right, WIDTH + (size_t)__builtin_ctz(zeros), n);
    if (room < STEP)
        return NAME(compare_near_page)(left, right, PAIR, n);
    c = NAME(common)(left, right, PAIR);
    d = NAME(common)(left, right, PAIR + WIDTH);
    if (NAME(zeros)(NAME(smaller)(c, d)))
        return NAME(order_at)(left, right, PAIR + NAME(first_zero)(c, d), n);
    if (room < TWO_STEPS)
        return NAME(compare_near_page)(left, right, STEP, n);
    step = NAME(common_step)(left, right, STEP);
    if (NAME(zeros)(NAME(smallest)(step)))
        return NAME(order_at)(left, right, STEP + NAME(first_zero_in_step)(step), n);
    if (room >= FOUR_STEPS) {
        for (; same < FOUR_STEPS; same += STEP) {
            step = NAME(common_step)(left, right, same);
            if (NAME(zeros)(NAME(smallest)(step)))
                return NAME(order_at)(left, right, same + NAME(first_zero_in_step)(step), n);
        }
    }
    return NAME(compare_steps)(left, right, same, n);
}

#undef TWO_STEPS
#undef FOUR_STEPS
