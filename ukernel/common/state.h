/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of a service: tables in one piece of memory that survives the death of whoever changes them, be it the
 * kernel thread of a client that runs the worker or the service itself.
 *
 * An operation changes fields with state_set, which first notes what was there in a log in the same memory, and ends
 * with state_commit. state_rollback undoes what was changed since the last commit; a worker calls it when it starts and
 * when it starts again.
 *
 * A thread is killed between two instructions, and what it stored before is then seen by all, in the order in which it
 * was stored: x86 processors make stores visible in program order, and the system tells of a death only after the
 * thread's last store. So it is enough that the compiler keeps the order of these:
 *   state_set       log entry, then number of entries, then the field
 *   state_rollback  fields, from the last entry to the first, each before the number of entries that is one less
 *   state_commit    everything, then number of entries
 * A field whose entry counts is undone, changed or not; one whose entry does not count yet has not been changed.
 * Undoing twice gives the same. The store of 0 as the number of entries is the commit.
 */
#ifndef COMESG_UKERNEL_STATE_H
#define COMESG_UKERNEL_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most words that one operation changes. */
enum { STATE_LOG = 4096 };

struct state_entry {
    uint64_t offset; /* of a word of 8 bytes, from the state */
    uint64_t old;
};

/* Begins the memory; the tables follow. Memory of zero bytes is a state in which nothing was changed. */
struct state {
    uint64_t format; /* of the tables; 0 while nothing has been committed */
    uint64_t logged; /* entries that count */
    struct state_entry log[STATE_LOG];
};

/* Notes the words that these bytes are part of. */
void state_log(struct state *state, const volatile void *field, size_t size);

static inline void state_commit(struct state *state)
{
    atomic_signal_fence(memory_order_seq_cst);
    *(volatile uint64_t *)&state->logged = 0;
    atomic_signal_fence(memory_order_seq_cst);
}

void state_rollback(struct state *state);

/* Notes fields, each of which lies in one word, one after the other; all of them count from the last store on. They are
 * then changed with state_put. Where a few are changed this is faster than state_set, because no entry waits for the
 * number that was stored with the one before. */
struct state_notes {
    struct state *state;
    uint64_t logged;
};

static inline struct state_notes state_notes(struct state *state)
{
    return (struct state_notes){state, state->logged};
}

static inline void state_note(struct state_notes *notes, const volatile void *field)
{
    struct state *state = notes->state;
    uint64_t offset = (uint64_t)((uintptr_t)field - (uintptr_t)state) & ~(uint64_t)(sizeof(uint64_t) - 1);
    if (notes->logged >= STATE_LOG)
        __builtin_trap(); /* the service starts again with what was committed */
    state->log[notes->logged].offset = offset;
    state->log[notes->logged].old = *(const uint64_t *)((const char *)state + offset);
    notes->logged++;
}

static inline void state_noted(const struct state_notes *notes)
{
    atomic_signal_fence(memory_order_seq_cst);
    *(volatile uint64_t *)&notes->state->logged = notes->logged;
    atomic_signal_fence(memory_order_seq_cst);
}

#define state_put(field, value) (*(volatile __typeof__(*(field)) *)(field) = (value))

/* The same for one. */
static inline void state_log_word(struct state *state, const volatile void *field)
{
    struct state_notes notes = state_notes(state);
    state_note(&notes, field);
    state_noted(&notes);
}

/* Changes a field of the tables; its size is at most 8 or a multiple of 8, and it is aligned. */
#define state_set(state, field, value)                                                                                 \
    do {                                                                                                               \
        __typeof__(*(field)) state_value = (value);                                                                    \
        if (sizeof state_value <= sizeof(uint64_t))                                                                    \
            state_log_word((state), (field));                                                                          \
        else                                                                                                           \
            state_log((state), (field), sizeof state_value);                                                           \
        state_put((field), state_value);                                                                               \
    } while (0)

/* Changes these bytes of the tables. */
void state_copy(struct state *state, void *field, const void *from, size_t size);

#endif
