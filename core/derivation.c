/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tree of derived handles. A child names its parent; a parent says only in which table its children may be, so that
 * those are found by looking through that table, or all.
 *
 * A handle that is being closed is transparent: whoever meets it as a parent goes on to its own parent. A parent that
 * is gone altogether was a root, because others give their children to their own parent first.
 */
#include "core/derivation.h"

#include "core/kernel.h"

#include <stdatomic.h>

void core_children_widen(struct coprocess *from, struct handle_entry *parent, const struct coprocess *child)
{
    uint32_t place = child->index + 1, children = parent->children;
    if (child != from)
        from->handles_passed = true;
    while (children != CHILDREN_MANY && children != place) {
        uint32_t wider = children == CHILDREN_NONE ? place : CHILDREN_MANY;
        if (atomic_compare_exchange_weak(&parent->children, &children, wider))
            return;
    }
}

static struct coprocess *coprocess_of(const struct realm *realm, uint64_t identity)
{
    return core_coprocess_at(realm, (uint32_t)identity >> 16);
}

static struct handle_entry *entry_of(const struct realm *realm, uint64_t identity)
{
    return &handle_table(coprocess_of(realm, identity))[(uint16_t)identity];
}

enum handle_state core_identity_state(const struct realm *realm, uint64_t identity)
{
    uint64_t value = entry_of(realm, identity)->value;
    return handle_generation(value) == handle_generation(identity) ? handle_state(value) : HANDLE_FREE;
}

uint64_t core_handle_above(const struct realm *realm, const _Atomic uint64_t *start)
{
    const _Atomic uint64_t *link = start;
    const struct handle_entry *below = NULL;
    uint64_t below_value = 0;
    for (;;) {
        uint64_t identity = *link;
        if (below && below->value != below_value) { /* `identity` may be another life's */
            link = start;
            below = NULL;
            continue;
        }
        if (identity == 0)
            return 0;
        const struct handle_entry *entry = entry_of(realm, identity);
        uint64_t value = entry->value;
        bool gone = handle_generation(value) != handle_generation(identity) || handle_state(value) == HANDLE_FREE;
        if (!gone && handle_state(value) != HANDLE_CLOSING)
            return identity;
        if (gone && *link == identity)
            return 0;
        if (!gone) {
            below = entry;
            below_value = value;
            link = &entry->parent;
        }
    }
}

/* After a child has been linked to a new parent, that is looked at again: if it is being closed meanwhile, its closer
 * may not have seen the child. A revocation that has begun may not have either, and is told to look again. */
static void relink(struct realm *realm, struct coprocess *in, struct handle_entry *child, uint64_t old,
                   const struct handle_entry *closing)
{
    for (;;) {
        uint64_t parent = core_handle_above(realm, &closing->parent);
        if (parent != 0)
            core_children_include(coprocess_of(realm, parent), entry_of(realm, parent), in);
        if (!atomic_compare_exchange_strong(&child->parent, &old, parent) || parent == 0)
            return;
        enum handle_state state = core_identity_state(realm, parent);
        if (state == HANDLE_REVOKED)
            realm->relinked_while_revoked++;
        bool there = state == HANDLE_REVOKED || state == HANDLE_LIVE;
        if (there && core_handle_above(realm, &closing->parent) == parent)
            return; /* otherwise its co-process has ended meanwhile, and this may be another's handle */
        old = parent;
    }
}

static void relink_in(struct realm *realm, struct coprocess *in, uint64_t identity, const struct handle_entry *closing)
{
    for (uint32_t index = 1; index < in->handle_used; index++) {
        struct handle_entry *child = &handle_table(in)[index];
        if (child->parent == identity)
            relink(realm, in, child, identity, closing);
    }
}

void core_children_relink(struct coprocess *coprocess, struct handle_entry *entry)
{
    struct realm *realm = coprocess->realm;
    uint32_t index = (uint32_t)(entry - handle_table(coprocess)), children = entry->children;
    uint64_t identity = core_handle_identity(coprocess, handle_value(handle_generation(entry->value), index));
    if (entry->parent == 0 || children == CHILDREN_NONE)
        return;
    uint32_t first = children == CHILDREN_MANY ? 0 : children - 1;
    uint32_t end = children == CHILDREN_MANY ? realm->coprocess_limit : children;
    barrier_everywhere(); /* derive */
    for (uint32_t i = first; i < end; i++)
        relink_in(realm, core_coprocess_at(realm, i), identity, entry);
}

/* All that names handles of the co-process with this index as parents: those are CLOSING, or were roots and are gone.
 */
static void relink_all_in(struct realm *realm, struct coprocess *in, uint32_t closed)
{
    for (uint32_t index = 1; index < in->handle_used; index++) {
        struct handle_entry *child = &handle_table(in)[index];
        uint64_t parent = child->parent;
        if (parent == 0 || (uint32_t)parent >> 16 != closed)
            continue;
        if (core_identity_state(realm, parent) == HANDLE_CLOSING)
            relink(realm, in, child, parent, entry_of(realm, parent));
        else
            atomic_compare_exchange_strong(&child->parent, &parent, 0);
    }
}

static bool uses_table(const struct thread_block *block, const struct coprocess *coprocess)
{
    return block->tables[0] == coprocess || block->tables[1] == coprocess;
}

bool core_handles_end(struct coprocess *coprocess)
{
    struct realm *realm = coprocess->realm;
    uint32_t slot = 0;
    coprocess->handles_closed = HANDLES_CLOSING;
    for (const struct thread_block *block; (block = core_next_block(realm, &slot));) {
        if (core_working_on(block, coprocess) || (uses_table(block, coprocess) && !core_runner_is_dead(block)))
            return false;
    }
    for (uint32_t index = 1; index < coprocess->handle_used; index++) {
        _Atomic uint64_t *value = &handle_table(coprocess)[index].value;
        if (handle_state(*value) != HANDLE_FREE)
            *value = handle_value(handle_generation(*value), HANDLE_CLOSING | HANDLE_OWNER_SUPERVISOR);
    }
    for (uint32_t i = 0; i < realm->coprocess_limit && coprocess->handles_passed; i++) {
        if (i != coprocess->index)
            relink_all_in(realm, core_coprocess_at(realm, i), coprocess->index);
    }
    realm->references_closed++;
    coprocess->handles_closed = HANDLES_CLOSED;
    return true;
}
