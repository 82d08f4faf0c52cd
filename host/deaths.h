/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The realm's record of deaths: the supervisor's side of core/deaths.c.
 */
#ifndef COMESG_HOST_DEATHS_H
#define COMESG_HOST_DEATHS_H

#include "host/requests.h"

/* 0 or a negative errno. */
int deaths_prepare(const struct host_realm *realm);

/* Gives a new co-process, which has no process yet, a privileged handle with all rights, as the first of its vector: 0
 * or a negative errno. */
int deaths_give_handle(struct coprocess *coprocess);

/* The function of the program that this region offset lies in, or NULL. */
const struct symbol *deaths_function(const struct member *member, uint64_t offset);

/* Nothing is left of this member but its record, which still says how it ended. */
void deaths_record(struct host_realm *realm, size_t index);

request_handler deaths_kill;

#endif
