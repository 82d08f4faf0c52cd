/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libcomsg asks coserviced.  Errors are those of coservice.h.
 *
 * The core's part of a service is a pool of its own, made by the co-process that provides it; so it ends with that, and
 * a service that is retired leaves others with the same workers alone. Calls of a service go there by themselves.
 */
#ifndef UKERNEL_PROTOCOL_SERVICES_H
#define UKERNEL_PROTOCOL_SERVICES_H

#include <stdint.h>

/* Each with the handles that are to be attached, and what the reply carries. */
enum services_operation {
    SERVICES_PROVIDE = 1,   /* services_provide; pool with CORIGHT_PROVIDE -> service */
    SERVICES_ADD = 2,       /* services_provide; pool, service whose workers the pool has -> service */
    SERVICES_OPERATION = 3, /* services_request; service -> services_operation_reply */
    SERVICES_RETIRE = 4,    /* services_request; service */
    SERVICES_COLLECT = 5    /* services_request: ends the services that no handle is left of */
};

struct services_request {
    uint32_t operation;
};

struct services_provide {
    uint32_t operation;
    uint32_t flags;  /* COSERVICE_FAST or COSERVICE_SLOW: as the pool was made */
    uint32_t number; /* of the operation of the service */
};

struct services_reply {
    int32_t error;
};

struct services_operation_reply {
    int32_t error;
    uint32_t number;
};

#endif
