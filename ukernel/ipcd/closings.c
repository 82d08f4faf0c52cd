/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Telling coeventd of ports that are closed.
 */
#include "ukernel/ipcd/closings.h"

#include "ukernel/protocol/closings.h"

#include <comesg/commap.h>
#include <comesg/microkernel.h>

#include <stddef.h>

static struct port_closings *closings;

static void wake_listener(void)
{
    uint64_t listener = closings->listener;
    if (listener)
        cowake(listener);
}

bool closings_start(cohandle_t memory)
{
    closings = comap_attach(memory, PROT_READ | PROT_WRITE);
    if (!closings)
        return false;
    for (uint32_t index = 0; index < CLOSINGS_MAX; index++) {
        if (closings->given[index] > closings->closed[index] >> 32)
            closings->closed[index] = (uint64_t)closings->given[index] << 32;
    }
    wake_listener();
    return true;
}

/* Stored before the port has a handle. */
uint32_t closings_next_generation(uint32_t index)
{
    closings->given[index]++;
    atomic_signal_fence(memory_order_seq_cst);
    return closings->given[index];
}

/* Doing this once more than needed does no harm: whoever was cut off has perhaps not woken the listener. */
void closings_tell(uint64_t badge, int32_t pid)
{
    uint32_t index = (uint32_t)badge;
    closings->closed[index] = badge >> 32 << 32 | (uint32_t)pid;
    wake_listener();
}
