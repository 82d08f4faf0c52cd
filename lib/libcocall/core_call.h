/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls of the core where the few nanoseconds that syscall() takes matter. toolchain/sysroot says what the gate keeps.
 */
#ifndef LIBCOCALL_CORE_CALL_H
#define LIBCOCALL_CORE_CALL_H

#include <comesg/abi.h>

#include <errno.h>
#include <stdint.h>

static inline int64_t core_call(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = 0;

    __asm__ volatile("call *0x0(%%r15)"
                     : "+a"(number), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                     :
                     : "rcx", "r11", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    return number;
}

/* The same for a call with one argument. */
static inline int64_t core_call_1(int64_t number, uint64_t a)
{
    __asm__ volatile("call *0x0(%%r15)"
                     : "+a"(number), "+D"(a)
                     :
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3",
                       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15");
    return number;
}

/* failure.c: sets errno to -error: -1. */
int64_t comesg_call_failed(int64_t error) __attribute__((visibility("hidden")));

/* -1 with errno for a failure. */
static inline int64_t core_call_result(int64_t result)
{
    return __builtin_expect(result >= 0, 1) ? result : comesg_call_failed(result);
}

#endif
