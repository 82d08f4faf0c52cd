/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Integers of 128 bits: arithmetic, comparisons, conversions, overflow, in odd registers and on the stack.
 */
#include "language.h"
#include <stdbool.h>

typedef __int128 wide;
typedef unsigned __int128 uwide;

static uint64_t fold(uwide value)
{
    return join((uint64_t)value, (uint64_t)(value >> 64));
}

ALONE static uint64_t arithmetic(wide a, wide b)
{
    uwide ua = (uwide)a, ub = (uwide)b;
    uint64_t total = fold(ua + ub);
    total = join(total, fold(ua - ub));
    total = join(total, fold(ua * ub));
    total = join(total, fold(-ua));
    total = join(total, fold(ua & ~ub));
    total = join(total, fold((ua | ub) ^ (ua >> 3)));
    if (b != 0) {
        total = join(total, fold(ua / ub));
        total = join(total, fold(ua % ub));
    }
    if (b != 0 && !(b == -1 && ua == (uwide)1 << 127)) {
        total = join(total, fold((uwide)(a / b)));
        total = join(total, fold((uwide)(a % b)));
    }
    return total;
}

ALONE static uint64_t by_constants(wide a)
{
    uwide u = (uwide)a;
    uint64_t total = fold(u / 3);
    total = join(total, fold(u % 10));
    total = join(total, fold((uwide)(a / 1000000007)));
    total = join(total, fold((uwide)(a % -77)));
    total = join(total, fold(u / ((uwide)1 << 65)));
    total = join(total, fold((uwide)(a / ((wide)1 << 70))));
    total = join(total, fold(u * 10));
    return join(total, fold(u * (((uwide)0xdeadbeef << 64) | 12345)));
}

ALONE static uint64_t shifts(wide a, int by)
{
    uwide u = (uwide)a;
    uint64_t total = fold(u << by);
    total = join(total, fold(u >> by));
    total = join(total, fold((uwide)(a >> by)));
    total = join(total, fold(u << 64 | u >> 64));
    total = join(total, fold((uwide)(a >> 67)));
    return join(total, fold(u << (by & 31) >> (by & 63)));
}

ALONE static uint64_t comparisons(wide a, wide b)
{
    uwide ua = (uwide)a, ub = (uwide)b;
    uint64_t bits = (uint64_t)(a < b) | (uint64_t)(a <= b) << 1 | (uint64_t)(ua < ub) << 2 | (uint64_t)(ua >= ub) << 3;
    bits |= (uint64_t)(a == b) << 4 | (uint64_t)(a > 0) << 5 | (uint64_t)!a << 6 | (uint64_t)(ua > 77) << 7;
    wide smaller = a < b ? a : b;
    return join(bits, fold((uwide)smaller));
}

ALONE static uint64_t conversions(wide a)
{
    uint64_t total = raw((double)a);
    total = join(total, raw((double)(uwide)a));
    total = join(total, raw((double)(float)a));
    total = join(total, (uint64_t)(int)a + (uint64_t)(signed char)a);
    double d = (double)a / 3;
    total = join(total, fold((uwide)(wide)d));
    if (d > 0)
        total = join(total, fold((uwide)d));
    float f = (float)(a >> 90);
    return join(total, fold((uwide)(wide)f));
}

ALONE static uint64_t overflows(wide a, wide b)
{
    wide sum, difference, product;
    uwide usum, uproduct;
    uint64_t bits = __builtin_add_overflow(a, b, &sum);
    bits = bits * 2 + __builtin_sub_overflow(a, b, &difference);
    bits = bits * 2 + __builtin_mul_overflow(a, b, &product);
    bits = bits * 2 + __builtin_add_overflow((uwide)a, (uwide)b, &usum);
    bits = bits * 2 + __builtin_mul_overflow((uwide)a, (uwide)b, &uproduct);
    long narrow;
    bits = bits * 2 + __builtin_mul_overflow(a, (wide)3, &narrow);
    return join(join(join(bits, fold((uwide)sum)), fold((uwide)difference)), fold((uwide)product) ^ fold(uproduct));
}

/* Pairs of registers, the last of them split between registers and the stack by other conventions. */
ALONE static wide placed(long a, wide b, wide c, long d, wide e, long f, wide g, wide *h)
{
    *h = b - c * 3 + g;
    return a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13 + g * 17;
}

ALONE static uint64_t in_decimal(uwide value)
{
    char digits[40];
    int length = 0;
    do {
        digits[length++] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value != 0);
    return hash(digits, (size_t)length);
}

ALONE static uint64_t switched(wide value)
{
    switch (value) {
    case 0:
        return 1;
    case ((wide)1 << 64):
        return 2;
    case ((wide)1 << 64) + 1 ...((wide)1 << 64) + 1000:
        return (uint64_t)value + 3;
    case -1:
        return 4;
    default:
        return 5;
    }
}

ALONE static uint64_t bits(uwide value)
{
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;
    int count = __builtin_popcountll(high) + __builtin_popcountll(low);
    int leading = high ? __builtin_clzll(high) : 64 + __builtin_clzll(low | 1);
    return (uint64_t)(count * 1000 + leading) + (uint64_t)__builtin_parityll(high ^ low);
}

static volatile wide watched;
static wide table[9];

void wide_integers(void)
{
    static const wide special[] = {0,
                                   1,
                                   -1,
                                   (wide)1 << 64,
                                   ((wide)1 << 64) - 1,
                                   (wide)((uwide)1 << 127),
                                   (wide)(((uwide)1 << 127) - 1),
                                   10,
                                   -10,
                                   ((wide)1 << 64) + 500};
    uint64_t totals[8] = {0};
    for (size_t i = 0; i < 400; i++) {
        wide a = (wide)((uwide)next_random() << 64 | next_random()),
             b = (wide)((uwide)next_random() << 64 | next_random());
        a >>= next_random() % 128;
        b >>= next_random() % 128;
        if (i < 100) {
            a = special[i / 10];
            b = special[i % 10];
        }
        totals[0] = join(totals[0], arithmetic(a, b));
        totals[1] = join(totals[1], by_constants(a));
        totals[2] = join(totals[2], shifts(a, (int)(next_random() % 128)));
        totals[3] = join(totals[3], comparisons(a, b));
        totals[4] = join(totals[4], conversions(a));
        totals[5] = join(totals[5], overflows(a, b));
        totals[6] = join(totals[6], in_decimal((uwide)a));
        totals[7] = join(totals[7], switched(a) + bits((uwide)b));
        watched = watched * 3 + a;
        table[i % 9] -= watched;
    }
    static const char *const names[] = {"arithmetic",  "by_constants", "shifts",  "comparisons",
                                        "conversions", "overflows",    "decimal", "switched"};
    for (size_t i = 0; i < COUNT(names); i++)
        result(names[i], totals[i]);
    wide h;
    wide g = placed(1, special[5], special[6], 2, special[9], 3, -special[9], &h);
    result("placed", join(fold((uwide)g), fold((uwide)h)));
    result("watched", fold((uwide)watched));
    result("table", hash(table, sizeof table));
}
