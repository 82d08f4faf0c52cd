/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Division of 128-bit integers, built on the processor's division of 128 by 64 bits.
 */
#include "runtime.h"

uint128 __udivmodti4(uint128 dividend, uint128 divisor, uint128 *remainder);
uint128 __udivti3(uint128 dividend, uint128 divisor);
uint128 __umodti3(uint128 dividend, uint128 divisor);
int128 __divmodti4(int128 dividend, int128 divisor, int128 *remainder);
int128 __divti3(int128 dividend, int128 divisor);
int128 __modti3(int128 dividend, int128 divisor);

/* top < divisor, or the processor faults. */
static inline uint64_t divide_step(uint64_t top, uint64_t bottom, uint64_t divisor, uint64_t *remainder)
{
    uint64_t quotient;

    __asm__("divq %4" : "=a"(quotient), "=d"(*remainder) : "0"(bottom), "1"(top), "r"(divisor) : "cc");
    return quotient;
}

/* A zero divisor faults in the second step, as the instruction does for 64 bits. */
static uint128 divide_by_64(uint128 dividend, uint64_t divisor, uint128 *remainder)
{
    uint64_t top = 0, rest = high(dividend), bottom;

    if (rest >= divisor && divisor) {
        top = rest / divisor;
        rest %= divisor;
    }
    bottom = divide_step(rest, (uint64_t)dividend, divisor, &rest);
    *remainder = rest;
    return (uint128)top << 64 | bottom;
}

/* The quotient fits 64 bits. Dividing halves of the normalised numbers gives it or one more. */
static uint128 divide_by_128(uint128 dividend, uint128 divisor, uint128 *remainder)
{
    int shift = __builtin_clzll(high(divisor));
    uint128 half = dividend >> 1, rest;
    uint64_t ignored, quotient = divide_step(high(half), (uint64_t)half, high(divisor << shift), &ignored);

    quotient >>= 63 - shift;
    if (quotient)
        quotient--;
    rest = dividend - quotient * divisor;
    if (rest >= divisor) {
        quotient++;
        rest -= divisor;
    }
    *remainder = rest;
    return quotient;
}

static inline uint128 divide(uint128 dividend, uint128 divisor, uint128 *remainder)
{
    if (!high(divisor))
        return divide_by_64(dividend, (uint64_t)divisor, remainder);
    return divide_by_128(dividend, divisor, remainder);
}

uint128 __udivmodti4(uint128 dividend, uint128 divisor, uint128 *remainder)
{
    uint128 ignored;

    return divide(dividend, divisor, remainder ? remainder : &ignored);
}

uint128 __udivti3(uint128 dividend, uint128 divisor)
{
    uint128 ignored;

    return divide(dividend, divisor, &ignored);
}

uint128 __umodti3(uint128 dividend, uint128 divisor)
{
    uint128 remainder;

    divide(dividend, divisor, &remainder);
    return remainder;
}

/* The remainder has the sign of the dividend. */
int128 __divmodti4(int128 dividend, int128 divisor, int128 *remainder)
{
    uint128 rest, quotient = divide(magnitude(dividend), magnitude(divisor), &rest);

    if (remainder)
        *remainder = (int128)(dividend < 0 ? -rest : rest);
    return (int128)((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}

int128 __divti3(int128 dividend, int128 divisor)
{
    return __divmodti4(dividend, divisor, 0);
}

int128 __modti3(int128 dividend, int128 divisor)
{
    int128 remainder;

    __divmodti4(dividend, divisor, &remainder);
    return remainder;
}
