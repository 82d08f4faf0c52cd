/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A signal to a whole group of processes, as from a terminal, is for the supervisor, which ends the realm: the
 * microkernel does not end before it.
 */
#ifndef UKERNEL_COMMON_SIGNALS_H
#define UKERNEL_COMMON_SIGNALS_H

#include <signal.h>

static inline void leave_signals_to_supervisor(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

#endif
