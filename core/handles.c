/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Handle tables: one per co-process, in core memory. A handle's value is its index and the generation of that entry.
 */
#include "core/kernel.h"

enum { GENERATION_LAST = 0xffffffff };

/* 0, or -EMFILE if the table is full. */
int64_t core_handle_new(struct coprocess *coprocess, uint32_t kind, struct thread_block *object, uint64_t *value)
{
    for (uint32_t index = 0; index < HANDLES_PER_COPROCESS; index++) {
        struct handle_entry *entry = &coprocess->handles[index];
        if (entry->value == 0 && entry->generation != GENERATION_LAST) {
            uint32_t generation = entry->generation + 1;
            *value = (uint64_t)generation << 32 | index;
            *entry = (struct handle_entry){
                .kind = kind,
                .object = object,
                .object_incarnation = object->incarnation,
                .generation = generation,
                .value = *value,
            };
            return 0;
        }
        if (entry->value != 0 && entry->kind == kind && entry->object == object &&
            entry->object_incarnation == object->incarnation) {
            *value = entry->value;
            return 0;
        }
    }
    return -EMFILE;
}
