/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tree of derived handles. A child names its parent; a parent says only in which table its children may be, so that
 * those are found by looking through that table, or all.
 *
 * A handle that is being closed is transparent: whoever meets it as a parent goes on to its own parent. A parent that
 * is gone altogether was a root, because others give their children to their own parent first.
 */
#include "core/derivation.h"

#include <stdatomic.h>

void core_children_include(struct coprocess *from, struct handle_entry *parent, const struct coprocess *child)
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

/* The state that the entry with this identity has; HANDLE_FREE if it is gone. */
static enum handle_state state_of(const struct realm *realm, uint64_t identity)
{
    uint64_t value = entry_of(realm, identity)->value;
    return handle_generation(value) == handle_generation(identity) ? handle_state(value) : HANDLE_FREE;
}

/* The identity of the nearest handle above, along `link`, that is not being closed; 0 if there is none. */
static uint64_t handle_above(const struct realm *realm, const _Atomic uint64_t *start)
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
        uint64_t parent = handle_above(realm, &closing->parent);
        if (parent != 0)
            core_children_include(coprocess_of(realm, parent), entry_of(realm, parent), in);
        if (!atomic_compare_exchange_strong(&child->parent, &old, parent) || parent == 0)
            return;
        enum handle_state state = state_of(realm, parent);
        if (state == HANDLE_REVOKED)
            realm->relinked_while_revoked++;
        if (state == HANDLE_REVOKED || state == HANDLE_LIVE)
            return;
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

void core_children_relink(struct thread_block *actor, struct coprocess *coprocess, struct handle_entry *entry)
{
    struct realm *realm = coprocess->realm;
    uint32_t index = (uint32_t)(entry - handle_table(coprocess)), children = entry->children;
    uint64_t identity = core_handle_identity(coprocess, handle_value(handle_generation(entry->value), index));
    if (entry->parent == 0 || children == CHILDREN_NONE)
        return;
    uint32_t first = children == CHILDREN_MANY ? 0 : children - 1;
    uint32_t end = children == CHILDREN_MANY ? realm->coprocess_limit : children;
    for (uint32_t i = first; i < end; i++) {
        struct coprocess *in = core_coprocess_at(realm, i);
        if (!core_table_enter(actor, 2, in))
            continue;
        relink_in(realm, in, identity, entry);
        core_table_leave(actor, 2);
    }
}
