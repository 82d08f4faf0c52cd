/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Preparing a thread block for a new thread.
 */
#include "core/call.h"

#pragma GCC visibility push(hidden)
typedef void gate(void);
#define SWITCHER_DECLARE(variant)                                                                                      \
    gate cocall_gate_##variant, coaccept_gate_##variant, cocall_with_gate_##variant, coaccept_with_gate_##variant,     \
        system_call_gate_##variant, setjmp_gate_##variant, longjmp_gate_##variant, control_stack_sentinel_##variant,   \
        force_out_##variant, move_home_##variant;                                                                      \
    void start_thread_##variant(struct thread_block *);                                                                \
    const struct switcher core_switcher_##variant = {                                                                  \
        .gates = {[COMESG_GATE_SYSCALL / 8] = system_call_gate_##variant,                                              \
                  [COMESG_GATE_COCALL / 8] = cocall_gate_##variant,                                                    \
                  [COMESG_GATE_COACCEPT / 8] = coaccept_gate_##variant,                                                \
                  [COMESG_GATE_COCALL_WITH / 8] = cocall_with_gate_##variant,                                          \
                  [COMESG_GATE_COACCEPT_WITH / 8] = coaccept_with_gate_##variant,                                      \
                  [COMESG_GATE_SETJMP / 8] = setjmp_gate_##variant,                                                    \
                  [COMESG_GATE_LONGJMP / 8] = longjmp_gate_##variant},                                                 \
        .control_stack_sentinel = control_stack_sentinel_##variant,                                                    \
        .force_out = force_out_##variant,                                                                              \
        .move_home = move_home_##variant,                                                                              \
        .start_thread = start_thread_##variant,                                                                        \
    }

SWITCHER_DECLARE(avx);
SWITCHER_DECLARE(sse);
#pragma GCC visibility pop

bool core_cpu_has_avx;

enum { MXCSR_DEFAULT = 0x1f80 };

/* Word by word, and the claim word last: whoever still follows a pointer into the thread block of a thread that has
 * ended never meets one that is half written. */
static void replace(struct thread_block *block, const struct thread_block *fresh)
{
    typedef uint64_t __attribute__((may_alias)) word;
    volatile word *to = (volatile word *)block;
    const word *from = (const word *)fresh;
    for (size_t i = 0; i < sizeof *block / sizeof *from; i++) {
        if (i != offsetof(struct thread_block, claim) / sizeof *from)
            to[i] = from[i];
    }
}

/* What survives from the slot's last use: the generation of the claim word, the incarnation and the wait number, so
 * that nothing that still names the old thread matches the new one. */
void core_block_prepare(struct thread_block *block, struct coprocess *coprocess)
{
    const struct switcher *switcher = coprocess->realm->switcher;
    uint64_t generation = claim_generation(block->claim) + 1;
    uint32_t incarnation = block->incarnation + 1;
    uint64_t wait_number = block->wait_number + 1;
    uint64_t control_stack_top = (uint64_t)block;
    uint32_t owner = core_owner_of(coprocess->realm, block);

    struct thread_block fresh = {
        .region_base = coprocess->region_base,
        .handles = handle_table(coprocess),
        .handle_limit = coprocess->handle_limit,
        .incarnation = incarnation,
        .cookie = (uint64_t)incarnation << 32 | owner,
        .checked_pad = coprocess->region_base + coprocess->entry, /* the loader has; never an address that is no pad */
        .slots = (uint64_t)block - (uint64_t)owner * CORE_SLOT_SIZE,
        .owner_word = owner_word(owner),
        .mxcsr = MXCSR_DEFAULT,
        .control_sp = control_stack_top - 8,
        .data_sp = coprocess->initial_sp + 8,
        .initial_sp = coprocess->initial_sp,
        .pad = coprocess->region_base + coprocess->entry,
        .coprocess = coprocess,
        .wait_number = wait_number,
        .accept_deadline = NO_DEADLINE,
        .home = {.owner = owner, .tid_word = 1},
    };
    for (unsigned i = 0; i < sizeof fresh.gates / sizeof fresh.gates[0]; i++)
        fresh.gates[i] = switcher->gates[i];
    replace(block, &fresh);
    *(void (**)(void))(control_stack_top - 8) = switcher->control_stack_sentinel;
    core_deadline_end(block);
    block->claim = claim_word(generation, owner, CLAIM_RUNNING);
}

void core_block_recover(struct thread_block *block)
{
    block->control_sp = (uint64_t)block - 8; /* the sentinel */
    block->data_sp = block->initial_sp;
    block->mxcsr = MXCSR_DEFAULT;
    block->owner_word = owner_word(block->home.owner);
    block->reply_wait = 0;
    core_end_accept(block);
    core_drop_received(NULL, block);
    block->reply_copied = false;
    core_deadline_end(block);
    block->resume_kind = RESUME_RECOVERY;
}
