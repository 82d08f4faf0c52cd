/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The last place of a byte, by aligned pairs of blocks and then by aligned steps, downwards (see find.h).
 */
#include "equal.h"

#include "pair.h"

/* A place in front of the start means that there is none. */
static inline __attribute__((always_inline)) const unsigned char *
NAME(find_down)(const unsigned char *start, WHOLE pattern, const unsigned char *last)
{
    const unsigned char *at = (const unsigned char *)((uintptr_t)last & -(uintptr_t)PAIR), *none = start - 1;
    uint64_t found = NAME(pair)(at, pattern) << (63 - (last - at));
    WHOLE a, b, c, d;

    if (found)
        return last - __builtin_clzll(found);
    if ((uintptr_t)at & PAIR) {
        at -= PAIR;
        if ((found = NAME(pair)(at, pattern)))
            return at + 63 - __builtin_clzll(found);
    }
    do {
        if (at <= start)
            return none;
        at -= STEP;
        a = NAME(marks)(at, 0, pattern);
        b = NAME(marks)(at, WIDTH, pattern);
        c = NAME(marks)(at, PAIR, pattern);
        d = NAME(marks)(at, PAIR + WIDTH, pattern);
    } while (!NAME(found)(NAME(both)(NAME(both)(a, b), NAME(both)(c, d))));
    if ((found = NAME(found_in_pair)(c, d)))
        return at + PAIR + 63 - __builtin_clzll(found);
    return at + 63 - __builtin_clzll(NAME(found_in_pair)(a, b));
}

static HOT void *NAME(find_last)(const unsigned char *start, int value, size_t n)
{
    const unsigned char *place;

    if (!n)
        return NULL;
    place = NAME(find_down)(start, (WHOLE){0} + (char)value, start + n - 1);
    return place >= start ? (void *)place : NULL;
}
