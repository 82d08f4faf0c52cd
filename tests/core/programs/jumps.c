/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Jumps through the gates of setjmp, longjmp and coaccept, right ones and attacks. The argument says which.
 */
#include "support.h"

#include <setjmp.h>

struct place {
    uint64_t depth, pad;
};

/* The longjmp gate as it is, with any depth and address. */
static _Noreturn void jump(uint64_t depth, uint64_t pad)
{
    __asm__ volatile("jmp *0x20(%%r15)" ::"D"(depth), "S"(pad), "d"(1));
    __builtin_unreachable();
}

static inline __attribute__((always_inline)) struct place here(void)
{
    struct place place;
    __asm__ volatile("call *0x18(%%r15)"
                     : "=a"(place.depth), "=d"(place.pad)
                     :
                     : "rcx", "rsi", "rdi", "r8", "r9", "r10", "memory", "cc");
    return place;
}

/* 16 gates' depths deep. */
static __attribute__((noinline)) uint64_t deep(int levels)
{
    volatile uint64_t depth = levels ? deep(levels - 1) : here().depth;
    return depth;
}

static jmp_buf environment;

static __attribute__((noinline)) void descend(int levels)
{
    volatile char frame[100];
    frame[levels % 100] = 1;
    if (levels == 0)
        longjmp(environment, 7);
    descend(levels - 1);
    (void)frame[0];
}

static bool ordinary_jump(void)
{
    volatile int rounds = 0;
    if (setjmp(environment) == 7)
        return rounds == 1;
    rounds++;
    descend(1000);
    return false;
}

static void pad_function(void)
{
    printf("reached the pad\n");
    fflush(stdout);
    _exit(4);
}

/* The accept gate as it is, with any address to go on at, of a thread that somebody else has a handle to. */
static _Noreturn void accept_at(uint64_t pad)
{
    cotarget_t own;
    need(coregister("jumper", NULL, &own) == 0, "coregister");
    find("caller");
    register uint64_t length_in __asm__("r8") = 0, to __asm__("r9") = pad;
    __asm__ volatile("jmp *0x10(%%r15)" ::"S"(0), "d"(0), "c"(0), "r"(length_in), "r"(to));
    __builtin_unreachable();
}

/* Calls it. */
static int call_jumper(void)
{
    const cotarget_t jumper = find("jumper");
    cotarget_t own;
    need(coregister("caller", NULL, &own) == 0, "coregister");
    printf("%s\n", call(jumper, NULL, 0, NULL, 0) == -1 && errno == ENOLINK ? "ENOLINK" : "wrong");
    return 0;
}

static const uint32_t pad_in_data[] = {0xfa1e0ff3, 0x90909090, 0xfa1e0ff3};

int main(int argc, char **argv)
{
    const char *attack = argc > 1 ? argv[1] : "";
    void (*volatile function)(void) = pad_function;
    uint64_t pad = (uint64_t)function, depth = here().depth, base = region_base();
    if (strcmp(attack, "ordinary") == 0) {
        printf("%s\n", ordinary_jump() ? "right" : "wrong");
        return 0;
    }
    if (strcmp(attack, "caller") == 0)
        return call_jumper();
    if (strcmp(attack, "accept-null") == 0)
        accept_at(0);
    if (strcmp(attack, "accept-no-pad") == 0)
        accept_at(pad + 4);
    if (strcmp(attack, "accept-other-region") == 0)
        accept_at(pad + REGION_STRIDE);
    if (strcmp(attack, "good") == 0)
        jump(depth, pad);
    if (strcmp(attack, "zero") == 0)
        jump(0, pad);
    if (strcmp(attack, "sentinel") == 0)
        jump(8, pad); /* allowed: the stack is empty then */
    if (strcmp(attack, "negative") == 0)
        jump(-8UL, pad);
    if (strcmp(attack, "deeper") == 0)
        jump(deep(16), pad);
    if (strcmp(attack, "deeper-by-one") == 0)
        jump(depth + 16, pad);
    if (strcmp(attack, "huge") == 0)
        jump(1UL << 63, pad);
    if (strcmp(attack, "wrap") == 0)
        jump(-4096UL, pad);
    if (strcmp(attack, "misaligned") == 0)
        jump(depth - 4, pad);
    if (strcmp(attack, "no-pad") == 0)
        jump(depth, pad + 4);
    if (strcmp(attack, "inside-pad") == 0)
        jump(depth, pad + 1);
    if (strcmp(attack, "data") == 0)
        jump(depth, (uint64_t)&pad_in_data[2]);
    if (strcmp(attack, "unmapped") == 0)
        jump(depth, base + 8);
    if (strcmp(attack, "other-region") == 0)
        jump(depth, pad + REGION_STRIDE);
    if (strcmp(attack, "region-end") == 0)
        jump(depth, base + REGION_SIZE - 2);
    return 5;
}
