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

/* Kills the processes of co-processes that a fault has marked as dying. */
void ending_kill_faulted(struct host_realm *realm);

#endif
