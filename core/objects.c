/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory objects, the part of the core: handles to them, and where in the region they are attached. The supervisor
 * holds their memory and makes the mappings.
 *
 * Each mapping has a hidden handle, derived from the one that attached it: so a mapping outlives that handle when it is
 * closed, and is found when it, or what it was derived from, is revoked.
 */
#include "core/derivation.h"
#include "core/kernel.h"
#include "core/seals.h"

#include "comesg/commap.h"

#include <sys/mman.h>

static struct memory_object *object_at(const struct realm *realm, uint64_t index)
{
    return (struct memory_object *)(realm->core_area + CORE_OBJECTS) + index;
}

static int64_t check_protection(uint64_t protection)
{
    if (protection & PROT_EXEC)
        return -ENOTSUP;
    return protection == 0 || protection & ~(uint64_t)(PROT_READ | PROT_WRITE) ? -EINVAL : 0;
}

/* arguments: size, protection */
int64_t core_object_make(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    uint64_t size = arguments[0], protection = arguments[1];
    int64_t error = check_protection(protection);
    if (error || size == 0)
        return error ? error : -EINVAL;
    if (size >= COMESG_REGION_SIZE)
        return -ENOMEM;
    const uint64_t request[REQUEST_ARGUMENTS] = {(size + 0xfff) & ~0xfffUL};
    int64_t index = core_request(block, REQUEST_OBJECT_CREATE, request);
    if (index < 0)
        return index;
    struct memory_object *object = object_at(block->coprocess->realm, (uint64_t)index);
    const struct handle handle = {
        .kind = HANDLE_KIND_MEMORY,
        .rights = (protection & PROT_READ ? CORIGHT_R : 0) | (protection & PROT_WRITE ? CORIGHT_W : 0),
        .object = object,
        .incarnation = object->incarnation,
    };
    error = core_handle_make(block, block->coprocess, &handle, value);
    object->fresh = false;
    if (error) {
        block->coprocess->realm->objects_dropped = true;
        core_notify_supervisor(block->coprocess->realm);
    }
    return error;
}

static int64_t fetch_object(const struct thread_block *block, uint64_t value, struct handle *handle)
{
    if (core_handle_read(block, value, handle) || handle->kind != HANDLE_KIND_MEMORY || core_handle_is_stale(handle))
        return -EBADF;
    return 0;
}

/* arguments: object */
int64_t core_object_size(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = fetch_object(block, arguments[0], &handle);
    if (error)
        return error;
    const struct memory_object *object = handle.object;
    return (int64_t)object->size;
}

/* The place in coprocess->attached, for windows.c: or -EDQUOT. */
static int64_t note_attached(struct coprocess *coprocess, uint64_t start, uint64_t length)
{
    for (uint32_t index = 0; index < ATTACHED_PER_COPROCESS; index++) {
        uint64_t none = 0;
        if (!atomic_compare_exchange_strong(&coprocess->attached[index], &none, (start + length) << 32 | start))
            continue;
        core_raise_limit(&coprocess->attached_limit, index + 1);
        return 0;
    }
    return -EDQUOT;
}

static void forget_attached(struct coprocess *coprocess, uint64_t start)
{
    for (uint32_t index = 0; index < coprocess->attached_limit; index++) {
        uint64_t range = coprocess->attached[index];
        if (range != 0 && (uint32_t)range == start)
            coprocess->attached[index] = 0;
    }
}

/* The place is taken in the region, and published to those who copy through windows, before anything is mapped. */
static int64_t map_object(struct thread_block *block, const struct handle *mapping, uint64_t hidden,
                          uint64_t protection)
{
    uint64_t start = mapping->words[0], length = mapping->words[1];
    const struct memory_object *object = mapping->object;
    uint64_t index = (uint64_t)(object - object_at(block->coprocess->realm, 0));
    int64_t error = note_attached(block->coprocess, start, length);
    if (error)
        return error;
    core_await_workers(block, block->coprocess);
    const uint64_t arguments[REQUEST_ARGUMENTS] = {index, hidden, start, length, protection};
    error = core_request(block, REQUEST_OBJECT_ATTACH, arguments);
    if (error)
        forget_attached(block->coprocess, start);
    return error;
}

static int64_t attach(struct thread_block *block, uint64_t value, const struct handle *handle, uint64_t protection)
{
    const struct memory_object *object = handle->object;
    struct coprocess *coprocess = block->coprocess;
    struct handle mapping = *handle;
    uint64_t hidden;
    mapping.kind = HANDLE_KIND_MAPPING;
    mapping.words[1] = object->size;
    int64_t start = core_memory_reserve(block, object->size, protection);
    if (start < 0)
        return start;
    mapping.words[0] = (uint64_t)start;
    int64_t error = core_handle_derive(block, coprocess, value, coprocess, &mapping, &hidden);
    if (!error) {
        error = map_object(block, &mapping, hidden, protection);
        if (error)
            core_handle_close(block, coprocess, hidden);
    }
    if (error)
        core_memory_unreserve(block, (uint64_t)start);
    return error ? error : (int64_t)(coprocess->region_base + (uint64_t)start);
}

/* arguments: object, protection. Gives the address. */
int64_t core_object_attach(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value = arguments[0], protection = arguments[1];
    struct handle handle;
    int64_t error = check_protection(protection);
    if (!error)
        error = fetch_object(block, value, &handle);
    if (error)
        return error;
    uint32_t needed = CORIGHT_R | (protection & PROT_WRITE ? CORIGHT_W : 0);
    if ((handle.rights & needed) != needed)
        return -EACCES;
    return attach(block, value, &handle, PROT_READ | protection);
}

/* arguments: address */
int64_t core_object_detach(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t start = arguments[0] - block->region_base;
    if (!core_in_region(block, arguments[0], 1))
        return -EINVAL;
    const uint64_t request[REQUEST_ARGUMENTS] = {start};
    int64_t error = core_request(block, REQUEST_OBJECT_DETACH, request);
    if (error)
        return error;
    forget_attached(block->coprocess, start);
    return core_memory_unreserve(block, start);
}
