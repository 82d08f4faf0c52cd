/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Control flow: switches of all kinds, computed gotos, calls through pointers, tail calls, nested functions, cleanups.
 */
#include "language.h"
#include <string.h>

#define ROW(X, n)                                                                                                      \
    X(n) X((n) + 1) X((n) + 2) X((n) + 3) X((n) + 4) X((n) + 5) X((n) + 6) X((n) + 7) X((n) + 8) X((n) + 9)
#define HUNDRED(X, n)                                                                                                  \
    ROW(X, n)                                                                                                          \
    ROW(X, (n) + 10) ROW(X, (n) + 20) ROW(X, (n) + 30) ROW(X, (n) + 40) ROW(X, (n) + 50) ROW(X, (n) + 60)              \
        ROW(X, (n) + 70) ROW(X, (n) + 80) ROW(X, (n) + 90)

#define DENSE(n)                                                                                                       \
    case (n):                                                                                                          \
        value = value * ((n) | 1) + opaque(n);                                                                         \
        break;
ALONE static long dense(int which, long value)
{
    switch (which) {
        HUNDRED(DENSE, 0)
        HUNDRED(DENSE, 100)
        HUNDRED(DENSE, 200)
    default:
        value = ~value;
    }
    return value;
}

#define SPARSE(n)                                                                                                      \
    case ((n)*1000003ll - 7):                                                                                          \
        return value - (n);
ALONE static long sparse(long which, long value)
{
    switch (which) {
        ROW(SPARSE, -4)
        ROW(SPARSE, 100)
    case 5000000000:
    case -5000000000:
        return value * 2;
    case 10 ... 99:
        value += which;
        /* fall through */
    case 1:
        value ^= 1;
        break;
    default:
        return -value;
    }
    return value + opaque(3);
}

/* Values without code, and a result that becomes a table of data. */
ALONE static const char *names(unsigned char which)
{
    switch (which) {
    case 'a':
        return "alpha";
    case 'b':
        return "beta";
    case 'c':
    case 'C':
        return "gamma";
    case 'z':
        return "zeta";
    case 255:
        return "last";
    default:
        return "";
    }
}

ALONE static long switch_in_switch(int a, unsigned b, long value)
{
    for (int i = 0; i < 6; i++) {
        switch (a++ % 7) {
        case 0:
            switch (b % 5) {
            case 0:
                value += 3;
                continue;
            case 1:
                goto shared;
            case 2:
                value = opaque(value * 3);
                break;
            case 3:
                b += 9;
            case 4:
                value ^= b;
            }
            break;
        case 2:
        shared:
            value += opaque(a);
        case 3:
            b++;
            break;
        case 4:
            if (value & 1)
                return value;
        case 5:
            value -= 5;
        }
    }
    return value;
}

ALONE static void duff(char *to, const char *from, int count)
{
    int rounds = (count + 7) / 8;
    switch (count % 8) {
    case 0:
        do {
            *to++ = *from++;
        case 7:
            *to++ = *from++;
        case 6:
            *to++ = *from++;
        case 5:
            *to++ = *from++;
        case 4:
            *to++ = *from++;
        case 3:
            *to++ = *from++;
        case 2:
            *to++ = *from++;
        case 1:
            *to++ = *from++;
        } while (--rounds > 0);
    }
}

/* An interpreter that keeps much in registers, with calls and a frame. */
ALONE static long machine(const unsigned char *code, long *stack)
{
    static const void *const labels[] = {&&halt, &&push, &&add, &&multiply, &&swap, &&call, &&jump, &&store, &&load};
    long *top = stack, registers[4] = {0};
    const unsigned char *pc = code;
    long accumulator = 0;
    unsigned steps = 0;
#define NEXT goto *labels[*pc++]
    NEXT;
push:
    *top++ = *pc++;
    NEXT;
add:
    top--;
    top[-1] += top[0];
    NEXT;
multiply:
    top--;
    top[-1] *= top[0];
    NEXT;
swap : {
    long first = top[-1];
    top[-1] = top[-2];
    top[-2] = first;
    NEXT;
}
call:
    accumulator += dense((int)(top[-1] & 255), accumulator);
    NEXT;
jump:
    if (++steps < 20)
        pc -= *pc;
    else
        pc++;
    NEXT;
store:
    registers[*pc++ & 3] = *--top + accumulator;
    NEXT;
load:
    *top++ = registers[*pc++ & 3];
    NEXT;
halt:
    return top[-1] + accumulator * 3 + registers[1];
}

struct shape {
    const struct operations *operations;
    long a, b;
};
struct operations {
    long (*area)(const struct shape *);
    void (*scale)(struct shape *, double);
    struct shape (*combine)(struct shape, struct shape);
};
ALONE static long square_area(const struct shape *s)
{
    return s->a * s->a;
}
ALONE static long box_area(const struct shape *s)
{
    return s->a * s->b;
}
ALONE static void scale(struct shape *s, double by)
{
    s->a = (long)((double)s->a * by);
    s->b = (long)((double)s->b / by);
}
ALONE static struct shape widen(struct shape s, struct shape t)
{
    s.a += t.a;
    s.b -= t.operations->area(&t);
    return s;
}
static const struct operations square = {square_area, scale, widen}, box = {box_area, scale, widen};

ALONE static long shapes(struct shape *items, int count)
{
    long total = 0;
    for (int i = 0; i < count; i++) {
        struct shape *s = &items[i];
        s->operations->scale(s, i & 1 ? 1.5 : 0.5);
        items[count - 1 - i] = s->operations->combine(*s, items[(i * 3) % count]);
        total = total * 5 + s->operations->area(s);
    }
    return total;
}

/* Tail calls: fewer, as many and more arguments; through pointers; from frames that were realigned. */
typedef long function8(long, long, long, long, long, long, long, long);
ALONE static long eight(long a, long b, long c, long d, long e, long f, long g, long h)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}
ALONE static long eight_again(long a, long b, long c, long d, long e, long f, long g, long h)
{
    static function8 *volatile target = eight;
    if (h > 100)
        return eight(h, g, f, e, d, c, b, a);
    return target(b, a, d, c, f, e, h, g + opaque(1));
}
ALONE static long two(long a, long b)
{
    return a > 1000 ? a - b : eight_again(a, b, a + b, a - b, a * b, a ^ b, a & b, a | b);
}
ALONE static long realigned(long a, long b, double *out)
{
    _Alignas(64) double local[8];
    for (int i = 0; i < 8; i++)
        local[i] = (double)(a + i * b);
    *out = local[opaque(5)] + (double)((uintptr_t)opaque_pointer(local) % 64);
    return two(a, b);
}
ALONE static long ping(long n, long value);
ALONE static long pong(long n, long value)
{
    return n <= 0 ? value : ping(n - 1, value * 3 + n);
}
static long (*volatile pong_pointer)(long, long) = pong;
ALONE static long ping(long n, long value)
{
    return n <= 0 ? ~value : pong_pointer(n - 1, value ^ n);
}

/* A nested function that is only called. */
ALONE static long nested(long count)
{
    long total = 0, step = opaque(3);
    long add(long value)
    {
        total += value * step;
        long deeper(long more)
        {
            step += more & 1;
            return more > 0 ? deeper(more - 1) + value : step;
        }
        return deeper(value % 4);
    }
    for (long i = 0; i < count; i++)
        total ^= add(i);
    return total;
}

static long cleaned;
static void clean(long *value)
{
    cleaned = cleaned * 3 + *value;
}
ALONE static long cleanups(long count)
{
    for (long i = 0; i < count; i++) {
        __attribute__((cleanup(clean))) long value = i * 2;
        if (i == 3)
            continue;
        __attribute__((cleanup(clean))) long other = opaque(i) + 1;
        if (other == 6)
            return cleaned;
    }
    return ({
        long inner = cleaned;
        inner * 2 + opaque(count);
    });
}

ALONE static long short_circuit(long a, long b, const long *p)
{
    return (a > 3 && opaque(b) < 9) || (p && *p == a) ? (a ?: b) : (opaque(a), b ? 7 : -7);
}

void flow(void)
{
    long value = 1;
    for (int i = -3; i < 310; i += 1)
        value = dense(i, value) ^ (long)((unsigned long)value >> 7);
    result("dense", (uint64_t)value);
    static const long keys[] = {
        -7,  1000003 - 7, 100 * 1000003ll - 7, 109 * 1000003ll - 7, 110 * 1000003ll - 7, 1, 10, 99,
        100, 5000000000,  -5000000000,         705032704,           -4 * 1000003ll - 7};
    for (size_t i = 0; i < COUNT(keys); i++)
        value = value * 5 + sparse(keys[i], (long)i);
    result("sparse", (uint64_t)value);
    uint64_t total = 0;
    for (int i = 0; i < 256; i++)
        total = join(total, strlen(names((unsigned char)i)) + (uint64_t)names((unsigned char)i)[0]);
    result("names", total);
    for (int i = 0; i < 40; i++)
        value += switch_in_switch(i, (unsigned)i * 3, value);
    result("switch_in_switch", (uint64_t)value);
    char text[64] = {0};
    for (int i = 1; i < 20; i++)
        duff(text + i, "abcdefghijklmnopqrstuvwxyz" + i % 5, i);
    result("duff", hash(text, sizeof text));
    static const unsigned char code[] = {1, 3, 1, 5, 2, 5, 7, 1, 1, 9, 8, 1, 4, 3, 1, 2, 2, 5, 6, 11, 1, 4, 2, 0};
    long stack[100];
    result("machine", (uint64_t)machine(code, stack));
    struct shape items[6];
    for (int i = 0; i < 6; i++)
        items[i] = (struct shape){i % 3 ? &box : &square, i + 2, i * 5 + 1};
    result("shapes", (uint64_t)shapes(items, (int)opaque(6)));
    double out;
    for (long i = 1; i < 2000; i *= 7)
        result("tail", (uint64_t)(two(i, 3) + eight_again(1, 2, 3, 4, 5, 6, 7, i)) + (uint64_t)realigned(i, 2, &out) +
                           raw(out));
    result("ping", (uint64_t)ping(opaque(100), 5));
    result("nested", (uint64_t)nested(opaque(20)));
    for (long i = 2; i < 9; i += 3)
        result("cleanups", (uint64_t)cleanups(opaque(i)));
    for (long i = 0; i < 8; i++)
        value = value * 3 + short_circuit(i, 12 - i, i & 1 ? &keys[5] : NULL);
    result("short_circuit", (uint64_t)value);
}
