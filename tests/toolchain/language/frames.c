/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Stack frames: of more than a page and of more than a MiB, growing while the function runs, deep recursion, and jumps
 * out of them.
 */
#include "language.h"
#include <alloca.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define FRAME(name, size)                                                                                              \
    ALONE static uint64_t name(uint64_t seed)                                                                          \
    {                                                                                                                  \
        unsigned char bytes[size];                                                                                     \
        uint64_t last = seed;                                                                                          \
        for (size_t i = 0; i<(size); i += (size)> 100000 ? 997 : 1)                                                    \
            bytes[i] = (unsigned char)(seed >> (i & 31));                                                              \
        bytes[(size)-1] = (unsigned char)opaque((long)seed);                                                           \
        unsigned char *same = opaque_pointer(bytes);                                                                   \
        for (size_t i = 0; i<(size); i += (size)> 100000 ? 997 : 1)                                                    \
            last = join(last, same[i]);                                                                                \
        return join(last, same[(size)-1]);                                                                             \
    }
FRAME(frame100, 100)
FRAME(frame128, 128)
FRAME(frame136, 136)
FRAME(frame4000, 4000)
FRAME(frame4096, 4096)
FRAME(frame5000, 5000)
FRAME(frame65536, 65536)
FRAME(frame_mega, (1 << 20) + 24)
FRAME(frame_3mega, 3 << 20)

/* A large frame with arguments on the stack above it. */
ALONE static uint64_t far_arguments(long a, long b, long c, long d, long e, long f, long g, double h, long i)
{
    volatile unsigned char bytes[70000];
    for (long n = 0; n < 70000; n += 1000)
        bytes[n] = (unsigned char)(n * g);
    return join((uint64_t)(a + b + c + d + e + f + g + i), raw(h) + bytes[opaque(69000)]);
}

/* Blocks of many sizes and alignments, all of them alive. */
ALONE static uint64_t blocks(int count)
{
    unsigned char *pointers[40];
    uint64_t total = 0;
    for (int i = 0; i < count; i++) {
        size_t size = (size_t)opaque(i * i * 3 + 1);
        pointers[i] = i % 3 == 0   ? alloca(size)
                      : i % 3 == 1 ? __builtin_alloca_with_align(size, 512)
                                   : __builtin_alloca_with_align(size, 256);
        memset(pointers[i], i, size);
        if (i % 3 == 1)
            total += (uintptr_t)pointers[i] & 63;
        if (i % 3 == 2)
            total += (uintptr_t)pointers[i] & 31;
    }
    for (int i = 0; i < count; i++)
        total = join(total, hash(pointers[i], (size_t)(i * i * 3 + 1)));
    return total;
}

/* Arrays that come and go in a loop, with a way out of the middle. */
ALONE static uint64_t coming_and_going(int rounds)
{
    uint64_t total = 0;
    int round = 0;
again:;
    short rows[round + 1][round * 2 + 3];
    for (int i = 0; i <= round; i++)
        for (int j = 0; j < round * 2 + 3; j++)
            rows[i][j] = (short)(i * j + round);
    total = join(total, hash(rows, sizeof rows));
    for (int i = 1; i < 5; i++) {
        char inner[i * 100];
        memset(inner, i, sizeof inner);
        if (i == 4 && round % 3 == 1)
            break;
        total = join(total, (uint64_t)inner[sizeof inner - 1] + sizeof inner);
        if (i == 3 && ++round < rounds)
            goto again;
    }
    return total;
}

ALONE static uint64_t deep(unsigned depth, uint64_t value)
{
    if (depth == 0)
        return value;
    uint64_t below = deep(depth - 1, value * 3 + depth);
    return join(below, depth);
}

static uint64_t second(unsigned depth, const uint64_t *above, double d);
ALONE static uint64_t first(unsigned depth, const uint64_t *above, double d)
{
    uint64_t words[5] = {depth, *above, 3, 4, raw(d)};
    return depth == 0 ? *above : join(second(depth - 1, words + 1, d * 0.5), words[0] + words[4]);
}
ALONE static uint64_t second(unsigned depth, const uint64_t *above, double d)
{
    uint64_t here = *above + depth;
    return depth == 0 ? here : first(depth - 1, &here, d + 1) ^ here;
}

static jmp_buf outer;
static volatile int jumps;

ALONE static void leave(int depth, int value)
{
    char here[depth * 16 + 1];
    memset(here, value, sizeof here);
    opaque_pointer(here);
    jumps++;
    if (depth == 0)
        longjmp(outer, value);
    leave(depth - 1, value);
    jumps += here[depth];
}

/* Variables in registers that are saved, across returns through several frames. */
ALONE static uint64_t comes_back(long a, long b, long c, long d, long e, long f)
{
    long kept = opaque(a * b), also = opaque(c - d), more = opaque(e ^ f);
    volatile uint64_t total = 0;
    double number = (double)kept / 4;
    int value = setjmp(outer);
    total = join(total, (uint64_t)(value + kept) + (uint64_t)(also * 3 + more) + raw(number));
    if (value < 6)
        leave(value * 3, value + 1);
    return total;
}

ALONE static uint64_t nested_jumps(int rounds)
{
    jmp_buf inner[3];
    volatile int count = 0;
    volatile uint64_t total = 0;
    for (volatile int i = 0; i < 3; i++) {
        int value = setjmp(inner[i]);
        total = join(total, (uint64_t)(value * 10 + i));
    }
    if (count < rounds) {
        count = count + 1;
        longjmp(inner[2 - count % 3], count % 4);
    }
    return total;
}

static int by_value(const void *a, const void *b)
{
    static int calls;
    if (++calls % 50 == 0)
        longjmp(outer, calls);
    return *(const int *)a - *(const int *)b;
}

/* Out of the library's frames. */
ALONE static uint64_t out_of_qsort(void)
{
    int numbers[200];
    volatile uint64_t total = 0;
    for (int i = 0; i < 200; i++)
        numbers[i] = i * 7919 % 1000;
    int value = setjmp(outer);
    if (value < 400 && value % 50 == 0) {
        total = total + 1 + (uint64_t)(value != 0);
        qsort(numbers, 3, sizeof *numbers, by_value);
        for (int i = 0; i < 100; i++)
            qsort(numbers + i, 2, sizeof *numbers, by_value);
    }
    return total > 2;
}

void frames(void)
{
    for (int i = 1; i < 3; i++) {
        uint64_t seed = next_random();
        result("100", frame100(seed));
        result("128", frame128(seed));
        result("136", frame136(seed));
        result("4000", frame4000(seed));
        result("4096", frame4096(seed));
        result("5000", frame5000(seed));
        result("65536", frame65536(seed));
        result("mega", frame_mega(seed));
        result("3mega", frame_3mega(seed));
        result("far", far_arguments(1, 2, 3, 4, 5, 6, opaque(7), 8.5, 9));
        result("blocks", blocks((int)opaque(10 * i)));
        result("coming", coming_and_going((int)opaque(6 * i)));
        result("back", comes_back(i, 2, 3, 4, 5, 6));
        result("nested", nested_jumps(i * 5));
    }
    result("qsort", out_of_qsort());
    result("deep", deep((unsigned)opaque(100000), 5));
    uint64_t start = 7;
    result("both", first((unsigned)opaque(20001), &start, 0.25));
}
