/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A process is reaped: in the same step, before its number can be a stranger's, everything forgets it that may send it
 * signals.
 */
#include "host/supervisor.c"

#include "tests/loader/tap.h"

static pid_t end_at_once(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    need(pid > 0, "fork");
    return pid;
}

/* A member with one kernel thread, as a launch leaves it. */
static struct thread_block *make_member(struct supervisor *supervisor, pid_t pid)
{
    struct host_realm *realm = &supervisor->realm;
    size_t index = span_region_allocate(&realm->span);
    need(index != SPAN_NO_REGION && realm_prepare_member(realm, index) == 0, "a member");
    struct coprocess *coprocess = realm_coprocess(realm, index);
    coprocess->index = (uint32_t)index;
    coprocess->realm = realm->shared;
    struct thread_block *block = core_slot_take(coprocess);
    need(block != NULL, "a slot");
    core_block_prepare(block, coprocess);
    core_slot_use(block);
    coprocess->threads[0] = block->home.owner;
    block->home.pid = block->home.tid = pid;
    realm->members[index].pid = pid;
    return block;
}

int main(void)
{
    static const struct realm_options options;
    struct supervisor supervisor = {.options = &options};
    const char *problem;
    siginfo_t information;
    need(realm_create(&supervisor.realm, &problem) == 0, "a realm");
    pid_t pid = end_at_once();
    const struct thread_block *block = make_member(&supervisor, pid);
    need(waitid(P_PID, (id_t)pid, &information, WEXITED | WNOWAIT) == 0, "its end");
    ok(!core_thread_is_dead(&block->home), "a process has ended, and not been reaped");
    size_t index = reap_one(&supervisor);
    ok(index != SPAN_NO_REGION && supervisor.realm.members[index].reaped &&
           WEXITSTATUS(supervisor.realm.members[index].wait_status) == 7,
       "it is reaped");
    ok(core_thread_is_dead(&block->home) && block->home.pid != pid, "and its number forgotten");
    return done_testing();
}
