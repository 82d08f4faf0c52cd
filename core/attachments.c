/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Attachments: handles that go along a call or a reply, and what the receiver is told beyond the bytes.
 *
 * What the receiver gets is written down in its thread block before it becomes valid there, and struck out when it has
 * been reported to the program. So a death in between leaves nothing that nobody knows of: whoever finds the list
 * closes what is on it.
 */
#include "core/call.h"

#include "core/seals.h"

#include "comesg/cocall.h"
#include "core/descriptors.h"

_Static_assert(sizeof(struct coattachment) == 16, "as the public header says");

enum { CAPACITY_MAX = COMESG_REGION_SIZE / sizeof(struct coattachment) };

static inline int64_t check_handle(const struct thread_block *block, struct coattachment *sent)
{
    struct handle handle;
    if (sent->kind > COHANDLE_CONTROL)
        return -EINVAL;
    if (!core_handle_copy_of(block->coprocess, sent->handle, &handle) || core_handle_is_stale(&handle))
        return -EBADF;
    uint32_t kind = handle.kind == HANDLE_KIND_POOL ? COHANDLE_TARGET : handle.kind;
    if (kind >= COHANDLE_CONTROL || (sent->kind && sent->kind != kind))
        return -EBADF;
    sent->kind = kind;
    return 0;
}

/* Written by words, as it is read: a load cannot take its value from two stores that are still under way. */
static inline void set(struct coattachment *attachment, uint64_t start, uint64_t handle)
{
    __builtin_memcpy(attachment, &start, sizeof start);
    attachment->handle = handle;
}

static inline bool fetch(struct coattachment *attachment, uint64_t address)
{
    uint64_t start, handle;
    if (!core_fetch_word(&start, address) || !core_fetch_word(&handle, address + sizeof start))
        return false;
    set(attachment, start, handle);
    return true;
}

int64_t core_fetch_some_attachments(struct thread_block *block, uint64_t address, uint64_t count)
{
    if (count > COATTACHMENT_MAX)
        return -EINVAL;
    if (!core_has_room(block, address, count * sizeof(struct coattachment)))
        return -EFAULT;
    for (uint64_t i = 0; i < count; i++) {
        struct coattachment *sent = &block->sent[i];
        if (!fetch(sent, address + i * sizeof *sent))
            return -EFAULT;
        if (sent->kind == COHANDLE_DESCRIPTOR) {
            block->sent_descriptors++;
            continue;
        }
        int64_t error = check_handle(block, sent);
        if (error)
            return error;
    }
    block->sent_count = (uint32_t)count;
    return 0;
}

/* Remembers where this context wants to be told what it receives. */
int64_t core_fetch_information(struct thread_block *block, uint64_t address)
{
    uint64_t size, array, capacity;
    block->information = 0;
    if (address == 0)
        return 0;
    if (!core_has_room(block, address, sizeof(struct cocall_information)) ||
        !core_fetch_word(&size, address + offsetof(struct cocall_information, size)) ||
        !core_fetch_word(&array, address + offsetof(struct cocall_information, attachments.array)) ||
        !core_fetch_word(&capacity, address + offsetof(struct cocall_information, attachments.capacity)))
        return -EFAULT;
    if (size != sizeof(struct cocall_information))
        return -EINVAL;
    if (capacity > CAPACITY_MAX || !core_in_region(block, array, capacity * sizeof(struct coattachment)))
        return -EFAULT;
    block->information = address;
    block->information_array = array;
    block->information_capacity = capacity;
    return 0;
}

/* What `from` sends becomes `to`'s, as far as there is room; the rest is counted. The kernel thread runs `from`, and
 * `to` does not go on before this is done. */
void core_pass_attachments(struct thread_block *from, struct thread_block *to)
{
    int32_t held[COATTACHMENT_MAX];
    uint32_t number = from->sent_count, held_count = 0;
    to->dropped = 0;
    for (const struct coattachment *sent = from->sent; sent < &from->sent[number]; sent++) {
        uint32_t count = to->received_count;
        struct coattachment *received = &to->received[count];
        if (count >= to->information_capacity) {
            to->dropped++;
            continue;
        }
        set(received, sent->kind | (uint64_t)UINT32_MAX << 32, 0); /* no descriptor */
        to->received_count = count + 1;
        if (sent->kind == COHANDLE_DESCRIPTOR) {
            held[held_count++] = sent->descriptor;
            continue;
        }
        if (core_handle_send(from, sent->handle, to->coprocess, &received->handle)) {
            to->received_count = count;
            to->dropped++;
        }
    }
    from->sent_count = 0;
    if (held_count)
        core_send_descriptors(from, to, held, held_count);
}

/* On the home thread of a callee: what came with the request is there, or on its way. 0, or -EFAULT, and then the
 * caller has got ENOLINK. */
int64_t core_receive_request(struct thread_block *block)
{
    core_take_descriptors(block);
    int64_t error = core_report_received(block, block, block->offered);
    if (error) {
        core_fail_caller(block);
        block->reply_wait = 0;
    }
    return error ? error : block->resume_result;
}

/* Closes what was received and not reported. `actor` is NULL for the supervisor. */
void core_drop_received(struct thread_block *actor, struct thread_block *block)
{
    for (uint32_t i = 0; i < block->received_count; i++) {
        const struct coattachment *received = &block->received[i];
        if (received->kind != COHANDLE_DESCRIPTOR)
            core_handle_close(actor, block->coprocess, received->handle);
        else if (received->descriptor >= 0 && actor == block) /* on the home thread: it has been received there */
            core_kernel(SYS_close, received->descriptor, 0, 0, 0, 0, 0);
    }
    block->received_count = 0;
    if (block->lane)
        core_discard_descriptors(actor, block);
}

static bool put(uint64_t address, const struct coattachment *received)
{
    uint64_t start;
    __builtin_memcpy(&start, received, sizeof start);
    return core_put_word(address, start) &&
           core_put_word(address + offsetof(struct coattachment, handle), received->handle);
}

static bool put_received(const struct thread_block *block, uint64_t offered)
{
    uint64_t address = block->information;
    for (uint32_t i = 0; i < block->received_count; i++) {
        if (!put(block->information_array + i * sizeof(struct coattachment), &block->received[i]))
            return false;
    }
    return core_put_word(address + offsetof(struct cocall_information, attachments.count), block->received_count) &&
           core_put_word(address + offsetof(struct cocall_information, attachments.dropped), block->dropped) &&
           core_put_word(address + offsetof(struct cocall_information, offered), offered);
}

/* Tells the program of `block` what came: 0, or -EFAULT and nothing is received. */
int64_t core_report_received(struct thread_block *actor, struct thread_block *block, uint64_t offered)
{
    bool told = put_received(block, offered);
    block->information = 0;
    if (!told)
        core_drop_received(actor, block);
    block->received_count = 0;
    return told ? 0 : -EFAULT;
}
