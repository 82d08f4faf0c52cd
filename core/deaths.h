/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The realm's record of deaths, and what the holder of a privileged handle may do.
 */
#ifndef COMESG_CORE_DEATHS_H
#define COMESG_CORE_DEATHS_H

#include "core/core.h"

#include "comesg/coprivileged.h"

#pragma GCC visibility push(hidden)

core_operation core_death_read, core_kill, core_identify;

#pragma GCC visibility pop

/* The record with number n is at n % CODEATH_KEPT. */
static inline struct codeath *core_death_log(const struct realm *realm)
{
    return (struct codeath *)(realm->core_area + CORE_DEATHS);
}

#endif
