/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Windows into memory: making them, and the one copy between two co-processes.
 *
 * A copy names the co-processes whose memory it touches in its thread block and then looks at the handles again:
 * whoever ends a co-process or revokes a window waits until the block names something else.
 *
 * A single-use window has a token in its owner's record, which all handles derived from it name. The copy that takes
 * the token is the only one.
 */
#include "core/derivation.h"
#include "core/kernel.h"
#include "core/seals.h"

#include "comesg/window.h"

#include <stdatomic.h>

enum token_state { TOKEN_FREE, TOKEN_OPEN, TOKEN_TAKEN, TOKEN_STATE = 3 };

/* One look per piece at whether the copy still has somewhere to go. */
enum { COPY_PIECE = 16 << 20, SWEEPS = 8 };

static uint64_t token_word(uint32_t generation, enum token_state state)
{
    return (uint64_t)generation << 32 | state;
}

static uint64_t window_offset(const struct handle *handle)
{
    return (uint32_t)handle->words[0];
}

static uint64_t window_length(const struct handle *handle)
{
    return handle->words[0] >> 32;
}

/* What a window says of its token: 0, or generation and index + 1. */
static uint64_t token_name(uint32_t generation, uint32_t index)
{
    return (uint64_t)generation << 32 | (index + 1);
}

static bool has_token(const struct handle *handle)
{
    return handle->words[1] != 0;
}

static _Atomic uint64_t *token_of(const struct handle *handle)
{
    struct coprocess *owner = handle->object;
    return &owner->tokens[(uint32_t)handle->words[1] - 1];
}

static bool change_token(const struct handle *handle, enum token_state from, enum token_state to)
{
    uint32_t generation = (uint32_t)(handle->words[1] >> 32);
    uint64_t expected = token_word(generation, from);
    return atomic_compare_exchange_strong(token_of(handle), &expected, token_word(generation, to));
}

/* Gives the name of an open token, or 0. */
static uint64_t open_token(struct coprocess *owner)
{
    for (uint32_t index = 0; index < TOKENS_PER_COPROCESS; index++) {
        uint64_t word = owner->tokens[index];
        uint32_t generation = (uint32_t)(word >> 32);
        if ((word & TOKEN_STATE) != TOKEN_FREE || generation == UINT32_MAX)
            continue;
        if (atomic_compare_exchange_strong(&owner->tokens[index], &word, token_word(generation + 1, TOKEN_OPEN)))
            return token_name(generation + 1, index);
    }
    return 0;
}

static void note_tokens_of(struct coprocess *owner, struct coprocess *holder, uint64_t *named)
{
    for (uint32_t index = 1; index < holder->handle_used; index++) {
        const struct handle_entry *entry = &handle_table(holder)[index];
        uint32_t token = (uint32_t)entry->words[1];
        if (handle_state(entry->value) == HANDLE_FREE || entry->kind != HANDLE_KIND_WINDOW || entry->object != owner ||
            token == 0 || token > TOKENS_PER_COPROCESS)
            continue;
        named[(token - 1) / 64] |= (uint64_t)1 << (token - 1) % 64;
    }
}

/* Frees the tokens that no handle names any more: windows that were never used. A handle may be passed on to a table
 * that has been looked at and closed in one that has not, so a closed window in between makes the look void. */
static bool sweep_tokens(struct coprocess *owner)
{
    struct realm *realm = owner->realm;
    uint64_t before[TOKENS_PER_COPROCESS], named[TOKENS_PER_COPROCESS / 64];
    bool some = false;
    uint32_t closed = realm->references_closed;
    barrier_everywhere(); /* derive */
    for (uint32_t index = 0; index < TOKENS_PER_COPROCESS; index++)
        before[index] = owner->tokens[index];
    for (uint32_t word = 0; word < TOKENS_PER_COPROCESS / 64; word++)
        named[word] = 0;
    for (uint32_t index = 0; index < realm->coprocess_limit; index++)
        note_tokens_of(owner, core_coprocess_at(realm, index), named);
    if (realm->references_closed != closed)
        return false;
    for (uint32_t index = 0; index < TOKENS_PER_COPROCESS; index++) {
        uint64_t word = before[index];
        if (!(named[index / 64] >> index % 64 & 1) && (word & TOKEN_STATE) != TOKEN_FREE)
            some |= atomic_compare_exchange_strong(&owner->tokens[index], &word, word & ~(uint64_t)TOKEN_STATE);
    }
    return some;
}

static uint64_t find_token(struct coprocess *owner)
{
    uint64_t token = open_token(owner);
    for (unsigned i = 0; !token && i < SWEEPS; i++) {
        if (sweep_tokens(owner))
            token = open_token(owner);
    }
    return token;
}

/* arguments: address, length, rights, flags */
int64_t core_window_make(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    uint64_t address = arguments[0], length = arguments[1], rights = arguments[2], flags = arguments[3];
    struct coprocess *coprocess = block->coprocess;
    const uint64_t any = CORIGHT_R | CORIGHT_W;
    if (length == 0 || rights == 0 || rights & ~any || flags & ~(uint64_t)COWINDOW_SINGLE_USE)
        return -EINVAL;
    if (!core_in_region(block, address, length))
        return -EFAULT;
    uint64_t offset = address - block->region_base;
    int64_t error = core_memory_allows(block, offset, offset + length, rights & CORIGHT_W);
    if (error)
        return error;
    struct handle handle = {
        .kind = HANDLE_KIND_WINDOW,
        .rights = (uint32_t)rights,
        .object = coprocess,
        .incarnation = coprocess->incarnation,
        .words = {length << 32 | offset},
    };
    if (flags & COWINDOW_SINGLE_USE && !(handle.words[1] = find_token(coprocess)))
        return -EDQUOT;
    error = core_handle_make(block, coprocess, &handle, value);
    if (error && has_token(&handle))
        change_token(&handle, TOKEN_OPEN, TOKEN_FREE);
    return error;
}

/* One side of a copy. */
struct side {
    uint64_t value; /* 0: the caller's own memory */
    uint64_t address;
    struct handle handle;
};

static int64_t resolve_window(const struct thread_block *block, struct side *side, uint64_t offset, uint64_t length,
                              uint32_t right)
{
    const struct handle *handle = &side->handle;
    const struct coprocess *owner;
    if (core_handle_read(block, side->value, &side->handle) || handle->kind != HANDLE_KIND_WINDOW ||
        core_handle_is_stale(handle))
        return -EBADF;
    if (!(handle->rights & right))
        return -EACCES;
    if (offset > window_length(handle) || length > window_length(handle) - offset)
        return -EFAULT;
    owner = handle->object;
    side->address = owner->region_base + window_offset(handle) + offset;
    return 0;
}

static int64_t resolve(const struct thread_block *block, struct side *side, uint64_t offset, uint64_t length,
                       uint32_t right)
{
    if (side->value != COCOPY_OWN)
        return resolve_window(block, side, offset, length, right);
    side->address = offset;
    return core_in_region(block, offset, length) ? 0 : -EFAULT;
}

/* An attached memory object lies where the window once was made. */
static bool is_attached(const struct coprocess *owner, uint64_t offset, uint64_t length)
{
    for (uint32_t index = 0; index < owner->attached_limit; index++) {
        uint64_t range = owner->attached[index];
        if (range != 0 && offset < range >> 32 && offset + length > (uint32_t)range)
            return true;
    }
    return false;
}

/* After the copy has been published: nothing that the window allows has been ended before. */
static int64_t look_again(const struct thread_block *block, const struct side *side, uint64_t length)
{
    const struct coprocess *owner = side->handle.object;
    if (side->value == COCOPY_OWN)
        return 0;
    if (block->handles[(uint32_t)side->value].value != side->value || core_handle_is_stale(&side->handle))
        return -EBADF;
    return is_attached(owner, side->address - owner->region_base, length) ? -EFAULT : 0;
}

static int64_t take_token(const struct side *side)
{
    if (side->value == COCOPY_OWN || !has_token(&side->handle))
        return 0;
    return change_token(&side->handle, TOKEN_OPEN, TOKEN_TAKEN) ? 0 : -EBADF;
}

static void leave_token(const struct side *side, enum token_state state)
{
    if (side->value != COCOPY_OWN && has_token(&side->handle))
        change_token(&side->handle, TOKEN_TAKEN, state);
}

static int64_t of_source(int64_t error)
{
    return error ? error - COMESG_COCOPY_SOURCE : 0;
}

static int64_t copy_pieces(const struct thread_block *block, const struct side *to, const struct side *from,
                           uint64_t length)
{
    for (uint64_t done = 0; done < length;) {
        uint64_t piece = length - done < COPY_PIECE ? length - done : COPY_PIECE;
        uint64_t fault = core_copy((void *)(to->address + done), (const void *)(from->address + done), piece);
        if (fault)
            return fault - to->address < length ? -EFAULT : of_source(-EFAULT);
        done += piece;
        if (done < length && (block->force_out || (to->value && core_handle_is_stale(&to->handle))))
            return -EBADF;
        if (done < length && from->value && core_handle_is_stale(&from->handle))
            return of_source(-EBADF);
    }
    return (int64_t)length;
}

static int64_t copy_published(const struct thread_block *block, const struct side *to, const struct side *from,
                              uint64_t length)
{
    int64_t error = look_again(block, to, length);
    if (!error)
        error = of_source(look_again(block, from, length));
    if (!error)
        error = take_token(to);
    if (error)
        return error;
    /* Both ends may be the same window: it is used once. */
    bool same = to->value && from->value && has_token(&to->handle) && to->handle.object == from->handle.object &&
                to->handle.words[1] == from->handle.words[1];
    error = same ? 0 : of_source(take_token(from));
    if (error) {
        leave_token(to, TOKEN_OPEN);
        return error;
    }
    leave_token(to, TOKEN_FREE);
    leave_token(from, TOKEN_FREE);
    return copy_pieces(block, to, from, length);
}

/* Within the caller's own memory: nothing that others may end is touched. */
static int64_t copy_own(const struct thread_block *block, uint64_t to, uint64_t from, uint64_t length)
{
    if (!core_in_region(block, to, length))
        return -EFAULT;
    if (!core_in_region(block, from, length))
        return of_source(-EFAULT);
    uint64_t fault = core_copy((void *)to, (const void *)from, length);
    if (fault)
        return fault - to < length ? -EFAULT : of_source(-EFAULT);
    return (int64_t)length;
}

/* arguments: dst, doff, src, soff, len. Bytes copied, or -errno, from which COMESG_COCOPY_SOURCE is subtracted if the
 * source is at fault. */
int64_t core_window_copy(struct thread_block *block, const uint64_t *arguments)
{
    if (arguments[0] == COCOPY_OWN && arguments[2] == COCOPY_OWN && arguments[4] <= COPY_PIECE)
        return copy_own(block, arguments[1], arguments[3], arguments[4]);
    struct side to, from;
    to.value = arguments[0];
    from.value = arguments[2];
    uint64_t length = arguments[4];
    int64_t error = resolve(block, &to, arguments[1], length, CORIGHT_W);
    if (!error)
        error = of_source(resolve(block, &from, arguments[3], length, CORIGHT_R));
    if (error || length == 0)
        return error;
    core_working_begin(block, to.value ? to.handle.object : NULL, from.value ? from.handle.object : NULL);
    error = copy_published(block, &to, &from, length);
    core_working_end(block);
    return error;
}
