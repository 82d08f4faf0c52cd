/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Products and quotients of complex numbers (C17, annex G): an infinity is kept where plain arithmetic gives NaN.
 */
#include "runtime.h"

_Complex double __muldc3(double a, double b, double c, double d);
_Complex float __mulsc3(float a, float b, float c, float d);
_Complex double __divdc3(double a, double b, double c, double d);
_Complex float __divsc3(float a, float b, float c, float d);

static inline _Complex double pair(double real, double imaginary)
{
    _Complex double result;

    __real__ result = real;
    __imag__ result = imaginary;
    return result;
}

/* 1 for an infinity, 0 for what is finite or NaN, with the sign of the number. */
static inline double unit_if_infinite(double value)
{
    return __builtin_copysign(__builtin_isinf(value) ? 1.0 : 0.0, value);
}

static inline double zero_if_nan(double value)
{
    return __builtin_isnan(value) ? __builtin_copysign(0.0, value) : value;
}

struct operands {
    double a, b, c, d;
};

/* (a + ib)(c + id) was NaN + i NaN although there may be an infinity in it. */
static _Complex double multiply_infinities(struct operands n, _Bool overflow, _Complex double plain)
{
    _Bool left = __builtin_isinf(n.a) || __builtin_isinf(n.b), right = __builtin_isinf(n.c) || __builtin_isinf(n.d);

    if (!left && !right && !overflow)
        return plain;
    if (left)
        n = (struct operands){unit_if_infinite(n.a), unit_if_infinite(n.b), zero_if_nan(n.c), zero_if_nan(n.d)};
    if (right)
        n = (struct operands){zero_if_nan(n.a), zero_if_nan(n.b), unit_if_infinite(n.c), unit_if_infinite(n.d)};
    if (!left && !right)
        n = (struct operands){zero_if_nan(n.a), zero_if_nan(n.b), zero_if_nan(n.c), zero_if_nan(n.d)};
    return pair(__builtin_inf() * (n.a * n.c - n.b * n.d), __builtin_inf() * (n.a * n.d + n.b * n.c));
}

_Complex double __muldc3(double a, double b, double c, double d)
{
    double ac = a * c, bd = b * d, ad = a * d, bc = b * c;
    _Complex double plain = pair(ac - bd, ad + bc);

    if (!__builtin_isnan(__real__ plain) || !__builtin_isnan(__imag__ plain))
        return plain;
    return multiply_infinities((struct operands){a, b, c, d},
                               __builtin_isinf(ac) || __builtin_isinf(bd) || __builtin_isinf(ad) || __builtin_isinf(bc),
                               plain);
}

_Complex float __mulsc3(float a, float b, float c, float d)
{
    float ac = a * c, bd = b * d, ad = a * d, bc = b * c;
    _Complex double plain = pair(ac - bd, ad + bc);

    if (__builtin_isnan(__real__ plain) && __builtin_isnan(__imag__ plain))
        plain = multiply_infinities(
            (struct operands){a, b, c, d},
            __builtin_isinf(ac) || __builtin_isinf(bd) || __builtin_isinf(ad) || __builtin_isinf(bc), plain);
    return (_Complex float)plain;
}

#define MANTISSA_BITS 52
#define EXPONENT_MASK 0x7ff
#define EXPONENT_BIAS 1023

static int exponent_of(double value)
{
    union {
        double value;
        uint64_t bits;
    } number = {value};

    return (int)(number.bits >> MANTISSA_BITS & EXPONENT_MASK) - EXPONENT_BIAS;
}

static double two_to(int exponent)
{
    union {
        uint64_t bits;
        double value;
    } power = {(uint64_t)(exponent + EXPONENT_BIAS) << MANTISSA_BITS};

    return power.value;
}

/* Several factors, for an exponent that no single number has; the small steps come last so that rounding happens once.
 */
static double scale(double value, int exponent)
{
    for (; exponent > 1000; exponent -= 1000)
        value *= two_to(1000);
    for (; exponent < -1000; exponent += 969)
        value *= two_to(-969);
    return value * two_to(exponent);
}

/* Brings the larger of two numbers near 1 and says by which power of two; zeros, infinities and NaN stay. */
static int normalise(double *x, double *y)
{
    double larger = __builtin_fabs(*x) > __builtin_fabs(*y) ? *x : *y;
    int exponent, more = 0;

    if (larger == 0 || !__builtin_isfinite(*x) || !__builtin_isfinite(*y))
        return 0;
    if (exponent_of(larger) == -EXPONENT_BIAS) {
        more = -64;
        *x *= two_to(64);
        *y *= two_to(64);
        larger *= two_to(64);
    }
    exponent = exponent_of(larger);
    *x = scale(*x, -exponent);
    *y = scale(*y, -exponent);
    return exponent + more;
}

static _Complex double divide_specials(struct operands n, double norm, _Complex double plain)
{
    if (norm == 0 && (!__builtin_isnan(n.a) || !__builtin_isnan(n.b))) {
        double infinity = __builtin_copysign(__builtin_inf(), n.c);
        return pair(infinity * n.a, infinity * n.b);
    }
    if ((__builtin_isinf(n.a) || __builtin_isinf(n.b)) && __builtin_isfinite(n.c) && __builtin_isfinite(n.d)) {
        double a = unit_if_infinite(n.a), b = unit_if_infinite(n.b);
        return pair(__builtin_inf() * (a * n.c + b * n.d), __builtin_inf() * (b * n.c - a * n.d));
    }
    if ((__builtin_isinf(n.c) || __builtin_isinf(n.d)) && __builtin_isfinite(n.a) && __builtin_isfinite(n.b)) {
        double c = unit_if_infinite(n.c), d = unit_if_infinite(n.d);
        return pair(0.0 * (n.a * c + n.b * d), 0.0 * (n.b * c - n.a * d));
    }
    return plain;
}

/* Both numbers are brought near 1 first, so that no intermediate result overflows and none that matters underflows. */
_Complex double __divdc3(double a, double b, double c, double d)
{
    struct operands n = {a, b, c, d};
    int exponent = normalise(&n.a, &n.b) - normalise(&n.c, &n.d);
    double norm = n.c * n.c + n.d * n.d;
    _Complex double plain =
        pair(scale((n.a * n.c + n.b * n.d) / norm, exponent), scale((n.b * n.c - n.a * n.d) / norm, exponent));

    if (!__builtin_isnan(__real__ plain) || !__builtin_isnan(__imag__ plain))
        return plain;
    return divide_specials((struct operands){a, b, c, d}, norm, plain);
}

/* The squares of floats fit a double. */
_Complex float __divsc3(float a, float b, float c, float d)
{
    struct operands n = {a, b, c, d};
    double norm = n.c * n.c + n.d * n.d;
    _Complex double plain = pair((n.a * n.c + n.b * n.d) / norm, (n.b * n.c - n.a * n.d) / norm);

    if (__builtin_isnan(__real__ plain) && __builtin_isnan(__imag__ plain))
        plain = divide_specials(n, norm, plain);
    return (_Complex float)plain;
}
