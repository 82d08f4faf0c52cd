/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libcomsg asks nsd.  Errors are those of conamespace.h.
 */
#ifndef UKERNEL_PROTOCOL_NAMES_H
#define UKERNEL_PROTOCOL_NAMES_H

#include <comesg/conamespace.h>

#include <stdint.h>

/* Handles of nsd's own are named in the request, as the caller has them; only subjects are attached. Each operation
 * with its request, what is attached, and what the reply carries. */
enum names_operation {
    NAMES_CREATE = 1,  /* names_path: parent -> namespace */
    NAMES_DROP = 2,    /* names_drop: namespace, parent */
    NAMES_INSERT = 3,  /* names_path: namespace; subject unless it is a RESERVATION -> object */
    NAMES_SELECT = 4,  /* names_path: namespace -> object */
    NAMES_SUBJECT = 5, /* names_request: object -> subject */
    NAMES_DELETE = 6,  /* names_request: object, namespace */
    NAMES_UPDATE = 7,  /* names_path without a path: object; subject -> object */
    NAMES_LIST = 8     /* names_list: namespace -> names_listed */
};

struct names_request {
    uint32_t operation;
    uint32_t reserved;
    cohandle_t handles[2];
};

struct names_path {
    uint32_t operation;
    uint32_t type;
    cohandle_t handle;
    char path[COPATH_MAX + 1]; /* as much as the request is long, without a 0 at the end */
};

struct names_drop {
    uint32_t operation;
    uint32_t recursive; /* 0 or 1 */
    cohandle_t handles[2];
};

struct names_list {
    uint32_t operation;
    uint32_t n; /* names wanted, at least 1 */
    uint64_t position;
    cohandle_t handle;
};

struct names_reply {
    int32_t error;
};

/* The most names of one reply. */
#define NAMES_LISTED_MAX 32

struct names_listed {
    int32_t error;
    uint32_t count;
    uint64_t position;
    struct coname names[NAMES_LISTED_MAX];
};

#endif
