/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Revoking a handle and all that was derived from it.
 *
 * No lists are kept. The handle is marked first, so that nothing can be derived from it any more; then the tables that
 * may hold something derived from what is marked are looked through, again and again, until nothing new is found. Only
 * after that are the marked entries set free: a parent is never gone while a child has still to be found.
 */
#include "core/call.h"
#include "core/derivation.h"

#include <stdatomic.h>

struct revocation {
    struct realm *realm;
    struct thread_block *actor; /* NULL: the supervisor finishes what a dead kernel thread began */
    uint32_t owner;
    uint32_t tables; /* where marked entries and what was derived from them may be, as `children` of an entry */
    bool unsettled;  /* something has changed: look again */
    uint64_t others; /* sums up which entries others have marked, as this look through the tables has found them */
    bool mappings;   /* attached memory objects are among the marked */
    bool dropped;    /* handles of memory objects have become free */
};

static void include(struct revocation *revocation, uint32_t children)
{
    if (children == CHILDREN_NONE || children == revocation->tables || revocation->tables == CHILDREN_MANY)
        return;
    revocation->tables = revocation->tables == CHILDREN_NONE ? children : CHILDREN_MANY;
    revocation->unsettled = true;
}

static bool was_derived_from_revoked(const struct realm *realm, const struct handle_entry *entry)
{
    uint64_t above = core_handle_above(realm, &entry->parent);
    return above != 0 && core_identity_state(realm, above) == HANDLE_REVOKED;
}

static void mark(struct revocation *revocation, struct handle_entry *entry, uint64_t value)
{
    uint64_t marked = handle_value(handle_generation(value), HANDLE_REVOKED | revocation->owner);
    revocation->unsettled = true;
    if (!atomic_compare_exchange_strong(&entry->value, &value, marked))
        return;
    revocation->mappings |= entry->kind == HANDLE_KIND_MAPPING;
    include(revocation, entry->children);
}

/* One that is being closed is its closer's, and what was derived from it is found through it. At the end of a
 * co-process the supervisor gives that to others. */
static void pass_by(struct revocation *revocation, const struct handle_entry *entry, uint64_t value)
{
    revocation->unsettled |= (uint32_t)value == (HANDLE_CLOSING | HANDLE_OWNER_SUPERVISOR);
    revocation->mappings |= entry->kind == HANDLE_KIND_MAPPING;
    include(revocation, entry->children);
}

/* An entry that somebody else has marked meanwhile counts like one that this has marked: something may have been
 * derived from it just before, in an entry that has been looked at already. */
static void note_other(struct revocation *revocation, const struct coprocess *coprocess, uint64_t index, uint64_t value)
{
    uint64_t identity = core_handle_identity(coprocess, (value & ~(uint64_t)UINT32_MAX) | index);
    if ((uint32_t)value != (HANDLE_REVOKED | revocation->owner))
        revocation->others += (identity ^ identity >> 31) * 0x9e3779b97f4a7c15;
}

typedef void visitor(struct revocation *, struct coprocess *, struct handle_entry *);

static void visit_to_mark(struct revocation *revocation, struct coprocess *coprocess, struct handle_entry *entry)
{
    uint64_t value = entry->value;
    switch (handle_state(value)) {
    case HANDLE_REVOKED: /* also by others, who may not have come to what was derived from it */
        note_other(revocation, coprocess, (uint64_t)(entry - handle_table(coprocess)), value);
        revocation->mappings |= entry->kind == HANDLE_KIND_MAPPING;
        include(revocation, entry->children);
        break;
    case HANDLE_LIVE:
    case HANDLE_PENDING:
        if (entry->parent != 0 && was_derived_from_revoked(revocation->realm, entry))
            mark(revocation, entry, value);
        break;
    case HANDLE_CLOSING:
        if (entry->parent != 0 && was_derived_from_revoked(revocation->realm, entry))
            pass_by(revocation, entry, value);
        break;
    default:
        break;
    }
}

static void visit_table(struct revocation *revocation, struct coprocess *coprocess, visitor *visit)
{
    if (!core_table_enter(revocation->actor, 1, coprocess)) {
        revocation->unsettled |= coprocess->handles_closed == HANDLES_CLOSING;
        return;
    }
    for (uint32_t index = 1; index < coprocess->handle_used; index++)
        visit(revocation, coprocess, &handle_table(coprocess)[index]);
    core_table_leave(revocation->actor, 1);
}

static void visit_tables(struct revocation *revocation, visitor *visit)
{
    uint32_t tables = revocation->tables;
    uint32_t first = tables == CHILDREN_MANY ? 0 : tables - 1;
    uint32_t end = tables == CHILDREN_MANY ? revocation->realm->coprocess_limit : tables;
    for (uint32_t index = first; index < end && tables != CHILDREN_NONE; index++)
        visit_table(revocation, core_coprocess_at(revocation->realm, index), visit);
}

/* `root` may be NULL. */
static void mark_derived(struct revocation *revocation, const struct handle_entry *root)
{
    const _Atomic uint32_t *relinked = &revocation->realm->relinked_while_revoked;
    uint32_t before;
    uint64_t others = 0;
    do {
        before = *relinked;
        revocation->others = 0;
        if (root)
            include(revocation, root->children);
        revocation->unsettled = false;
        barrier_everywhere(); /* derive */
        visit_tables(revocation, visit_to_mark);
        if (root)
            include(revocation, root->children);
        revocation->unsettled |= revocation->others != others;
        others = revocation->others;
        if (revocation->unsettled && revocation->actor)
            kernel3(SYS_sched_yield, 0, 0, 0);
    } while (revocation->unsettled || *relinked != before);
}

static void visit_to_free(struct revocation *revocation, struct coprocess *coprocess, struct handle_entry *entry)
{
    uint64_t value = entry->value;
    if ((uint32_t)value != (HANDLE_REVOKED | revocation->owner))
        return;
    revocation->dropped |= core_handle_note_closed(revocation->realm, entry);
    core_handle_free(coprocess, entry, value);
}

int64_t core_handle_revoke(struct thread_block *actor, uint64_t value)
{
    struct coprocess *coprocess = actor->coprocess;
    uint32_t index = (uint32_t)value;
    if (index == 0 || index >= coprocess->handle_limit)
        return -EBADF;
    struct handle_entry *root = &handle_table(coprocess)[index];
    struct revocation revocation = {
        .realm = coprocess->realm, .actor = actor, .owner = core_handle_owner(actor), .tables = CHILDREN_NONE};
    uint64_t marked = handle_value(handle_generation(value), HANDLE_REVOKED | revocation.owner), expected = value;
    static const uint64_t nothing[REQUEST_ARGUMENTS];
    actor->revoking = true;
    int64_t error = -EBADF;
    if (atomic_compare_exchange_strong(&root->value, &expected, marked)) {
        mark_derived(&revocation, root);
        if (root->kind == HANDLE_KIND_WINDOW)
            core_await_workers(actor, root->object);
        if (root->kind == HANDLE_KIND_TARGET || root->kind == HANDLE_KIND_POOL)
            core_wake_waiters_for(coprocess->realm, (uint64_t)root->object);
        error = revocation.mappings ? core_request(actor, REQUEST_OBJECT_REVOKE, nothing) : 0;
        if (error)
            return error; /* the thread ends: the supervisor does the rest */
        visit_tables(&revocation, visit_to_free);
        visit_to_free(&revocation, coprocess, root);
    }
    actor->revoking = false;
    if (revocation.dropped)
        core_handle_note_dropped(coprocess->realm);
    return error;
}

static void finish_revocation(struct realm *realm, uint32_t owner)
{
    struct revocation revocation = {.realm = realm, .owner = owner, .tables = CHILDREN_MANY};
    mark_derived(&revocation, NULL);
    visit_tables(&revocation, visit_to_free);
    if (revocation.dropped)
        core_handle_note_dropped(realm);
}

/* Entries that the dead kernel thread had taken, but had not revoked. */
static void recover_table(struct coprocess *coprocess, uint32_t owner)
{
    for (uint32_t index = 1; coprocess && index < coprocess->handle_used; index++) {
        struct handle_entry *entry = &handle_table(coprocess)[index];
        uint64_t value = entry->value;
        enum handle_state state = handle_state(value);
        bool busy = state == HANDLE_RESERVED || state == HANDLE_PENDING || state == HANDLE_CLOSING;
        if (!busy || ((uint32_t)value & HANDLE_OWNER_SUPERVISOR) != owner)
            continue;
        bool object = false;
        if (state == HANDLE_CLOSING) {
            core_children_relink(coprocess, entry);
            object = core_handle_note_closed(coprocess->realm, entry);
        }
        core_handle_free(coprocess, entry, value);
        if (object)
            core_handle_note_dropped(coprocess->realm);
    }
}

void core_handles_recover(struct realm *realm, uint32_t owner)
{
    uint32_t slot = 0;
    for (struct thread_block *block; (block = core_next_block(realm, &slot));) {
        if (claim_owner(block->owner_word) != owner)
            continue;
        recover_table(block->coprocess, owner);
        for (unsigned place = 0; place < 2; place++) {
            recover_table(block->tables[place], owner);
            block->tables[place] = NULL;
            block->working[place] = NULL;
        }
        block->changes = NULL;
        if (block->revoking)
            finish_revocation(realm, owner);
        block->revoking = false;
    }
}
