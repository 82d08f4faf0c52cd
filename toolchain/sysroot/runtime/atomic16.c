/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Atomic operations on 16 bytes, all of them loops around one instruction, so that they agree with each other on memory
 * that co-processes share. A load writes the value back: the memory must be writable.
 */
#include <stdbool.h>

#include "runtime.h"

/* The compiler declares the public names itself, without the order argument's meaning; ours are bound to them here. */
uint128 load_16(volatile void *object, int order) __asm__("__atomic_load_16");
void store_16(volatile void *object, uint128 value, int order) __asm__("__atomic_store_16");
uint128 exchange_16(volatile void *object, uint128 value, int order) __asm__("__atomic_exchange_16");
bool compare_exchange_16(volatile void *object, void *expected, uint128 desired, int success,
                         int failure) __asm__("__atomic_compare_exchange_16");

static inline uint128 compare_and_swap(volatile void *object, uint128 expected, uint128 desired)
{
    uint64_t low = (uint64_t)expected, top = high(expected);

    __asm__ __volatile__("lock cmpxchg16b %2"
                         : "+a"(low), "+d"(top), "+m"(*(volatile uint128 *)object)
                         : "b"((uint64_t)desired), "c"(high(desired))
                         : "cc", "memory");
    return (uint128)top << 64 | low;
}

uint128 load_16(volatile void *object, int order)
{
    (void)order;
    return compare_and_swap(object, 0, 0);
}

uint128 exchange_16(volatile void *object, uint128 value, int order)
{
    uint128 seen = 0, before;

    (void)order;
    while ((before = compare_and_swap(object, seen, value)) != seen)
        seen = before;
    return seen;
}

void store_16(volatile void *object, uint128 value, int order)
{
    exchange_16(object, value, order);
}

bool compare_exchange_16(volatile void *object, void *expected, uint128 desired, int success, int failure)
{
    uint128 wanted = *(uint128 *)expected, before = compare_and_swap(object, wanted, desired);

    (void)success;
    (void)failure;
    if (before == wanted)
        return true;
    *(uint128 *)expected = before;
    return false;
}

#define FETCH_AND_CHANGE(name, symbol, expression)                                                                     \
    uint128 name(volatile void *object, uint128 value, int order) __asm__(symbol);                                     \
    uint128 name(volatile void *object, uint128 value, int order)                                                      \
    {                                                                                                                  \
        uint128 seen = 0, before;                                                                                      \
                                                                                                                       \
        (void)order;                                                                                                   \
        while ((before = compare_and_swap(object, seen, expression)) != seen)                                          \
            seen = before;                                                                                             \
        return seen;                                                                                                   \
    }

#define CHANGE_AND_FETCH(name, symbol, fetch, expression)                                                              \
    uint128 name(volatile void *object, uint128 value, int order) __asm__(symbol);                                     \
    uint128 name(volatile void *object, uint128 value, int order)                                                      \
    {                                                                                                                  \
        uint128 seen = fetch(object, value, order);                                                                    \
                                                                                                                       \
        return expression;                                                                                             \
    }

FETCH_AND_CHANGE(fetch_add_16, "__atomic_fetch_add_16", seen + value)
FETCH_AND_CHANGE(fetch_sub_16, "__atomic_fetch_sub_16", seen - value)
FETCH_AND_CHANGE(fetch_and_16, "__atomic_fetch_and_16", seen &value)
FETCH_AND_CHANGE(fetch_or_16, "__atomic_fetch_or_16", seen | value)
FETCH_AND_CHANGE(fetch_xor_16, "__atomic_fetch_xor_16", seen ^ value)
FETCH_AND_CHANGE(fetch_nand_16, "__atomic_fetch_nand_16", ~(seen &value))
CHANGE_AND_FETCH(add_fetch_16, "__atomic_add_fetch_16", fetch_add_16, seen + value)
CHANGE_AND_FETCH(sub_fetch_16, "__atomic_sub_fetch_16", fetch_sub_16, seen - value)
CHANGE_AND_FETCH(and_fetch_16, "__atomic_and_fetch_16", fetch_and_16, seen &value)
CHANGE_AND_FETCH(or_fetch_16, "__atomic_or_fetch_16", fetch_or_16, seen | value)
CHANGE_AND_FETCH(xor_fetch_16, "__atomic_xor_fetch_16", fetch_xor_16, seen ^ value)
CHANGE_AND_FETCH(nand_fetch_16, "__atomic_nand_fetch_16", fetch_nand_16, ~(seen &value))
