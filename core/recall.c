/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Moving an interrupted context to its home thread.
 *
 * In a chain of calls A, B, C on the kernel thread of A, B dies: that thread has to go on as A, while C lives. So the
 * signal handler hands C's context, as the kernel saved it, to C's home thread, which takes it on with sigreturn.
 * Whatever C has called in turn runs on C's home thread then.
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

static uint64_t slot_of(const struct thread_block *block)
{
    return (uint64_t)block - SLOT_THREAD_BLOCK;
}

static bool lent_below(const struct thread_block *block)
{
    return claim_state(block->claim) == CLAIM_LENT;
}

/* The context nearest to `block` in the chain of calls below it, itself included, whose caller is dying; or NULL. */
static struct thread_block *above_the_dying(struct thread_block *block)
{
    for (; lent_below(block); block = block->caller) {
        if (block->caller->force_out)
            return block;
    }
    return NULL;
}

bool core_caller_dying(const struct thread_block *block)
{
    return above_the_dying((struct thread_block *)block) != NULL;
}

static void copy(void *to, const void *from, uint64_t length)
{
    char *target = to;
    const char *source = from;
    while (length-- > 0)
        *target++ = *source++;
}

static uint64_t state_size(const char *state)
{
    struct state_description description;
    copy(&description, state + STATE_DESCRIPTION, sizeof description);
    return description.magic == STATE_MAGIC ? description.extended_size : STATE_LEGACY_SIZE;
}

/* Copies the interrupted context to where the home thread of `owner` will find it, with that thread's signal stack and
 * no signal blocked. False if the CPU's state is larger than the frame area. */
static bool save_frame(struct thread_block *owner, const ucontext_t *context)
{
    const char *state = (const char *)context->uc_mcontext.fpregs;
    char *frame = (char *)slot_of(owner) + SLOT_FRAME;
    ucontext_t *saved = (ucontext_t *)frame;
    uint64_t size = state_size(state);
    if (size > SLOT_FRAME_END - SLOT_FRAME - STATE_OFFSET)
        return false;
    copy(frame, context, KERNEL_UCONTEXT_SIZE);
    copy(frame + STATE_OFFSET, state, size);
    saved->uc_mcontext.fpregs = (fpregset_t)(frame + STATE_OFFSET);
    saved->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)FLAGS_TO_CLEAR;
    saved->uc_stack.ss_sp = (char *)slot_of(owner) + SLOT_SIGNAL_STACK;
    copy(frame + KERNEL_UCONTEXT_SIZE - sizeof(uint64_t), &(uint64_t){0}, sizeof(uint64_t));
    return true;
}

/* Everything that `above` called, directly or not, is lent by its home thread from now on. */
static void change_lender(struct thread_block *running, const struct thread_block *above)
{
    uint32_t owner = above->home.owner;
    for (struct thread_block *block = running; block != above; block = block->caller) {
        block->owner_word = owner_word(owner);
        block->claim = claim_word(claim_generation(block->claim), owner, CLAIM_LENT);
    }
}

/* From the signal handler, which interrupted verified code of `running`: true if that was moved away and the handler's
 * frame now leads to the switcher. */
bool core_move_interrupted(struct thread_block *running, ucontext_t *context)
{
    greg_t *registers = context->uc_mcontext.gregs;
    struct thread_block *above = above_the_dying(running);
    if (!above || !save_frame(above, context))
        return false;
    above->resume_kind = RESUME_FRAME;
    change_lender(running, above);
    registers[REG_R15] = (greg_t)above;
    registers[REG_RIP] = (greg_t)above->coprocess->realm->switcher->move_home;
    registers[REG_EFL] = CORE_FLAGS_CLEAR;
    return true;
}

/* On the home thread. */
_Noreturn void core_resume_frame(struct thread_block *block)
{
    core_continue((const ucontext_t *)(slot_of(block) + SLOT_FRAME));
}
