/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Arithmetic of -ftrapv: ends the program on signed overflow.
 */
#include "runtime.h"

#define TRAPPING(name, type, operation)                                                                                \
    type name(type left, type right);                                                                                  \
    type name(type left, type right)                                                                                   \
    {                                                                                                                  \
        type result;                                                                                                   \
                                                                                                                       \
        if (operation(left, right, &result))                                                                           \
            __builtin_trap();                                                                                          \
        return result;                                                                                                 \
    }

#define TRAPPING_UNARY(name, type, condition)                                                                          \
    type name(type value);                                                                                             \
    type name(type value)                                                                                              \
    {                                                                                                                  \
        type result = 0;                                                                                               \
                                                                                                                       \
        if (!(condition))                                                                                              \
            return value;                                                                                              \
        if (__builtin_sub_overflow(result, value, &result))                                                            \
            __builtin_trap();                                                                                          \
        return result;                                                                                                 \
    }

TRAPPING(__addvsi3, int32_t, __builtin_add_overflow)
TRAPPING(__addvdi3, int64_t, __builtin_add_overflow)
TRAPPING(__addvti3, int128, __builtin_add_overflow)
TRAPPING(__subvsi3, int32_t, __builtin_sub_overflow)
TRAPPING(__subvdi3, int64_t, __builtin_sub_overflow)
TRAPPING(__subvti3, int128, __builtin_sub_overflow)
TRAPPING(__mulvsi3, int32_t, __builtin_mul_overflow)
TRAPPING(__mulvdi3, int64_t, __builtin_mul_overflow)
TRAPPING(__mulvti3, int128, __builtin_mul_overflow)
TRAPPING_UNARY(__negvsi2, int32_t, 1)
TRAPPING_UNARY(__negvdi2, int64_t, 1)
TRAPPING_UNARY(__negvti2, int128, 1)
TRAPPING_UNARY(__absvsi2, int32_t, value < 0)
TRAPPING_UNARY(__absvdi2, int64_t, value < 0)
TRAPPING_UNARY(__absvti2, int128, value < 0)
