/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of a call offer each other.
 */
#ifndef COMESG_CORE_CALL_H
#define COMESG_CORE_CALL_H

#include "comesg/call_options.h"
#include "core/kernel.h"

#pragma GCC visibility push(hidden)

/* call.c */
bool core_check_buffer(const struct thread_block *, uint64_t *address, uint64_t length);
int64_t core_fetch_options(const struct thread_block *, uint64_t address, struct comesg_call_options *);
bool core_callee_gone(const struct thread_block *callee, uint32_t incarnation);
/* The next of those that a target stands for, or NULL. */
struct thread_block *core_next_callee(const struct realm *, const struct call_target *, uint32_t *index,
                                      uint32_t *incarnation);
/* Claims what the target names: 0, or why that cannot be done now. */
int64_t core_claim_target(struct thread_block *, const struct call_target *, struct thread_block **callee);
struct resumption core_try_call(struct thread_block *);

/* accept.c */
/* The claim's state while this accepts and nobody waits. */
void core_send_with_reply(struct thread_block *callee, struct thread_block *caller);
unsigned core_accepting_state(const struct thread_block *callee);
/* What coaccept wanted beyond bytes is over. */
void core_end_accept(struct thread_block *callee);

/* attachments.c */
int64_t core_fetch_attachments(struct thread_block *, uint64_t address, uint64_t count);
int64_t core_fetch_information(struct thread_block *, uint64_t address);
void core_pass_attachments(struct thread_block *from, struct thread_block *to);
void core_drop_received(struct thread_block *actor, struct thread_block *);
int64_t core_report_received(struct thread_block *actor, struct thread_block *, uint64_t offered);
int64_t core_receive_request(struct thread_block *);

/* waiting.c */
/* Somebody may wait for this callee: it is to look when it accepts. */
void core_announce_waiter(struct thread_block *callee);
void core_wake_waiters_for(struct realm *, uint64_t target);
/* True if this context has taken its place among those who wait. */
bool core_waits(const struct thread_block *);
/* True if nobody who waits for this callee comes before the context. */
bool core_is_next(const struct thread_block *, const struct thread_block *callee);
/* Claims the target of the call of this context when its turn comes. CORE_MOVE_HOME: to be continued on its home
 * thread. */
int64_t core_wait_for_target(struct thread_block *, struct thread_block **callee);

#pragma GCC visibility pop

#endif
