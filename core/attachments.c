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
    if (unlikely(sent->kind > COHANDLE_CONTROL))
        return -EINVAL;
    if (unlikely(!core_handle_copy_of(block->coprocess, sent->handle, &handle) || core_handle_is_stale(&handle)))
        return -EBADF;
    uint32_t kind = handle.kind == HANDLE_KIND_POOL ? COHANDLE_TARGET : handle.kind;
    if (unlikely(kind >= COHANDLE_CONTROL || (sent->kind && sent->kind != kind)))
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
        if (unlikely(sent->kind == COHANDLE_DESCRIPTOR)) {
            block->sent_descriptors++;
            continue;
        }
        int64_t error = check_handle(block, sent);
        if (unlikely(error))
            return error;
    }
    block->sent_count = (uint32_t)count;
    return 0;
}

int64_t core_fetch_some_information(struct thread_block *block, uint64_t address)
{
    uint64_t size, array, capacity;
    if (!core_has_room(block, address, sizeof(struct cocall_information)) ||
        !core_fetch_word(&size, address + offsetof(struct cocall_information, size)) ||
        !core_fetch_word(&array, address + offsetof(struct cocall_information, attachments.array)) ||
        !core_fetch_word(&capacity, address + offsetof(struct cocall_information, attachments.capacity)))
        return -EFAULT;
    if (size != sizeof(struct cocall_information))
        return -EINVAL;
    if (capacity > CAPACITY_MAX || (capacity && !core_has_room(block, array, capacity * sizeof(struct coattachment))))
        return -EFAULT;
    block->information = address;
    block->information_array = array;
    block->information_capacity = capacity;
    return 0;
}

/* Descriptors take their places in the order in which they are sent, until there is no more room. */
static __attribute__((noinline)) void pass_descriptors(struct thread_block *from, struct thread_block *to,
                                                       const struct coattachment *end)
{
    int32_t held[COATTACHMENT_MAX];
    uint32_t count = 0, places = 0;
    for (uint32_t i = 0; i < to->received_count; i++)
        places += to->received[i].kind == COHANDLE_DESCRIPTOR;
    for (const struct coattachment *sent = from->sent; sent < end && count < places; sent++) {
        if (sent->kind == COHANDLE_DESCRIPTOR)
            held[count++] = sent->descriptor;
    }
    if (count)
        core_send_descriptors(from, to, held, count);
}

/* False if the receiver does not get it. */
static inline bool pass(struct thread_block *from, struct thread_block *to, const struct coattachment *sent)
{
    uint32_t count = to->received_count;
    struct coattachment *received = &to->received[count];
    if (unlikely(count >= to->information_capacity))
        return false;
    set(received, sent->kind | (uint64_t)UINT32_MAX << 32, 0);          /* no descriptor */
    __atomic_store_n(&to->received_count, count + 1, __ATOMIC_RELEASE); /* the list never shows what was there before */
    if (unlikely(sent->kind == COHANDLE_DESCRIPTOR) ||
        likely(!core_handle_send(from, sent->handle, to->coprocess, &received->handle)))
        return true;
    to->received_count--;
    return false;
}

/* What `from` sends becomes `to`'s, as far as there is room; the rest is counted. The kernel thread runs `from`, and
 * `to` does not go on before this is done. */
void core_pass_attachments(struct thread_block *from, struct thread_block *to)
{
    const struct coattachment *end = &from->sent[from->sent_count];
    to->dropped = 0;
    for (const struct coattachment *sent = from->sent; sent < end; sent++) {
        if (unlikely(!pass(from, to, sent)))
            to->dropped++;
    }
    from->sent_count = 0;
    if (unlikely(from->held_descriptors))
        pass_descriptors(from, to, end);
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
    const struct coattachment *received = block->received;
    uint64_t address = block->information, count = block->received_count;
    uint64_t to = block->information_array, end = to + count * sizeof *received;
    for (; to != end; to += sizeof *received) {
        if (unlikely(!put(to, received++)))
            return false;
    }
    return core_put_word(address + offsetof(struct cocall_information, attachments.count), count) &&
           core_put_word(address + offsetof(struct cocall_information, attachments.dropped), block->dropped) &&
           core_put_word(address + offsetof(struct cocall_information, offered), offered);
}

/* Tells the program of `block` what came: 0, or -EFAULT and nothing is received. */
int64_t core_report_received(struct thread_block *actor, struct thread_block *block, uint64_t offered)
{
    bool told = put_received(block, offered);
    block->information = 0;
    if (unlikely(!told))
        core_drop_received(actor, block);
    block->received_count = 0;
    return told ? 0 : -EFAULT;
}
