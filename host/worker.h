/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A thread for work that would keep the supervisor's event loop too long.
 */
#ifndef COMESG_HOST_WORKER_H
#define COMESG_HOST_WORKER_H

/* One piece of work, part of a larger structure of whoever gives it. */
struct job {
    void (*work)(struct job *);   /* in the worker thread: only with what the job owns */
    void (*finish)(struct job *); /* afterwards, in the event loop; may free the job */
    struct job *next;
};

/* Starts the thread; `event` is an eventfd that it writes to when a job is done. 0 or a negative errno. */
int worker_start(int event);
/* Jobs are done in the order in which they are given. */
void worker_give(struct job *);
/* Finishes the jobs that are done; called by the event loop. */
void worker_finish_jobs(void);

#endif
