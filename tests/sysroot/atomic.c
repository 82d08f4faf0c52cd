/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Atomic operations on every size of object: those that the processor has, 16 bytes, and odd sizes that take a lock.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "tap.h"

typedef unsigned __int128 uint128;

/* In gcc's order: load, store, exchange, compare and exchange with and without success. */
#define EXERCISE(type, first, second)                                                                                  \
    do {                                                                                                               \
        static type object;                                                                                            \
        type one = first, two = second, seen;                                                                          \
                                                                                                                       \
        __atomic_store(&object, &one, __ATOMIC_SEQ_CST);                                                               \
        __atomic_load(&object, &seen, __ATOMIC_SEQ_CST);                                                               \
        check(memcmp(&seen, &one, sizeof one) == 0, #type ": store and load");                                         \
        __atomic_exchange(&object, &two, &seen, __ATOMIC_SEQ_CST);                                                     \
        check(memcmp(&seen, &one, sizeof one) == 0, #type ": exchange gives the old value");                           \
        check(!__atomic_compare_exchange(&object, &seen, &one, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&               \
                  memcmp(&seen, &two, sizeof two) == 0,                                                                \
              #type ": a failed compare and exchange gives the present value");                                        \
        check(__atomic_compare_exchange(&object, &seen, &one, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&                \
                  memcmp(&object, &one, sizeof one) == 0,                                                              \
              #type ": compare and exchange");                                                                         \
    } while (0)

struct three {
    char bytes[3];
};

struct twelve {
    uint32_t words[3];
};

struct hundred {
    char bytes[100];
};

static void test_wide_arithmetic(void)
{
    static _Atomic uint128 object;
    uint128 top = (uint128)1 << 100;

    atomic_store(&object, top);
    check(atomic_fetch_add(&object, top) == top && atomic_load(&object) == 2 * top, "16 bytes: fetch and add");
    check(atomic_fetch_sub(&object, 1) == 2 * top && atomic_load(&object) == 2 * top - 1, "16 bytes: fetch and sub");
    check(atomic_fetch_or(&object, top << 20) == 2 * top - 1, "16 bytes: fetch and or");
    check(atomic_fetch_and(&object, 7) == ((2 * top - 1) | top << 20) && atomic_load(&object) == 7,
          "16 bytes: fetch and and");
    check((object ^= 5) == 2, "16 bytes: xor and fetch");
    check((object += 40) == 42, "16 bytes: add and fetch");
}

static void test_narrow_arithmetic(void)
{
    static _Atomic uint8_t byte = 250;
    static _Atomic int64_t number;

    check(atomic_fetch_add(&byte, 10) == 250 && byte == 4, "1 byte: fetch and add wraps");
    number = -1;
    check(atomic_fetch_xor(&number, 0xff) == -1 && number == ~INT64_C(0xff), "8 bytes: fetch and xor");
}

int main(void)
{
    EXERCISE(uint8_t, 1, 2);
    EXERCISE(uint16_t, 0x1234, 0x5678);
    EXERCISE(uint32_t, 0x12345678, 0x9abcdef0);
    EXERCISE(uint64_t, 0x123456789abcdef0, 0xfedcba9876543210);
    EXERCISE(uint128, (uint128)1 << 100 | 1, (uint128)1 << 90 | 2);
    EXERCISE(struct three, ((struct three){"ab"}), ((struct three){"cd"}));
    EXERCISE(struct twelve, ((struct twelve){{1, 2, 3}}), ((struct twelve){{4, 5, 6}}));
    EXERCISE(struct hundred, ((struct hundred){"first"}), ((struct hundred){"second"}));
    test_wide_arithmetic();
    test_narrow_arithmetic();
    return done();
}
