/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bit counts, byte orders, comparisons and shifts of integers that the compiler may leave to a function.
 */
#include "runtime.h"

int __popcountdi2(uint64_t value);
int __popcountti2(uint128 value);
int __paritydi2(uint64_t value);
int __parityti2(uint128 value);
int __clzdi2(uint64_t value);
int __clzti2(uint128 value);
int __ctzdi2(uint64_t value);
int __ctzti2(uint128 value);
int __ffsdi2(uint64_t value);
int __ffsti2(uint128 value);
int __clrsbdi2(int64_t value);
int __clrsbti2(int128 value);
uint32_t __bswapsi2(uint32_t value);
uint64_t __bswapdi2(uint64_t value);
uint128 __bswapti2(uint128 value);
int __cmpti2(int128 left, int128 right);
int __ucmpti2(uint128 left, uint128 right);
int128 __ashlti3(int128 value, int count);
int128 __ashrti3(int128 value, int count);
uint128 __lshrti3(uint128 value, int count);
int128 __multi3(int128 left, int128 right);
int128 __negti2(int128 value);
void __clear_cache(void *start, void *end);

/* Sums of ever wider groups of bits; the product adds up the bytes. */
int __popcountdi2(uint64_t value)
{
    value -= value >> 1 & 0x5555555555555555u;
    value = (value & 0x3333333333333333u) + (value >> 2 & 0x3333333333333333u);
    value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int)(value * 0x0101010101010101u >> 56);
}

int __popcountti2(uint128 value)
{
    return __popcountdi2((uint64_t)value) + __popcountdi2(high(value));
}

int __paritydi2(uint64_t value)
{
    return __popcountdi2(value) & 1;
}

int __parityti2(uint128 value)
{
    return __popcountti2(value) & 1;
}

int __clzdi2(uint64_t value)
{
    return __builtin_clzll(value);
}

int __clzti2(uint128 value)
{
    return leading_zeros(value);
}

int __ctzdi2(uint64_t value)
{
    return __builtin_ctzll(value);
}

int __ctzti2(uint128 value)
{
    return (uint64_t)value ? __builtin_ctzll((uint64_t)value) : 64 + __builtin_ctzll(high(value));
}

int __ffsdi2(uint64_t value)
{
    return value ? __ctzdi2(value) + 1 : 0;
}

int __ffsti2(uint128 value)
{
    return value ? __ctzti2(value) + 1 : 0;
}

/* Copies of the sign bit after the first. */
int __clrsbdi2(int64_t value)
{
    uint64_t bits = (uint64_t)(value < 0 ? ~value : value);

    return bits ? __builtin_clzll(bits) - 1 : 63;
}

int __clrsbti2(int128 value)
{
    uint128 bits = (uint128)(value < 0 ? ~value : value);

    return bits ? leading_zeros(bits) - 1 : 127;
}

uint32_t __bswapsi2(uint32_t value)
{
    return __builtin_bswap32(value);
}

uint64_t __bswapdi2(uint64_t value)
{
    return __builtin_bswap64(value);
}

uint128 __bswapti2(uint128 value)
{
    return (uint128)__builtin_bswap64((uint64_t)value) << 64 | __builtin_bswap64(high(value));
}

/* 0, 1 and 2 stand for less, equal and greater. */
int __cmpti2(int128 left, int128 right)
{
    return 1 + (left > right) - (left < right);
}

int __ucmpti2(uint128 left, uint128 right)
{
    return 1 + (left > right) - (left < right);
}

int128 __ashlti3(int128 value, int count)
{
    return (int128)((uint128)value << count);
}

int128 __ashrti3(int128 value, int count)
{
    return value >> count;
}

uint128 __lshrti3(uint128 value, int count)
{
    return value >> count;
}

int128 __multi3(int128 left, int128 right)
{
    return (int128)((uint128)left * (uint128)right);
}

int128 __negti2(int128 value)
{
    return (int128) - (uint128)value;
}

/* Verified code never writes instructions. */
void __clear_cache(void *start, void *end)
{
    (void)start;
    (void)end;
}
