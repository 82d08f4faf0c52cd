/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals of the core: faults of verified code, faults of copies, the order to leave a co-process, and what ends the
 * process.
 *
 * The handler finds its kernel thread by the signal stack, and the running context by r15 of the interrupted frame,
 * which verified code cannot change and the core keeps for this.
 */
#include "core/kernel.h"

#include <signal.h>
#include <ucontext.h>

struct fixup {
    uint64_t start, end, target;
};
extern const struct fixup __start_core_fixup_table[] __attribute__((visibility("hidden")));
void core_kernel_wait_call(void) __attribute__((visibility("hidden")));
void core_kernel_interrupted(void) __attribute__((visibility("hidden")));
extern const struct fixup __stop_core_fixup_table[] __attribute__((visibility("hidden")));

struct kernel_sigaction {
    const void *handler;
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
    core_notify_supervisor(coprocess->realm);
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

/* True if verified code was interrupted, and not the core. */
static bool interrupted_verified_code(const struct realm *realm, const greg_t *registers)
{
    uint64_t pc = (uint64_t)registers[REG_RIP];
    return pc >= realm->regions_start && pc < realm->regions_end;
}

/* Gives this signal its default effect on the process that received it. */
static void take_default(int signal, bool raise)
{
    struct kernel_sigaction action = {.restorer = core_signal_return, .flags = SA_RESTORER_FLAG};
    core_kernel(SYS_rt_sigaction, signal, (long)&action, 0, 8, 0, 0);
    if (raise)
        kernel3(SYS_tkill, core_kernel(SYS_gettid, 0, 0, 0, 0, 0, 0), signal, 0);
}

/* The context of `block` is on its home thread and its co-process is being ended: so ends the process. */
_Noreturn void core_end_home_thread(struct thread_block *block)
{
    int signal = block->coprocess->fault.signal ? block->coprocess->fault.signal : SIGKILL;
    uint64_t none = 0;
    core_stop_lending(block);
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
    take_default(signal, true);
    for (;;)
        kernel3(SYS_exit_group, 128 + signal, 0, 0);
}

/* True if the kernel thread of `home` certainly runs nobody else's context: it is parked, or in verified code of its
 * own. */
static bool lends_to_nobody(const struct thread_block *home, const struct thread_block *block, uint64_t stack_pointer)
{
    uint64_t slot = core_slot_of(home);
    bool parked = stack_pointer >= slot + SLOT_PARK_STACK && stack_pointer <= slot + SLOT_PARK_STACK_TOP;
    return parked || block == home;
}

/* A signal that ends this process. Contexts of others that run on its kernel thread move to their home threads first.
 */
static void terminate(struct thread_block *home, struct thread_block *running, bool verified, int signal,
                      ucontext_t *context)
{
    if (lends_to_nobody(home, verified ? running : NULL, (uint64_t)context->uc_mcontext.gregs[REG_RSP])) {
        core_stop_lending(home);
        take_default(signal, true);
        return;
    }
    if (!home->coprocess->fault.signal)
        home->coprocess->fault.signal = signal;
    home->force_out = 1;
    core_notify_supervisor(home->coprocess->realm);
    core_recall(home, running, verified, context);
}

static bool is_fault_signal(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP ||
           signal == SIGSYS;
}

/* Otherwise it is somebody's kill(). */
static bool is_fault(int signal, const siginfo_t *info)
{
    return is_fault_signal(signal) && info->si_code > 0;
}

/* Before a system call that may wait: it must not sleep through the signal. */
static void interrupt_wait(greg_t *registers)
{
    uint64_t pc = (uint64_t)registers[REG_RIP];
    if (pc >= (uint64_t)core_kernel_wait_for_program && pc <= (uint64_t)core_kernel_wait_call)
        registers[REG_RIP] = (greg_t)core_kernel_interrupted;
}

/* Somebody wants the process to go on, and not only to give back what is others'. */
static void note_continued(struct coprocess *coprocess, const siginfo_t *info)
{
    if (info->si_pid == coprocess->realm->supervisor_pid)
        return;
    coprocess->continued = 1;
    core_notify_supervisor(coprocess->realm);
}

static void handle_signal(int signal, siginfo_t *info, void *argument)
{
    ucontext_t *context = argument;
    greg_t *registers = context->uc_mcontext.gregs;
    uint64_t slot = (uint64_t)&context & ~(uint64_t)(CORE_SLOT_SIZE - 1);
    struct thread_block *home = (struct thread_block *)(slot + SLOT_THREAD_BLOCK);
    struct thread_block *running = (struct thread_block *)registers[REG_R15];
    bool verified = interrupted_verified_code(home->coprocess->realm, registers);

    if (!is_fault(signal, info))
        interrupt_wait(registers);
    if (signal == SIGCONT) {
        note_continued(home->coprocess, info);
    } else if (signal == CORE_SIGNAL_RECALL) {
        core_recall(home, running, verified, context);
    } else if (!is_fault(signal, info)) {
        terminate(home, running, verified, signal, context);
    } else if (verified) {
        core_record_fault(running, signal, (uint64_t)info->si_addr, (uint64_t)registers[REG_RIP]);
        core_recall(home, running, verified, context);
    } else if (!apply_fixup(info, registers)) {
        take_default(signal, false); /* a fault of the core itself: happens again, and ends this process */
    }
}

bool core_signal_ends(int signal)
{
    return signal != SIGSTOP && signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU && signal != SIGCONT &&
           signal != SIGCHLD && signal != SIGURG && signal != SIGWINCH;
}

static const struct kernel_sigaction core_action = {
    .handler = (void *)handle_signal,
    .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTORER_FLAG,
    .restorer = core_signal_return,
    .mask = ~((uint64_t)1 << (SIGCONT - 1)), /* that one only makes a note */
};

static void set_action(int signal, const struct kernel_sigaction *action, struct kernel_sigaction *old)
{
    core_kernel(SYS_rt_sigaction, signal, (long)action, (long)old, 8, 0, 0);
}

/* For this process: false if the program may not choose. What the default does not end keeps its default. */
bool core_set_ignored(int signal, bool ignore)
{
    static const struct kernel_sigaction ignored = {.handler = (void *)SIG_IGN};
    static const struct kernel_sigaction normal = {0};
    if (signal == SIGCONT) /* it continues the process all the same */
        return true;
    if (is_fault_signal(signal) || signal == SIGKILL || signal == SIGSTOP || signal == CORE_SIGNAL_RECALL)
        return !ignore;
    set_action(signal, ignore ? &ignored : core_signal_ends(signal) ? &core_action : &normal, NULL);
    return true;
}

void core_install_signal_stack(const struct thread_block *block)
{
    uint64_t slot = core_slot_of(block);
    stack_t stack = {
        .ss_sp = (void *)(slot + SLOT_SIGNAL_STACK),
        .ss_size = SLOT_SIGNAL_STACK_TOP - SLOT_SIGNAL_STACK,
    };
    kernel3(SYS_sigaltstack, (long)&stack, 0, 0);
}

/* In a process that another co-process has made, all that are not handled get their defaults. */
void core_install_signal_handlers(struct thread_block *block, bool keep_ignored)
{
    core_install_signal_stack(block);
    for (int signal = 1; signal <= 64; signal++) {
        struct kernel_sigaction old = {0};
        if (core_signal_ends(signal) || signal == SIGCONT)
            set_action(signal, &core_action, &old);
        else if (!keep_ignored)
            core_set_ignored(signal, false);
        if (keep_ignored && old.handler == (void *)SIG_IGN) /* as nohup wants it */
            core_set_ignored(signal, true);
    }
}
