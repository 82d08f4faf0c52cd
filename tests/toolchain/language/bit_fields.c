/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bit-fields of all types and widths: packed, volatile, in unions, across words, in arrays; every kind of assignment.
 */
#include "language.h"
#include <stdbool.h>
#include <string.h>

enum colour { RED, GREEN = 5, BLUE = -3 };

struct plain {
    unsigned a : 1, b : 2, c : 29;
    int d : 3, e : 31;
    unsigned long f : 33, g : 31;
    long h : 63, i : 1;
    signed char j : 7;
    unsigned char k : 8;
    short l : 11, m : 5;
    bool n : 1;
    enum colour o : 5;
    unsigned : 0;
    unsigned p : 17;
    int : 5;
    unsigned q : 10;
};

struct packed {
    unsigned a : 3;
    unsigned long b : 61;
    int c : 17;
    long d : 50;
    char e;
    unsigned f : 5;
    long g : 64;
    unsigned short h : 13;
    bool i : 1;
} __attribute__((packed));

struct watched {
    volatile unsigned a : 9;
    volatile int b : 12;
    volatile unsigned long c : 40;
};

union overlay {
    uint64_t word;
    struct {
        unsigned long low : 12, middle : 40, high : 12;
    } page;
    struct {
        unsigned a : 5, b : 27;
        int c : 20, d : 12;
    } halves;
};

/* Everything that can be done to a field. */
#define EXERCISE(s, field, value)                                                                                      \
    do {                                                                                                               \
        (s)->field = (value);                                                                                          \
        total = join(total, (uint64_t)(s)->field);                                                                     \
        total = join(total, (uint64_t)((s)->field += 3));                                                              \
        total = join(total, (uint64_t)(s)->field++);                                                                   \
        total = join(total, (uint64_t)--(s)->field);                                                                   \
        total = join(total, (uint64_t)((s)->field ^= (value) >> 1));                                                   \
        (s)->field <<= 1;                                                                                              \
        (s)->field |= 1;                                                                                               \
        (s)->field = (s)->field * 5 / 3;                                                                               \
        total = join(total, (uint64_t)((s)->field % 3 + ((s)->field > 2)));                                            \
    } while (0)

ALONE static uint64_t exercise_plain(struct plain *s, long value)
{
    uint64_t total = 0;
    EXERCISE(s, a, (unsigned)value);
    EXERCISE(s, b, (unsigned)value);
    EXERCISE(s, c, (unsigned)value);
    EXERCISE(s, d, (int)value);
    EXERCISE(s, e, (int)value);
    EXERCISE(s, f, (unsigned long)value);
    EXERCISE(s, g, (unsigned long)value);
    EXERCISE(s, h, value);
    EXERCISE(s, j, (signed char)value);
    EXERCISE(s, k, (unsigned char)value);
    EXERCISE(s, l, (short)value);
    EXERCISE(s, m, (short)value);
    EXERCISE(s, p, (unsigned)value);
    EXERCISE(s, q, (unsigned)value);
    s->i = value & 1 ? -1 : 0;
    s->n = value & 64;
    s->o = value & 2 ? BLUE : GREEN;
    return join(total, (uint64_t)(s->i + s->n * 3 + (int)s->o * 7));
}

ALONE static uint64_t exercise_packed(struct packed *s, long value)
{
    uint64_t total = 0;
    EXERCISE(s, a, (unsigned)value);
    EXERCISE(s, b, (unsigned long)value);
    EXERCISE(s, c, (int)value);
    EXERCISE(s, d, value);
    EXERCISE(s, e, (char)(value & 31));
    EXERCISE(s, f, (unsigned)value);
    EXERCISE(s, h, (unsigned short)value);
    s->g = (long)((unsigned long)value * 0x9e3779b97f4a7c15);
    s->i = s->g < 0;
    return join(join(total, (uint64_t)s->g), s->i);
}

ALONE static uint64_t exercise_watched(struct watched *s, long value)
{
    uint64_t total = 0;
    EXERCISE(s, a, (unsigned)value);
    EXERCISE(s, b, (int)value);
    EXERCISE(s, c, (unsigned long)value);
    return total;
}

ALONE static struct plain by_value(struct plain s, struct plain *other)
{
    other->c = s.c;
    other->h = s.h / 3;
    s.h = other->e;
    s.f += other->g;
    return s;
}

ALONE static uint64_t overlays(union overlay u, uint64_t value)
{
    u.page.middle += value;
    u.halves.c = (int)(u.page.low - u.halves.b);
    u.page.high = (unsigned)u.halves.d & 0xfff;
    return u.word ^ u.halves.a;
}

ALONE static uint64_t array_of_fields(size_t count)
{
    static struct {
        unsigned short a : 3, b : 9, c : 4;
    } items[50];
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        items[i].a = (unsigned short)(i & 7);
        items[i].b = (unsigned short)(i * 37 & 511);
        items[i].c = (unsigned short)(items[i / 2].b + items[i].a) & 15;
    }
    for (size_t i = count; i-- > 0;)
        total = join(total, (uint64_t)items[i].a * items[i].b - items[i].c);
    return total;
}

void bit_fields(void)
{
    static struct plain plain, other;
    static struct packed packed;
    static struct watched watched;
    for (int i = 0; i < 6; i++) {
        long value = (long)next_random();
        result("plain", exercise_plain(opaque_pointer(&plain), value));
        result("packed", exercise_packed(opaque_pointer(&packed), value));
        result("watched", exercise_watched(opaque_pointer(&watched), value));
        struct plain s = by_value(plain, &other);
        result("by_value", join((uint64_t)s.h, s.f) + other.c + (uint64_t)other.h);
        result("overlays", overlays((union overlay){(uint64_t)value}, (uint64_t)value >> 7));
    }
    result("packed", hash(&packed, sizeof packed));
    result("array", array_of_fields((size_t)opaque(50)));
}
