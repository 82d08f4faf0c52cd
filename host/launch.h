/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting programs as co-processes: those of the command line, which the supervisor reads and clones itself, and what
 * they have in common with those that co-processes start (coexec.h).
 */
#ifndef COMESG_HOST_LAUNCH_H
#define COMESG_HOST_LAUNCH_H

#include "host/realm.h"
#include "host/worker.h"

/* A co-process that has not entered its program yet. The process is made by who asks for it. */
struct launch {
    struct job job;
    struct launch *next;
    struct host_realm *realm;
    struct thread_block *requester; /* NULL: nobody waits for an answer */
    struct launch_plan *plan;       /* a mapping of its own */
    size_t plan_size;
    size_t index; /* of the member, or SPAN_NO_REGION */
    bool prepared;
    bool cancelled; /* the requester waits for the answer to its cancelling */
    int result;
};

struct program {
    char **arguments; /* NULL-terminated; the first names the program, which is searched in PATH if it has no slash */
    char *path;       /* where it was found; malloc'ed */
    bool microkernel; /* it is the first part of it */
    struct image image;
    bool privileged; /* gets a privileged handle, see deaths.h */
};

/* Finds, reads and verifies. On failure prints why and gives a negative errno. */
int program_load(struct program *program);
void program_free(struct program *program);

/* Starts it in a new region. Gives the member's index, or prints why not and gives a negative errno. */
ssize_t launch(struct host_realm *realm, const struct program *program, char **environment);

/* A launch with a plan that is followed by `size` bytes for the program, or NULL. */
struct launch *launch_begin(struct host_realm *realm, size_t size);
/* Takes a region and what belongs to it: 0 or a negative errno. */
int launch_allocate(struct launch *launch);
/* Maps the program and fills the record, so that only a process is missing: 0, or a negative errno and the reason.
 * Needs nothing that the event loop changes. */
int launch_prepare(const struct launch *launch, const struct image *image, const struct image_start *start,
                   struct image_error *error);
/* The launch behind `launch` in no particular order, the first one for NULL; NULL at the end. */
struct launch *launch_next(const struct launch *launch);
/* Gives back everything, if there is no record that others know. */
void launch_free(struct launch *launch);

/* Called by the event loop. Lets go of launches whose programs have been entered. */
void launches_settle(struct host_realm *realm);
/* The requester is dead: what it had begun ends. */
void launches_abandon(struct host_realm *realm, const struct coprocess *requester);
/* The launch is over without the program having been entered, and its region is free. */
void launch_ended(struct launch *launch);
/* The member has the process `pid`. */
bool launch_has_process(const struct host_realm *realm, size_t index, pid_t pid);
/* What the new process could not do, as a sentence without a subject, or NULL if it says nothing about that. */
const char *launch_problem(const struct coprocess *coprocess);

#endif
