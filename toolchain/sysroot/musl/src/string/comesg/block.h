/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Unaligned loads and stores of 1 to 16 bytes at any address, without <emmintrin.h>, which wants a hosted compiler.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef uint16_t half __attribute__((may_alias, aligned(1)));
typedef uint32_t word __attribute__((may_alias, aligned(1)));
typedef uint64_t quad __attribute__((may_alias, aligned(1)));
typedef char block __attribute__((vector_size(16), may_alias, aligned(1)));

#define BLOCK sizeof(block)
#define AT(type, pointer, offset) (*(type *)((unsigned char *)(pointer) + (offset)))
#define CONST_AT(type, pointer, offset) (*(const type *)((const unsigned char *)(pointer) + (offset)))

#endif
