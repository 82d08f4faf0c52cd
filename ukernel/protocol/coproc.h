/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What coprocd says to the services that it starts, in their vectors, and to programs that join the microkernel.
 */
#ifndef UKERNEL_PROTOCOL_COPROC_H
#define UKERNEL_PROTOCOL_COPROC_H

#include <comesg/handle.h>

#include <stdint.h>

/* The services that programs call, in the order in which coprocd starts them. */
enum service {
    SERVICE_NAMES = 0,    /* nsd */
    SERVICE_SERVICES = 1, /* coserviced */
    SERVICE_EVENTS = 2,   /* coeventd */
    SERVICE_PORTS = 3,    /* ipcd */
    SERVICE_COUNT
};

/* The vector of a service. Handles are the same objects at each of its starts. */
enum service_vector {
    VECTOR_POOL = 0,       /* its workers add themselves here: CORIGHT_CALL and CORIGHT_PROVIDE */
    VECTOR_STATE = 1,      /* memory object of SERVICE_STATE_SIZE bytes, zero at the first start; ipcd has none */
    VECTOR_VAULT = 2,      /* a vault for this service alone */
    VECTOR_PRIVILEGED = 3, /* CORIGHT_DEATHS */
    VECTOR_SEAL = 4,       /* and the places behind it: the seals that this service mints with, see below */
    VECTOR_SIZE = 8        /* places without a handle hold 0 */
};

/* Seals, places in the vector. */
enum {
    NAMES_SEAL_NAMESPACE = VECTOR_SEAL,
    NAMES_SEAL_OBJECT = VECTOR_SEAL + 1,
    NAMES_SEAL_RESERVATION = VECTOR_SEAL + 2,
    SERVICES_SEAL_SERVICE = VECTOR_SEAL,
    EVENTS_SEAL_EVENT = VECTOR_SEAL,
    EVENTS_SEAL_CALLBACK = VECTOR_SEAL + 1,
    EVENTS_SEAL_PORT = VECTOR_SEAL + 2, /* only for reading */
    PORTS_SEAL_PORT = VECTOR_SEAL
};

/* What ipcd and coeventd share, see closings.h: places in their vectors. */
enum { PORTS_CLOSINGS = VECTOR_STATE, EVENTS_CLOSINGS = VECTOR_SEAL + 3 };

#define SERVICE_STATE_SIZE (UINT64_C(64) << 20) /* memory is taken when it is touched */

/* The root namespace is place 0 of nsd's table in its first generation: coprocd mints handles to it. */
#define ROOT_NAMESPACE_BADGE (UINT64_C(1) << 32)

/* Joining. The name is published by coprocd; nobody but the microkernel can publish it. */
#define COPROC_NAME "coproc"

enum coproc_operation {
    COPROC_INIT = 1 /* the reply has as attachments: the pools of the services in their order, with CORIGHT_CALL, then
                       the root namespace, unless the launcher of the caller has chosen another one or none */
};

struct coproc_request {
    uint32_t operation;
};

struct coproc_reply {
    int32_t error;
    uint32_t namespace_chosen; /* 1: the caller has what its launcher chose */
};

#endif
