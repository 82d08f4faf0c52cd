/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The last place of a byte in a string, by aligned pairs of blocks, which do not reach into a page that the string does
 * not.
 */
static inline uint64_t NAME(equal_in_pair)(WHOLE first, WHOLE second, WHOLE pattern)
{
    return MASK(first == pattern) | (uint64_t)MASK(second == pattern) << WIDTH;
}

/* Of the bits, those up to the first zero. */
static inline uint64_t NAME(up_to)(uint64_t bits, uint64_t zeros)
{
    return bits & (zeros ^ (zeros - 1));
}

static HOT const unsigned char *NAME(find_last)(const unsigned char *start, int value)
{
    const unsigned char *at = (const unsigned char *)((uintptr_t)start & -(uintptr_t)PAIR), *last = NULL;
    unsigned int skip = (uintptr_t)start & (PAIR - 1);
    WHOLE pattern = (WHOLE){0} + (char)value;
    WHOLE a = (WHOLE)CONST_AT(BLOCK, at, 0), b = (WHOLE)CONST_AT(BLOCK, at, WIDTH);
    uint64_t places = NAME(equal_in_pair)(a, b, pattern) >> skip << skip;
    uint64_t zeros = NAME(equal_in_pair)(a, b, (WHOLE){0}) >> skip << skip;

    while (!zeros) {
        if (places)
            last = at + 63 - __builtin_clzll(places);
        do {
            at += PAIR;
            a = (WHOLE)CONST_AT(BLOCK, at, 0);
            b = (WHOLE)CONST_AT(BLOCK, at, WIDTH);
            HOLD(a);
            HOLD(b);
        } while (!MASK(NAME(smaller)(NAME(smaller)(a, a ^ pattern), NAME(smaller)(b, b ^ pattern)) == (WHOLE){0}));
        places = NAME(equal_in_pair)(a, b, pattern);
        zeros = NAME(equal_in_pair)(a, b, (WHOLE){0});
    }
    places = NAME(up_to)(places, zeros);
    return places ? at + 63 - __builtin_clzll(places) : last;
}
