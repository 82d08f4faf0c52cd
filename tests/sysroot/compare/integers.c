/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Arithmetic that the compiler leaves to its runtime: 128-bit integers, complex numbers, bit counts.
 */
#include <complex.h>
#include <stdint.h>
#include <stdio.h>

typedef __int128 int128;
typedef unsigned __int128 uint128;

static uint64_t random64(void)
{
    static uint64_t state = 0xdeadbeefcafef00d;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint128 random128(void)
{
    uint128 value = (uint128)random64() << 64 | random64();

    return value >> random64() % 128;
}

static void print(const char *name, uint128 value)
{
    printf("%s %016llx%016llx\n", name, (unsigned long long)(value >> 64), (unsigned long long)value);
}

static void wide(uint128 left, uint128 right)
{
    int128 minus = -(int128)(left >> 1), divisor = (int128)(right >> 1) | 1;

    right |= 1;
    print("quotient", left / right);
    print("remainder", left % right);
    print("product", left * right);
    print("signed quotient", (uint128)(minus / divisor));
    print("signed remainder", (uint128)(minus % divisor));
    print("shifts", left << random64() % 128 ^ right >> random64() % 128 ^ (uint128)(minus >> random64() % 128));
    printf("%d %d %d\n", left < right, minus < divisor, left == right);
    printf("%a %a %a %a\n", (double)left, (double)minus, (double)(float)left, (double)(float)minus);
    print("from double", (uint128)((double)(left >> 1)));
    print("from float", (uint128)(int128)(float)(minus >> 2));
}

static void narrow(uint64_t value)
{
    printf("%d %d %d %d %d\n", __builtin_popcountll(value), __builtin_parityll(value), __builtin_ffsll((int64_t)value),
           __builtin_clzll(value | 1), __builtin_ctzll(value | (uint64_t)1 << 63));
    printf("%a %a\n", (double)value, (double)(float)value);
    printf("%llx\n", (unsigned long long)__builtin_bswap64(value));
}

static void complex_numbers(void)
{
    double complex a = CMPLX((double)(int64_t)random64(), (double)(int64_t)random64());
    double complex b = CMPLX((double)(int64_t)random64(), (double)(int64_t)random64());
    double complex product = a * b, quotient = a / b;

    printf("%a %a %.10g %.10g\n", creal(product), cimag(product), creal(quotient), cimag(quotient));
}

int main(void)
{
    for (int i = 0; i < 2000; i++) {
        wide(random128(), random128());
        narrow(random64() >> random64() % 64);
        complex_numbers();
    }
    return 0;
}
