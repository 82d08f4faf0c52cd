/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making, reading, passing on and closing handles.
 */
#include "core/derivation.h"
#include "core/kernel.h"
#include "core/ports.h"
#include "core/seals.h"

#include <stdatomic.h>

static bool exchange(struct handle_entry *entry, uint64_t expected, uint64_t desired)
{
    return atomic_compare_exchange_strong(&entry->value, &expected, desired);
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

int64_t core_handle_read(const struct thread_block *actor, uint64_t value, struct handle *copy)
{
    return core_handle_copy_of(actor->coprocess, value, copy) ? 0 : -EBADF;
}

static bool is_free(uint64_t value)
{
    return (uint32_t)value == HANDLE_FREE && handle_generation(value) != HANDLE_GENERATION_LAST;
}

static void hint(struct coprocess *coprocess, uint32_t index)
{
    atomic_store_explicit(&coprocess->handle_hint, index, memory_order_relaxed);
}

/* Takes this entry, if it is free: the value that it will have when it is live, or 0. It lies below handle_used, where
 * everybody looks who looks for entries. */
static inline uint64_t take_entry(struct coprocess *coprocess, uint32_t index, uint32_t owner)
{
    struct handle_entry *entry = &handle_table(coprocess)[index];
    uint64_t value = entry->value;
    if (unlikely(!is_free(value)))
        return 0;
    uint32_t generation = handle_generation(value) + 1;
    if (unlikely(!exchange(entry, value, handle_value(generation, HANDLE_RESERVED | owner))))
        return 0;
    hint(coprocess, index + 1);
    return handle_value(generation, index);
}

/* Takes a free entry, from the hint on. */
static uint64_t take_free(struct coprocess *coprocess, uint32_t owner)
{
    uint32_t limit = coprocess->handle_limit, index = coprocess->handle_hint;
    for (uint32_t n = 1; n < limit; n++, index++) {
        if (index == 0 || index >= limit)
            index = 1;
        core_raise_limit(&coprocess->handle_used, index + 1);
        uint64_t live = take_entry(coprocess, index, owner);
        if (live)
            return live;
    }
    return 0;
}

void core_handle_free(struct coprocess *coprocess, struct handle_entry *entry, uint64_t taken)
{
    if (exchange(entry, taken, handle_value(handle_generation(taken), HANDLE_FREE)))
        hint(coprocess, (uint32_t)(entry - handle_table(coprocess)));
}

/* Nobody else changes an entry that is CLOSING, while the kernel thread that it names lives. */
static void give_back(struct coprocess *coprocess, struct handle_entry *entry, uint64_t closing)
{
    uint64_t free = handle_value(handle_generation(closing), HANDLE_FREE);
    atomic_store_explicit(&entry->value, free, memory_order_release);
    hint(coprocess, (uint32_t)(entry - handle_table(coprocess)));
}

/* What a handle refers to may be referred to by nothing else. This comes before the entry is free, so that who looks
 * through all tables for references knows that some may have moved meanwhile. */
bool core_handle_note_reference(struct realm *realm, const struct handle_entry *entry)
{
    bool object = entry->kind == HANDLE_KIND_MEMORY || entry->kind == HANDLE_KIND_MAPPING;
    bool token = entry->kind == HANDLE_KIND_WINDOW && entry->words[1] != 0;
    if (object || token || core_kind_is_minted(entry->kind))
        realm->references_closed++;
    if (entry->kind == COHANDLE_CONTROL)
        core_port_end(realm, entry);
    return object;
}

void core_handle_note_dropped(struct realm *realm)
{
    realm->objects_dropped = true;
    core_notify_supervisor(realm);
}

/* The end of a handle that others may be derived from, or that may be the last reference to something. */
static __attribute__((noinline)) void close_with_care(struct coprocess *in, struct handle_entry *entry,
                                                      uint64_t closing)
{
    core_children_relink(in, entry);
    bool object = core_handle_note_closed(in->realm, entry);
    give_back(in, entry, closing);
    if (object)
        core_handle_note_dropped(in->realm);
}

/* False if the handle is not live any more. */
static inline bool close_entry(struct thread_block *actor, struct coprocess *in, uint64_t value)
{
    struct handle_entry *entry = &handle_table(in)[(uint32_t)value];
    uint64_t closing = handle_value(handle_generation(value), HANDLE_CLOSING | core_handle_owner(actor));
    if (unlikely(!exchange(entry, value, closing)))
        return false;
    if (unlikely(entry->children != CHILDREN_NONE || core_kind_refers(entry->kind)))
        close_with_care(in, entry, closing);
    else
        give_back(in, entry, closing);
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

static uint64_t search(struct thread_block *actor, struct coprocess *coprocess)
{
    uint64_t live = take_free(coprocess, core_handle_owner(actor));
    if (!live && close_stale(actor, coprocess))
        live = take_free(coprocess, core_handle_owner(actor));
    return live;
}

/* Takes the entry at the hint, which is free as long as handles come and go one after the other: the value that it will
 * have when it is live, or 0. */
static inline uint64_t take_hinted(struct coprocess *coprocess, uint32_t owner)
{
    uint32_t index = coprocess->handle_hint;
    if (unlikely(index == 0 || index >= coprocess->handle_used))
        return 0;
    return take_entry(coprocess, index, owner);
}

/* The same with any free entry. */
static uint64_t take(struct thread_block *actor, struct coprocess *coprocess)
{
    uint64_t live = take_hinted(coprocess, core_handle_owner(actor));
    return live ? live : search(actor, coprocess);
}

/* Only `children` and `parent` are looked at by others, and only once the entry is no longer RESERVED: the store that
 * makes it so comes after these. `parent` comes after the exchange that has taken the entry: who reads it and then
 * finds the value that the entry had before has read that life's. */
static inline void link_to(struct handle_entry *entry, uint64_t parent)
{
    atomic_store_explicit(&entry->children, CHILDREN_NONE, memory_order_relaxed);
    atomic_store_explicit(&entry->parent, parent, memory_order_release);
}

static void fill(struct handle_entry *entry, const struct handle *handle)
{
    entry->kind = handle->kind;
    entry->rights = handle->rights;
    entry->object = handle->object;
    entry->object_incarnation = handle->incarnation;
    entry->words[0] = handle->words[0];
    entry->words[1] = handle->words[1];
    entry->vault = handle->vault;
}

/* With what the handle `value` says, whose entry `other` is. If that has ended meanwhile, what was read may be of two
 * lives: then the new entry says nothing, because others look at those that are PENDING too. */
static inline void fill_from(struct handle_entry *entry, const struct handle_entry *other, uint64_t value)
{
    entry->kind = other->kind;
    entry->rights = other->rights;
    entry->object = other->object;
    entry->object_incarnation = other->object_incarnation;
    entry->words[0] = other->words[0];
    entry->words[1] = other->words[1];
    entry->vault = 0;
    atomic_thread_fence(memory_order_acquire);
    if (unlikely(other->value != value))
        entry->kind = 0;
}

int64_t core_handle_make(struct thread_block *actor, struct coprocess *in, const struct handle *handle, uint64_t *value)
{
    if (!core_table_enter(actor, 1, in))
        return -ENOLINK;
    uint64_t live = take(actor, in);
    if (live) {
        struct handle_entry *entry = &handle_table(in)[(uint32_t)live];
        fill(entry, handle);
        link_to(entry, 0);
        *value = live;
        atomic_store_explicit(&entry->value, live, memory_order_release);
    }
    core_table_leave(actor, 1);
    return live ? 0 : -EDQUOT;
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
 * be live. If the parent is revoked after that, so is the entry, pending or live. There is no fence between the two:
 * whoever changes the parent and then looks for children, or looks for references in all tables, has every CPU pass one
 * before. The compiler keeps the order, because both are atomic. So a handle is derived in three steps. */

/* First: the entry, which is to have the value `live`, says all that it has to, and `pending` is its value.
 *
 * `handle` is what it says; NULL: the same as its parent, which may have ended by then. */
static inline uint64_t begin_derived(const struct coprocess *from, uint64_t value, struct coprocess *to, uint64_t live,
                                     uint32_t owner, const struct handle *handle, uint64_t *new_value)
{
    struct handle_entry *entry = &handle_table(to)[(uint32_t)live];
    uint64_t pending = handle_value(handle_generation(live), HANDLE_PENDING | owner);
    if (handle)
        fill(entry, handle);
    else
        fill_from(entry, &handle_table(from)[(uint32_t)value], value);
    link_to(entry, core_handle_identity(from, value));
    *new_value = live;
    atomic_store_explicit(&entry->value, pending, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
    return pending;
}

/* Last, after core_children_include: false if the parent has ended, or the entry has been revoked with it. */
static inline bool end_derived(const struct handle_entry *parent, uint64_t value, struct handle_entry *entry,
                               uint64_t pending, uint64_t live)
{
    return likely(parent->value == value) && likely(exchange(entry, pending, live));
}

static int64_t finish_derived(struct coprocess *from, uint64_t value, struct coprocess *to, uint64_t pending,
                              uint64_t live)
{
    struct handle_entry *parent = &handle_table(from)[(uint32_t)value];
    struct handle_entry *entry = &handle_table(to)[(uint32_t)live];
    core_children_include(from, parent, to);
    if (end_derived(parent, value, entry, pending, live))
        return 0;
    core_handle_free(to, entry, pending);
    return -EBADF;
}

static int64_t derive(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                      const struct handle *handle, uint64_t *new_value)
{
    uint64_t live = take(actor, to);
    if (!live)
        return -EDQUOT;
    uint64_t pending = begin_derived(from, value, to, live, core_handle_owner(actor), handle, new_value);
    return finish_derived(from, value, to, pending, live);
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

/* The rest of core_handle_send if it does not go straight on. */
static __attribute__((noinline)) int64_t send_any(struct thread_block *actor, uint64_t value, struct coprocess *to,
                                                  uint64_t *new_value)
{
    int64_t error = derive(actor, actor->coprocess, value, to, NULL, new_value);
    core_table_leave(actor, 1);
    return error;
}

static __attribute__((noinline)) int64_t send_begun(struct thread_block *actor, uint64_t value, struct coprocess *to,
                                                    uint64_t pending, uint64_t live)
{
    int64_t error = finish_derived(actor->coprocess, value, to, pending, live);
    core_table_leave(actor, 1);
    return error;
}

int64_t core_handle_send(struct thread_block *actor, uint64_t value, struct coprocess *to, uint64_t *new_value)
{
    struct coprocess *from = actor->coprocess;
    struct handle_entry *parent = &handle_table(from)[(uint32_t)value];
    uint32_t owner = core_handle_owner(actor);
    atomic_store_explicit(&actor->tables[1], to, memory_order_relaxed);
    uint64_t live = take_hinted(to, owner);
    if (unlikely(!live))
        return send_any(actor, value, to, new_value);
    uint64_t pending = begin_derived(from, value, to, live, owner, NULL, new_value);
    if (unlikely(!core_children_included(from, parent, to)) ||
        unlikely(!end_derived(parent, value, &handle_table(to)[(uint32_t)live], pending, live)))
        return send_begun(actor, value, to, pending, live);
    core_table_leave(actor, 1);
    return 0;
}

int64_t core_handle_close(struct thread_block *actor, struct coprocess *in, uint64_t value)
{
    uint32_t index = (uint32_t)value;
    if (index == 0 || index >= in->handle_limit || !core_table_enter(actor, 1, in))
        return -EBADF;
    bool closed = close_entry(actor, in, value);
    core_table_leave(actor, 1);
    return closed ? 0 : -EBADF;
}

int64_t core_handle_close_own(struct thread_block *actor, uint64_t value)
{
    struct coprocess *in = actor->coprocess;
    uint32_t index = (uint32_t)value;
    const struct handle_entry *entry = &handle_table(in)[index];
    if (unlikely(index == 0 || index >= in->handle_limit || entry->value != value ||
                 entry->kind == HANDLE_KIND_MAPPING))
        return -EBADF;
    return close_entry(actor, in, value) ? 0 : -EBADF;
}
