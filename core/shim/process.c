/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the C library sets up, signals to oneself, and the end of the process.
 */
#include "core/shim/shim.h"

#include <asm/prctl.h>
#include <signal.h>

/* The core writes to the address when the thread ends: the kernel would do so unchecked. */
int64_t shim_set_tid_address(struct thread_block *block, const uint64_t *arguments)
{
    block->clear_tid = arguments[0];
    return kernel3(SYS_gettid, 0, 0, 0);
}

int64_t shim_arch_prctl(struct thread_block *block, const uint64_t *arguments)
{
    if (arguments[0] != ARCH_SET_FS)
        return -EINVAL;
    block->thread_pointer = arguments[1];
    return 0;
}

/* A program's mask is only remembered: no signal is ever delivered to program code. */
int64_t shim_rt_sigprocmask(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t old = block->signal_mask, set = 0;
    if (arguments[3] != sizeof set)
        return -EINVAL;
    if (arguments[1]) {
        if (core_fetch(block, &set, arguments[1], sizeof set))
            return -EFAULT;
        if (arguments[0] == SIG_BLOCK)
            block->signal_mask |= set;
        else if (arguments[0] == SIG_UNBLOCK)
            block->signal_mask &= ~set;
        else if (arguments[0] == SIG_SETMASK)
            block->signal_mask = set;
        else
            return -EINVAL;
    }
    return arguments[2] ? core_put(block, arguments[2], &old, sizeof old) : 0;
}

struct program_sigaction {
    uint64_t handler, flags, restorer, mask;
};

static int64_t set_disposition(struct coprocess *coprocess, uint64_t signal, uint64_t handler)
{
    if (handler != (uint64_t)SIG_DFL && handler != (uint64_t)SIG_IGN)
        return -ENOSYS;
    bool ignore = handler == (uint64_t)SIG_IGN;
    if (!core_set_ignored((int)signal, ignore))
        return -EINVAL;
    uint64_t bit = (uint64_t)1 << (signal - 1);
    if (ignore)
        coprocess->ignored_signals |= bit;
    else
        coprocess->ignored_signals &= ~bit;
    return 0;
}

/* Default and ignored are the dispositions that there are; handlers are not supported yet: ENOSYS. */
int64_t shim_rt_sigaction(struct thread_block *block, const uint64_t *arguments)
{
    struct coprocess *coprocess = block->coprocess;
    struct program_sigaction action = {0}, old = {0};
    if (arguments[3] != sizeof action.mask || arguments[0] < 1 || arguments[0] > 64)
        return -EINVAL;
    if (coprocess->ignored_signals >> (arguments[0] - 1) & 1)
        old.handler = (uint64_t)SIG_IGN;
    if (arguments[1]) {
        int64_t error = core_fetch(block, &action, arguments[1], sizeof action);
        if (!error)
            error = set_disposition(coprocess, arguments[0], action.handler);
        if (error)
            return error;
    }
    return arguments[2] ? core_put(block, arguments[2], &old, sizeof old) : 0;
}

/* A signal to oneself ends the program, as its default disposition does; those that would not are refused, and so is
 * every other receiver. */
static int64_t end_by_signal(struct thread_block *block, uint64_t signal)
{
    if (signal == 0)
        return 0;
    if (signal > 31 || !core_signal_ends((int)signal))
        return -EPERM;
    block->coprocess->fault.signal = (int32_t)signal;
    core_end_home_thread(block);
}

int64_t shim_kill(struct thread_block *block, const uint64_t *arguments)
{
    return (int32_t)arguments[0] == block->home.pid ? end_by_signal(block, arguments[1]) : -EPERM;
}

/* To a thread of one's own. */
int64_t shim_tkill(struct thread_block *block, const uint64_t *arguments)
{
    uint32_t incarnation;
    struct thread_block *thread = core_find_thread(block->coprocess, arguments[0], &incarnation);
    if (!thread)
        return -EPERM;
    if (arguments[1] != COMESG_SIGNAL_CANCEL)
        return end_by_signal(block, arguments[1]);
    core_thread_cancel(thread, incarnation);
    return 0;
}

int64_t shim_exit(struct thread_block *block, const uint64_t *arguments)
{
    core_thread_exit(block, (int)arguments[0]);
}

int64_t shim_exit_group(struct thread_block *block, const uint64_t *arguments)
{
    core_stop_lending(block);
    for (;;)
        kernel3(SYS_exit_group, (long)arguments[0], 0, 0);
}

int64_t shim_getmxcsr(struct thread_block *block, const uint64_t *arguments)
{
    uint32_t mxcsr;
    (void)block;
    (void)arguments;
    __asm__("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr;
}

int64_t shim_setmxcsr(struct thread_block *block, const uint64_t *arguments)
{
    enum { DEFINED = 0xffff }; /* bits 16-31 are reserved: setting one raises #GP */
    if (arguments[0] & ~(uint64_t)DEFINED)
        return -EINVAL;
    block->mxcsr = (uint32_t)arguments[0];
    __asm__ volatile("ldmxcsr %0" : : "m"(block->mxcsr));
    return 0;
}
