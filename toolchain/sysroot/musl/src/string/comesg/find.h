/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte that is looked for, by aligned pairs of blocks and then by aligned steps of two pairs: neither reaches
 * into a page that what is searched does not.
 */
#include "pair.h"

/* A place that is not in front of the end means that there is none. */
static inline __attribute__((always_inline)) const unsigned char *NAME(find)(const unsigned char *start, WHOLE pattern,
                                                                             int has_end, const unsigned char *end)
{
    const unsigned char *at = (const unsigned char *)((uintptr_t)start & -(uintptr_t)PAIR);
    uint64_t found = NAME(pair)(at, pattern) >> ((uintptr_t)start & (PAIR - 1));
    WHOLE a, b, c, d;

    if (found)
        return start + __builtin_ctzll(found);
    at += PAIR;
    if ((uintptr_t)at & PAIR) {
        a = NAME(marks)(at, 0, pattern);
        b = NAME(marks)(at, WIDTH, pattern);
        if (NAME(found)(NAME(both)(a, b)))
            return at + __builtin_ctzll(NAME(found_in_pair)(a, b));
        at += PAIR;
    }
    if (has_end && at >= end)
        return end;
    for (;;) {
        a = NAME(marks)(at, 0, pattern);
        b = NAME(marks)(at, WIDTH, pattern);
        c = NAME(marks)(at, PAIR, pattern);
        d = NAME(marks)(at, PAIR + WIDTH, pattern);
        if (NAME(found)(NAME(both)(NAME(both)(a, b), NAME(both)(c, d))))
            break;
        at += STEP;
        if (has_end && at >= end)
            return end;
    }
    if ((found = NAME(found_in_pair)(a, b)))
        return at + __builtin_ctzll(found);
    return at + PAIR + __builtin_ctzll(NAME(found_in_pair)(c, d));
}
