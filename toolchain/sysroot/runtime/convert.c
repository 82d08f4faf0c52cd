/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Conversions between 128-bit integers and floating point. Each result is rounded once, in the current rounding mode.
 */
#include "runtime.h"

double __floattidf(int128 value);
double __floatuntidf(uint128 value);
float __floattisf(int128 value);
float __floatuntisf(uint128 value);
int128 __fixdfti(double value);
int128 __fixsfti(float value);
uint128 __fixunsdfti(double value);
uint128 __fixunssfti(float value);
uint64_t __fixunsdfdi(double value);
uint64_t __fixunssfdi(float value);

#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define EXPONENT_MASK 0x7ff

/* The upper 63 bits of a number; its lowest bit says whether bits were lost too, so that rounding sees them. */
struct upper_bits {
    int64_t bits;
    int shift;
};

static struct upper_bits upper_bits(uint128 value)
{
    struct upper_bits upper = {(int64_t)value, 0};

    if (value >> 63) {
        upper.shift = 65 - leading_zeros(value);
        upper.bits = (int64_t)(value >> upper.shift) | ((value & (((uint128)1 << upper.shift) - 1)) != 0);
    }
    return upper;
}

/* 2 to the power of a shift of 0 to 65. */
static float power_of_two(int shift)
{
    union {
        uint32_t bits;
        float value;
    } power = {(uint32_t)(127 + shift) << 23};

    return power.value;
}

/* The sign is there before the conversion, which may round up or down. */
double __floattidf(int128 value)
{
    struct upper_bits upper = upper_bits(magnitude(value));

    return (double)(value < 0 ? -upper.bits : upper.bits) * (double)power_of_two(upper.shift);
}

double __floatuntidf(uint128 value)
{
    struct upper_bits upper = upper_bits(value);

    return (double)upper.bits * (double)power_of_two(upper.shift);
}

float __floattisf(int128 value)
{
    struct upper_bits upper = upper_bits(magnitude(value));

    return (float)(value < 0 ? -upper.bits : upper.bits) * power_of_two(upper.shift);
}

float __floatuntisf(uint128 value)
{
    struct upper_bits upper = upper_bits(value);

    return (float)upper.bits * power_of_two(upper.shift);
}

/* The magnitude without its fraction; what does not fit loses its upper bits. */
static uint128 integer_part(double value)
{
    union {
        double value;
        uint64_t bits;
    } number = {value};
    int exponent = (int)(number.bits >> MANTISSA_BITS & EXPONENT_MASK) - EXPONENT_BIAS;
    uint128 mantissa = (number.bits & ((UINT64_C(1) << MANTISSA_BITS) - 1)) | UINT64_C(1) << MANTISSA_BITS;

    if (exponent < 0)
        return 0;
    if (exponent <= MANTISSA_BITS)
        return mantissa >> (MANTISSA_BITS - exponent);
    return exponent - MANTISSA_BITS < 128 ? mantissa << (exponent - MANTISSA_BITS) : 0;
}

int128 __fixdfti(double value)
{
    uint128 result = integer_part(value);

    return (int128)(value < 0 ? -result : result);
}

int128 __fixsfti(float value)
{
    return __fixdfti((double)value);
}

uint128 __fixunsdfti(double value)
{
    return (uint128)__fixdfti(value);
}

uint128 __fixunssfti(float value)
{
    return (uint128)__fixdfti((double)value);
}

uint64_t __fixunsdfdi(double value)
{
    return (uint64_t)value;
}

uint64_t __fixunssfdi(float value)
{
    return (uint64_t)value;
}
