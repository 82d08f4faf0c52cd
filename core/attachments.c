/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Attachments: handles that go along a call or a reply, and what the receiver is told beyond the bytes.
 *
 * What the receiver gets is written down in its thread block before it becomes valid there, and struck out when it has
 * been reported to the program. So a death in between leaves nothing that nobody knows of: whoever finds the list
 * closes what is on it.
 */
#include "core/call.h"

#include "comesg/cocall.h"
#include "core/descriptors.h"

_Static_assert(sizeof(struct coattachment) == 16, "as the public header says");

enum { CAPACITY_MAX = COMESG_REGION_SIZE / sizeof(struct coattachment) };

/* Copies what this context wants to send: 0, or an error, and then nothing is to be sent. */
int64_t core_fetch_attachments(struct thread_block *block, uint64_t address, uint64_t count)
{
    block->sent_count = block->sent_descriptors = 0;
    if (count > COATTACHMENT_MAX)
        return -EINVAL;
    uint64_t length = count * sizeof(struct coattachment);
    if (!core_in_region(block, address, length) || core_copy(block->sent, (const void *)address, length))
        return -EFAULT;
    for (uint64_t i = 0; i < count; i++) {
        struct coattachment *sent = &block->sent[i];
        struct handle handle;
        if (sent->kind > COHANDLE_CONTROL)
            return -EINVAL;
        if (sent->kind == COHANDLE_DESCRIPTOR) {
            block->sent_descriptors++;
            continue;
        }
        if (core_handle_read(block, sent->handle, &handle))
            return -EBADF;
        uint32_t kind = handle.kind == HANDLE_KIND_POOL ? COHANDLE_TARGET : handle.kind;
        if (kind >= COHANDLE_CONTROL || (sent->kind && sent->kind != kind))
            return -EBADF;
        sent->kind = kind;
        block->sent_rights[i] = handle.rights;
    }
    block->sent_count = (uint32_t)count;
    return 0;
}

/* Remembers where this context wants to be told what it receives. */
int64_t core_fetch_information(struct thread_block *block, uint64_t address)
{
    struct cocall_information information;
    block->information = 0;
    if (address == 0)
        return 0;
    if (!core_in_region(block, address, sizeof information) ||
        core_copy(&information, (const void *)address, sizeof information))
        return -EFAULT;
    if (information.size != sizeof information)
        return -EINVAL;
    const struct coattachment_set *set = &information.attachments;
    if (set->capacity > CAPACITY_MAX ||
        !core_in_region(block, (uint64_t)set->array, set->capacity * sizeof(struct coattachment)))
        return -EFAULT;
    block->information = address;
    block->information_array = (uint64_t)set->array;
    block->information_capacity = set->capacity;
    return 0;
}

/* What `from` sends becomes `to`'s, as far as there is room; the rest is counted. The kernel thread runs `from`, and
 * `to` does not go on before this is done. */
void core_pass_attachments(struct thread_block *from, struct thread_block *to)
{
    int32_t held[COATTACHMENT_MAX];
    uint32_t held_count = 0;
    to->dropped = 0;
    for (uint32_t i = 0; i < from->sent_count; i++) {
        uint32_t count = to->received_count;
        struct coattachment *received = &to->received[count];
        if (count >= to->information_capacity) {
            to->dropped++;
            continue;
        }
        *received = (struct coattachment){.kind = from->sent[i].kind, .descriptor = -1};
        to->received_count = count + 1;
        if (from->sent[i].kind == COHANDLE_DESCRIPTOR) {
            held[held_count++] = from->sent[i].descriptor;
            continue;
        }
        if (core_handle_pass(from, from->coprocess, from->sent[i].handle, to->coprocess, from->sent_rights[i],
                             &received->handle)) {
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

static bool put(uint64_t address, size_t offset, const void *from, uint64_t length)
{
    return core_copy((void *)(address + offset), from, length) == 0;
}

/* Tells the program of `block` what came: 0, or -EFAULT and nothing is received. */
int64_t core_report_received(struct thread_block *actor, struct thread_block *block, uint64_t offered)
{
    const uint64_t counts[] = {block->received_count, block->dropped};
    uint64_t address = block->information;
    block->information = 0;
    if (!put(block->information_array, 0, block->received, counts[0] * sizeof(struct coattachment)) ||
        !put(address, offsetof(struct cocall_information, attachments.count), counts, sizeof counts) ||
        !put(address, offsetof(struct cocall_information, offered), &offered, sizeof offered)) {
        core_drop_received(actor, block);
        return -EFAULT;
    }
    block->received_count = 0;
    return 0;
}
