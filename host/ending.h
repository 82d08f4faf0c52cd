/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The end of a co-process: forcing every kernel thread out of its region before anything is unmapped.
 */
#ifndef COMESG_HOST_ENDING_H
#define COMESG_HOST_ENDING_H

#include "host/realm.h"

/* One attempt to finish the ending of a member whose process has been reaped. True once its region is free again; false
 * if some kernel thread has still to leave: try again in a millisecond. */
bool ending_step(struct host_realm *realm, size_t index);

/* Ends the processes of co-processes that the core wants to be ended: kills those that a fault has marked as dying, and
 * reminds the kernel threads that have received a terminating signal while they ran somebody else's code. True if some
 * of the latter have still to end: call again in a millisecond. */
bool ending_pursue(struct host_realm *realm);

/* A kernel thread that has died or been stopped may have owed somebody a wake-up: all look at their words again. */
void ending_wake_everybody(const struct host_realm *realm);

#endif
