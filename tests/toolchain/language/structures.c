/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Structures and unions by value, of every size and mixture of members that the calling convention tells apart.
 */
#include "language.h"
#include <string.h>

/* Without padding, so that all bytes are defined. */
#define TYPES                                                                                                          \
    TYPE(float1, float a;)                                                                                             \
    TYPE(float2, float a, b;)                                                                                          \
    TYPE(float3, float a, b, c;)                                                                                       \
    TYPE(float4, float a, b, c, d;)                                                                                    \
    TYPE(float5, float a, b, c, d, e;)                                                                                 \
    TYPE(double1, double a;)                                                                                           \
    TYPE(double2, double a, b;)                                                                                        \
    TYPE(double3, double a, b, c;)                                                                                     \
    TYPE(float_int, float a; int b;)                                                                                   \
    TYPE(float_int_double, float a; int b; double c;)                                                                  \
    TYPE(double_float, double a; float b, c;)                                                                          \
    TYPE(double_long, double a; long b;)                                                                               \
    TYPE(long_double_, long a; double b;)                                                                              \
    TYPE(long_double_long, long a; double b; long c;)                                                                  \
    TYPE(char_float_short_int, char a, p[3]; float b; short c, q; int d;)                                              \
    TYPE(pointers, const void *a; int *b;)                                                                             \
    TYPE(wide, __int128 a;)                                                                                            \
    TYPE(wide_and_more, __int128 a; long b, c;)                                                                        \
    TYPE(                                                                                                              \
        nested, struct { float x, y; } a; struct {                                                                     \
            int i;                                                                                                     \
            float j;                                                                                                   \
        } b;)                                                                                                          \
    TYPE(                                                                                                              \
        array_of, struct {                                                                                             \
            char x;                                                                                                    \
            char y[2];                                                                                                 \
        } a[5];)                                                                                                       \
    TYPE(                                                                                                              \
        with_union,                                                                                                    \
        union {                                                                                                        \
            double d;                                                                                                  \
            long l;                                                                                                    \
        } a;                                                                                                           \
        union {                                                                                                        \
            float f;                                                                                                   \
            int i;                                                                                                     \
        } b,                                                                                                           \
        c;)                                                                                                            \
    TYPE(unaligned, char a; __attribute__((packed)) double b; __attribute__((packed)) short c; char d;)                \
    TYPE(complex_, _Complex float a; _Complex double b;)

#define TYPE(name, ...)                                                                                                \
    struct name {                                                                                                      \
        __VA_ARGS__                                                                                                    \
    };                                                                                                                 \
    static struct name name##_value;                                                                                   \
    ALONE static struct name name##_back(long before, struct name s, double after)                                     \
    {                                                                                                                  \
        struct name copy = s;                                                                                          \
        if (before + (long)after == 0)                                                                                 \
            memset(&copy, 0, sizeof copy);                                                                             \
        return copy;                                                                                                   \
    }                                                                                                                  \
    ALONE static uint64_t name##_late(long a, double b, long c, double d, long e, long f, double g, double h, long i,  \
                                      double j, struct name s, double k, struct name t, long l)                        \
    {                                                                                                                  \
        uint64_t total = join(hash(&s, sizeof s), hash(&t, sizeof t));                                                 \
        return join(total, (uint64_t)(a + c + e + f + i + l) + raw(b + d + g + h + j + k));                            \
    }                                                                                                                  \
    static struct name (*volatile name##_pointer)(long, struct name, double) = name##_back;                            \
    ALONE static struct name name##_tail(struct name s, struct name t, long which)                                     \
    {                                                                                                                  \
        if (which > 1)                                                                                                 \
            return name##_pointer(which, t, 3.5);                                                                      \
        return which ? name##_back(1, s, 2.5) : name##_back(2, t, 1.5);                                                \
    }                                                                                                                  \
    ALONE static uint64_t name##_test(void)                                                                            \
    {                                                                                                                  \
        struct name s = name##_value, t = s, results[4];                                                               \
        memset(results, 0, sizeof results);                                                                            \
        ((unsigned char *)&t)[0] ^= 1;                                                                                 \
        for (long i = 0; i < 3; i++)                                                                                   \
            results[i] = name##_tail(s, t, opaque(i));                                                                 \
        results[3] = *(struct name *)opaque_pointer(&results[1]);                                                      \
        uint64_t total = hash(results, sizeof results);                                                                \
        return join(total, name##_late(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, s, 11, results[2], 12));                         \
    }
TYPES
#undef TYPE

/* All sizes of plain bytes. */
#define SIZES(X)                                                                                                       \
    X(1)                                                                                                               \
    X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(23)    \
        X(24) X(25) X(31) X(32) X(33) X(40) X(47) X(48) X(63) X(64) X(65) X(100) X(128) X(255) X(1000) X(5000)

#define SIZED(n)                                                                                                       \
    struct bytes##n {                                                                                                  \
        unsigned char b[n];                                                                                            \
    };                                                                                                                 \
    ALONE static struct bytes##n turn##n(struct bytes##n s, int by)                                                    \
    {                                                                                                                  \
        for (int i = 0; i < n; i++)                                                                                    \
            s.b[i] = (unsigned char)(s.b[i] * 3 + by);                                                                 \
        return s;                                                                                                      \
    }                                                                                                                  \
    ALONE static uint64_t both##n(struct bytes##n s, long a, struct bytes##n t, double b, struct bytes##n u)           \
    {                                                                                                                  \
        return join(join(hash(&s, n), hash(&t, n)), hash(&u, n)) + (uint64_t)a + raw(b);                               \
    }                                                                                                                  \
    ALONE static uint64_t size##n(void)                                                                                \
    {                                                                                                                  \
        struct bytes##n s;                                                                                             \
        for (int i = 0; i < n; i++)                                                                                    \
            s.b[i] = (unsigned char)(i * 7 + 1);                                                                       \
        struct bytes##n t = turn##n(s, (int)opaque(5));                                                                \
        return both##n(s, n, turn##n(t, 1), 2.5, t) + both##n(turn##n(s, 2), 1, s, 0.5, t);                            \
    }
SIZES(SIZED)

union choice {
    float f;
    struct {
        short s, t;
    } pair;
    union {
        unsigned char bytes[12];
        struct {
            int i;
            union {
                float g;
                unsigned u;
            } inner[2];
        } deep;
    } more;
};

ALONE static union choice choose(union choice c, int which)
{
    switch (which) {
    case 0:
        c.pair.t = (short)(c.pair.s * 3);
        break;
    case 1:
        c.more.deep.inner[1].g = c.f + 1;
        break;
    case 2:
        c.more.deep.inner[0].u ^= 0xffu;
        c.more.bytes[9] = 77;
        break;
    default:
        c.more.deep.i = -c.more.deep.i;
    }
    return c;
}

/* Aligned more than the stack is, and none at all. */
struct aligned32 {
    _Alignas(32) int a;
    char b;
};
struct empty {
};

ALONE static uint64_t take_aligned(char a, struct aligned32 s, struct empty e, struct aligned32 t, long b)
{
    (void)e;
    return join(join((uint64_t)a, (uint64_t)s.a + (uint64_t)s.b), (uint64_t)t.a * 3 + (uint64_t)t.b + (uint64_t)b) +
           ((uintptr_t)opaque_pointer(&s) & 31) + ((uintptr_t)opaque_pointer(&t) & 31);
}

struct flexible {
    int count;
    short items[];
};

ALONE static uint64_t sum_flexible(const struct flexible *f)
{
    uint64_t total = 0;
    for (int i = 0; i < f->count; i++)
        total = join(total, (uint64_t)f->items[i]);
    return total;
}

static void fill(void *to, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)to)[i] = (unsigned char)(i * 5 + 3);
}

void structures(void)
{
#define TYPE(name, ...)                                                                                                \
    fill(&name##_value, sizeof name##_value);                                                                          \
    result(#name, name##_test());
    TYPES
#undef TYPE
#define TEST_SIZE(n) result("size" #n, size##n());
    SIZES(TEST_SIZE)
    union choice c;
    fill(&c, sizeof c);
    c.f = 1.5f;
    for (int i = 0; i < 4; i++) {
        c = choose(c, (int)opaque(i));
        result("choice", hash(&c, sizeof c));
    }
    result("aligned", take_aligned(1, (struct aligned32){2, 3}, (struct empty){}, (struct aligned32){4, 5}, 6));
    static struct flexible flexible = {5, {1, -2, 3, -4, 5}};
    result("flexible", sum_flexible(opaque_pointer(&flexible)));
}
