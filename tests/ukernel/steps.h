/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs a function one instruction at a time, by the trap flag of the processor, and looks after each of them: a kill at
 * that point would leave memory as it is then. Compile with -mno-red-zone.
 */
#ifndef COMESG_TESTS_UKERNEL_STEPS_H
#define COMESG_TESTS_UKERNEL_STEPS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

enum { STEPS_TRAP_FLAG = 0x100 };

static void (*steps_look)(void);
static volatile bool steps_over;
static size_t steps_count;

static void steps_trap(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)information;
    if (steps_over) {
        ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~STEPS_TRAP_FLAG;
        return;
    }
    steps_count++;
    steps_look();
}

/* Calls `look` after each instruction of `function`; it may not call this again. */
static inline void steps_run(void function(void), void look(void))
{
    struct sigaction action = {.sa_sigaction = steps_trap, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &action, NULL);
    steps_look = look;
    steps_over = false;
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
    function();
    steps_over = true;
    __asm__ volatile("nop" ::: "memory");
}

/* What is looked at after each instruction may be changed and put back: these parts, of which the last is nowhere. */
struct steps_part {
    void *at;
    size_t size;
};

static inline void steps_save(char *to, const struct steps_part *parts)
{
    for (; parts->at; to += parts++->size)
        memcpy(to, parts->at, parts->size);
}

static inline void steps_restore(const char *from, const struct steps_part *parts)
{
    for (; parts->at; from += parts++->size)
        memcpy(parts->at, from, parts->size);
}

#endif
