/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Freeing contexts of others from the kernel threads of a process that is stopped or about to be ended.
 */
#ifndef COMESG_HOST_LENDING_H
#define COMESG_HOST_LENDING_H

#include "host/realm.h"

/* One attempt, one a millisecond, to have all kernel threads of a process give back what is others'. They pause then.
 * True once they do. */
bool lending_stop(const struct host_realm *realm, const struct coprocess *coprocess, unsigned attempts);

/* The process has been stopped by somebody: it must not keep what is others' while it is. */
void lending_process_stopped(struct host_realm *realm, size_t index);
void lending_process_continued(struct host_realm *realm, size_t index);
/* The supervisor itself has been continued, and so perhaps those that were stopped with it. */
void lending_all_continued(const struct host_realm *realm);
/* What follows: true if it has to be called again in a millisecond, else when the core has something to say. */
bool lending_pursue(struct host_realm *realm);

#endif
