/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which handle was derived from which: what closing and revoking need to know of the tables of all co-processes.
 */
#ifndef COMESG_CORE_DERIVATION_H
#define COMESG_CORE_DERIVATION_H

#include "core/core.h"

#pragma GCC visibility push(hidden)

/* handles.c */

/* Keeps the end of a co-process from clearing its table until core_table_leave. False if it has begun to. `place` is 0
 * or 1: one table each. */
bool core_table_enter(struct thread_block *actor, unsigned place, struct coprocess *);
void core_table_leave(struct thread_block *actor, unsigned place);
/* Sets an entry free that has this value, in which it is taken. Nothing happens if somebody has revoked it meanwhile.
 */
void core_handle_free(struct coprocess *, struct handle_entry *, uint64_t taken);

/* Before an entry becomes free that may be a reference. True if core_handle_note_dropped must follow when it is free:
 * the supervisor then looks whether something refers to the object. */
bool core_handle_note_reference(struct realm *, const struct handle_entry *);
void core_handle_note_dropped(struct realm *);

/* derivation.c */

void core_children_widen(struct coprocess *from, struct handle_entry *parent, const struct coprocess *child);
/* Gives what was derived from `entry`, which is CLOSING, to the handle that `entry` was derived from. */
void core_children_relink(struct coprocess *, struct handle_entry *entry);
/* The identity of the nearest handle above, from `link` on, that is not being closed; 0 if there is none. */
uint64_t core_handle_above(const struct realm *, const _Atomic uint64_t *link);
/* The state of the handle with this identity; HANDLE_FREE if it is gone. */
enum handle_state core_identity_state(const struct realm *, uint64_t identity);

#pragma GCC visibility pop

/* A handle of this kind may be the last reference to something, which core_handle_note_reference has to know. */
static inline bool core_kind_refers(uint32_t kind)
{
    return kind != HANDLE_KIND_TARGET && kind != HANDLE_KIND_SEALED;
}

/* core_handle_note_reference for any entry. */
static inline bool core_handle_note_closed(struct realm *realm, const struct handle_entry *entry)
{
    return core_kind_refers(entry->kind) && core_handle_note_reference(realm, entry);
}

static inline uint32_t core_handle_owner(const struct thread_block *actor)
{
    return actor ? claim_owner(actor->owner_word) : HANDLE_OWNER_SUPERVISOR;
}

/* True if it is noted that the table of `child` may hold something derived from `parent`, an entry of the table of
 * `from`. */
static inline bool core_children_included(const struct coprocess *from, const struct handle_entry *parent,
                                          const struct coprocess *child)
{
    bool noted = parent->children == child->index + 1;
    return noted && (child == from || from->handles_passed);
}

static inline void core_children_include(struct coprocess *from, struct handle_entry *parent,
                                         const struct coprocess *child)
{
    if (!core_children_included(from, parent, child))
        core_children_widen(from, parent, child);
}

/* Names a life of an entry: generation, index of the co-process, index of the entry. */
static inline uint64_t core_handle_identity(const struct coprocess *coprocess, uint64_t value)
{
    return handle_value(handle_generation(value), coprocess->index << 16 | (uint16_t)value);
}

/* The context of `block` is lost with the kernel thread that ran it: what it published means nothing any more. */
static inline bool core_runner_is_dead(const struct thread_block *block)
{
    return core_thread_is_dead(&core_block_of(block->coprocess->realm, claim_owner(block->owner_word))->home);
}

static inline struct coprocess *core_coprocess_at(const struct realm *realm, uint32_t index)
{
    return (struct coprocess *)(realm->core_area + CORE_COPROCESSES + (uint64_t)index * CORE_COPROCESS_SIZE);
}

#endif
