/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a service hears of the deaths of its clients. Records that came before this start, and those that are lost, need
 * no care: the worker looks at all its clients when it starts, and whenever it is told that some have died.
 */
#include "ukernel/common/deaths.h"

#include "ukernel/common/server.h"

#include <comesg/coprivileged.h>

#include <pthread.h>
#include <time.h>

static cohandle_t log_of_deaths;

/* No worker serves yet, or the call was interrupted. */
static void tell(uint64_t identity)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int error = server_tell_death(identity);
    while (error == ENOLINK || error == EINTR) {
        nanosleep(&pause, NULL);
        error = server_tell_death(identity);
    }
}

static void *watch(void *argument)
{
    struct codeath record = {.size = sizeof record};
    uint64_t last = 0;
    for (;;) {
        if (codeath(log_of_deaths, last, &record) != 0) {
            if (errno == EINTR)
                continue;
            return argument;
        }
        tell(record.sequence == last + 1 ? record.identity : 0);
        last = record.sequence;
    }
}

int deaths_begin(cohandle_t privileged)
{
    pthread_t thread;
    log_of_deaths = privileged;
    return pthread_create(&thread, NULL, watch, NULL);
}

bool deaths_lives(uint64_t identity)
{
    return coalive(identity) != 0;
}
