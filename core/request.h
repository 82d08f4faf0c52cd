/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests of a co-process's core to the supervisor: what needs the supervisor's memory, tables or descriptors.
 */
#ifndef COMESG_CORE_REQUEST_H
#define COMESG_CORE_REQUEST_H

#include <stdint.h>

/* Operations, with what their arguments are. Results are 0 or more, or a negative errno. */
enum request_operation {
    REQUEST_NONE = 0,
    REQUEST_LAUNCH_BEGIN = 1,   /* (bytes of the program) -> address of a struct launch_plan */
    REQUEST_LAUNCH_PREPARE = 2, /* (the plan) -> index of the new co-process, which only lacks a process */
    REQUEST_LAUNCH_CANCEL = 3,  /* (the plan): instead of a process; the answer comes when nothing is left of it */
    REQUEST_KILL = 4,           /* identity of a co-process: host/deaths.c */
    /* Memory objects: host/objects.c */
    REQUEST_OBJECT_CREATE = 16, /* size; gives an index */
    REQUEST_OBJECT_ATTACH = 17, /* index, hidden handle, region offset, length, protection */
    REQUEST_OBJECT_DETACH = 18, /* region offset */
    REQUEST_OBJECT_REVOKE = 19, /* puts zero pages where mappings were revoked */
};

/* Who may write `state`: IDLE and DONE the requester; POSTED both, by compare-and-swap; TAKEN the supervisor. */
enum request_state {
    REQUEST_IDLE = 0,
    REQUEST_POSTED = 1, /* the requester may still withdraw it */
    REQUEST_TAKEN = 2,  /* the supervisor works on it */
    REQUEST_DONE = 3,   /* `result` is valid */
};

enum { REQUEST_ARGUMENTS = 6 };

/* One per thread block. */
struct supervisor_request {
    _Atomic uint32_t state; /* the requester's futex */
    uint32_t operation;
    uint64_t arguments[REQUEST_ARGUMENTS];
    int64_t result;
};

#endif
