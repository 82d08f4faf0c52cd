/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Kernel threads of several co-processes work on the handle tables at the same time and are killed at any instant; the
 * tables are made good as the supervisor does it, while the others go on.  Handles of one line have one number, which
 * those derived from them inherit: once a line has been revoked, no live handle may have its number.
 *
 * deaths [SEED [DEATHS]] repeats a run or goes on for longer.
 */
#include "tests/core/handles/tables.h"
#include "tests/loader/tap.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

/* The last co-process has no threads: it ends and is followed by others. */
enum { MEMBERS = 3, COPROCESSES = MEMBERS + 1, THREADS = 5, LIMIT = 48, ROOTS = 6, LINES = 1 << 22 };
enum { RIGHTS_ROOT = 1, RIGHTS_OTHER = 2, STACK = 1 << 16 };

struct root {
    uint64_t value;
    uint64_t line;
};

static struct actor {
    char stack[STACK] __attribute__((aligned(16)));
    struct tables_random randomness;
    struct root roots[ROOTS];
    _Atomic uint64_t being_revoked; /* index of a root + 1 */
    _Atomic uint64_t operations;
    pid_t pid;
} actors[THREADS];
static struct realm *realm;
static _Atomic uint64_t lines;
static _Atomic bool over[LINES]; /* the line has been revoked */
static _Atomic uint64_t survivors, revocations, refused, sent;

static struct coprocess *coprocess(uint32_t index)
{
    return core_coprocess_at(realm, index);
}

static struct coprocess *own(const struct actor *actor)
{
    return tables_block(realm, (uint32_t)(actor - actors))->coprocess;
}

static uint64_t below(struct actor *actor, uint64_t limit)
{
    return tables_random(&actor->randomness) % limit;
}

/* Nothing of the line is live, in any table. */
static void expect_gone(uint64_t line)
{
    for (uint32_t in = 0; in < COPROCESSES; in++) {
        for (uint32_t index = 1; index < LIMIT; index++) {
            uint64_t value = handle_table(coprocess(in))[index].value;
            struct handle handle;
            if (handle_state(value) == HANDLE_LIVE && core_handle_copy_of(coprocess(in), value, &handle) &&
                handle.words[0] == line)
                survivors++;
        }
    }
}

static void mint(struct actor *actor, struct thread_block *block)
{
    struct root *root = &actor->roots[below(actor, ROOTS)];
    if (root->value)
        return;
    struct handle handle = {.kind = HANDLE_KIND_SEALED,
                            .rights = RIGHTS_ROOT,
                            .object = coprocess(0),
                            .incarnation = coprocess(0)->incarnation,
                            .words = {++lines}};
    uint64_t value;
    root->line = handle.words[0];
    if (handle.words[0] < LINES && !core_handle_make(block, own(actor), &handle, &value))
        root->value = value;
}

static uint64_t random_live(struct actor *actor, struct handle *handle)
{
    uint64_t value = handle_table(own(actor))[1 + below(actor, LIMIT - 1)].value;
    return handle_state(value) == HANDLE_LIVE && core_handle_copy_of(own(actor), value, handle) ? value : 0;
}

static void pass(struct actor *actor, struct thread_block *block)
{
    struct handle handle;
    uint64_t value = random_live(actor, &handle), new_value;
    uint32_t to = (uint32_t)below(actor, COPROCESSES);
    if (value && core_handle_pass(block, own(actor), value, coprocess(to), RIGHTS_OTHER, &new_value) == -EDQUOT)
        refused++;
}

/* The same as along a call, to one that does not end. Roots are their maker's. */
static void send(struct actor *actor, struct thread_block *block)
{
    struct handle handle;
    uint64_t value = random_live(actor, &handle), new_value;
    uint32_t to = (uint32_t)below(actor, MEMBERS);
    if (value && handle.rights != RIGHTS_ROOT)
        sent += !core_handle_send(block, value, coprocess(to), &new_value);
}

static void close_other(struct actor *actor, struct thread_block *block)
{
    struct handle handle;
    uint64_t value = random_live(actor, &handle);
    if (value && handle.rights != RIGHTS_ROOT)
        core_handle_close_own(block, value);
}

static void close_root(struct actor *actor, struct thread_block *block)
{
    struct root *root = &actor->roots[below(actor, ROOTS)];
    uint64_t value = root->value;
    root->value = 0;
    if (value)
        core_handle_close(block, own(actor), value);
}

static void finish(struct root *root)
{
    over[root->line] = true;
    expect_gone(root->line);
    root->value = 0;
}

static void revoke_root(struct actor *actor, struct thread_block *block)
{
    uint64_t index = below(actor, ROOTS);
    struct root *root = &actor->roots[index];
    if (!root->value)
        return;
    actor->being_revoked = index + 1;
    if (core_handle_revoke(block, root->value))
        survivors++; /* nobody else may have ended it */
    revocations++;
    finish(root);
    actor->being_revoked = 0;
}

static void revoke_other(struct actor *actor, struct thread_block *block)
{
    struct handle handle;
    uint64_t value = random_live(actor, &handle);
    if (value && handle.rights != RIGHTS_ROOT)
        core_handle_revoke(block, value);
}

static int act(void *argument)
{
    struct actor *actor = argument;
    struct thread_block *block = tables_block(realm, (uint32_t)(actor - actors));
    for (;;) {
        uint64_t choice = below(actor, 100);
        if (choice < 20)
            mint(actor, block);
        else if (choice < 45)
            pass(actor, block);
        else if (choice < 65)
            send(actor, block);
        else if (choice < 85)
            close_other(actor, block);
        else if (choice < 88)
            close_root(actor, block);
        else if (choice < 97)
            revoke_root(actor, block);
        else
            revoke_other(actor, block);
        actor->operations++;
    }
    return 0;
}

static void start(struct actor *actor)
{
    struct kernel_thread *home = &tables_block(realm, (uint32_t)(actor - actors))->home;
    home->tid_word = 1;
    home->pid = 1;
    actor->pid = clone(act, actor->stack + STACK, CLONE_VM | SIGCHLD, actor);
    need(actor->pid > 0, "clone");
}

static bool names(uint32_t owner)
{
    for (uint32_t in = 0; in < COPROCESSES; in++) {
        for (uint32_t index = 1; index < LIMIT; index++) {
            uint64_t value = handle_table(coprocess(in))[index].value;
            if (((uint32_t)value & 0x80000000) && ((uint32_t)value & HANDLE_OWNER_SUPERVISOR) == owner)
                return true;
        }
    }
    return false;
}

/* What the supervisor does. A root that the dead thread was about to revoke is live, or nothing of its line is. */
static bool bury(struct actor *actor)
{
    uint32_t thread = (uint32_t)(actor - actors);
    const struct thread_block *block = tables_block(realm, thread);
    kill(actor->pid, SIGKILL);
    waitpid(actor->pid, NULL, 0);
    tables_block(realm, thread)->home.pid = 0;
    core_handles_recover(realm, thread + 1);
    if (actor->being_revoked) {
        struct root *root = &actor->roots[actor->being_revoked - 1];
        uint64_t now = root->value ? handle_table(own(actor))[(uint32_t)root->value].value : 0;
        if (root->value && now != root->value)
            finish(root);
        actor->being_revoked = 0;
    }
    return !names(thread + 1) && !block->tables[0] && !block->tables[1] && !block->revoking;
}

static void pause_for(uint64_t microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)microseconds * 1000}, NULL);
}

static void close_all(void)
{
    for (uint32_t in = 0; in < COPROCESSES; in++) {
        struct thread_block *block = tables_block(realm, in % MEMBERS);
        for (uint32_t index = 1; index < LIMIT; index++) {
            uint64_t value = handle_table(coprocess(in))[index].value;
            if (handle_state(value) == HANDLE_LIVE)
                core_handle_close(block, coprocess(in), value);
        }
    }
}

static unsigned taken(void)
{
    unsigned count = 0;
    for (uint32_t in = 0; in < COPROCESSES; in++) {
        for (uint32_t index = 1; index < LIMIT; index++)
            count += handle_state(handle_table(coprocess(in))[index].value) != HANDLE_FREE;
    }
    return count;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, deaths = argc > 2 ? strtoull(argv[2], NULL, 0) : 300;
    struct tables_random randomness = {seed * 2654435761 + 88172645463325252};
    uint64_t unburied = 0, operations = 0;
    realm = tables_create_threads(COPROCESSES, MEMBERS, THREADS, LIMIT);
    need(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0, "membarrier");
    for (unsigned i = 0; i < THREADS; i++) {
        actors[i].randomness.state = tables_random(&randomness) | 1;
        start(&actors[i]);
    }
    for (uint64_t i = 0; i < deaths; i++) {
        pause_for(tables_random(&randomness) % 2000);
        struct actor *actor = &actors[tables_random(&randomness) % THREADS];
        unburied += !bury(actor);
        start(actor);
        if (i % 16 == 0)
            tables_restart(coprocess(MEMBERS));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        unburied += !bury(&actors[i]);
        operations += actors[i].operations;
        tables_block(realm, i)->home.pid = 1;
    }
    printf("# seed %llu: %llu operations, %llu lines, %llu revoked, %llu refused, %llu sent\n",
           (unsigned long long)seed, (unsigned long long)operations, (unsigned long long)lines,
           (unsigned long long)revocations, (unsigned long long)refused, (unsigned long long)sent);
    ok(operations > deaths && revocations > 0 && sent > 0, "the threads went on working");
    ok(unburied == 0, "nothing is left in the name of a dead thread");
    for (uint64_t line = 1; line <= lines && line < LINES; line++) {
        if (over[line])
            expect_gone(line);
    }
    ok(survivors == 0, "nothing that was derived from a revoked handle is live");
    close_all();
    ok(taken() == 0, "every entry is free when all handles are closed");
    return done_testing();
}
