/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Floating point: conversions at the edges, not-a-numbers, comparisons, long double, which is double, complex numbers.
 * Only operations whose result is defined to the last bit.
 */
#include "language.h"
#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

_Static_assert(sizeof(long double) == sizeof(double) && LDBL_MANT_DIG == DBL_MANT_DIG, "long double is double");

ALONE static uint64_t conversions(double a)
{
    float f = (float)a;
    uint64_t total = raw((double)f);
    if (a > -9e18 && a < 9e18)
        total = join(total, (uint64_t)(long)a);
    if (a >= 0 && a < 18e18)
        total = join(total, (uint64_t)a);
    if (a > -2e9 && a < 2e9)
        total = join(total, (uint64_t)(int)a + (uint64_t)(short)(int)f);
    if (a >= 0 && a < 4e9)
        total = join(total, (unsigned)a + (uint64_t)(unsigned)f);
    if (f >= 0 && f < 1.8e19f)
        total = join(total, (uint64_t)f);
    long double l = (long double)a * 2;
    return join(total, raw((double)(l / 3)));
}

ALONE static uint64_t from_integers(uint64_t u)
{
    uint64_t total = raw((double)u);
    total = join(total, raw((double)(long)u));
    total = join(total, raw((double)(float)u));
    total = join(total, raw((double)(float)(long)u));
    total = join(total, raw((double)(unsigned)u));
    total = join(total, raw((double)(float)(int)u));
    total = join(total, raw((double)(signed char)u));
    return join(total, raw((double)((long double)u + 0.5L)));
}

ALONE static uint64_t comparisons(double a, double b)
{
    uint64_t bits = 0;
    bits = bits * 2 + (a < b);
    bits = bits * 2 + (a <= b);
    bits = bits * 2 + (a == b);
    bits = bits * 2 + (a != b);
    bits = bits * 2 + !(a > b);
    bits = bits * 2 + !(a >= b);
    bits = bits * 2 + (bool)isunordered(a, b);
    bits = bits * 2 + (bool)islessgreater(a, b);
    bits = bits * 2 + (bool)isless(a, b);
    bits = bits * 2 + (bool)isgreaterequal((float)a, (float)b);
    bits = bits * 2 + (bool)signbit(a);
    bits = bits * 2 + (bool)isfinite(a);
    bits = bits * 2 + (bool)isnan(b);
    bits = bits * 2 + (bool)isinf(a);
    bits = bits * 2 + (bool)isnormal(b);
    double larger = a > b ? a : b, least = a < b ? a : b;
    if (a > b && b > 0)
        bits++;
    return join(join(bits, isnan(larger) ? 1 : raw(larger)), isnan(least) ? 2 : raw(least));
}

static uint64_t value_of(double a)
{
    return isnan(a) ? 0x7ff8 : raw(a);
}

ALONE static uint64_t arithmetic(double a, double b)
{
    float f = (float)a, g = (float)b;
    uint64_t total = value_of(a + b);
    total = join(total, value_of(a - b));
    total = join(total, value_of(a * b));
    total = join(total, value_of(a / b));
    total = join(total, value_of((double)(f * g)) + value_of((double)(f / g)) + value_of((double)(f - g)));
    total = join(total, value_of(-a) + value_of(fabs(b)) + value_of(copysign(a, b)));
    total = join(total, value_of(sqrt(fabs(a))) + value_of((double)sqrtf(fabsf(g))));
    total = join(total, value_of(floor(a)) + value_of(ceil(b)) + value_of(trunc(a)) + value_of(rint(b)));
    /* Which zero is the larger one is not defined. */
    total = join(total, value_of(fmod(a, b)) + value_of(fmax(a, b) + 0.0) + value_of(fmin(a, 0.5)));
    int exponent;
    double whole, fraction = isfinite(a) ? frexp(a, &exponent) : 0;
    exponent = isfinite(a) ? exponent : 0;
    total = join(total, raw(fraction) + (uint64_t)exponent + value_of(ldexp(b, 3)) + value_of(scalbn(a, -5)));
    if (isfinite(a) && fabs(a) < 1e15)
        total = join(total, raw(modf(a, &whole)) + raw(whole) + (uint64_t)lrint(a) + (uint64_t)llround(a));
    return total;
}

/* Finite values only: how others are repaired is not defined. */
ALONE static uint64_t complex_numbers(_Complex double a, _Complex double b, _Complex float c)
{
    _Complex double sum = a + b * 2, product = a * b, quotient = a / 4.0, other = conj(a) - b * I;
    _Complex float small = c * c + 1.5f;
    uint64_t total = join(raw(creal(sum)), raw(cimag(sum)));
    total = join(join(total, raw(creal(product))), raw(cimag(product)));
    total = join(join(total, raw(creal(quotient))), raw(cimag(quotient)));
    total = join(join(total, raw(creal(other))), raw(cimag(other)));
    total = join(join(total, raw((double)crealf(small))), raw((double)cimagf(small)));
    __real__ a = 5;
    return join(total, (uint64_t)(a == b) * 2 + (a != sum) + raw(creal(a)));
}

ALONE static _Complex double complex_many(_Complex float a, double b, _Complex double c, long d, _Complex double e,
                                          _Complex float f, _Complex double g, _Complex double h)
{
    return a + b * c - (double)d * e + f - g * 2 + h;
}

/* Loops that are made of vectors, and those that may not be. */
ALONE static uint64_t sums(const float *f, const double *d, const int *n, int count)
{
    float sum = 0;
    double product = 1, dot = 0;
    long integers = 0;
    for (int i = 0; i < count; i++) {
        sum += f[i];
        product *= d[i];
        dot += d[i] * (double)f[i];
        integers += (long)(d[i] * 16) + n[i];
    }
    float out[64];
    for (int i = 0; i < count; i++)
        out[i] = f[i] > 1 ? f[i] * 0.5f : (float)n[i];
    return join(join(raw((double)sum), raw(product)), join(raw(dot), (uint64_t)integers)) +
           hash(out, (size_t)count * sizeof out[0]);
}

void floating(void)
{
    static const double special[] = {0.0,          -0.0,         0.5,           1,     -1,     1.5,     2.5,
                                     -3.5,         1e10,         -1e10,         1e18,  9.3e18, 1.7e19,  1e19,
                                     4294967295.0, 2147483648.0, -2147483648.0, 1e300, -1e300, DBL_MIN, DBL_MIN / 8,
                                     DBL_MAX,      INFINITY,     -INFINITY,     NAN,   1e-310, 3.25e-5};
    uint64_t totals[4] = {0};
    for (size_t i = 0; i < COUNT(special) * COUNT(special); i++) {
        double a = special[i / COUNT(special)], b = special[i % COUNT(special)];
        totals[0] = join(totals[0], comparisons(a, b));
        totals[1] = join(totals[1], arithmetic(a, b));
    }
    for (size_t i = 0; i < COUNT(special); i++)
        totals[2] = join(totals[2], isnan(special[i]) ? 0 : conversions(special[i]));
    for (int i = 0; i < 300; i++)
        totals[3] = join(totals[3], from_integers(next_random() >> i % 64));
    result("comparisons", totals[0]);
    result("arithmetic", totals[1]);
    result("conversions", totals[2]);
    result("from_integers", totals[3]);
    for (int i = 1; i < 4; i++) {
        _Complex double a = i - 2.5i, b = 0.75 + i * 1.0i;
        result("complex", complex_numbers(a, b, (_Complex float)(a - b)));
        a = complex_many((_Complex float)a, 1.5, b, i, a * b, (_Complex float)b, a, b * 4);
        result("many", join(raw(creal(a)), raw(cimag(a))));
    }
    float f[64];
    double d[64];
    int n[64];
    for (int i = 0; i < 64; i++) {
        f[i] = (float)(next_random() % 1000) / 256;
        d[i] = 1 + (double)(next_random() % 1000) / 4096;
        n[i] = (int)(next_random() % 100) - 50;
    }
    result("sums", sums(f, d, n, (int)opaque(61)));
}
