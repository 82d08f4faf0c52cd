/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Atomic objects of 1, 2, 4, 8 and 16 bytes and of sizes without instructions of their own: the builtins, C11's
 * operations and operators, the old builtins.
 */
#include "language.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

typedef unsigned __int128 uint128;

/* Every builtin, on an object whose address is known or not. */
#define BUILTINS(type)                                                                                                 \
    static type type##_object;                                                                                         \
    static uint64_t type##_fold(type value)                                                                            \
    {                                                                                                                  \
        return join((uint64_t)value, (uint64_t)(value >> (sizeof(type) * 4)));                                         \
    }                                                                                                                  \
    ALONE static uint64_t type##_builtins(type *object, type value)                                                    \
    {                                                                                                                  \
        uint64_t total = type##_fold(__atomic_load_n(object, __ATOMIC_RELAXED));                                       \
        __atomic_store_n(object, value, __ATOMIC_SEQ_CST);                                                             \
        total = join(total, type##_fold(__atomic_fetch_add(object, value, __ATOMIC_SEQ_CST)));                         \
        total = join(total, type##_fold(__atomic_sub_fetch(object, (type)3, __ATOMIC_ACQ_REL)));                       \
        total = join(total, type##_fold(__atomic_fetch_sub(object, (type)(value >> 1), __ATOMIC_RELAXED)));            \
        total = join(total, type##_fold(__atomic_and_fetch(object, (type) ~(value >> 2), __ATOMIC_RELEASE)));          \
        total = join(total, type##_fold(__atomic_fetch_or(object, (type)0x5a, __ATOMIC_SEQ_CST)));                     \
        total = join(total, type##_fold(__atomic_xor_fetch(object, value, __ATOMIC_SEQ_CST)));                         \
        total = join(total, type##_fold(__atomic_nand_fetch(object, (type)0x77, __ATOMIC_SEQ_CST)));                   \
        total = join(total, type##_fold(__atomic_exchange_n(object, (type)(value + 9), __ATOMIC_ACQUIRE)));            \
        type expected = (type)(value + 9);                                                                             \
        total = join(total, (uint64_t)__atomic_compare_exchange_n(object, &expected, (type)5, false, __ATOMIC_SEQ_CST, \
                                                                  __ATOMIC_RELAXED));                                  \
        total = join(total, (uint64_t)__atomic_compare_exchange_n(object, &expected, (type)6, false, __ATOMIC_ACQ_REL, \
                                                                  __ATOMIC_ACQUIRE));                                  \
        total = join(total, type##_fold(expected));                                                                    \
        total = join(total, type##_fold(__sync_fetch_and_add(object, (type)2)));                                       \
        total = join(total, type##_fold(__sync_val_compare_and_swap(object, *object, value)));                         \
        total = join(total, __sync_bool_compare_and_swap(object, (type)1, (type)2));                                   \
        total = join(total, type##_fold(__sync_lock_test_and_set(object, (type)7)));                                   \
        __sync_lock_release(object);                                                                                   \
        type from = (type)(value * 11), to;                                                                            \
        __atomic_store(object, &from, __ATOMIC_RELEASE);                                                               \
        __atomic_load(object, &to, __ATOMIC_ACQUIRE);                                                                  \
        __atomic_exchange(object, &to, &from, __ATOMIC_SEQ_CST);                                                       \
        return join(total, type##_fold(from));                                                                         \
    }                                                                                                                  \
    ALONE static uint64_t type##_known(type value)                                                                     \
    {                                                                                                                  \
        __atomic_fetch_add(&type##_object, value, __ATOMIC_SEQ_CST);                                                   \
        __atomic_or_fetch(&type##_object, (type)1, __ATOMIC_SEQ_CST);                                                  \
        bool zero = __atomic_sub_fetch(&type##_object, value, __ATOMIC_SEQ_CST) == 0;                                  \
        return join(type##_fold(__atomic_load_n(&type##_object, __ATOMIC_SEQ_CST)), zero);                             \
    }                                                                                                                  \
    /* Results that nobody uses become shorter instructions. */                                                        \
    ALONE static void type##_unused(_Atomic type *object, type value)                                                  \
    {                                                                                                                  \
        atomic_fetch_add(object, 1);                                                                                   \
        atomic_fetch_sub(object, value);                                                                               \
        *object += value;                                                                                              \
        *object ^= value;                                                                                              \
        *object = *object * 3;                                                                                         \
        *object /= 2;                                                                                                  \
        *object <<= 1;                                                                                                 \
        ++*object;                                                                                                     \
        (*object)--;                                                                                                   \
    }                                                                                                                  \
    ALONE static uint64_t type##_test(uint64_t seed)                                                                   \
    {                                                                                                                  \
        type value = (type)((uint128)seed * 0x9e3779b97f4a7c15), on_stack = value;                                     \
        _Atomic type operand = value;                                                                                  \
        uint64_t total = type##_builtins(&on_stack, (type)(value * 5));                                                \
        total = join(total, type##_builtins(opaque_pointer(&type##_object), value));                                   \
        total = join(total, type##_known(value));                                                                      \
        type##_unused(&operand, (type)(value + 1));                                                                    \
        return join(total, type##_fold(operand));                                                                      \
    }

BUILTINS(uint8_t)
BUILTINS(uint16_t)
BUILTINS(uint32_t)
BUILTINS(uint64_t)
BUILTINS(uint128)

/* Bits tested and changed in one instruction. */
ALONE static uint64_t bits(uint64_t *word, unsigned bit)
{
    uint64_t total = (__atomic_fetch_or(word, 1ull << 5, __ATOMIC_SEQ_CST) & 1ull << 5) != 0;
    total = total * 2 + ((__atomic_fetch_and(word, ~(1ull << 40), __ATOMIC_SEQ_CST) >> 40) & 1);
    total = total * 2 + ((__atomic_fetch_xor(word, 1ull << 63, __ATOMIC_SEQ_CST) & 1ull << 63) != 0);
    total = total * 2 + ((__atomic_fetch_or(word, 1ull << bit, __ATOMIC_SEQ_CST) & 1ull << bit) != 0);
    return join(total, *word);
}

/* Structures: sizes that have an instruction and sizes that need the library. */
#define STRUCTURE(n)                                                                                                   \
    struct bytes##n {                                                                                                  \
        unsigned char b[n];                                                                                            \
    };                                                                                                                 \
    ALONE static uint64_t structure##n(int by)                                                                         \
    {                                                                                                                  \
        static _Atomic struct bytes##n object;                                                                         \
        struct bytes##n value, old;                                                                                    \
        for (int i = 0; i < n; i++)                                                                                    \
            value.b[i] = (unsigned char)(i * by);                                                                      \
        atomic_store(&object, value);                                                                                  \
        value.b[n - 1] ^= 0x80;                                                                                        \
        old = atomic_exchange(&object, value);                                                                         \
        uint64_t total = hash(&old, n);                                                                                \
        total = total * 2 + atomic_compare_exchange_strong(&object, &old, value);                                      \
        total = total * 2 + atomic_compare_exchange_strong(&object, &old, (struct bytes##n){{9}});                     \
        old = atomic_load(&object);                                                                                    \
        return join(total, hash(&old, n));                                                                             \
    }
STRUCTURE(1)
STRUCTURE(2)
STRUCTURE(3)
STRUCTURE(4)
STRUCTURE(6)
STRUCTURE(8)
STRUCTURE(12)
STRUCTURE(16)
STRUCTURE(24)
STRUCTURE(100)

ALONE static uint64_t pointers_and_others(long by)
{
    static int array[20];
    static _Atomic(int *) pointer = array;
    static _Atomic double number = 1.5;
    static _Atomic bool flag;
    static atomic_flag lock = ATOMIC_FLAG_INIT;
    static _Atomic float small = 3;
    pointer += by;
    int *old = atomic_fetch_sub(&pointer, 1);
    number += 2.25;
    number *= (double)by;
    small /= 4;
    bool was = atomic_exchange(&flag, !flag), held = atomic_flag_test_and_set(&lock);
    if (held)
        atomic_flag_clear_explicit(&lock, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    atomic_signal_fence(memory_order_acq_rel);
    return join(raw(number) + raw((double)small), (uint64_t)(old - array) * 4 + was * 2u + held);
}

/* gcc makes it an access to the word at the top of the stack, here that of the return address. */
ALONE static void fence_in_leaf(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void atomics(void)
{
    static uint64_t word = 0x8000012345678920;
    for (int i = 1; i < 5; i++) {
        uint64_t seed = next_random();
        result("uint8", uint8_t_test(seed));
        result("uint16", uint16_t_test(seed));
        result("uint32", uint32_t_test(seed));
        result("uint64", uint64_t_test(seed));
        result("uint128", uint128_test(seed));
        result("bits", bits(opaque_pointer(&word), (unsigned)opaque(i * 13)));
        result("others", pointers_and_others(i));
        fence_in_leaf();
#define TEST(n) result("structure" #n, structure##n(i));
        TEST(1) TEST(2) TEST(3) TEST(4) TEST(6) TEST(8) TEST(12) TEST(16) TEST(24) TEST(100)
    }
}
