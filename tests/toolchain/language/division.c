/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Integer division of every width by variables and by constants, at the edges of the types.
 */
#include "language.h"
#include <inttypes.h>
#include <stdlib.h>

#define CONSTANTS(X)                                                                                                   \
    X(1) X(2) X(3) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(25) X(60) X(64) X(100) X(125) X(127)

#define BY_CONSTANT(c) total = join(total, (uint64_t)(value / (c)) * 3 + (uint64_t)(value % (c)));
#define BY_NEGATIVE(c) total = join(total, (uint64_t)(value / -(c)) * 3 + (uint64_t)(value % -(c)));

#define UNSIGNED(type)                                                                                                 \
    ALONE static uint64_t type##_divide(type value, type by)                                                           \
    {                                                                                                                  \
        uint64_t total = by != 0 ? join((uint64_t)(value / by), (uint64_t)(value % by)) : 0;                           \
        CONSTANTS(BY_CONSTANT)                                                                                         \
        BY_CONSTANT((type) ~(type)0)                                                                                   \
        BY_CONSTANT((type)((type) ~(type)0 / 2 + 1))                                                                   \
        return total;                                                                                                  \
    }
#define SIGNED(type, minimum)                                                                                          \
    ALONE static uint64_t type##_divide(type value, type by)                                                           \
    {                                                                                                                  \
        uint64_t total = 0;                                                                                            \
        if (by != 0 && !(by == -1 && value == minimum && sizeof(type) >= sizeof(int)))                                 \
            total = join((uint64_t)(value / by), (uint64_t)(value % by));                                              \
        CONSTANTS(BY_CONSTANT)                                                                                         \
        if (value == minimum)                                                                                          \
            return total;                                                                                              \
        CONSTANTS(BY_NEGATIVE)                                                                                         \
        BY_CONSTANT(minimum)                                                                                           \
        return total;                                                                                                  \
    }
UNSIGNED(uint8_t)
UNSIGNED(uint16_t)
UNSIGNED(uint32_t)
UNSIGNED(uint64_t)
SIGNED(int8_t, INT8_MIN)
SIGNED(int16_t, INT16_MIN)
SIGNED(int32_t, INT32_MIN)
SIGNED(int64_t, INT64_MIN)

/* Dividends that are wider than the quotient, as in code for large numbers. */
ALONE static uint64_t long_division(const uint32_t *digits, int count, uint32_t by)
{
    uint64_t remainder = 0, total = 0;
    for (int i = 0; i < count; i++) {
        uint64_t dividend = remainder << 32 | digits[i];
        total = join(total, dividend / by);
        remainder = dividend % by;
    }
    return join(total, remainder);
}

/* gcc fuses both into one instruction, and divides by a power of two without any. */
ALONE static uint64_t mixed(int a, unsigned b, long c)
{
    int half = a / 2, quarter = a % 4;
    unsigned page = b / 4096, offset = b % 4096;
    long exact = c * 24 / 24;
    return join(join((uint64_t)half, (uint64_t)quarter), join(page, offset)) + (uint64_t)exact +
           (uint64_t)(c / 4096 % 3) + (uint64_t)(a / 3 * 3 == a) + (uint64_t)(b % 5 == 0);
}

static uint64_t library_division(long a, long b)
{
    div_t i = div((int)a, (int)(b | 1));
    ldiv_t l = ldiv(a, b | 1);
    imaxdiv_t m = imaxdiv(a, -b | 1);
    return join(join((uint64_t)i.quot, (uint64_t)i.rem), join((uint64_t)l.quot, (uint64_t)l.rem)) + (uint64_t)m.quot +
           (uint64_t)m.rem;
}

void division(void)
{
    static const uint64_t special[] = {
        0,          1,          2,          3,           0x7f,      0x80,       0xff,       0x7fff, 0x8000, 0xffff,
        0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, INT64_MAX, 1ull << 63, UINT64_MAX, 10,     100};
    uint64_t totals[10] = {0};
    for (size_t i = 0; i < 1500; i++) {
        uint64_t a = next_random() >> next_random() % 64, b = next_random() >> next_random() % 64;
        if (i < COUNT(special) * COUNT(special)) {
            a = special[i / COUNT(special)];
            b = special[i % COUNT(special)];
        }
        totals[0] = join(totals[0], uint8_t_divide((uint8_t)a, (uint8_t)b));
        totals[1] = join(totals[1], uint16_t_divide((uint16_t)a, (uint16_t)b));
        totals[2] = join(totals[2], uint32_t_divide((uint32_t)a, (uint32_t)b));
        totals[3] = join(totals[3], uint64_t_divide(a, b));
        totals[4] = join(totals[4], int8_t_divide((int8_t)a, (int8_t)b));
        totals[5] = join(totals[5], int16_t_divide((int16_t)a, (int16_t)b));
        totals[6] = join(totals[6], int32_t_divide((int32_t)a, (int32_t)b));
        totals[7] = join(totals[7], int64_t_divide((int64_t)a, (int64_t)b));
        totals[8] = join(totals[8], mixed((int)a, (unsigned)b, (long)(a >> 6)));
        if ((b | 1) != UINT64_MAX && (int)(b | 1) != -1 && (-b | 1) != UINT64_MAX)
            totals[9] = join(totals[9], library_division((long)a, (long)b));
    }
    static const char *const names[] = {"uint8", "uint16", "uint32", "uint64", "int8",
                                        "int16", "int32",  "int64",  "mixed",  "library"};
    for (size_t i = 0; i < COUNT(names); i++)
        result(names[i], totals[i]);
    uint32_t digits[20];
    for (size_t i = 0; i < COUNT(digits); i++)
        digits[i] = (uint32_t)next_random();
    result("long", long_division(digits, 20, (uint32_t)opaque(1000000007)) + long_division(digits, 20, 10));
}
