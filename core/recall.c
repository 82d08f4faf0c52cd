/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Recall: giving a kernel thread back to somebody below in the chain of calls that it runs.
 *
 * In a chain of calls A, B, C on the kernel thread of A, B dies, or A's deadline is over, or A's process is to be
 * stopped: then that thread has to go on as one of those below, while those above live. The context that runs goes on
 * on its own home thread: interrupted in verified code as the kernel saved it, which the home thread takes on with
 * sigreturn, or in the core with the result that it was to return. The kernel thread is its caller then, which waits
 * for the reply, finds that it has to leave too, and so on down to the one that needs the thread.
 */
#include "core/kernel.h"

/* The extended state that the kernel saves describes itself in bytes 464 to 511 of its legacy part (Linux,
 * arch/x86/include/uapi/asm/sigcontext.h, struct _fpx_sw_bytes). */
enum {
    STATE_DESCRIPTION = 464,
    STATE_MAGIC = 0x46505853,
    STATE_LEGACY_SIZE = 512,
    KERNEL_UCONTEXT_SIZE = 304,
    STATE_OFFSET = 512,       /* in the frame area; a multiple of 64 */
    FLAGS_TO_CLEAR = 0x40500, /* AC, DF, TF */
};

struct state_description {
    uint32_t magic, extended_size;
};

/* Somebody below in the chain of calls that `owner` runs needs this kernel thread: a caller that is being ended or
 * whose deadline is over, or the kernel thread's own process. */
static bool must_leave(const struct thread_block *block, uint32_t owner)
{
    bool lent = core_lent_to(block, owner);
    for (; core_lent_to(block, owner); block = block->caller) {
        if (block->caller->force_out || core_deadline_over(block->caller))
            return true;
    }
    return lent && block->home.no_lending;
}

void core_pause(struct thread_block *home)
{
    while (home->home.no_lending && !home->force_out) {
        core_wake_owed(home);
        home->home.paused = 1;
        futex_wait(&home->home.no_lending, 1);
    }
    home->home.paused = 0;
}

bool core_must_leave(struct thread_block *block)
{
    if (must_leave(block, claim_owner(block->owner_word)))
        return true;
    if (!core_borrowed(block))
        core_pause(block);
    return false;
}

static uint64_t state_size(const char *state)
{
    struct state_description description;
    core_copy(&description, state + STATE_DESCRIPTION, sizeof description);
    return description.magic == STATE_MAGIC ? description.extended_size : STATE_LEGACY_SIZE;
}

/* Copies the interrupted context to where the home thread of `owner` will find it, with that thread's signal stack and
 * no signal blocked. False if the CPU's state is larger than the frame area. */
static bool save_frame(struct thread_block *owner, const ucontext_t *context)
{
    const char *state = (const char *)context->uc_mcontext.fpregs;
    char *frame = (char *)core_slot_of(owner) + SLOT_FRAME;
    ucontext_t *saved = (ucontext_t *)frame;
    uint64_t size = state_size(state);
    if (size > SLOT_FRAME_END - SLOT_FRAME - STATE_OFFSET)
        return false;
    core_copy(frame, context, KERNEL_UCONTEXT_SIZE);
    core_copy(frame + STATE_OFFSET, state, size);
    saved->uc_mcontext.fpregs = (fpregset_t)(frame + STATE_OFFSET);
    saved->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)FLAGS_TO_CLEAR;
    saved->uc_stack.ss_sp = (char *)core_slot_of(owner) + SLOT_SIGNAL_STACK;
    core_copy(frame + KERNEL_UCONTEXT_SIZE - sizeof(uint64_t), &(uint64_t){0}, sizeof(uint64_t));
    return true;
}

/* Every context of this kernel thread looks whether it has to leave when it next returns into its program. */
static void ask_to_look(struct thread_block *block, uint32_t owner)
{
    for (; core_lent_to(block, owner); block = block->caller)
        block->look = 1;
    block->look = 1;
}

static void leave_dying(struct thread_block *block, greg_t *registers)
{
    registers[REG_RIP] = (greg_t)block->coprocess->realm->switcher->force_out;
    registers[REG_RSP] = (greg_t)block + TB_GATE_STACK_TOP;
    registers[REG_EFL] = CORE_FLAGS_CLEAR;
}

/* The interrupted verified code of `running` goes on on its home thread; the signal handler's frame now leads to the
 * switcher. */
static void move_interrupted(struct thread_block *running, ucontext_t *context)
{
    greg_t *registers = context->uc_mcontext.gregs;
    if (!save_frame(running, context))
        return;
    running->resume_kind = RESUME_FRAME;
    registers[REG_R15] = (greg_t)running;
    registers[REG_RIP] = (greg_t)running->coprocess->realm->switcher->move_home;
    registers[REG_EFL] = CORE_FLAGS_CLEAR;
}

/* From the signal handler of the kernel thread of `home`, which interrupted the context of `running`, in verified code
 * or in the core. In the core nothing is interrupted: the exits look. */
void core_recall(struct thread_block *home, struct thread_block *running, bool verified, ucontext_t *context)
{
    uint32_t owner = home->home.owner;
    bool needed = must_leave(running, owner);
    if (needed || home->home.no_lending)
        ask_to_look(running, owner);
    if (verified && running->force_out)
        leave_dying(running, context->uc_mcontext.gregs);
    else if (verified && needed)
        move_interrupted(running, context);
    else if (verified && running == home)
        core_pause(home);
}

static struct resumption go_on_at_home(struct thread_block *block, int64_t result, uint64_t exit)
{
    block->resume_kind = RESUME_RESULT;
    block->resume_result = result;
    block->resume_exit = exit;
    return (struct resumption){0, EXIT_MOVE_HOME};
}

/* At an exit of the core into the program of `block`, which is to return `result`. */
struct resumption core_attention(struct thread_block *block, int64_t result, uint64_t exit)
{
    block->look = 0;
    core_wake_owed(core_running_home(block));
    core_deadline_end(block);
    if (block->force_out)
        return (struct resumption){0, EXIT_FORCE_OUT};
    if (exit == EXIT_COCALL && block->lane && core_borrowed(block)) { /* its own process receives descriptors */
        block->look = 1;
        return go_on_at_home(block, result, exit);
    }
    if (exit == EXIT_COCALL)
        result = core_cocall_finish(block, result);
    if (core_must_leave(block))
        return go_on_at_home(block, result, exit);
    if (!core_borrowed(block))
        core_pause(block);
    return (struct resumption){result, exit};
}

/* On the home thread. */
_Noreturn void core_resume_frame(const struct thread_block *block)
{
    core_continue((const ucontext_t *)(core_slot_of(block) + SLOT_FRAME));
}

bool core_lends(const struct realm *realm, uint32_t owner)
{
    uint32_t slot = 0;
    const struct thread_block *home = core_block_of(realm, owner);
    for (const struct thread_block *block; (block = core_next_block(realm, &slot));) {
        if (block != home && core_lent_to(block, owner))
            return true;
    }
    return false;
}

/* One that is asleep in the kernel, where no signal reaches it, may be left behind if it lends to nobody. */
static bool still_lends(const struct realm *realm, struct thread_block *thread, unsigned milliseconds)
{
    enum { LONG_SLEEP = 100 };
    thread->home.no_lending = 1;
    if (thread->home.paused || core_thread_is_dead(&thread->home) || thread->home.tid <= 0)
        return false;
    kernel3(SYS_tgkill, thread->home.pid, thread->home.tid, CORE_SIGNAL_RECALL);
    return milliseconds < LONG_SLEEP || core_lends(realm, thread->home.owner);
}

void core_stop_lending(const struct thread_block *mine)
{
    enum { MILLISECOND = 1000000, PATIENCE = 2000 };
    const struct coprocess *coprocess = mine->coprocess;
    const uint32_t nobody_wakes = 0;
    uint64_t start = core_now(), now = start;
    for (bool lends = true; lends && now - start < (uint64_t)PATIENCE * MILLISECOND; now = core_now()) {
        uint32_t index = 0;
        lends = false;
        for (struct thread_block *thread; (thread = core_next_thread(coprocess, &index));)
            lends |= thread != mine && still_lends(coprocess->realm, thread, (unsigned)((now - start) / MILLISECOND));
        if (lends)
            futex_wait_until(&nobody_wakes, 0, now + MILLISECOND);
    }
}
