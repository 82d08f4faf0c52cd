/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Handle tables: one per co-process, in core memory. A handle's value is its index and the generation of that entry.
 */
#include "core/kernel.h"

enum { GENERATION_LAST = 0xffffffff };

static bool object_is_gone(const struct handle_entry *entry)
{
    return entry->object->incarnation != entry->object_incarnation || claim_state(entry->object->claim) == CLAIM_DYING;
}

/* An entry may be used for a new handle if it is free or names something that is gone for ever, and if it has a
 * generation left: no value is ever given twice. */
static bool usable(const struct handle_entry *entry)
{
    return entry->generation != GENERATION_LAST && (entry->value == 0 || object_is_gone(entry));
}

static bool names(const struct handle_entry *entry, uint32_t kind, const struct thread_block *object,
                  uint32_t incarnation)
{
    return entry->value != 0 && entry->kind == kind && entry->object == object &&
           entry->object_incarnation == incarnation;
}

/* Gives the handle that there is already, or a new one: 0, or -EDQUOT if the table is full. */
int64_t core_handle_new(struct coprocess *coprocess, uint32_t kind, struct thread_block *object, uint32_t incarnation,
                        uint64_t *value)
{
    struct handle_entry *handles = (struct handle_entry *)((uint64_t)coprocess + COPROCESS_HANDLES);
    struct handle_entry *free_entry = NULL;
    for (uint32_t index = 0; index < HANDLES_PER_COPROCESS; index++) {
        struct handle_entry *entry = &handles[index];
        if (names(entry, kind, object, incarnation)) {
            *value = entry->value;
            return 0;
        }
        if (!free_entry && usable(entry))
            free_entry = entry;
        if (entry->generation == 0)
            break; /* this one and those behind it were never used */
    }
    if (!free_entry)
        return -EDQUOT;
    uint32_t generation = free_entry->generation + 1;
    *value = (uint64_t)generation << 32 | (uint64_t)(free_entry - handles);
    *free_entry = (struct handle_entry){
        .value = *value,
        .kind = kind,
        .object = object,
        .object_incarnation = incarnation,
        .generation = generation,
    };
    return 0;
}
