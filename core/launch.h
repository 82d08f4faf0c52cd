/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a new co-process is to be like: filled by the core of who starts it, or by the supervisor for those that it
 * starts itself; used by the supervisor, and by the new process before it enters its program.
 */
#ifndef COMESG_CORE_LAUNCH_H
#define COMESG_CORE_LAUNCH_H

#include "comesg/coexec.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LAUNCH_PATH = 4096,
    LAUNCH_STRINGS = 128 << 10, /* argv and envp, strings and pointers */
    LAUNCH_HANDLES = 1024,
    LAUNCH_GROUPS = 1024,
    LAUNCH_DESCRIPTORS = 1024,
    LAUNCH_QUOTAS = 64, /* elements in an array of the caller */
};

struct coprocess;

struct launch_plan {
    /* Where the new process says that it enters its program, and what it expects to find there: see launch_word. */
    _Atomic uint64_t *commit;
    uint32_t number;

    uint32_t flags; /* COEXEC_*: UID, GID, GROUPS and DESCRIPTORS for the new process */
    uint32_t system_calls;
    bool may_publish;
    bool microkernel;
    bool namespace_chosen;
    bool change_directory;
    uid_t uid;
    gid_t gid;
    uint64_t quota[COQUOTA_END];
    uint64_t root;                    /* a handle of the launcher's; 0: none */
    const struct coprocess *launcher; /* who makes the new process; NULL: the supervisor */

    uint32_t argument_count, environment_count;
    uint32_t string_bytes; /* of `strings`: arguments, then environment, each with its end */
    uint32_t group_count, descriptor_count, handle_count;

    char path[LAUNCH_PATH];
    char directory[LAUNCH_PATH];
    uint64_t handles[LAUNCH_HANDLES];
    gid_t groups[LAUNCH_GROUPS];
    struct coexec_descriptor descriptors[LAUNCH_DESCRIPTORS];
    char strings[LAUNCH_STRINGS];
};

/* The program follows the plan in the same mapping. */
enum { LAUNCH_FILE = (sizeof(struct launch_plan) + 0xfff) & ~0xfff };

/* Words that say how far a launch has come, in the thread block of who asked for it: number of the launch in bits
 * 32-63, state in bits 0-7, errno in bits 8-31. The one change from WAITING decides. */
enum launch_state {
    LAUNCH_WAITING = 1,
    LAUNCH_ENTERED = 2, /* by the new process */
    LAUNCH_FAILED = 3,  /* by the supervisor, when nothing is left of it */
};

static inline uint64_t launch_word(uint32_t number, enum launch_state state, uint32_t error)
{
    return (uint64_t)number << 32 | error << 8 | state;
}

/* What a new process failed to do, for messages. */
enum start_step {
    START_DESCRIPTORS = 1,
    START_DIRECTORY,
    START_CREDENTIALS,
    START_PRIVILEGES,
    START_MEMORY,
    START_FILTER,
};

#endif
