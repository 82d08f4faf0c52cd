/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The thread that waits for deaths. It begins where the tables say that the one before it ended.
 */
#include "ukernel/coeventd/own.h"

#include <comesg/coprivileged.h>

#include <errno.h>
#include <pthread.h>

static cohandle_t worker_pool, log_of_deaths;
static uint64_t taken_in;

static void *watch(void *argument)
{
    struct codeath record = {.size = sizeof record};
    struct events_reply reply;
    while (codeath(log_of_deaths, taken_in, &record) == 0 || errno == EINTR) {
        const struct own_died died = {
            .operation = OWN_DIED,
            .pid = record.pid,
            .status = record.status,
            .lost = record.sequence > taken_in + 1,
            .identity = record.identity,
            .sequence = record.sequence,
        };
        if (record.sequence <= taken_in)
            continue;
        own_ask(worker_pool, &died, sizeof died, &reply, sizeof reply);
        taken_in = record.sequence;
    }
    return argument;
}

int deaths_take_in(cohandle_t pool, cohandle_t privileged, uint64_t last)
{
    pthread_t thread;
    worker_pool = pool;
    log_of_deaths = privileged;
    taken_in = last;
    return pthread_create(&thread, NULL, watch, NULL);
}
