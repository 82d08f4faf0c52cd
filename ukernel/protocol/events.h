/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libcomsg asks coeventd.  Errors are those of coevent.h.
 */
#ifndef UKERNEL_PROTOCOL_EVENTS_H
#define UKERNEL_PROTOCOL_EVENTS_H

#include <comesg/coevent.h>

#include <stdint.h>

/* Each with the handles that are to be attached, and what the reply carries. */
enum events_operation {
    EVENTS_LISTEN = 1,   /* events_listen; for PORT_CLOSED a port -> event */
    EVENTS_REGISTER = 2, /* events_register; target -> callback */
    EVENTS_INSTALL = 3,  /* events_install; callback, event */
    EVENTS_REMOVE = 4,   /* events_request; callback, event */
    EVENTS_OWN = 16      /* from here on: coeventd's threads among themselves */
};

struct events_request {
    uint32_t operation;
};

struct events_listen {
    uint32_t operation;
    uint32_t type;
    uint64_t pid; /* PROCESS_DEATH: 0 is the caller */
};

struct events_register {
    uint32_t operation;
    uint32_t flags;
};

struct events_install {
    uint32_t operation;
    uint32_t length;
    unsigned char arguments[CCB_ARGUMENTS_MAX]; /* as much as the length says */
};

struct events_reply {
    int32_t error;
};

#endif
