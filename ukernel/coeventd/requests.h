/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What coeventd answers.
 */
#ifndef UKERNEL_COEVENTD_REQUESTS_H
#define UKERNEL_COEVENTD_REQUESTS_H

#include "ukernel/coeventd/events.h"
#include "ukernel/common/server.h"
#include "ukernel/protocol/closings.h"

/* What it works with. */
struct coeventd {
    struct events *events;
    struct port_closings *closings;
    cohandle_t vault;
    cohandle_t privileged; /* CORIGHT_DEATHS */
    cohandle_t event_seal, callback_seal, port_seal;
};

/* Answers with these from now on. */
void requests_begin(const struct coeventd *coeventd);

extern const struct server_operation requests_operations[];
extern const size_t requests_operation_count;

#endif
