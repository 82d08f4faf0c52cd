/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which handle was derived from which: what closing and revoking need to know of the tables of all co-processes.
 */
#ifndef COMESG_CORE_DERIVATION_H
#define COMESG_CORE_DERIVATION_H

#include "core/core.h"

#pragma GCC visibility push(hidden)

/* handles.c. `place` is 0, 1 or 2. */
bool core_table_enter(struct thread_block *actor, unsigned place, struct coprocess *);
void core_table_leave(struct thread_block *actor, unsigned place);

/* Notes that the table of `child` may hold something derived from `parent`, an entry of the table of `from`. */
void core_children_include(struct coprocess *from, struct handle_entry *parent, const struct coprocess *child);

/* Gives what was derived from `entry`, which is CLOSING, to the handle that `entry` was derived from. */
void core_children_relink(struct thread_block *actor, struct coprocess *, struct handle_entry *entry);

#pragma GCC visibility pop

/* Names a life of an entry: generation, index of the co-process, index of the entry. */
static inline uint64_t core_handle_identity(const struct coprocess *coprocess, uint64_t value)
{
    return handle_value(handle_generation(value), coprocess->index << 16 | (uint16_t)value);
}

static inline struct coprocess *core_coprocess_at(const struct realm *realm, uint32_t index)
{
    return (struct coprocess *)(realm->core_area + CORE_COPROCESSES + (uint64_t)index * CORE_COPROCESS_SIZE);
}

#endif
