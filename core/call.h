/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of a call offer each other.
 */
#ifndef COMESG_CORE_CALL_H
#define COMESG_CORE_CALL_H

#include "comesg/call_options.h"
#include "core/kernel.h"
#include "core/likely.h"
#include "core/words.h"

#pragma GCC visibility push(hidden)

/* call.c */
/* The next of those that a target stands for, or NULL. */
struct thread_block *core_next_callee(const struct realm *, const struct call_target *, uint32_t *index,
                                      uint32_t *incarnation);
/* Claims what the present call goes to: 0, or why that cannot be done now. */
int64_t core_claim_target(struct thread_block *, struct thread_block **callee);

/* accept.c */
void core_send_with_reply(struct thread_block *callee, struct thread_block *caller);
/* The claim's state while this accepts and nobody waits. */
unsigned core_accepting_state(const struct thread_block *callee);

/* attachments.c */
int64_t core_fetch_some_attachments(struct thread_block *, uint64_t address, uint64_t count);
int64_t core_fetch_some_information(struct thread_block *, uint64_t address);
void core_pass_attachments(struct thread_block *from, struct thread_block *to);
void core_drop_received(struct thread_block *actor, struct thread_block *);
int64_t core_report_received(struct thread_block *actor, struct thread_block *, uint64_t offered);
int64_t core_receive_request(struct thread_block *);

/* waiting.c */
/* Somebody may wait for this callee: it is to look when it accepts. */
void core_announce_waiter(struct thread_block *callee);
/* True if this context has taken its place among those who wait. */
bool core_waits(const struct thread_block *);
/* True if nobody who waits for this callee comes before the context. */
bool core_is_next(const struct thread_block *, const struct thread_block *callee);
/* Claims the target of the call of this context when its turn comes. CORE_MOVE_HOME: to be continued on its home
 * thread. */
int64_t core_wait_for_target(struct thread_block *, struct thread_block **callee);

#pragma GCC visibility pop

/* True if the callee has ended, or ends: what has this incarnation never accepts again. */
static inline bool core_callee_gone(const struct thread_block *callee, uint32_t incarnation)
{
    return claim_state(callee->claim) == CLAIM_DYING || callee->incarnation != incarnation || callee->coprocess->dying;
}

/* A length of zero needs no buffer. Nothing is ever mapped at the region's end: the switcher refuses buffers that reach
 * it, and so does this. */
static inline bool core_check_buffer(const struct thread_block *block, uint64_t *address, uint64_t length)
{
    if (unlikely(length == 0))
        *address = block->region_base;
    uint64_t offset = *address - block->region_base;
    return (offset | length | (offset + length)) >> 32 == 0;
}
_Static_assert(COMESG_REGION_SIZE == (uint64_t)1 << 32, "offsets have 32 bits");

/* As core_in_region, for lengths from 1 to the region's. */
static inline bool core_has_room(const struct thread_block *block, uint64_t address, uint64_t length)
{
    return address - block->region_base <= COMESG_REGION_SIZE - length;
}

static inline int64_t core_fetch_options(const struct thread_block *block, uint64_t address,
                                         struct comesg_call_options *options)
{
    const uint64_t known = COMESG_CALL_NB | COMESG_CALL_UNTIL | COMESG_CALL_SLOW | COMESG_CALL_WAIT;
    uint64_t start; /* size, flags */
    _Static_assert(sizeof *options == 40 && offsetof(struct comesg_call_options, deadline) == 8, "words");
    if (unlikely(!core_has_room(block, address, sizeof *options)) || !core_fetch_word(&start, address) ||
        !core_fetch_word(&options->deadline, address + 8) || !core_fetch_word(&options->attachments, address + 16) ||
        !core_fetch_word(&options->attachment_count, address + 24) ||
        !core_fetch_word(&options->information, address + 32))
        return -EFAULT;
    if (unlikely((start & ~(known << 32)) != sizeof *options))
        return -EINVAL;
    options->flags = (uint32_t)(start >> 32);
    if (!(options->flags & COMESG_CALL_UNTIL))
        options->deadline = COMESG_CALL_WITHOUT_LIMIT;
    return 0;
}

/* Copies what this context wants to send: 0, or an error, and then nothing is to be sent. */
static inline int64_t core_fetch_attachments(struct thread_block *block, uint64_t address, uint64_t count)
{
    block->sent_count = block->sent_descriptors = 0;
    return count ? core_fetch_some_attachments(block, address, count) : 0;
}

/* Remembers where this context wants to be told what it receives. */
static inline int64_t core_fetch_information(struct thread_block *block, uint64_t address)
{
    block->information = 0;
    return address ? core_fetch_some_information(block, address) : 0;
}

/* What coaccept wanted beyond bytes is over. */
static inline void core_end_accept(struct thread_block *callee)
{
    callee->accept_flags = 0;
    callee->information = 0;
    callee->accept_cookie = 0;
    __atomic_store_n((uint64_t *)&callee->accept_deadline, NO_DEADLINE, __ATOMIC_RELAXED);
}

#endif
