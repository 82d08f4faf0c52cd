/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Variable arguments of every type, in registers and on the stack, copied and handed on; calls with many arguments.
 */
#include "language.h"
#include <complex.h>
#include <emmintrin.h>
#include <stdarg.h>
#include <stdio.h>

struct chars3 {
    char c[3];
};
struct chars9 {
    char c[9];
};
struct chars16 {
    char c[16];
};
struct chars17 {
    char c[17];
};
struct floats2 {
    float a, b;
};
struct floats3 {
    float a, b, c;
};
struct double_long {
    double d;
    long l;
};
struct long_double_ {
    long l;
    double d;
};
struct aligned {
    _Alignas(16) long a;
    long b;
};

/* One letter a type. */
static uint64_t take(char kind, va_list *list)
{
    switch (kind) {
    case 'i':
        return (uint64_t)va_arg(*list, int);
    case 'u':
        return va_arg(*list, unsigned);
    case 'l':
        return (uint64_t)va_arg(*list, long);
    case 'p':
        return (uint64_t)*va_arg(*list, char *);
    case 'd':
        return raw(va_arg(*list, double));
    case 'e':
        return raw((double)va_arg(*list, long double));
    case 'w': {
        __int128 w = va_arg(*list, __int128);
        return join((uint64_t)w, (uint64_t)(w >> 64));
    }
    case 'x': {
        _Complex double x = va_arg(*list, _Complex double);
        return join(raw(creal(x)), raw(cimag(x)));
    }
    case 'y': {
        _Complex float y = va_arg(*list, _Complex float);
        return join(raw((double)crealf(y)), raw((double)cimagf(y)));
    }
    case 'v': {
        __m128i v = va_arg(*list, __m128i);
        return hash(&v, sizeof v);
    }
#define STRUCTURE(letter, type)                                                                                        \
    case letter: {                                                                                                     \
        struct type s = va_arg(*list, struct type);                                                                    \
        return hash(&s, sizeof s);                                                                                     \
    }
        STRUCTURE('3', chars3)
        STRUCTURE('9', chars9)
        STRUCTURE('6', chars16)
        STRUCTURE('7', chars17)
        STRUCTURE('f', floats2)
        STRUCTURE('g', floats3)
        STRUCTURE('m', double_long)
        STRUCTURE('n', long_double_)
        STRUCTURE('a', aligned)
    }
    return 0;
}

ALONE static uint64_t take_all(const char *kinds, ...)
{
    va_list list;
    uint64_t total = 0;
    va_start(list, kinds);
    for (; *kinds != '\0'; kinds++)
        total = join(total, take(*kinds, &list));
    va_end(list);
    return total;
}

ALONE static uint64_t take_list(const char *kinds, va_list list)
{
    uint64_t total = 1;
    va_list copy;
    va_copy(copy, list);
    for (const char *kind = kinds; *kind != '\0'; kind++)
        total = join(total, take(*kind, &copy));
    va_end(copy);
    va_copy(copy, list);
    total = join(total, take(*kinds, &copy));
    va_end(copy);
    return total;
}

struct cursor {
    va_list list;
    int taken;
};

ALONE static uint64_t advance(struct cursor *cursor, char kind)
{
    cursor->taken++;
    return take(kind, &cursor->list);
}

/* Behind fixed arguments of both kinds; the list in a structure. */
ALONE static uint64_t behind_fixed(int a, double b, struct floats2 c, long d, const char *kinds, ...)
{
    struct cursor cursor = {.taken = 0};
    va_start(cursor.list, kinds);
    uint64_t total = take_list(kinds, cursor.list);
    for (const char *kind = kinds; *kind != '\0'; kind++)
        total = join(total, advance(&cursor, *kind));
    va_end(cursor.list);
    return join(total, (uint64_t)a + raw(b) + raw((double)(c.a + c.b)) + (uint64_t)d + (uint64_t)cursor.taken);
}

/* More fixed arguments than registers. */
ALONE static uint64_t behind_stack(long a, long b, long c, long d, long e, long f, struct chars17 g, long h,
                                   const char *kinds, ...)
{
    va_list list;
    va_start(list, kinds);
    uint64_t total = take_list(kinds, list);
    va_end(list);
    return join(total, (uint64_t)(a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + g.c[16] + h));
}

ALONE static long descend(int depth, ...)
{
    va_list list;
    va_start(list, depth);
    long first = va_arg(list, long);
    double second = va_arg(list, double);
    long third = va_arg(list, long);
    va_end(list);
    if (depth == 0)
        return first + (long)second + third;
    return descend(depth - 1, first + 1, second * 1.25, third ^ depth) + first;
}

ALONE static int print(char *to, size_t size, const char *format, ...)
{
    va_list list, copy;
    va_start(list, format);
    va_copy(copy, list);
    int needed = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    int written = vsnprintf(to, size, format, list);
    va_end(list);
    return needed * 1000 + written;
}

#define TEN_LONGS long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7, long a8, long a9
#define TEN_DOUBLES                                                                                                    \
    double d0, double d1, double d2, double d3, double d4, double d5, double d6, double d7, double d8, double d9

ALONE static uint64_t many(TEN_LONGS, TEN_DOUBLES, char c, short s, float f, _Bool b, unsigned char u, __int128 w)
{
    uint64_t total = 0;
    const long longs[] = {a0, a1, a2, a3, a4, a5, a6, a7, a8, a9};
    const double doubles[] = {d0, d1, d2, d3, d4, d5, d6, d7, d8, d9};
    for (int i = 0; i < 10; i++)
        total = join(join(total, (uint64_t)longs[i]), raw(doubles[i]));
    return join(join(total, (uint64_t)(c + s) + raw((double)f) + b + u), (uint64_t)(w >> 60));
}

ALONE static uint64_t many_turned(TEN_LONGS, TEN_DOUBLES, char c, short s, float f, _Bool b, unsigned char u,
                                  __int128 w)
{
    if (a0 > 500)
        return (uint64_t)a0;
    return many(a9, a8, a7, a6, a5, a4, a3, a2, a1, a0, d9, d8, d7, d6, d5, d4, d3, d2, d1, d0, (char)(c + 1),
                (short)(s - 1), f * 2, !b, (unsigned char)(u + 200), w * 3);
}

void arguments(void)
{
    struct chars3 chars3 = {"abc"};
    struct chars9 chars9 = {"abcdefgh"};
    struct chars16 chars16 = {"0123456789abcde"};
    struct chars17 chars17 = {"0123456789abcdef"};
    struct floats2 floats2 = {1.5f, -2.5f};
    struct floats3 floats3 = {1.5f, -2.5f, 3.25f};
    struct double_long mixed = {0.75, -9};
    struct long_double_ turned = {123456789012, 1e300};
    struct aligned aligned = {5, 6};
    __int128 wide = ((__int128)-77 << 64) | 5;
    _Complex double x = 1.5 - 2.25i;
    _Complex float y = -0.5f + 7.0if;
    __m128i v = _mm_set_epi32(1, -2, 3, -4);
    char *text = opaque_pointer("text");

    result("integers", take_all("iulpiulpiulp", -1, 2u, -3L, text, -4, 5u, 6L, text, -7, 8u, -9L, text));
    result("doubles",
           take_all("ddddddddddeide", 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0L, 12, 13.0, 14.0L));
    result("wide", take_all("iwwiwilw", 1, wide, wide + 1, 2, wide * 3, 4, 5L, -wide));
    result("complex", take_all("xyxyxyxyxyd", x, y, x * 2, y * 2, -x, -y, x + 1, y + 1, x, y, 0.5));
    result("vectors", take_all("vivdvvvvvvvi", v, 1, v, 2.0, v, v, v, v, v, v, _mm_add_epi32(v, v), 3));
    result("structures",
           take_all("3967fgmna", chars3, chars9, chars16, chars17, floats2, floats3, mixed, turned, aligned));
    result("late", take_all("llllmnddddddfgm367a9", 1L, 2L, 3L, 4L, mixed, turned, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0,
                            floats2, floats3, mixed, chars3, chars16, chars17, aligned, chars9));
    result("fixed",
           behind_fixed(1, 2.5, floats2, 3, "ldmwli7adx", 4L, 5.5, mixed, wide, 6L, 7, chars17, aligned, 8.5, x));
    result("stack", behind_stack(1, 2, 3, 4, 5, 6, chars17, 8, "a7wldnv", aligned, chars17, wide, 9L, 1.25, turned, v));
    result("descend", (uint64_t)descend(20, opaque(3), 100.0, 55L));
    uint64_t (*volatile pointer)(const char *, ...) = take_all;
    result("pointer", pointer("dilm", 2.5, 1, 2L, mixed));
    char line[200];
    result("print", (uint64_t)print(line, sizeof line, "%d %5.3f %s %lx %c %hhd %zu %+e %-8ld| %*d %.*s %llu %p", -5,
                                    3.14159, "string", 0xfedcba98ul, 'q', 300, (size_t)77, -1.5e10, 12L, 9, 42, 2,
                                    "abcdef", ~0ull, (void *)0x1234));
    result("line", hash(line, sizeof "-5 3.142"));
    for (int i = 0; i < 2; i++)
        result("many", many_turned(1 + i * 1000, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5,
                                   9.5, 10.5, 'c', -300, 1.25f, i, 99, wide));
}
