/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Walking through a part of the core with the trap flag, in an ordinary process: before one instruction of it, others
 * do something.
 */
#ifndef COMESG_TESTS_CORE_WALK_H
#define COMESG_TESTS_CORE_WALK_H

#include "tests/loader/tap.h"

#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

enum { WALK_NEVER = 1 << 30 };

static volatile int steps, others_at; /* of the present walk */
static void (*others)(void);
static volatile bool walks;
static sigjmp_buf fault; /* where to go on after a wild access */

/* Begins and ends a walk. */
#define WALK() __asm__ volatile("int3" ::: "memory")

static void walk_step(int signal, siginfo_t *information, void *interrupted)
{
    enum { TRAP_FLAG = 0x100 };
    ucontext_t *context = interrupted;
    greg_t *flags = &context->uc_mcontext.gregs[REG_EFL];
    (void)signal;
    if (information->si_code == SI_KERNEL) { /* int3 */
        walks = !walks;
        *flags = walks ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
        return;
    }
    if (steps++ == others_at)
        others();
}

static void walk_fault(int signal)
{
    walks = false;
    siglongjmp(fault, signal);
}

static inline void walk_prepare(void)
{
    static char signal_stack[65536];
    const struct sigaction step = {.sa_sigaction = walk_step, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    const struct sigaction faults = {.sa_handler = walk_fault, .sa_flags = SA_ONSTACK};
    const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    need(sigaction(SIGTRAP, &step, NULL) == 0 && sigaction(SIGSEGV, &faults, NULL) == 0 &&
             sigaltstack(&stack, NULL) == 0,
         "signals");
}

static inline void walk_at(int number, void (*what_others_do)(void))
{
    steps = 0;
    others_at = number;
    others = what_others_do;
}

#endif
