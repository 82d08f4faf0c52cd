/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Atomic operations on objects of any size. Sizes with an instruction of their own use it; the others take a lock
 * chosen by address, which works between the threads of one program, not on memory that programs share.
 */
#include <stdbool.h>
#include <stddef.h>

#include "runtime.h"

bool is_lock_free(size_t size, const volatile void *object) __asm__("__atomic_is_lock_free");
void load(size_t size, const volatile void *object, void *result, int order) __asm__("__atomic_load");
void store(size_t size, volatile void *object, const void *value, int order) __asm__("__atomic_store");
void exchange(size_t size, volatile void *object, const void *value, void *result,
              int order) __asm__("__atomic_exchange");
bool compare_exchange(size_t size, volatile void *object, void *expected, const void *desired, int success,
                      int failure) __asm__("__atomic_compare_exchange");
uint128 load_16(volatile void *object, int order) __asm__("__atomic_load_16");
uint128 exchange_16(volatile void *object, uint128 value, int order) __asm__("__atomic_exchange_16");
bool compare_exchange_16(volatile void *object, void *expected, uint128 desired, int success,
                         int failure) __asm__("__atomic_compare_exchange_16");

/* Values, unlike objects, may lie anywhere. */
typedef uint8_t value_1 __attribute__((may_alias));
typedef uint16_t value_2 __attribute__((may_alias, aligned(1)));
typedef uint32_t value_4 __attribute__((may_alias, aligned(1)));
typedef uint64_t value_8 __attribute__((may_alias, aligned(1)));
typedef uint128 value_16 __attribute__((may_alias, aligned(1)));
typedef uint16_t object_2 __attribute__((may_alias));
typedef uint32_t object_4 __attribute__((may_alias));
typedef uint64_t object_8 __attribute__((may_alias));
typedef value_1 object_1;

/* A cache line each, so that two locks do not slow each other down. */
#define LOCKS 64
static struct {
    int taken;
} __attribute__((aligned(64))) locks[LOCKS];

static int *take_lock(const volatile void *object)
{
    int *lock = &locks[(uintptr_t)object / 16 % LOCKS].taken;

    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        __builtin_ia32_pause();
    return lock;
}

static void release_lock(int *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static void copy(volatile void *to, const volatile void *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile unsigned char *)to)[i] = ((const volatile unsigned char *)from)[i];
}

static bool equal(const volatile void *left, const void *right, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const volatile unsigned char *)left)[i] != ((const unsigned char *)right)[i])
            return false;
    return true;
}

bool is_lock_free(size_t size, const volatile void *object)
{
    return (size == 1 || size == 2 || size == 4 || size == 8 || size == 16) && (uintptr_t)object % size == 0;
}

static size_t lock_free_size(size_t size, const volatile void *object)
{
    return is_lock_free(size, object) ? size : 0;
}

void load(size_t size, const volatile void *object, void *result, int order)
{
    int *lock;

#define LOAD(n)                                                                                                        \
    case n:                                                                                                            \
        *(value_##n *)result = __atomic_load_n((const volatile object_##n *)object, __ATOMIC_SEQ_CST);                 \
        return
    switch (lock_free_size(size, object)) {
        LOAD(1);
        LOAD(2);
        LOAD(4);
        LOAD(8);
    case 16:
        *(value_16 *)result = load_16((volatile void *)(uintptr_t)object, order);
        return;
    }
    lock = take_lock(object);
    copy(result, object, size);
    release_lock(lock);
}

void store(size_t size, volatile void *object, const void *value, int order)
{
    int *lock;

#define STORE(n)                                                                                                       \
    case n:                                                                                                            \
        __atomic_store_n((volatile object_##n *)object, *(const value_##n *)value, __ATOMIC_SEQ_CST);                  \
        return
    switch (lock_free_size(size, object)) {
        STORE(1);
        STORE(2);
        STORE(4);
        STORE(8);
    case 16:
        exchange_16(object, *(const value_16 *)value, order);
        return;
    }
    lock = take_lock(object);
    copy(object, value, size);
    release_lock(lock);
}

void exchange(size_t size, volatile void *object, const void *value, void *result, int order)
{
    int *lock;

#define EXCHANGE(n)                                                                                                    \
    case n:                                                                                                            \
        *(value_##n *)result =                                                                                         \
            __atomic_exchange_n((volatile object_##n *)object, *(const value_##n *)value, __ATOMIC_SEQ_CST);           \
        return
    switch (lock_free_size(size, object)) {
        EXCHANGE(1);
        EXCHANGE(2);
        EXCHANGE(4);
        EXCHANGE(8);
    case 16:
        *(value_16 *)result = exchange_16(object, *(const value_16 *)value, order);
        return;
    }
    lock = take_lock(object);
    copy(result, object, size);
    copy(object, value, size);
    release_lock(lock);
}

static bool compare_exchange_locked(size_t size, volatile void *object, void *expected, const void *desired)
{
    int *lock = take_lock(object);
    bool same = equal(object, expected, size);

    if (same)
        copy(object, desired, size);
    else
        copy(expected, object, size);
    release_lock(lock);
    return same;
}

bool compare_exchange(size_t size, volatile void *object, void *expected, const void *desired, int success, int failure)
{
#define COMPARE_EXCHANGE(n)                                                                                            \
    case n: {                                                                                                          \
        object_##n wanted = *(value_##n *)expected;                                                                    \
        bool same = __atomic_compare_exchange_n((volatile object_##n *)object, &wanted, *(const value_##n *)desired,   \
                                                false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                            \
        *(value_##n *)expected = wanted;                                                                               \
        return same;                                                                                                   \
    }
    switch (lock_free_size(size, object)) {
        COMPARE_EXCHANGE(1)
        COMPARE_EXCHANGE(2)
        COMPARE_EXCHANGE(4)
        COMPARE_EXCHANGE(8)
    case 16: {
        uint128 wanted = *(value_16 *)expected;
        bool same = compare_exchange_16(object, &wanted, *(const value_16 *)desired, success, failure);
        *(value_16 *)expected = wanted;
        return same;
    }
    }
    return compare_exchange_locked(size, object, expected, desired);
}
