/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The undo log of a service's tables; state.h says why the order of the stores is enough.
 */
#include "ukernel/common/state.h"

#include <string.h>

enum { WORD = sizeof(uint64_t) };

/* The compiler moves no store across this. */
static void order(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

static void set_logged(struct state *state, uint64_t logged)
{
    order();
    *(volatile uint64_t *)&state->logged = logged;
    order();
}

static void log_word(struct state *state, uint64_t offset)
{
    uint64_t logged = state->logged;
    if (logged >= STATE_LOG)
        __builtin_trap(); /* the service starts again with what was committed */
    state->log[logged].offset = offset;
    memcpy(&state->log[logged].old, (char *)state + offset, WORD);
    set_logged(state, logged + 1);
}

void state_log(struct state *state, const volatile void *field, size_t size)
{
    uint64_t first = (uint64_t)((uintptr_t)field - (uintptr_t)state);
    for (uint64_t offset = first / WORD * WORD; offset < first + size; offset += WORD)
        log_word(state, offset);
}

void state_copy(struct state *state, void *field, const void *from, size_t size)
{
    state_log(state, field, size);
    memcpy(field, from, size);
    order();
}

void state_rollback(struct state *state)
{
    uint64_t logged = state->logged;
    while (logged > 0) {
        logged--;
        memcpy((char *)state + state->log[logged].offset, &state->log[logged].old, WORD);
        set_logged(state, logged);
    }
}
