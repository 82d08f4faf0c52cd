/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Includes FUNCTIONS, the name of a file, once for each width of blocks. In it NAME(x) has the width as its end.
 */
#define JOIN2(name, width) name##width
#define JOIN(name, width) JOIN2(name, width)
#define NAME(name) JOIN(name, WIDTH)
#define BLOCK NAME(block)
#define WHOLE NAME(whole)
#define MASK NAME(mask)
#define EVERY ((1ull << WIDTH) - 1)
#define PAIR (2 * WIDTH)
#define STEP (4 * WIDTH)

#define WIDTH 16
#include FUNCTIONS
#undef WIDTH

#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,lzcnt")
#define WIDTH 32
#include FUNCTIONS
#undef WIDTH
#pragma GCC pop_options
