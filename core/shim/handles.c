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

static int64_t derive(struct thread_block *block, uint64_t value, uint32_t rights, uint64_t *derived)
{
    return core_handle_pass(block, block->coprocess, value, block->coprocess, rights, derived);
}

int64_t shim_codup(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    struct handle handle;
    int64_t error = fetch(block, arguments[0], &handle);
    return error ? error : derive(block, arguments[0], handle.rights, value);
}

int64_t shim_corestrict(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
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
    return derive(block, arguments[0], rights, value);
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

int64_t shim_coseal(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    struct coprocess *coprocess = block->coprocess;
    const struct handle handle = {
        .kind = HANDLE_KIND_SEALED,
        .rights = (uint32_t)arguments[1],
        .object = coprocess,
        .incarnation = coprocess->incarnation,
        .words = {arguments[0]},
    };
    return core_handle_make(block, coprocess, &handle, value);
}

int64_t shim_counseal(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    int64_t error = fetch(block, arguments[0], &handle);
    if (error || handle.kind != HANDLE_KIND_SEALED)
        return -EBADF;
    if (handle.object != block->coprocess)
        return -EPERM;
    if (arguments[1])
        error = core_put(block, arguments[1], &handle.words[0], sizeof handle.words[0]);
    if (!error && arguments[2])
        error = core_put(block, arguments[2], &handle.rights, sizeof handle.rights);
    return error;
}
