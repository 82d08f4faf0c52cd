/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Results of mathematical functions: all bits of the functions that are exact or correctly rounded, 12 digits of the
 * others.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

static uint64_t random64(void)
{
    static uint64_t state = 0x2545f4914f6cdd1d;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double any_double(void)
{
    union {
        uint64_t bits;
        double value;
    } number = {random64()};

    return isnan(number.value) ? 0.5 : number.value;
}

/* A number of moderate size, positive or negative. */
static double moderate(void)
{
    return ldexp((double)(int64_t)random64(), (int)(random64() % 12) - 66);
}

/* The sign of a NaN means nothing. */
static void exact(const char *name, double value)
{
    union {
        double value;
        uint64_t bits;
    } number = {value};

    printf("%s %016llx\n", name, isnan(value) ? 0xffull : (unsigned long long)number.bits);
}

static void near(const char *name, double value)
{
    printf("%s %.12g\n", name, isnan(value) ? -12345 : value);
}

#define EXACT(call) exact(#call, call)
#define NEAR(call) near(#call, call)

static void exact_functions(double x, double y)
{
    int exponent;
    double whole;

    EXACT(sqrt(fabs(x)));
    EXACT(floor(x));
    EXACT(ceil(x));
    EXACT(trunc(x));
    EXACT(round(x));
    EXACT(rint(x));
    EXACT(nearbyint(x));
    EXACT(fmod(x, y));
    EXACT(remainder(x, y));
    EXACT(fmax(x, y));
    EXACT(fmin(x, y));
    EXACT(fdim(x, y));
    EXACT(copysign(x, y));
    EXACT(nextafter(x, y));
    EXACT(frexp(x, &exponent));
    printf("exponent %d %d\n", exponent, ilogb(x));
    EXACT(modf(x, &whole));
    EXACT(whole);
    EXACT(scalbn(x, (int)(random64() % 2100) - 1050));
    EXACT(logb(x));
    EXACT(fma(x, y, any_double()));
    EXACT(fabs(x));
    printf("class %d %d\n", isfinite(x) != 0, signbit(x) != 0);
}

static void float_functions(float x, float y)
{
    EXACT((double)sqrtf(fabsf(x)));
    EXACT((double)floorf(x));
    EXACT((double)roundf(x));
    EXACT((double)fmodf(x, y));
    EXACT((double)fmaf(x, y, (float)moderate()));
    EXACT((double)x / (double)y);
    EXACT((double)(x * y));
    EXACT((double)(float)((double)x * 3.7));
}

static void transcendental_functions(double x, double y)
{
    NEAR(sin(x));
    NEAR(cos(x));
    NEAR(tan(x));
    NEAR(asin(x / 257));
    NEAR(acos(x / 257));
    NEAR(atan(x));
    NEAR(atan2(x, y));
    NEAR(exp(x));
    NEAR(exp2(x));
    NEAR(expm1(x));
    NEAR(log(fabs(x)));
    NEAR(log2(fabs(x)));
    NEAR(log10(fabs(x)));
    NEAR(log1p(fabs(x)));
    NEAR(pow(fabs(x), y));
    NEAR(sinh(x));
    NEAR(cosh(x));
    NEAR(tanh(x));
    NEAR(asinh(x));
    NEAR(acosh(1 + fabs(x)));
    NEAR(atanh(x / 257));
    NEAR(cbrt(x));
    NEAR(hypot(x, y));
    NEAR(erf(x));
    NEAR(tgamma(fabs(x) + 0.5));
    NEAR(lgamma(fabs(x) + 0.5));
    NEAR(j0(x));
    printf("%.5g %.5g %.5g %.5g\n", (double)sinf((float)x), (double)expf((float)x), (double)logf(fabsf((float)x)),
           (double)powf(fabsf((float)x), (float)y));
}

/* Arguments so large that reducing them needs hundreds of bits of pi. */
static void large_arguments(void)
{
    for (int i = 30; i < 1020; i += 30) {
        double x = ldexp(1.2345678901234567, i);
        NEAR(sin(x));
        NEAR(cos(x));
        NEAR(tan(x));
    }
}

static void special_values(void)
{
    static const double values[] = {0.0, -0.0, 1.0, -1.0, 0.5, INFINITY, -INFINITY, 0x1p-1074, 0x1.fffffffffffffp1023};

    for (unsigned int i = 0; i < 9; i++)
        for (unsigned int j = 0; j < 9; j++) {
            double x = values[i], y = values[j];
            NEAR(pow(x, y));
            EXACT(atan2(x, y));
            EXACT(hypot(x, y));
            EXACT(fmod(x, y));
            EXACT(x * y);
            EXACT(x / y);
            EXACT(x + y);
        }
}

int main(void)
{
    for (int i = 0; i < 500; i++) {
        exact_functions(any_double(), any_double());
        exact_functions(moderate(), moderate());
        float_functions((float)moderate(), (float)moderate());
        transcendental_functions(moderate(), moderate());
    }
    large_arguments();
    special_values();
    return 0;
}
