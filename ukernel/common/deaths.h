/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a service hears of the deaths of its clients.
 */
#ifndef UKERNEL_COMMON_DEATHS_H
#define UKERNEL_COMMON_DEATHS_H

#include <comesg/handle.h>

#include <stdbool.h>
#include <stdint.h>

/* Starts a thread that waits for deaths and tells the worker (server.h). Returns 0 or an errno. */
int deaths_begin(cohandle_t privileged);

/* Whether the co-process with this identity lives or may still be served. */
bool deaths_lives(uint64_t identity);

#endif
