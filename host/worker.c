/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The worker thread and its two queues.
 */
#include "host/worker.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct queue {
    struct job *first, *last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;
static struct queue to_do, done;
static int done_event;

static void put(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *(queue->first ? &queue->last->next : &queue->first) = job;
    queue->last = job;
}

static struct job *take(struct queue *queue)
{
    struct job *job = queue->first;
    if (job)
        queue->first = job->next;
    return job;
}

static struct job *wait_for_job(void)
{
    struct job *job;
    pthread_mutex_lock(&lock);
    while (!(job = take(&to_do)))
        pthread_cond_wait(&given, &lock);
    pthread_mutex_unlock(&lock);
    return job;
}

static void *work(void *unused)
{
    (void)unused;
    for (;;) {
        struct job *job = wait_for_job();
        job->work(job);
        pthread_mutex_lock(&lock);
        put(&done, job);
        pthread_mutex_unlock(&lock);
        uint64_t one = 1;
        if (write(done_event, &one, sizeof one) != sizeof one)
            perror("comesg: eventfd");
    }
    return NULL;
}

int worker_start(int event)
{
    pthread_t thread;
    done_event = event;
    return -pthread_create(&thread, NULL, work, NULL);
}

void worker_give(struct job *job)
{
    pthread_mutex_lock(&lock);
    put(&to_do, job);
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&given);
}

static struct job *next_done(void)
{
    pthread_mutex_lock(&lock);
    struct job *job = take(&done);
    pthread_mutex_unlock(&lock);
    return job;
}

void worker_finish_jobs(void)
{
    for (struct job *job; (job = next_done());)
        job->finish(job);
}
