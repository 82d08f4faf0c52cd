/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Types of the compiler's runtime. The functions have the names and meanings that gcc expects of its own runtime.
 */
#ifndef COCC_RUNTIME_H
#define COCC_RUNTIME_H

#include <stdint.h>

typedef __int128 int128;
typedef unsigned __int128 uint128;

static inline uint64_t high(uint128 value)
{
    return (uint64_t)(value >> 64);
}

static inline int leading_zeros(uint128 value)
{
    return high(value) ? __builtin_clzll(high(value)) : 64 + __builtin_clzll((uint64_t)value);
}

/* The magnitude as an unsigned number, defined for the most negative number too. */
static inline uint128 magnitude(int128 value)
{
    return value < 0 ? -(uint128)value : (uint128)value;
}

#endif
