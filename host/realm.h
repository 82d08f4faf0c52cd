/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A realm: one address space with its core memory, as the supervisor sees it.
 */
#ifndef COMESG_HOST_REALM_H
#define COMESG_HOST_REALM_H

#include "core/core.h"
#include "host/image.h"
#include "host/span.h"

#include <pthread.h>
#include <sys/types.h>

/* What the supervisor does about a process that somebody has stopped. */
enum stop {
    STOP_NONE,
    STOP_NOTED,     /* it looks soon whether that keeps others waiting */
    STOP_RELEASING, /* the process goes on, to give back what is others' */
    STOP_PAUSED,    /* it has done so, and its threads pause in the core as if it were stopped */
    STOP_HELD,      /* it is stopped and keeps nobody waiting */
};

/* What the supervisor knows of a co-process beyond its record in core memory. */
struct member {
    pid_t pid; /* 0: this place is free */
    bool reaped;
    int wait_status;
    unsigned attempts; /* to force other threads out of it, while it ends */
    enum stop stop;
    unsigned stop_attempts;
    unsigned end_attempts; /* to have it give back what is others', before it is killed */
    struct image_layout layout;
    struct launch *launch;   /* until it has entered its program */
    _Atomic uint64_t commit; /* the launch word of a co-process that the supervisor starts */
    uint32_t children;       /* co-processes that it has started and that have not ended */
    uint32_t launcher;       /* index of who has started it; valid while the incarnation matches */
    uint32_t launcher_incarnation;
};

struct host_realm {
    struct span span;
    struct realm *shared;
    struct member *members;      /* indexed like the regions */
    size_t member_limit;         /* members from here on were never used */
    size_t alive;                /* members in use */
    bool ending;                 /* everybody has been told to go */
    uint64_t quota[COQUOTA_END]; /* of the co-processes of the command line */
    pthread_mutex_t reaping;     /* while it is held, no number of a process becomes another's */
    bool stopping;               /* some member's `stop` is neither STOP_NONE nor STOP_HELD */
    bool pursuing;               /* some member is to be ended whose process has not been reaped */
};

/* Reserves the address space and prepares core memory. Must come before anything that the realm maps. On failure prints
 * nothing and gives a negative errno; `problem` then says in a sentence what to do. */
int realm_create(struct host_realm *realm, const char **problem);

struct coprocess *realm_coprocess(const struct host_realm *realm, size_t index);

/* Makes the record of a region usable: 0 or a negative errno. */
int realm_prepare_member(struct host_realm *realm, size_t index);
/* Frees the region, when nobody uses it, and the place of the member. */
void realm_release_member(struct host_realm *realm, size_t index);
/* Gives back the memory of its handle table. */
void realm_drop_handles(const struct host_realm *realm, size_t index);

/* To one kernel thread, if it is still there. */
void realm_signal_thread(const struct thread_block *block, int signal);
/* The letter of its state as proc(5) has it, or 0. */
char realm_thread_state(const struct kernel_thread *);

#endif
