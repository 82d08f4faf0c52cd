/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The services of the microkernel, as coprocd keeps them alive.
 */
#ifndef COMESG_UKERNEL_COPROCD_SERVICES_H
#define COMESG_UKERNEL_COPROCD_SERVICES_H

#include "ukernel/protocol/coproc.h"

#include <stdbool.h>

/* Makes what outlives the services: seals, vaults, state, pools. False, when it has said why not. */
bool services_prepare(cohandle_t privileged);

/* Starts them all, in their order, from this folder. */
bool services_start(const char *folder, bool verbose);

/* Starts again, for ever, the services that end. Returns when it has said why that is in vain. */
void services_watch(void);

/* For clients: the pool of a service, with CORIGHT_CALL only, and the root namespace with CORIGHT_WR. */
cotarget_t services_pool(enum service service);
conamespace_t services_root(void);

#endif
