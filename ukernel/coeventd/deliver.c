/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The thread that calls back, one callback after the other. None can hold up the others: a call that is not over after
 * CALL_TIME goes on without this thread, and who is busy is tried again later.
 */
#include "lib/libcocall/call.h"
#include "ukernel/coeventd/own.h"

#include <comesg/microkernel.h>

#include <pthread.h>

/* In nanoseconds. */
enum { CALL_TIME = 10000000, FIRST_PAUSE = 1000000, LONGEST_PAUSE = 32000000 };

static cohandle_t worker_pool, targets;

int own_ask(cohandle_t pool, const void *request, size_t size, void *reply, size_t reply_size)
{
    const struct timespec pause = {.tv_nsec = FIRST_PAUSE};
    while (cocall_until(pool, request, size, reply, reply_size, NULL) < 0)
        nanosleep(&pause, NULL); /* the worker does not serve yet */
    return ((struct events_reply *)reply)->error;
}

static uint64_t after(uint64_t nanoseconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + nanoseconds;
}

/* True if it has to be tried again. A callback that is gone is not. */
static bool is_busy(const struct own_due *due)
{
    struct comesg_call_options options = {
        .size = sizeof options,
        .flags = COMESG_CALL_NB | COMESG_CALL_UNTIL | (due->flags & CCB_SLOW ? COMESG_CALL_SLOW : 0),
        .deadline = after(CALL_TIME),
    };
    size_t size = offsetof(struct coevent_notice, arguments) + due->notice.length;
    cohandle_t target = covault_get(targets, due->token, 0);
    if (!target)
        return errno != ENOENT;
    ssize_t result = comesg_call_with(target, &due->notice, size, NULL, 0, &options);
    bool busy = result < 0 && (errno == EAGAIN || errno == EBUSY || errno == EINTR);
    cohandle_close(target);
    return busy;
}

/* Gives how many have to be tried again. */
static unsigned call_all(void)
{
    struct own_next next = {.operation = OWN_NEXT};
    struct own_due due;
    unsigned busy = 0;
    while (own_ask(worker_pool, &next, sizeof next, &due, sizeof due) == 0) {
        struct own_done done = {.operation = OWN_DONE, .later = is_busy(&due), .badge = due.badge};
        struct events_reply reply;
        own_ask(worker_pool, &done, sizeof done, &reply, sizeof reply);
        busy += done.later;
        next.from = due.next;
    }
    return busy;
}

static void *deliver(void *argument)
{
    const struct own_request look = {.operation = OWN_LOOK};
    struct events_reply reply;
    uint64_t pause = FIRST_PAUSE;
    for (;;) {
        own_ask(worker_pool, &look, sizeof look, &reply, sizeof reply);
        if (call_all() == 0) {
            coport_wait(NULL, 0, COMESG_CALL_WITHOUT_LIMIT);
            pause = FIRST_PAUSE;
        } else {
            coport_wait(NULL, 0, after(pause));
            pause = pause < LONGEST_PAUSE ? 2 * pause : pause;
        }
    }
    return argument;
}

int deliver_begin(cohandle_t pool, cohandle_t vault)
{
    pthread_t thread;
    worker_pool = pool;
    targets = vault;
    return pthread_create(&thread, NULL, deliver, NULL);
}
