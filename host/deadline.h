/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The watcher of deadlines.
 */
#ifndef COMESG_HOST_DEADLINE_H
#define COMESG_HOST_DEADLINE_H

#include "host/realm.h"

/* Starts the watcher, a thread of the supervisor: 0 or an errno. */
int deadline_watch(struct host_realm *realm);

#endif
