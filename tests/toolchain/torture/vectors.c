/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Floating point and vectors, to SSE2 by default and wider where the command line of the test says so.
 */
#include "support.h"
#include <emmintrin.h>
#include <stdint.h>

typedef float floats __attribute__((vector_size(32)));
typedef int64_t longs __attribute__((vector_size(32)));
typedef uint8_t bytes __attribute__((vector_size(16)));

static unsigned long raw(double value)
{
    unsigned long word;
    __builtin_memcpy(&word, &value, sizeof word);
    return word;
}

HIDDEN static double arithmetic(double a, float b, long c, unsigned long d, int e)
{
    double total = a * (double)b + (double)c / (double)d;
    total -= (float)e * b;
    total = __builtin_sqrt(total * total + 1) + __builtin_fabs(a) - __builtin_copysign(2.5, a);
    return total + (double)(long)(total * 1000) + (double)(unsigned long)(total + 3) + (total > a ? total : a) +
           (double)(unsigned)total;
}

HIDDEN static unsigned long intrinsics(const void *memory, int count)
{
    __m128i sum = _mm_setzero_si128(), mask = _mm_set1_epi8(0x5a);
    const __m128i *words = memory;
    for (int i = 0; i < count; i++) {
        __m128i value = _mm_loadu_si128((const __m128i *)((const char *)(words + i) + 1));
        sum = _mm_add_epi32(sum, _mm_xor_si128(value, mask));
        sum = _mm_shuffle_epi32(sum, 0x39);
        sum = _mm_unpacklo_epi8(sum, _mm_srli_epi64(value, 7));
        sum = _mm_sub_epi16(sum, _mm_mullo_epi16(value, _mm_slli_si128(sum, 3)));
        if (_mm_movemask_epi8(_mm_cmpgt_epi8(sum, value)) & 0x88)
            sum = _mm_packs_epi16(sum, value);
    }
    _Alignas(16) unsigned long out[2];
    _mm_store_si128((__m128i *)out, sum);
    __m128d doubles = _mm_cvtepi32_pd(sum);
    doubles = _mm_mul_pd(doubles, _mm_set_pd(1.5, -2.5));
    return out[0] ^ out[1] ^ (unsigned long)_mm_cvtsd_si64(doubles) ^ (unsigned long)_mm_extract_epi16(sum, 3);
}

HIDDEN static floats vector_function(floats a, floats b, longs *c)
{
    *c = *c * 3 + (longs)(a > b);
    return a * b + (floats){1, 2, 3, 4, 5, 6, 7, 8};
}

HIDDEN static void loop(float *restrict to, const float *restrict from, const int *restrict index, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = from[i] * 2.5f + (float)index[i];
    for (int i = 0; i < count; i++)
        to[i] += from[index[i] & 15];
}

HIDDEN static unsigned long byte_loop(uint8_t *restrict to, const uint8_t *from, int count)
{
    unsigned long total = 0;
    for (int i = 0; i < count; i++) {
        to[i] = (uint8_t)(from[i] ^ (from[i] >> 3));
        total += to[i] * (unsigned long)from[count - 1 - i];
    }
    return total;
}

HIDDEN static _Complex double complex_product(_Complex double a, _Complex double b)
{
    return a + b * 2.0;
}

HIDDEN static long double extended(long double a, int b)
{
    return a * b + 0.125L;
}

void torture(void)
{
    _Alignas(32) char memory[512];
    float from[64], to[64];
    int index[64];
    for (int i = 0; i < 512; i++)
        memory[i] = (char)(i * 7 + i / 3);
    for (int i = 0; i < 64; i++) {
        from[i] = (float)i * 0.75f;
        index[i] = i * i;
    }
    for (int i = 1; i < 5; i++) {
        result("arithmetic", raw(arithmetic(i * -1.5, (float)i * 3.25f, i * 1000, 7, -i)));
        result("intrinsics", intrinsics(memory + i, 20));
        loop(to, from, index, 60 + i);
        result("loop", raw((double)to[3] + (double)to[59] * 3));
        result("byte_loop", byte_loop((uint8_t *)memory + 256, (uint8_t *)memory, 200 + i));
        floats a = {1, 2, 3, 4, 5, (float)i, 7, 8};
        longs c = {1, 2, 3, i};
        floats b = vector_function(a, a * 1.5f - 3, &c);
        result("vector_function", raw((double)b[5] + (double)b[1]) + (unsigned long)c[3] * 3 + (unsigned long)c[1]);
        _Complex double d = complex_product(i + 2.0i, 3.0 - i * 1.0i);
        result("complex", raw(__real__ d) ^ raw(__imag__ d) * 3);
    }
    result("extended", (unsigned long)(extended((long double)opaque(5), 12) * 8));
}
