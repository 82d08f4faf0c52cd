/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The first code of a new co-process, between clone and the program's entry point.
 */
#include "core/kernel.h"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>

/* Everywhere in the core: the signal handler relies on it. */
register struct thread_block *running __asm__("r15");

static void unblock_signals(void)
{
    uint64_t none = 0;
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
}

static _Noreturn void refuse_to_start(const char *message, long length)
{
    kernel3(SYS_write, 2, (long)message, length);
    for (;;)
        kernel3(SYS_exit_group, 126, 0, 0);
}

#define REFUSE_TO_START(message) refuse_to_start("comesg: " message "\n", sizeof("comesg: " message "\n") - 1)

int core_start(void *argument)
{
    struct thread_block *block = argument;
    running = block;
    struct coprocess *coprocess = block->coprocess;
    long pid = kernel3(SYS_getpid, 0, 0, 0);

    kernel3(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
    if (kernel3(SYS_getppid, 0, 0, 0) != coprocess->realm->supervisor_pid)
        kernel3(SYS_exit_group, 1, 0, 0);
    if (kernel3(SYS_close_range, 3, ~0u, 0))
        REFUSE_TO_START("the kernel refuses to close the supervisor's descriptors (close_range)");
    if (core_kernel(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0))
        REFUSE_TO_START("the kernel refuses to bar new privileges (no_new_privs)");
    kernel3(SYS_prctl, PR_SET_NAME, (long)coprocess->name, 0);
    core_install_signal_handlers(block);
    unblock_signals();
    if (core_prepare_memory(coprocess))
        REFUSE_TO_START("no mapping is left for another co-process (vm.max_map_count), or memory may not be "
                        "promised beyond what there is (vm.overcommit_memory 2)");
    if (core_install_filter() < 0)
        REFUSE_TO_START("the kernel refuses a system-call filter (seccomp), and a co-process needs one");
    block->home.pid = (int32_t)pid;
    block->home.tid = (int32_t)pid;
    coprocess->pid = (int32_t)pid;
    coprocess->realm->switcher->start_thread(block);
    __builtin_unreachable();
}
