/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What programs may do with their handles (comesg/handle.h).
 */
#include "core/seals.h"
#include "core/shim/shim.h"

#include "comesg/handle.h"

/* A handle that the program may use: 0 or -EBADF. */
static int64_t fetch(const struct thread_block *block, uint64_t value, struct handle *handle)
{
    int64_t error = core_handle_read(block, value, handle);
    if (!error && (handle->kind == HANDLE_KIND_MAPPING || core_handle_is_stale(handle)))
        error = -EBADF;
    return error;
}

/* Gives a new handle to the program; takes it back if the place for it faults. */
int64_t shim_give_handle(struct thread_block *block, uint64_t value, uint64_t address)
{
    if (!core_copy((void *)address, &value, sizeof value))
        return 0;
    core_handle_close(block, block->coprocess, value);
    return -EFAULT;
}

static int64_t derive(struct thread_block *block, uint64_t value, uint32_t rights, uint64_t address)
{
    uint64_t derived;
    if (!core_in_region(block, address, sizeof derived))
        return -EFAULT;
    int64_t error = core_handle_pass(block, block->coprocess, value, block->coprocess, rights, &derived);
    return error ? error : shim_give_handle(block, derived, address);
}

int64_t shim_codup(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = fetch(block, arguments[0], &handle);
    return error ? error : derive(block, arguments[0], handle.rights, arguments[1]);
}

int64_t shim_corestrict(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    uint32_t rights = (uint32_t)arguments[1];
    int64_t error = fetch(block, arguments[0], &handle);
    if (error)
        return error;
    if (rights == 0 || rights != arguments[1] || rights & ~core_rights_of(handle.kind))
        return -EINVAL;
    if (rights & ~handle.rights)
        return -EACCES;
    return derive(block, arguments[0], rights, arguments[2]);
}

int64_t shim_corevoke(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = fetch(block, arguments[0], &handle);
    return error ? error : core_handle_revoke(block, arguments[0]);
}

/* Also of an object that is gone. */
int64_t shim_cohandle_close(struct thread_block *block, const uint64_t *arguments)
{
    return core_handle_close_own(block, arguments[0]);
}

int64_t shim_cohandle_kind(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = fetch(block, arguments[0], &handle);
    if (error)
        return error;
    return handle.kind == HANDLE_KIND_POOL ? COHANDLE_TARGET : (int64_t)handle.kind;
}

int64_t shim_coseal(struct thread_block *block, const uint64_t *arguments)
{
    struct coprocess *coprocess = block->coprocess;
    const struct handle handle = {
        .kind = HANDLE_KIND_SEALED,
        .rights = (uint32_t)arguments[1],
        .object = coprocess,
        .incarnation = coprocess->incarnation,
        .words = {arguments[0]},
    };
    uint64_t value;
    if (!core_in_region(block, arguments[2], sizeof value))
        return -EFAULT;
    int64_t error = core_handle_make(block, coprocess, &handle, &value);
    return error ? error : shim_give_handle(block, value, arguments[2]);
}

static bool give(const struct thread_block *block, uint64_t address, const void *from, uint64_t length)
{
    return address == 0 || (core_in_region(block, address, length) && !core_copy((void *)address, from, length));
}

int64_t shim_counseal(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = fetch(block, arguments[0], &handle);
    if (error || handle.kind != HANDLE_KIND_SEALED)
        return -EBADF;
    if (handle.object != block->coprocess)
        return -EPERM;
    if (!give(block, arguments[1], &handle.words[0], sizeof handle.words[0]) ||
        !give(block, arguments[2], &handle.rights, sizeof handle.rights))
        return -EFAULT;
    return 0;
}

int64_t shim_cowindow(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value;
    if (!core_in_region(block, arguments[4], sizeof value))
        return -EFAULT;
    int64_t error = core_window_make(block, arguments[0], arguments[1], arguments[2], arguments[3], &value);
    return error ? error : shim_give_handle(block, value, arguments[4]);
}

int64_t shim_cocopy(struct thread_block *block, const uint64_t *arguments)
{
    return core_window_copy(block, arguments);
}

int64_t shim_commap(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t value;
    if (!core_in_region(block, arguments[2], sizeof value))
        return -EFAULT;
    int64_t error = core_object_make(block, arguments[0], arguments[1], &value);
    return error ? error : shim_give_handle(block, value, arguments[2]);
}

int64_t shim_comap_attach(struct thread_block *block, const uint64_t *arguments)
{
    return core_object_attach(block, arguments[0], arguments[1]);
}

int64_t shim_comap_detach(struct thread_block *block, const uint64_t *arguments)
{
    return core_object_detach(block, arguments[0]);
}

int64_t shim_comap_size(struct thread_block *block, const uint64_t *arguments)
{
    return core_object_size(block, arguments[0]);
}
