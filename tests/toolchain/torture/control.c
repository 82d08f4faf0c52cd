/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Control flow: jump tables, computed gotos, weak symbols, cold paths, and all of them in functions with and without
 * frame.
 */
#include "support.h"

HIDDEN static long plain_switch(int which, long value)
{
    switch (which) {
    case 0:
        return value + 1;
    case 1:
        return value * 3;
    case 2:
        return value - 7;
    case 3:
        return value ^ 0x55;
    case 4:
        return ~value;
    case 5:
        return value << 3;
    case 6:
        return value >> 1;
    case 9:
        return value * value;
    default:
        return -value;
    }
}

HIDDEN static long framed_switch(int which, long value)
{
    long words[20];
    words[which & 7] = value;
    opaque_pointer(words);
    switch (which) {
    case 0:
        return opaque(value) + 1;
    case 1:
        value = opaque(value * 3);
        break;
    case 2:
        return plain_switch(which + 1, value);
    case 3:
        value ^= opaque(0x55);
        /* fall through */
    case 4:
        return opaque(~value) + words[which & 7];
    case 5:
        return plain_switch((int)opaque(5), value << 3);
    default:
        value = -value;
    }
    return opaque(value) * 2 + words[which & 7];
}

HIDDEN static long interpret(const unsigned char *code, long value)
{
    static void *const targets[] = {&&stop, &&add, &&multiply, &&negate, &&call, &&loop};
    long counter = 10;
    goto *targets[*code++];
add:
    value += 3;
    goto *targets[*code++];
multiply:
    value *= 5;
    goto *targets[*code++];
negate:
    value = -value;
    goto *targets[*code++];
call:
    value = opaque(value) + plain_switch((int)(value & 7), value);
    goto *targets[*code++];
loop:
    if (--counter)
        code -= 3;
    goto *targets[*code++];
stop:
    return value;
}

HIDDEN static long interpret_frameless(const unsigned char *code, long value)
{
    static const int targets[] = {&&stop - &&stop, &&add - &&stop, &&multiply - &&stop, &&negate - &&stop};
    goto *(&&stop + targets[*code++]);
add:
    value += 3;
    goto *(&&stop + targets[*code++]);
multiply:
    value *= 5;
    goto *(&&stop + targets[*code++]);
negate:
    value = -value;
    goto *(&&stop + targets[*code++]);
stop:
    return value;
}

HIDDEN static long (*choose(long value))(int, long)
{
    return value & 1 ? plain_switch : framed_switch;
}

/* A computed goto in a frame and a call through a pointer in tail position. */
HIDDEN static long interpret_then_leave(const unsigned char *code, long value, long (*leave)(int, long))
{
    static void *const targets[] = {&&stop, &&add, &&twice};
    if (!code)
        return leave(3, value);
    goto *targets[*code++];
add:
    value = opaque(value + 3);
    goto *targets[*code++];
twice:
    value = opaque(value) * 2;
    goto *targets[*code++];
stop:
    return leave(1, value);
}

HIDDEN static long array_and_goto(int count, int rounds)
{
    void *targets[] = {&&first, &&second, &&last};
    long words[count];
    words[count - 1] = 5;
    int at = 0;
    goto *targets[opaque(at)];
first:
    words[count - 1] += rounds;
    if (--rounds > 0)
        goto *targets[opaque(rounds & 1)];
second:
    words[count - 1] *= 3;
    if (--rounds > 0)
        goto *targets[opaque(rounds & 1)];
    goto *targets[2];
last:
    return *(long *)opaque_pointer(&words[count - 1]);
}

__attribute__((cold, noinline)) static long unlikely_path(long a)
{
    return opaque(a) * 17;
}

HIDDEN static long with_cold_part(long a, long b)
{
    long c = opaque(a) + b;
    if (__builtin_expect(c > 100, 0)) {
        c = unlikely_path(c) + opaque(b);
        if (c & 1)
            return plain_switch(3, c);
        c += unlikely_path(b);
    }
    return c * opaque(a);
}

__attribute__((weak)) long missing(long);
__attribute__((weak)) long present(long a)
{
    return a + 40;
}
HIDDEN static long original(long a)
{
    return a * 9;
}
extern long renamed(long) __attribute__((alias("visible_original")));
__attribute__((noinline)) long visible_original(long a)
{
    return original(a) + 1;
}

HIDDEN static long conditional_tail(long a)
{
    if (a > 10)
        return visible_original(a);
    if (a < -10)
        return present(a);
    return a;
}

HIDDEN static long nested_loops(int n)
{
    long total = 0;
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++) {
            if ((i ^ j) == 5)
                continue;
            if (i * j > 300)
                goto out;
            total = total * 3 + plain_switch(j % 11, i + j);
        }
out:
    return total;
}

void torture(void)
{
    for (int i = -1; i < 11; i++) {
        result("plain_switch", (unsigned long)plain_switch(i, 100 + i));
        result("framed_switch", (unsigned long)framed_switch((int)opaque(i), 100 + i));
    }
    static const unsigned char code[] = {1, 2, 3, 1, 4, 2, 5, 3, 4, 0};
    static const unsigned char simple[] = {1, 2, 3, 1, 2, 0};
    static const unsigned char leaving[] = {1, 2, 1, 2, 0};
    result("interpret", (unsigned long)interpret(code, opaque(7)));
    result("interpret_frameless", (unsigned long)interpret_frameless(simple, opaque(7)));
    result("leave", (unsigned long)interpret_then_leave(leaving, 5, choose(opaque(1))));
    result("leave", (unsigned long)interpret_then_leave(0, 5, choose(opaque(2))));
    result("array_and_goto", (unsigned long)array_and_goto((int)opaque(10), 9));
    result("cold", (unsigned long)(with_cold_part(1, 2) + with_cold_part(1000, 3) + with_cold_part(77, 78)));
    result("weak", (unsigned long)(missing ? missing(1) : present(2)));
    result("alias", (unsigned long)renamed(5));
    result("conditional_tail", (unsigned long)(conditional_tail(11) + conditional_tail(-11) * 3 + conditional_tail(4)));
    result("nested_loops", (unsigned long)nested_loops((int)opaque(30)));
}
