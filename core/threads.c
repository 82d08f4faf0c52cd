/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads of a co-process: their creation by one of them, their end, and their cancellation.
 */
#include "core/kernel.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

/* Everywhere in the core: the signal handler relies on it. */
register struct thread_block *running __asm__("r15");

enum { CREATE_ENTRY, CREATE_ARGUMENT, CREATE_STACK, CREATE_THREAD_POINTER, CREATE_TID, CREATE_CLEAR };

enum {
    THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                   CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID
};

static void set_signal_mask(uint64_t mask)
{
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, 8, 0, 0);
}

/* A word of the program; 0 is none. */
static bool is_word(const struct thread_block *block, uint64_t address)
{
    return address == 0 || (address % 4 == 0 && core_in_region(block, address, 4));
}

static void store_word(uint64_t address, uint32_t value)
{
    if (address)
        core_copy((void *)address, &value, sizeof value);
}

/* The place in the table is the quota. */
static bool join(struct coprocess *coprocess, const struct thread_block *thread)
{
    uint64_t quota = coprocess->quota[COQUOTA_THREADS];
    for (uint32_t i = 0; i < THREADS_MAX && i < quota; i++) {
        uint32_t none = 0;
        if (atomic_compare_exchange_strong(&coprocess->threads[i], &none, thread->home.owner))
            return true;
    }
    return false;
}

/* From here on the slot is free as soon as the kernel thread is gone. */
static void leave(struct coprocess *coprocess, const struct thread_block *thread)
{
    for (uint32_t i = 0; i < THREADS_MAX; i++) {
        if (coprocess->threads[i] == thread->home.owner)
            coprocess->threads[i] = 0;
    }
    coprocess->realm->slot_use[thread->home.owner - 1] = (coprocess->index + 1) | SLOT_LEFT;
}

static void prepare(struct thread_block *thread, const struct thread_block *creator, const uint64_t *arguments)
{
    core_block_prepare(thread, creator->coprocess);
    __asm__("stmxcsr %0" : "=m"(thread->mxcsr));
    thread->pad = arguments[CREATE_ENTRY];
    thread->arguments[0] = arguments[CREATE_ARGUMENT];
    thread->data_sp = thread->initial_sp = (uint32_t)arguments[CREATE_STACK];
    thread->thread_pointer = arguments[CREATE_THREAD_POINTER];
    thread->arguments[1] = arguments[CREATE_TID];
    thread->clear_tid = arguments[CREATE_CLEAR];
    thread->signal_mask = creator->signal_mask;
    thread->home.pid = creator->home.pid;
}

/* On the park stack of the new thread. */
static int start(void *argument)
{
    struct thread_block *block = argument;
    running = block;
    block->home.tid = (int32_t)kernel3(SYS_gettid, 0, 0, 0);
    store_word(block->arguments[1], (uint32_t)block->home.tid);
    core_install_signal_stack(block);
    set_signal_mask(0);
    core_pause(block);
    block->coprocess->realm->switcher->start_thread(block);
    __builtin_unreachable();
}

/* The kernel thread starts with all signals blocked, until it has its signal stack. */
static int64_t clone_thread(struct thread_block *thread)
{
    set_signal_mask(~(uint64_t)0);
    int64_t tid = core_clone(THREAD_FLAGS, (char *)thread + TB_PARK_STACK_TOP, &thread->home.tid,
                             &thread->home.tid_word, start, thread);
    set_signal_mask(0);
    return tid;
}

/* On the home thread. arguments: entry, argument, stack, thread pointer, where to store the new thread's id and where
 * to store 0 and wake when it has ended. Gives the id. */
int64_t core_thread_create(struct thread_block *block, const uint64_t *arguments)
{
    struct coprocess *coprocess = block->coprocess;
    if (!core_is_landing_pad(block, arguments[CREATE_ENTRY]))
        return -EINVAL;
    if (!is_word(block, arguments[CREATE_TID]) || !is_word(block, arguments[CREATE_CLEAR]))
        return -EFAULT;
    struct thread_block *thread = core_slot_take(coprocess);
    if (!thread)
        return -EAGAIN;
    prepare(thread, block, arguments);
    bool joined = join(coprocess, thread);
    if (joined)
        core_slot_use(thread);
    thread->home.no_lending = (bool)block->home.no_lending; /* whoever stops them all may not have seen the new one */
    int64_t tid = joined ? clone_thread(thread) : -EAGAIN;
    if (tid < 0) {
        thread->home.tid_word = 0;
        leave(coprocess, thread);
        return -EAGAIN;
    }
    store_word(arguments[CREATE_TID], (uint32_t)tid);
    return tid;
}

/* On the home thread: the end of this thread alone. No signal interrupts it: one that ends the process and has been
 * taken by this thread does so first, later ones go to another thread. */
_Noreturn void core_thread_exit(struct thread_block *block, int status)
{
    uint64_t clear = block->clear_tid;
    set_signal_mask(~(uint64_t)0);
    if (block->force_out)
        core_end_home_thread(block);
    core_fail_caller(block);
    block->claim = claim_word(claim_generation(block->claim) + 1, 0, CLAIM_DYING);
    core_wake_waiters_for(block->coprocess->realm,
                          WAITS_FOR_ANY); /* for it, or a pool that it was the last worker of */
    core_forget_names(block);
    leave(block->coprocess, block);
    if (core_in_region(block, clear, 4)) {
        store_word(clear, 0);
        futex_wake_all((const void *)clear);
    }
    for (;;)
        kernel3(SYS_exit, status, 0, 0);
}

/* The live thread of this co-process with this id, or NULL. */
struct thread_block *core_find_thread(const struct coprocess *coprocess, uint64_t tid, uint32_t *incarnation)
{
    uint32_t index = 0;
    for (struct thread_block *thread; (thread = core_next_thread(coprocess, &index));) {
        *incarnation = *(volatile const uint32_t *)&thread->incarnation;
        if ((uint64_t)(uint32_t)thread->home.tid == tid && !core_thread_is_dead(&thread->home) &&
            thread->coprocess == coprocess)
            return thread;
    }
    return NULL;
}

/* From now on cancellation points of the thread give EINTR, also the one that it waits in, unless it waits there on
 * somebody else's kernel thread. */
void core_thread_cancel(struct thread_block *thread, uint32_t incarnation)
{
    thread->cancelled = incarnation;
    kernel3(SYS_tgkill, thread->home.pid, thread->home.tid, CORE_SIGNAL_RECALL);
}
