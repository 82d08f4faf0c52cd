/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory objects: the supervisor holds their memory and maps it into regions.
 */
#ifndef COMESG_HOST_OBJECTS_H
#define COMESG_HOST_OBJECTS_H

#include "host/requests.h"

/* Makes the table of objects accessible: 0 or a negative errno. */
int objects_prepare(const struct host_realm *realm);

request_handler objects_create, objects_attach, objects_detach, objects_revoke;

/* Puts private zero pages where objects are attached by handles that are not live any more. */
void objects_replace_revoked(struct host_realm *realm);

/* The region of this co-process is released. */
void objects_end(struct host_realm *realm, const struct coprocess *coprocess);

/* Frees the objects that nothing refers to any more. */
void objects_collect(struct host_realm *realm);

#endif
