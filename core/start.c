/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The first code of a new co-process, between clone and the program's entry point.
 */
#include "core/kernel.h"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>

static void unblock_signals(void)
{
    uint64_t none = 0;
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
}

static _Noreturn void refuse_to_start(void)
{
    static const char message[] = "comesg: the kernel refuses a system-call filter (seccomp); a co-process needs one\n";
    kernel3(SYS_write, 2, (long)message, sizeof message - 1);
    for (;;)
        kernel3(SYS_exit_group, 126, 0, 0);
}

int core_start(void *argument)
{
    struct thread_block *block = argument;
    struct coprocess *coprocess = block->coprocess;
    long pid = kernel3(SYS_getpid, 0, 0, 0);

    kernel3(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
    if (kernel3(SYS_getppid, 0, 0, 0) != coprocess->realm->supervisor_pid)
        kernel3(SYS_exit_group, 1, 0, 0);
    kernel3(SYS_close_range, 3, ~0u, 0);
    core_kernel(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
    kernel3(SYS_prctl, PR_SET_NAME, (long)coprocess->name, 0);
    core_install_signal_handlers(block);
    unblock_signals();
    if (core_install_filter() < 0)
        refuse_to_start();
    block->home.pid = (int32_t)pid;
    coprocess->pid = (int32_t)pid;
    coprocess->realm->switcher->start_thread(block);
    __builtin_unreachable();
}
