/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File descriptors as attachments of calls and replies.
 */
#ifndef COMESG_CORE_DESCRIPTORS_H
#define COMESG_CORE_DESCRIPTORS_H

#include "core/core.h"

#pragma GCC visibility push(hidden)

/* On the home thread: takes hold of the descriptors among what this context is to send. From here on they stand for the
 * same files, whatever the program does to its own. 0, or an error, and then none is held. */
int64_t core_hold_descriptors(struct thread_block *);
/* On the home thread: closes what is held. */
void core_release_descriptors(struct thread_block *);

/* Sends some of those that `from` holds, for which the list of what `to` has received has places. What cannot be sent
 * is dropped. */
void core_send_descriptors(struct thread_block *from, struct thread_block *to, const int32_t *held, uint32_t count);

/* On the home thread: receives what was sent. */
void core_take_descriptors(struct thread_block *);
/* The same context gives up what was sent to it; NULL is the supervisor. */
void core_discard_descriptors(const struct thread_block *actor, struct thread_block *);

/* For the supervisor: frees what a dead kernel thread was sending, taking or to take. */
void core_lanes_recover(struct realm *, uint32_t owner);

#pragma GCC visibility pop

#endif
