/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What nsd answers.
 */
#ifndef UKERNEL_NSD_REQUESTS_H
#define UKERNEL_NSD_REQUESTS_H

#include "ukernel/common/server.h"
#include "ukernel/nsd/names.h"

/* What it works with. */
struct nsd {
    struct names *names;
    cohandle_t vault;
    cohandle_t namespace_seal, object_seal, reservation_seal;
};

/* Answers with these from now on. */
void requests_begin(const struct nsd *nsd);

extern const struct server_operation requests_operations[];
extern const size_t requests_operation_count;

#endif
