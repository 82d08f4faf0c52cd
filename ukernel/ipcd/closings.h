/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Telling coeventd of ports that are closed, by shared memory (ukernel/protocol/closings.h).
 */
#ifndef UKERNEL_IPCD_CLOSINGS_H
#define UKERNEL_IPCD_CLOSINGS_H

#include <comesg/handle.h>

#include <stdbool.h>
#include <stdint.h>

/* All ports of an ipcd before this one are closed. */
bool closings_start(cohandle_t memory);

/* For a new port with this index: no port that ever was has this generation there. */
uint32_t closings_next_generation(uint32_t index);

/* May be told again. pid: of who closed it by a call, or 0. */
void closings_tell(uint64_t badge, int32_t pid);

#endif
