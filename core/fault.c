/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals of the core: faults of verified code, faults of copies, and the order to leave a co-process.
 *
 * The handler finds its kernel thread by the signal stack, and the running context by r15 of the interrupted frame,
 * which verified code cannot change.
 */
#include "core/kernel.h"

#include <signal.h>
#include <ucontext.h>

struct fixup {
    uint64_t start, end, target;
};
extern const struct fixup __start_core_fixup_table[] __attribute__((visibility("hidden")));
extern const struct fixup __stop_core_fixup_table[] __attribute__((visibility("hidden")));

struct kernel_sigaction {
    void (*handler)(int, siginfo_t *, void *);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

enum { SA_RESTORER_FLAG = 0x04000000 };

/* Records why the co-process of `block` ends, stops its contexts at their next exit, and tells the supervisor. */
void core_record_fault(struct thread_block *block, int signal, uint64_t address, uint64_t pc)
{
    struct coprocess *coprocess = block->coprocess;
    if (!coprocess->fault.signal)
        coprocess->fault = (struct fault_record){signal, address, pc - coprocess->region_base};
    block->force_out = 1;
    coprocess->dying = 1;
    coprocess->realm->fault_events++;
    futex_wake_all(&coprocess->realm->fault_events);
}

static bool raised_by_kernel(const siginfo_t *info)
{
    return info->si_code > 0;
}

static bool apply_fixup(const siginfo_t *info, greg_t *registers)
{
    uint64_t pc = (uint64_t)registers[REG_RIP];
    // cppcheck-suppress comparePointers ; the linker's bounds of one table
    for (const struct fixup *fixup = __start_core_fixup_table; fixup < __stop_core_fixup_table; fixup++) {
        if (pc < fixup->start || pc >= fixup->end)
            continue;
        registers[REG_RIP] = (greg_t)fixup->target;
        registers[REG_RAX] = (greg_t)info->si_addr;
        return true;
    }
    return false;
}

/* The thread block whose verified code was interrupted, or NULL if it was not verified code. */
static struct thread_block *interrupted_block(const struct realm *realm, const greg_t *registers)
{
    uint64_t pc = (uint64_t)registers[REG_RIP];
    if (pc < realm->regions_start || pc >= realm->regions_end)
        return NULL;
    return (struct thread_block *)registers[REG_R15];
}

/* Gives this signal its default effect on the process that received it. */
static void take_default(int signal, bool raise)
{
    struct kernel_sigaction action = {.restorer = core_signal_return, .flags = SA_RESTORER_FLAG};
    core_kernel(SYS_rt_sigaction, signal, (long)&action, 0, 8, 0, 0);
    if (raise)
        kernel3(SYS_tkill, core_kernel(SYS_gettid, 0, 0, 0, 0, 0, 0), signal, 0);
}

static void leave(struct thread_block *block, greg_t *registers)
{
    registers[REG_RIP] = (greg_t)block->coprocess->realm->switcher->force_out;
    registers[REG_RSP] = (greg_t)block + TB_GATE_STACK_TOP;
    registers[REG_EFL] = CORE_FLAGS_CLEAR;
}

static void handle_signal(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t slot = (uint64_t)&registers & ~(uint64_t)(CORE_SLOT_SIZE - 1);
    const struct thread_block *home = (const struct thread_block *)(slot + SLOT_THREAD_BLOCK);
    struct thread_block *block = interrupted_block(home->coprocess->realm, registers);

    if (signal == CORE_SIGNAL_RECALL) {
        if (block && block->force_out)
            leave(block, registers);
        else if (block)
            core_move_interrupted(block, context);
        return;
    }
    if (!raised_by_kernel(info)) { /* somebody's kill(): meant for this process, whatever code it runs */
        take_default(signal, true);
        return;
    }
    if (block) {
        core_record_fault(block, signal, (uint64_t)info->si_addr, (uint64_t)registers[REG_RIP]);
        leave(block, registers);
        return;
    }
    if (!apply_fixup(info, registers))
        take_default(signal, false); /* a fault of the core itself: happens again, and ends this process */
}

void core_install_signal_handlers(struct thread_block *block)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, CORE_SIGNAL_RECALL};
    uint64_t slot = (uint64_t)block - SLOT_THREAD_BLOCK;
    stack_t stack = {
        .ss_sp = (void *)(slot + SLOT_SIGNAL_STACK),
        .ss_size = SLOT_SIGNAL_STACK_TOP - SLOT_SIGNAL_STACK,
    };
    struct kernel_sigaction action = {
        .handler = handle_signal,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTORER_FLAG,
        .restorer = core_signal_return,
        .mask = ~(uint64_t)0,
    };
    kernel3(SYS_sigaltstack, (long)&stack, 0, 0);
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        core_kernel(SYS_rt_sigaction, signals[i], (long)&action, 0, 8, 0, 0);
}
