/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making, reading, passing on and closing handles.
 */
#include "core/derivation.h"
#include "core/kernel.h"
#include "core/pools.h"
#include "core/ports.h"
#include "core/seals.h"

#include <stdatomic.h>

static bool exchange(struct handle_entry *entry, uint64_t expected, uint64_t desired)
{
    return atomic_compare_exchange_strong(&entry->value, &expected, desired);
}

uint32_t core_handle_owner(const struct thread_block *actor)
{
    return actor ? claim_owner(actor->owner_word) : HANDLE_OWNER_SUPERVISOR;
}

bool core_table_enter(struct thread_block *actor, unsigned place, struct coprocess *coprocess)
{
    if (!actor || actor->coprocess == coprocess)
        return true;
    actor->tables[place] = coprocess;
    if (coprocess->handles_closed == HANDLES_OPEN)
        return true;
    actor->tables[place] = NULL;
    return false;
}

void core_table_leave(struct thread_block *actor, unsigned place)
{
    if (actor)
        atomic_store_explicit(&actor->tables[place], NULL, memory_order_release);
}

/* A life of an entry has one value as long as the handle is live, so what lies between two equal ones is its own. */
bool core_handle_copy_of(const struct coprocess *coprocess, uint64_t value, struct handle *copy)
{
    uint32_t index = (uint32_t)value;
    if (index == 0 || index >= coprocess->handle_limit)
        return false;
    const struct handle_entry *entry = &handle_table(coprocess)[index];
    if (entry->value != value)
        return false;
    *copy = (struct handle){
        .kind = entry->kind,
        .rights = entry->rights,
        .object = entry->object,
        .incarnation = entry->object_incarnation,
        .words = {entry->words[0], entry->words[1]},
    };
    atomic_thread_fence(memory_order_acquire);
    return entry->value == value;
}

int64_t core_handle_read(const struct thread_block *actor, uint64_t value, struct handle *copy)
{
    return core_handle_copy_of(actor->coprocess, value, copy) ? 0 : -EBADF;
}

bool core_handle_is_stale(const struct handle *handle)
{
    const struct thread_block *thread = handle->object;
    const struct coprocess *coprocess = handle->object;
    const struct memory_object *object = handle->object;
    switch (handle->kind) {
    case HANDLE_KIND_TARGET:
        return thread->incarnation != handle->incarnation || claim_state(thread->claim) == CLAIM_DYING;
    case HANDLE_KIND_POOL:
        return core_pool_ended(handle->object, handle->incarnation);
    case HANDLE_KIND_SEALED:
    case HANDLE_KIND_WINDOW:
        return coprocess->incarnation != handle->incarnation || coprocess->dying;
    case HANDLE_KIND_MEMORY:
        return object->incarnation != handle->incarnation;
    case COHANDLE_VAULT:
        return coprocess->incarnation != handle->incarnation || coprocess->dying;
    case COHANDLE_SEAL:
        return core_seal_ended(handle->object, handle->incarnation);
    default:
        return core_kind_is_minted(handle->kind) && core_seal_ended(handle->object, handle->incarnation);
    }
}

/* Everybody who looks for entries looks below handle_used. */
static void use_up_to(struct coprocess *coprocess, uint32_t index)
{
    uint32_t used = coprocess->handle_used;
    while (used <= index && !atomic_compare_exchange_weak(&coprocess->handle_used, &used, index + 1))
        ;
}

static bool is_free(uint64_t value)
{
    return handle_state(value) == HANDLE_FREE && handle_generation(value) != HANDLE_GENERATION_LAST;
}

/* Takes a free entry, from the hint on: NULL if there is none. */
static struct handle_entry *take_free(struct coprocess *coprocess, uint32_t owner)
{
    uint32_t limit = coprocess->handle_limit, index = coprocess->handle_hint;
    for (uint32_t n = 1; n < limit; n++, index++) {
        if (index == 0 || index >= limit)
            index = 1;
        struct handle_entry *entry = &handle_table(coprocess)[index];
        uint64_t value = entry->value;
        if (!is_free(value))
            continue;
        use_up_to(coprocess, index);
        if (!exchange(entry, value, handle_value(handle_generation(value) + 1, HANDLE_RESERVED | owner)))
            continue;
        coprocess->handle_hint = index + 1;
        return entry;
    }
    return NULL;
}

void core_handle_free(struct coprocess *coprocess, struct handle_entry *entry, uint64_t taken)
{
    if (exchange(entry, taken, handle_value(handle_generation(taken), HANDLE_FREE)))
        coprocess->handle_hint = (uint32_t)(entry - handle_table(coprocess));
}

/* What a handle refers to may be referred to by nothing else. This comes before the entry is free, so that who looks
 * through all tables for references knows that some may have moved meanwhile. */
void core_handle_note_closed(struct realm *realm, const struct handle_entry *entry)
{
    bool object = entry->kind == HANDLE_KIND_MEMORY || entry->kind == HANDLE_KIND_MAPPING;
    bool token = entry->kind == HANDLE_KIND_WINDOW && entry->words[1] != 0;
    if (object || token || core_kind_is_minted(entry->kind))
        realm->references_closed++;
    if (object)
        realm->objects_dropped = true;
    if (entry->kind == COHANDLE_CONTROL)
        core_port_end(realm, entry);
}

/* False if the handle is not live any more. */
static bool close_entry(struct thread_block *actor, struct coprocess *in, uint64_t value)
{
    struct handle_entry *entry = &handle_table(in)[(uint32_t)value];
    uint64_t closing = handle_value(handle_generation(value), HANDLE_CLOSING | core_handle_owner(actor));
    if (!exchange(entry, value, closing))
        return false;
    core_children_relink(in, entry);
    core_handle_note_closed(in->realm, entry);
    core_handle_free(in, entry, closing);
    return true;
}

/* Gives back what can never be used again: whoever looks up a service again and again while it is restarted need not
 * close the handles. */
static bool close_stale(struct thread_block *actor, struct coprocess *coprocess)
{
    bool some = false;
    for (uint32_t index = 1; index < coprocess->handle_used; index++) {
        uint64_t value = handle_table(coprocess)[index].value;
        struct handle handle;
        if (handle_state(value) == HANDLE_LIVE && core_handle_copy_of(coprocess, value, &handle) &&
            core_handle_is_stale(&handle))
            some |= close_entry(actor, coprocess, value);
    }
    return some;
}

static struct handle_entry *take(struct thread_block *actor, struct coprocess *coprocess)
{
    struct handle_entry *entry = take_free(coprocess, core_handle_owner(actor));
    if (!entry && close_stale(actor, coprocess))
        entry = take_free(coprocess, core_handle_owner(actor));
    return entry;
}

/* Only `children` and `parent` are looked at by others, and only once the entry is no longer RESERVED. */
static void fill(struct handle_entry *entry, const struct handle *handle, uint64_t parent)
{
    entry->kind = handle->kind;
    entry->rights = handle->rights;
    entry->object = handle->object;
    entry->object_incarnation = handle->incarnation;
    entry->words[0] = handle->words[0];
    entry->words[1] = handle->words[1];
    entry->vault = handle->vault;
    entry->children = CHILDREN_NONE;
    entry->parent = parent;
}

/* The value that a taken entry will have when it is live. */
static uint64_t live_value(const struct coprocess *coprocess, const struct handle_entry *entry, uint64_t taken)
{
    return handle_value(handle_generation(taken), (uint32_t)(entry - handle_table(coprocess)));
}

int64_t core_handle_make(struct thread_block *actor, struct coprocess *in, const struct handle *handle, uint64_t *value)
{
    if (!core_table_enter(actor, 1, in))
        return -ENOLINK;
    struct handle_entry *entry = take(actor, in);
    if (entry) {
        uint64_t taken = entry->value;
        fill(entry, handle, 0);
        *value = live_value(in, entry, taken);
        entry->value = *value;
    }
    core_table_leave(actor, 1);
    return entry ? 0 : -EDQUOT;
}

uint64_t core_handle_find(struct coprocess *in, const struct handle *handle)
{
    for (uint32_t index = 1; index < in->handle_used; index++) {
        const struct handle_entry *entry = &handle_table(in)[index];
        uint64_t value = entry->value;
        struct handle copy;
        if (handle_state(value) != HANDLE_LIVE || entry->parent != 0 || !core_handle_copy_of(in, value, &copy))
            continue;
        if (copy.kind == handle->kind && copy.rights == handle->rights && copy.object == handle->object &&
            copy.incarnation == handle->incarnation)
            return value;
    }
    return 0;
}

/* The order is what revocation relies on: the entry can be found as a child of its parent before the parent is found to
 * be live. If the parent is revoked after that, so is the entry, pending or live. */
static int64_t derive(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                      const struct handle *handle, uint64_t *new_value)
{
    struct handle_entry *parent = &handle_table(from)[(uint32_t)value];
    struct handle_entry *entry = take(actor, to);
    if (!entry)
        return -EDQUOT;
    uint64_t pending = handle_value(handle_generation(entry->value), HANDLE_PENDING | core_handle_owner(actor));
    fill(entry, handle, core_handle_identity(from, value));
    *new_value = live_value(to, entry, pending);
    entry->value = pending;
    core_children_include(from, parent, to);
    if (parent->value != value) {
        core_handle_free(to, entry, pending);
        return -EBADF;
    }
    return exchange(entry, pending, *new_value) ? 0 : -EBADF;
}

int64_t core_handle_derive(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                           const struct handle *handle, uint64_t *new_value)
{
    int64_t error = -ENOLINK;
    if (!core_table_enter(actor, 0, from))
        return error;
    if (core_table_enter(actor, 1, to)) {
        error = derive(actor, from, value, to, handle, new_value);
        core_table_leave(actor, 1);
    }
    core_table_leave(actor, 0);
    return error;
}

bool core_handle_may_be_passed(uint32_t kind)
{
    return kind != HANDLE_KIND_MAPPING && kind != COHANDLE_CONTROL;
}

int64_t core_handle_pass(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                         uint32_t rights, uint64_t *new_value)
{
    struct handle handle;
    if (!core_handle_copy_of(from, value, &handle) || !core_handle_may_be_passed(handle.kind) ||
        core_handle_is_stale(&handle))
        return -EBADF;
    handle.rights = rights;
    return core_handle_derive(actor, from, value, to, &handle, new_value);
}

int64_t core_handle_close(struct thread_block *actor, struct coprocess *in, uint64_t value)
{
    uint32_t index = (uint32_t)value;
    if (index == 0 || index >= in->handle_limit || !core_table_enter(actor, 1, in))
        return -EBADF;
    bool closed = close_entry(actor, in, value);
    core_table_leave(actor, 1);
    if (actor && in->realm->objects_dropped)
        core_notify_supervisor(in->realm);
    return closed ? 0 : -EBADF;
}
