/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls: arguments on the stack, variable arguments, structures by value, frames of every kind, recursion, tail calls.
 */
#include "support.h"
#include <stdarg.h>
#include <stdint.h>

struct small {
    int a;
    char b;
};
struct pair {
    long a, b;
};
struct mixed {
    double d;
    long l;
};
struct large {
    long words[12];
};

HIDDEN static long sum(int count, ...)
{
    va_list list;
    long total = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        total = total * 3 + va_arg(list, long);
    va_end(list);
    return total;
}

HIDDEN static double sum_doubles(const char *kinds, ...)
{
    va_list list, copy;
    double total = 0;
    va_start(list, kinds);
    va_copy(copy, list);
    for (; *kinds; kinds++)
        total = total * 1.5 + (*kinds == 'd'   ? va_arg(list, double)
                               : *kinds == 'i' ? va_arg(list, int)
                                               : va_arg(list, struct mixed).d);
    total += va_arg(copy, double);
    va_end(copy);
    va_end(list);
    return total;
}

HIDDEN static long many(long a, int b, char c, short d, long e, long f, long g, char h, short i, int j, double k,
                        double l)
{
    return a + 2 * b + 3 * c + 5 * d + 7 * e + 11 * f + 13 * g + 17 * h + 19 * i + 23 * j + (long)(29 * k) +
           (long)(31 * l);
}

HIDDEN static struct small make_small(int a)
{
    return (struct small){a * 3, (char)a};
}

HIDDEN static struct pair make_pair(long a)
{
    return (struct pair){a, ~a};
}

HIDDEN static struct mixed make_mixed(long a)
{
    return (struct mixed){(double)a / 4, a};
}

HIDDEN static struct large make_large(long a)
{
    struct large large;
    for (int i = 0; i < 12; i++)
        large.words[i] = a * i;
    return large;
}

HIDDEN static long take_large(struct large first, struct pair second, struct large third)
{
    long total = second.a ^ second.b;
    for (int i = 0; i < 12; i++)
        total = total * 5 + first.words[i] - third.words[11 - i];
    first.words[3] = total;
    return total + first.words[3];
}

HIDDEN static void fill(unsigned char *bytes, int count, int value)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(value * i + 1);
}

HIDDEN static long use_alloca(int count)
{
    unsigned char *first = __builtin_alloca((unsigned)count);
    fill(first, count, 7);
    unsigned char *second = __builtin_alloca((unsigned)count / 2 + 1);
    fill(second, count / 2, 11);
    return first[count - 1] * 256 + second[count / 2 - 1] + ((uintptr_t)first & 15);
}

HIDDEN static long use_array(int count)
{
    long total = 0;
    for (int round = 1; round < 4; round++) {
        unsigned char bytes[count * round];
        fill(bytes, count * round, round);
        total = total * 31 + bytes[count * round - 1];
        if (total & 1)
            continue;
        long words[count];
        words[count - 1] = total;
        total += *(long *)opaque_pointer(&words[count - 1]) + sum(4, total, 1L, 2L, 3L);
    }
    return total;
}

HIDDEN static long overaligned(int count)
{
    _Alignas(64) unsigned char bytes[192];
    _Alignas(32) long words[4] = {1, 2, 3, count};
    fill(bytes, 192, count);
    return bytes[191] + (long)((uintptr_t)opaque_pointer(bytes) & 63) +
           ((long)((uintptr_t)opaque_pointer(words) & 31) << 8) + words[3] * 65536;
}

HIDDEN static long overaligned_dynamic(int count, long a, long b, long c, long d, long e, long f, long g)
{
    _Alignas(128) unsigned char bytes[128];
    unsigned char array[count];
    fill(bytes, 128, count);
    fill(array, count, 3);
    if (a == 99)
        return sum(3, a, b, c);
    return bytes[127] + array[count - 1] + (long)((uintptr_t)opaque_pointer(bytes) & 127) + a + 2 * b + 3 * c + 4 * d +
           5 * e + 6 * f + 7 * g;
}

HIDDEN static long large_frame(long seed)
{
    long words[4000];
    for (int i = 0; i < 4000; i++)
        words[i] = seed = seed * 6364136223846793005 + 1442695040888963407;
    opaque_pointer(words);
    return words[0] ^ words[1999] ^ words[3999];
}

HIDDEN static long recurse(long depth, long value)
{
    long words[3] = {depth, value, depth ^ value};
    opaque_pointer(words);
    if (!depth)
        return value;
    return recurse(depth - 1, value * 3 + words[2]) + words[0];
}

HIDDEN static long fibonacci(int n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

HIDDEN static int is_even(unsigned long n);
HIDDEN static int is_odd(unsigned long n)
{
    return n == 0 ? 0 : is_even(n - 1);
}
HIDDEN static int is_even(unsigned long n)
{
    return n == 0 ? 1 : is_odd(n - 1);
}

HIDDEN static long add_one(long a, long b)
{
    return a + b + 1;
}
HIDDEN static long times(long a, long b)
{
    return a * b;
}
HIDDEN static long minus(long a, long b)
{
    return a - b;
}
static long (*volatile operations[])(long, long) = {add_one, times, minus};

HIDDEN static long through_pointer(int which, long a, long b)
{
    if (a > 100)
        return times(a, b);
    if (b == 7)
        return minus(a, opaque(b)) + 5;
    return operations[which](b, a);
}

HIDDEN static long keep_registers(long a, long b, long c, long d, long e, long f)
{
    long x = operations[0](a, b), y = operations[1](c, d), z = operations[2](e, f);
    for (int i = 0; i < 5; i++)
        x = operations[i % 3](x, y) ^ z, y = operations[(i + 1) % 3](y, z) ^ a, z += b;
    return x + y * c + z * d + e * f;
}

HIDDEN static long many_tail(long a, int b, char c, short d, long e, long f, long g, char h, short i, int j, double k,
                             double l)
{
    return many(a + 1, b, (char)(c + 1), d, e, f, g + 4, (char)(h + 1), i, j + 2, l, k);
}

HIDDEN static long leaf_with_red_zone(long seed)
{
    volatile long words[14];
    for (int i = 0; i < 14; i++)
        words[i] = seed * i;
    long total = 0;
    for (int i = 0; i < 14; i++)
        total = total * 7 + words[i];
    return total;
}

HIDDEN __attribute__((noipa)) static long saved_registers_early_exit(long *words, long count)
{
    if (!count)
        return -1;
    long total = opaque(words[0]);
    for (long i = 1; i < count; i++) {
        if (words[i] == 13)
            return total;
        total += opaque(words[i]) * words[i - 1];
    }
    return total ^ count;
}

void torture(void)
{
    result("sum", (unsigned long)sum(9, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L));
    result("sum_doubles", (unsigned long)(1000 * sum_doubles("didmdddddddddi", 1.5, 2, 3.5, make_mixed(17), 4.25, 5.0,
                                                             6.0, 7.0, 8.0, 9.0, 10.5, 11.0, 12.0, 13)));
    result("many", (unsigned long)many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5, 12.25));
    result("many_tail", (unsigned long)many_tail(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5, 12.25));
    result("small", (unsigned long)(make_small(77).a + make_small(5).b));
    result("pair", (unsigned long)(make_pair(1234).a ^ make_pair(55).b));
    result("mixed", (unsigned long)(make_mixed(123).d * 1000 + (double)make_mixed(7).l));
    result("large", (unsigned long)take_large(make_large(3), make_pair(9), make_large(-4)));
    result("alloca", (unsigned long)use_alloca((int)opaque(100)));
    result("array", (unsigned long)use_array((int)opaque(33)));
    result("overaligned", (unsigned long)overaligned((int)opaque(9)));
    result("overaligned_dynamic", (unsigned long)overaligned_dynamic((int)opaque(50), 1, 2, 3, 4, 5, 6, 7));
    result("overaligned_dynamic", (unsigned long)overaligned_dynamic((int)opaque(50), 99, 2, 3, 4, 5, 6, 7));
    result("large_frame", (unsigned long)large_frame(opaque(1)));
    result("recurse", (unsigned long)recurse(opaque(20000), 1));
    result("fibonacci", (unsigned long)fibonacci((int)opaque(20)));
    result("even", (unsigned long)is_even((unsigned long)opaque(2001)));
    for (int i = 0; i < 3; i++)
        result("through_pointer",
               (unsigned long)(through_pointer(i, 5, 6) + through_pointer(i, 101, 3) + through_pointer(i, 5, 7)));
    result("keep_registers", (unsigned long)keep_registers(1, 2, 3, 4, 5, 6));
    result("red_zone", (unsigned long)leaf_with_red_zone(opaque(3)));
    long words[] = {3, 5, 8, 13, 21};
    for (int i = 0; i < 6; i++)
        result("early_exit", (unsigned long)saved_registers_early_exit(words, i));
}
