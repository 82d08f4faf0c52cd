/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compares our runtime of the compiler with gcc's own, function by function, natively. The build prefixes the names of
 * our functions with "our".
 */
#include <complex.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 int128;
typedef unsigned __int128 uint128;

#define ROUNDS 200000

static uint64_t random_state = 0x9e3779b97f4a7c15;
static int test_number;

static uint64_t random64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Numbers of every length, with runs of ones and zeros, because the special cases lie there. */
static uint128 random128(void)
{
    uint128 value = (uint128)random64() << 64 | random64();

    switch (random64() % 4) {
    case 0:
        value = ((uint128)1 << random64() % 128) - random64() % 3;
        break;
    case 1:
        value |= value << 1 | value << 2;
        break;
    }
    value >>= random64() % 128;
    return random64() % 2 ? value : -value;
}

static double random_double(void)
{
    static const double specials[] = {0, 1, -1, INFINITY, NAN, 0x1p-1074, 0x1p1023, 0x1.fffffffffffffp1023};
    union {
        uint64_t bits;
        double value;
    } number = {random64()};
    double value;

    switch (random64() % 4) {
    case 0:
        value = specials[random64() % (sizeof specials / sizeof *specials)];
        return random64() % 2 ? value : -value;
    case 1:
        return (double)(int64_t)random64() * 0x1p-60;
    default:
        return number.value;
    }
}

static void report(const char *name, bool passed)
{
    printf("%sok %d - %s\n", passed ? "" : "not ", ++test_number, name);
}

static bool same_double(double left, double right)
{
    return (isnan(left) && isnan(right)) || memcmp(&left, &right, sizeof left) == 0;
}

static bool same_float(float left, float right)
{
    return (isnan(left) && isnan(right)) || memcmp(&left, &right, sizeof left) == 0;
}

#define DECLARE(result, name, ...)                                                                                     \
    result __##name(__VA_ARGS__);                                                                                      \
    result our__##name(__VA_ARGS__);

#define BINARY(type, name)                                                                                             \
    DECLARE(type, name, type, type)                                                                                    \
    static void test_##name(void)                                                                                      \
    {                                                                                                                  \
        bool passed = true;                                                                                            \
                                                                                                                       \
        for (int i = 0; i < ROUNDS && passed; i++) {                                                                   \
            type left = (type)random128(), right = (type)random128();                                                  \
            if (right == 0 || (right == (type)-1 && left == (type)((uint128)1 << 127)))                                \
                continue;                                                                                              \
            passed = __##name(left, right) == our__##name(left, right);                                                \
        }                                                                                                              \
        report(#name, passed);                                                                                         \
    }

#define UNARY(result, name, type, same, condition)                                                                     \
    DECLARE(result, name, type)                                                                                        \
    static void test_##name(void)                                                                                      \
    {                                                                                                                  \
        bool passed = true;                                                                                            \
                                                                                                                       \
        for (int i = 0; i < ROUNDS && passed; i++) {                                                                   \
            type value = (type)random128();                                                                            \
            if (condition)                                                                                             \
                passed = same(__##name(value), our__##name(value));                                                    \
        }                                                                                                              \
        report(#name, passed);                                                                                         \
    }

#define SAME_INTEGER(left, right) ((left) == (right))

BINARY(uint128, udivti3)
BINARY(uint128, umodti3)
BINARY(int128, divti3)
BINARY(int128, modti3)
BINARY(int128, multi3)
UNARY(int, popcountdi2, uint64_t, SAME_INTEGER, true)
UNARY(int, popcountti2, uint128, SAME_INTEGER, true)
UNARY(int, paritydi2, uint64_t, SAME_INTEGER, true)
UNARY(int, parityti2, uint128, SAME_INTEGER, true)
UNARY(int, clzdi2, uint64_t, SAME_INTEGER, value)
UNARY(int, clzti2, uint128, SAME_INTEGER, value)
UNARY(int, ctzdi2, uint64_t, SAME_INTEGER, value)
UNARY(int, ctzti2, uint128, SAME_INTEGER, value)
UNARY(int, ffsdi2, uint64_t, SAME_INTEGER, true)
UNARY(int, ffsti2, uint128, SAME_INTEGER, true)
UNARY(int, clrsbdi2, int64_t, SAME_INTEGER, true)
UNARY(int, clrsbti2, int128, SAME_INTEGER, true)
UNARY(uint64_t, bswapdi2, uint64_t, SAME_INTEGER, true)
UNARY(int128, negti2, int128, SAME_INTEGER, value != (int128)((uint128)1 << 127))
UNARY(double, floattidf, int128, same_double, true)
UNARY(double, floatuntidf, uint128, same_double, true)
UNARY(float, floattisf, int128, same_float, true)
UNARY(float, floatuntisf, uint128, same_float, true)

DECLARE(uint128, udivmodti4, uint128, uint128, uint128 *)
DECLARE(int128, divmodti4, int128, int128, int128 *)
DECLARE(int, cmpti2, int128, int128)
DECLARE(int, ucmpti2, uint128, uint128)
DECLARE(int128, ashlti3, int128, int)
DECLARE(int128, ashrti3, int128, int)
DECLARE(uint128, lshrti3, uint128, int)
DECLARE(int128, fixdfti, double)
DECLARE(int128, fixsfti, float)
DECLARE(uint128, fixunsdfti, double)
DECLARE(uint128, fixunssfti, float)
DECLARE(double, powidf2, double, int)
DECLARE(float, powisf2, float, int)
DECLARE(double complex, muldc3, double, double, double, double)
DECLARE(float complex, mulsc3, float, float, float, float)
DECLARE(double complex, divdc3, double, double, double, double)
DECLARE(float complex, divsc3, float, float, float, float)

static void test_divmod(void)
{
    bool passed = true;

    for (int i = 0; i < ROUNDS && passed; i++) {
        uint128 left = random128(), right = random128() | 1, rest[2];
        int128 signed_left = (int128)left >> 1, signed_right = (int128)right, signed_rest[2];

        passed = __udivmodti4(left, right, &rest[0]) == our__udivmodti4(left, right, &rest[1]) && rest[0] == rest[1] &&
                 __divmodti4(signed_left, signed_right, &signed_rest[0]) ==
                     our__divmodti4(signed_left, signed_right, &signed_rest[1]) &&
                 signed_rest[0] == signed_rest[1];
    }
    report("udivmodti4 and divmodti4", passed);
}

static void test_compare_and_shift(void)
{
    bool passed = true;

    for (int i = 0; i < ROUNDS && passed; i++) {
        uint128 left = random128(), right = random64() % 4 ? random128() : left;
        int count = (int)(random64() % 128);

        passed = __cmpti2((int128)left, (int128)right) == our__cmpti2((int128)left, (int128)right) &&
                 __ucmpti2(left, right) == our__ucmpti2(left, right) &&
                 __ashlti3((int128)left, count) == our__ashlti3((int128)left, count) &&
                 __ashrti3((int128)left, count) == our__ashrti3((int128)left, count) &&
                 __lshrti3(left, count) == our__lshrti3(left, count);
    }
    report("comparisons and shifts", passed);
}

/* Only values in range: the others have no defined result. */
static void test_to_integer(void)
{
    bool passed = true;

    for (int i = 0; i < ROUNDS && passed; i++) {
        double value = random_double();
        float small = (float)value;

        if (fabs(value) < 0x1p127)
            passed = __fixdfti(value) == our__fixdfti(value);
        if (passed && value > -1 && value < 0x1p128)
            passed = __fixunsdfti(value) == our__fixunsdfti(value);
        if (passed && fabsf(small) < 0x1p127f)
            passed = __fixsfti(small) == our__fixsfti(small);
        if (passed && small > -1 && small < 0x1p127f)
            passed = __fixunssfti(small) == our__fixunssfti(small);
    }
    report("conversions to 128-bit integers", passed);
}

static void test_power(void)
{
    bool passed = true;

    for (int i = 0; i < ROUNDS && passed; i++) {
        double base = random_double();
        int exponent = (int)random64() >> random64() % 32;

        passed = same_double(__powidf2(base, exponent), our__powidf2(base, exponent)) &&
                 same_float(__powisf2((float)base, exponent), our__powisf2((float)base, exponent));
    }
    report("integer powers", passed);
}

static bool same_complex(double complex left, double complex right)
{
    return same_double(creal(left), creal(right)) && same_double(cimag(left), cimag(right));
}

static void test_products(void)
{
    bool passed = true;

    for (int i = 0; i < ROUNDS && passed; i++) {
        double n[4];

        for (int j = 0; j < 4; j++)
            n[j] = random_double();
        passed = same_complex(__muldc3(n[0], n[1], n[2], n[3]), our__muldc3(n[0], n[1], n[2], n[3]));
        for (int j = 0; j < 4; j++)
            n[j] = (float)n[j];
        passed = passed && same_complex(__mulsc3((float)n[0], (float)n[1], (float)n[2], (float)n[3]),
                                        our__mulsc3((float)n[0], (float)n[1], (float)n[2], (float)n[3]));
        if (!passed)
            printf("# (%a + i %a)(%a + i %a)\n", n[0], n[1], n[2], n[3]);
    }
    report("complex products", passed);
}

/* An infinity, a NaN and a zero are told apart; finite results may differ in the last bits, relative to their size. */
static bool near_complex(double complex left, double complex right, double tolerance)
{
    double distance = cabs(left - right);

    if (isinf(creal(left)) || isinf(cimag(left)))
        return isinf(creal(right)) || isinf(cimag(right));
    if (isnan(creal(left)) && isnan(cimag(left)))
        return isnan(creal(right)) && isnan(cimag(right));
    return isnan(distance) ? same_complex(left, right) : distance <= tolerance * cabs(left);
}

static double moderate(int range)
{
    return ldexp((double)(int64_t)random64(), (int)(random64() % (unsigned int)(2 * range)) - range - 63);
}

static void test_quotients(void)
{
    bool passed = true;

    for (int i = 0; i < ROUNDS && passed; i++) {
        double a = moderate(400), b = moderate(400), c = moderate(400), d = moderate(400);
        float e = (float)moderate(20), f = (float)moderate(20), g = (float)moderate(20), h = (float)moderate(20);

        passed = near_complex(__divdc3(a, b, c, d), our__divdc3(a, b, c, d), 0x1p-50) &&
                 near_complex(__divsc3(e, f, g, h), our__divsc3(e, f, g, h), 0x1p-22);
        if (!passed)
            printf("# (%a + i %a) / (%a + i %a)\n", a, b, c, d);
    }
    report("complex quotients", passed);
}

static void test_special_quotients(void)
{
    static const double values[] = {0.0, -0.0, 1.0, -1.0, INFINITY, -INFINITY, NAN};
    bool passed = true;

    for (int i = 0; i < 7 * 7 * 7 * 7; i++) {
        double a = values[i % 7], b = values[i / 7 % 7], c = values[i / 49 % 7], d = values[i / 343];

        if (!near_complex(__divdc3(a, b, c, d), our__divdc3(a, b, c, d), 0x1p-50) ||
            !near_complex(__divsc3((float)a, (float)b, (float)c, (float)d),
                          our__divsc3((float)a, (float)b, (float)c, (float)d), 0x1p-22)) {
            printf("# (%a + i %a) / (%a + i %a)\n", a, b, c, d);
            passed = false;
        }
    }
    report("complex quotients of zeros, infinities and NaN", passed);
}

/* Results near the limits of the exponent, where the textbook formula fails. */
static void test_extreme_quotients(void)
{
    double complex large = our__divdc3(0x1p1000, 0x1p1000, 0x1p1000, 0x1p1000);
    double complex small = our__divdc3(0x1p-1070, 0x1p-1070, 0x1p-1070, 0);
    double complex tiny = our__divdc3(0x1p-1000, 0, 0x1p50, 0);

    report("complex quotients at the limits of the exponent",
           same_complex(large, 1.0) && same_complex(small, 1.0 + I) && same_complex(tiny, 0x1p-1050));
}

int main(void)
{
    static void (*const tests[])(void) = {
        test_udivti3,
        test_umodti3,
        test_divti3,
        test_modti3,
        test_multi3,
        test_popcountdi2,
        test_popcountti2,
        test_paritydi2,
        test_parityti2,
        test_clzdi2,
        test_clzti2,
        test_ctzdi2,
        test_ctzti2,
        test_ffsdi2,
        test_ffsti2,
        test_clrsbdi2,
        test_clrsbti2,
        test_bswapdi2,
        test_negti2,
        test_floattidf,
        test_floatuntidf,
        test_floattisf,
        test_floatuntisf,
        test_divmod,
        test_compare_and_shift,
        test_to_integer,
        test_power,
        test_products,
        test_quotients,
        test_special_quotients,
        test_extreme_quotients,
    };

    printf("1..%zu\n", sizeof tests / sizeof *tests);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tests[i]();
    return 0;
}
