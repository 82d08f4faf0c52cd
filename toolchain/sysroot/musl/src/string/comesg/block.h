/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Unaligned loads and stores of 1 to 32 bytes at any address, without <immintrin.h>, which wants a hosted compiler. The
 * functions are compiled for blocks of 16 bytes, which every processor has, and of 32, for those with AVX2.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <comesg/abi.h>
#include <stddef.h>
#include <stdint.h>

typedef uint16_t half __attribute__((may_alias, aligned(1)));
typedef uint32_t word __attribute__((may_alias, aligned(1)));
typedef uint64_t quad __attribute__((may_alias, aligned(1)));
typedef char block16 __attribute__((vector_size(16), may_alias, aligned(1)));
typedef char block32 __attribute__((vector_size(32), may_alias, aligned(1)));
typedef char whole16 __attribute__((vector_size(16)));
typedef char whole32 __attribute__((vector_size(32)));

#define AT(type, pointer, offset) (*(type *)((unsigned char *)(pointer) + (offset)))
#define CONST_AT(type, pointer, offset) (*(const type *)((const unsigned char *)(pointer) + (offset)))

#define PAGE 4096

/* Of functions for one width. Where they lie in cache lines makes some of them a third faster or slower. */
#define HOT __attribute__((noinline, aligned(64)))

/* Blocks are loaded here, and only once, whatever gcc thinks of their use. */
#define HOLD(a) __asm__("" : "+x"(a))
#define HOLD_FOUR(a, b, c, d) __asm__("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d))

static inline size_t offset_in_page(const unsigned char *at)
{
    return (uintptr_t)at & (PAGE - 1);
}

/* Bytes that can be read of both without touching a further page. */
static inline size_t room_on_page(const unsigned char *left, const unsigned char *right)
{
    size_t a = offset_in_page(left), b = offset_in_page(right);
    return PAGE - (a > b ? a : b);
}

/* What the auxiliary vector says of the processor; 0 until the program has read it. */
extern size_t __hwcap __attribute__((visibility("hidden")));

/* The processor has AVX2 and what came with it. */
static inline int has_wide_blocks(void)
{
    return (__hwcap & COMESG_HWCAP_V3) != 0;
}

/* The smaller of each two unsigned bytes. */
static inline whole16 smaller16(whole16 a, whole16 b)
{
    return (whole16)__builtin_ia32_pminub128(a, b);
}

static inline __attribute__((target("avx2"))) whole32 smaller32(whole32 a, whole32 b)
{
    return (whole32)__builtin_ia32_pminub256(a, b);
}

/* A bit per byte of a comparison. */
static inline unsigned int mask16(whole16 bytes)
{
    return (unsigned int)__builtin_ia32_pmovmskb128(bytes);
}

static inline __attribute__((target("avx2"))) unsigned int mask32(whole32 bytes)
{
    return (unsigned int)__builtin_ia32_pmovmskb256(bytes);
}

#endif
