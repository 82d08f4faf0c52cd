/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Integer powers of __builtin_powi: repeated squaring; a negative power is the reciprocal of the positive one.
 */
#include "runtime.h"

double __powidf2(double base, int exponent);
float __powisf2(float base, int exponent);

#define POWER(name, type)                                                                                              \
    type name(type base, int exponent)                                                                                 \
    {                                                                                                                  \
        unsigned int left = exponent < 0 ? -(unsigned int)exponent : (unsigned int)exponent;                           \
        type result = left & 1 ? base : 1;                                                                             \
                                                                                                                       \
        while (left >>= 1) {                                                                                           \
            base *= base;                                                                                              \
            if (left & 1)                                                                                              \
                result *= base;                                                                                        \
        }                                                                                                              \
        return exponent < 0 ? 1 / result : result;                                                                     \
    }

POWER(__powidf2, double)
POWER(__powisf2, float)
