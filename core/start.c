/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The first code of a new co-process, between clone and the program's entry point: it becomes what the launch plan
 * says.
 */
#include "core/kernel.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>

/* Everywhere in the core: the signal handler relies on it. */
register struct thread_block *running __asm__("r15");

static int64_t failed(struct coprocess *coprocess, enum start_step step, int64_t error)
{
    if (error < 0 && !coprocess->start_error) {
        coprocess->start_step = step;
        coprocess->start_error = (uint32_t)-error;
    }
    return error;
}

/* Dies with the supervisor; whoever has changed its credentials has to say so again. */
static void bind_to_supervisor(const struct realm *realm)
{
    kernel3(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
    if (kernel3(SYS_getppid, 0, 0, 0) != realm->supervisor_pid)
        kernel3(SYS_exit_group, 1, 0, 0);
}

static int64_t close_between(uint64_t first, uint64_t last)
{
    return first <= last ? kernel3(SYS_close_range, (long)first, (long)last, 0) : 0;
}

static uint64_t behind_lanes(const struct realm *realm)
{
    return (uint64_t)realm->hidden_descriptor + LANE_DESCRIPTORS;
}

/* All from `first`, which is below the lanes, to `last` but those of the lanes. */
static int64_t close_all(const struct realm *realm, uint64_t first, uint64_t last)
{
    uint64_t hidden = (uint64_t)realm->hidden_descriptor;
    int64_t error = hidden > first ? close_between(first, hidden - 1) : 0;
    return error ? error : close_between(behind_lanes(realm), last);
}

enum { DESCRIPTOR_LAST = 0xffffffff };

/* No descriptor of the launcher is this high. Its other threads may have got some that they have not reported yet. */
static uint32_t limit_of(const struct coprocess *launcher)
{
    uint32_t threads = 0, index = 0;
    while (core_next_thread(launcher, &index))
        threads++;
    return launcher->descriptor_limit + (threads > 1 ? 2 * THREADS_MAX : 0);
}

/* Closes those that do not outlive an execve, and what the core of the launcher was just using. Gives the limit of what
 * is left. */
static uint32_t close_on_exec(const struct realm *realm, uint32_t limit)
{
    uint32_t left = 0;
    close_between(behind_lanes(realm), (uint64_t)realm->hidden_descriptor + HIDDEN_DESCRIPTORS - 1);
    for (uint32_t descriptor = 0; descriptor < limit; descriptor++) {
        long flags = kernel3(SYS_fcntl, descriptor, F_GETFD, 0);
        if (flags < 0 || descriptor - (uint32_t)realm->hidden_descriptor < LANE_DESCRIPTORS)
            continue;
        if (flags & FD_CLOEXEC)
            kernel3(SYS_close, descriptor, 0, 0);
        else
            left = descriptor + 1;
    }
    return left;
}

/* Moves the chosen ones above all others first, so that none is closed before it has been copied. */
static int64_t choose_descriptors(const struct realm *realm, const struct launch_plan *plan)
{
    int32_t copies[LAUNCH_DESCRIPTORS];
    int32_t base = (int32_t)behind_lanes(realm);
    for (uint32_t i = 0; i < plan->descriptor_count; i++) {
        int64_t copy = kernel3(SYS_fcntl, plan->descriptors[i].from, F_DUPFD, base);
        if (copy < 0)
            return copy;
        copies[i] = (int32_t)copy;
    }
    int64_t error = close_all(realm, 0, (uint64_t)base - 1);
    for (uint32_t i = 0; !error && i < plan->descriptor_count; i++) {
        int64_t copy = kernel3(SYS_dup2, copies[i], plan->descriptors[i].to, 0);
        error = copy < 0 ? copy : 0;
    }
    return error ? error : close_between((uint64_t)base, DESCRIPTOR_LAST);
}

static int64_t arrange_descriptors(struct coprocess *coprocess, const struct launch_plan *plan)
{
    const struct realm *realm = coprocess->realm;
    if (plan->flags & COEXEC_DESCRIPTORS) {
        coprocess->descriptor_limit = (uint32_t)realm->hidden_descriptor;
        return choose_descriptors(realm, plan);
    }
    if (!plan->launcher) {
        coprocess->descriptor_limit = 3;
        return close_all(realm, 3, DESCRIPTOR_LAST);
    }
    coprocess->descriptor_limit = close_on_exec(realm, limit_of(plan->launcher));
    return 0;
}

/* To set the groups that one has already needs no privilege here. */
static bool has_groups(const struct launch_plan *plan)
{
    gid_t groups[LAUNCH_GROUPS];
    if (kernel3(SYS_getgroups, LAUNCH_GROUPS, (long)groups, 0) != plan->group_count)
        return false;
    for (uint32_t i = 0; i < plan->group_count; i++) {
        if (groups[i] != plan->groups[i])
            return false;
    }
    return true;
}

static int64_t take_credentials(const struct realm *realm, const struct launch_plan *plan)
{
    int64_t error = 0;
    if (plan->flags & COEXEC_GROUPS && !has_groups(plan))
        error = kernel3(SYS_setgroups, plan->group_count, (long)plan->groups, 0);
    if (!error && plan->flags & COEXEC_GID)
        error = kernel3(SYS_setresgid, plan->gid, plan->gid, plan->gid);
    if (!error && plan->flags & COEXEC_UID)
        error = kernel3(SYS_setresuid, plan->uid, plan->uid, plan->uid);
    /* The kernel may have made the memory of all readable again. */
    kernel3(SYS_prctl, PR_SET_DUMPABLE, 0, 0);
    bind_to_supervisor(realm);
    return error;
}

/* A co-process that another one has made has its filter and its lack of privileges already. */
static int64_t confine(struct coprocess *coprocess, const struct launch_plan *plan)
{
    if (plan->launcher)
        return 0;
    int64_t error = failed(coprocess, START_PRIVILEGES, core_kernel(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0));
    return error ? error : failed(coprocess, START_FILTER, core_install_filter());
}

static int64_t become(struct coprocess *coprocess, const struct launch_plan *plan)
{
    int64_t error = failed(coprocess, START_DESCRIPTORS, arrange_descriptors(coprocess, plan));
    if (!error && plan->change_directory)
        error = failed(coprocess, START_DIRECTORY, kernel3(SYS_chdir, (long)plan->directory, 0, 0));
    if (!error)
        error = failed(coprocess, START_CREDENTIALS, take_credentials(coprocess->realm, plan));
    if (!error)
        error = failed(coprocess, START_MEMORY, core_prepare_memory(coprocess));
    return error ? error : confine(coprocess, plan);
}

/* Says that the program will be entered, if somebody still waits for that. After `entered` the plan may be gone. */
static bool commit(struct coprocess *coprocess, const struct launch_plan *plan)
{
    _Atomic uint64_t *word = plan->commit;
    uint64_t waiting = launch_word(plan->number, LAUNCH_WAITING, 0);
    if (!atomic_compare_exchange_strong(word, &waiting, launch_word(plan->number, LAUNCH_ENTERED, 0)))
        return false;
    coprocess->entered = 1;
    futex_wake_all(word);
    core_notify_supervisor(coprocess->realm);
    return true;
}

int core_start(void *argument)
{
    struct thread_block *block = argument;
    running = block;
    struct coprocess *coprocess = block->coprocess;
    const struct launch_plan *plan = coprocess->plan;
    uint64_t none = 0;
    int32_t pid = (int32_t)kernel3(SYS_getpid, 0, 0, 0);
    block->home.tid = pid;
    block->home.pid = pid;
    coprocess->pid = pid;

    bind_to_supervisor(coprocess->realm);
    kernel3(SYS_prctl, PR_SET_NAME, (long)coprocess->name, 0);
    core_install_signal_handlers(block, plan->launcher == NULL);
    if (become(coprocess, plan) < 0 || !commit(coprocess, plan)) {
        for (;;)
            kernel3(SYS_exit_group, 126, 0, 0);
    }
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none, 0, 0);
    coprocess->realm->switcher->start_thread(block);
    __builtin_unreachable();
}
