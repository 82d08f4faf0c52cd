/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: calls to the services of the microkernel.
 */
#include "lib/libcomsg/service_pools.h"

#include "lib/libcocall/call.h"

#include <comesg/cocall.h>

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

enum { TRIES = 32 };

static _Atomic cotarget_t service_pools[SERVICE_COUNT]; /* 0: not known yet */

bool comesg_joined(void)
{
    return atomic_load_explicit(&service_pools[SERVICE_COUNT - 1], memory_order_acquire) != 0;
}

void comesg_join(const cotarget_t pools[SERVICE_COUNT])
{
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        cotarget_t unknown = 0;
        if (!atomic_compare_exchange_strong(&service_pools[i], &unknown, pools[i]))
            cohandle_close(pools[i]);
    }
}

/* Of CLOCK_MONOTONIC, in nanoseconds. */
static uint64_t in_one_second(void)
{
    const uint64_t second = 1000000000;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec + 1) * second + (uint64_t)now.tv_nsec;
}

/* What is said and heard in one call. */
struct exchange {
    const void *request;
    size_t request_size;
    void *reply;
    size_t reply_size;
    const struct coattachment *attachments;
    size_t n;
    struct cocall_information *information;
};

static ssize_t call(cotarget_t pool, const struct exchange *exchange, bool wait)
{
    struct comesg_call_options options = {
        .size = sizeof options,
        .flags = wait ? COMESG_CALL_UNTIL | COMESG_CALL_WAIT : 0,
        .deadline = wait ? in_one_second() : 0,
        .attachments = (uintptr_t)exchange->attachments,
        .attachment_count = exchange->n,
        .information = (uintptr_t)exchange->information,
    };
    return comesg_call_with(pool, exchange->request, exchange->request_size, exchange->reply, exchange->reply_size,
                            &options);
}

static ssize_t try_call(cotarget_t pool, const struct exchange *exchange)
{
    if (exchange->n || exchange->information)
        return call(pool, exchange, false);
    return cocall(pool, exchange->request, exchange->request_size, exchange->reply, exchange->reply_size);
}

/* Most often a worker is free, or soon will be: whoever has it runs on another CPU, or was preempted on this one. To
 * wait costs more than to try again a few times. EDEADLK: the workers wait for this very thread, and so none can become
 * free.
 */
static ssize_t call_within_a_second(cotarget_t pool, const struct exchange *exchange)
{
    ssize_t length = try_call(pool, exchange);
    for (unsigned tries = 0; length < 0 && errno == EBUSY && tries < TRIES; tries++) {
        if (tries < TRIES / 2)
            __builtin_ia32_pause();
        else
            sched_yield();
        length = try_call(pool, exchange);
    }
    if (length < 0 && errno == EBUSY)
        length = call(pool, exchange, true);
    if (length < 0 && (errno == ETIMEDOUT || errno == EDEADLK))
        errno = EBUSY;
    return length;
}

static int drop_all(struct coattachment_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        cohandle_close(set->array[i].handle);
    set->count = 0;
    errno = EDQUOT;
    return -1;
}

/* What the service has answered. */
static int result_of(ssize_t length, const void *reply)
{
    int32_t error;
    if (length < 0)
        return -1;
    if ((size_t)length < sizeof error) {
        errno = ENOLINK;
        return -1;
    }
    memcpy(&error, reply, sizeof error);
    if (!error)
        return 0;
    errno = error;
    return -1;
}

int comesg_call(enum service service, const void *request, size_t request_size, void *reply, size_t reply_size,
                const struct coattachment *attachments, size_t n, struct coattachment_set *received)
{
    int result = comesg_call_some(service, request, request_size, reply, reply_size, attachments, n, received);
    return result == 0 && received && received->dropped ? drop_all(received) : result;
}

int comesg_call_some(enum service service, const void *request, size_t request_size, void *reply, size_t reply_size,
                     const struct coattachment *attachments, size_t n, struct coattachment_set *received)
{
    struct cocall_information information = {.size = sizeof information};
    const struct exchange exchange = {
        request, request_size, reply, reply_size, attachments, n, received ? &information : NULL,
    };
    cotarget_t pool = service_pools[service];
    if (!pool) {
        errno = ENOTCONN;
        return -1;
    }
    if (received)
        information.attachments = *received;
    ssize_t length = call_within_a_second(pool, &exchange);
    if (length >= 0 && received)
        *received = information.attachments;
    return result_of(length, reply);
}

int comesg_call_target(cotarget_t target, const void *request, size_t request_size, void *reply, size_t reply_size)
{
    const struct exchange exchange = {request, request_size, reply, reply_size, NULL, 0, NULL};
    return result_of(call_within_a_second(target, &exchange), reply);
}

cohandle_t comesg_call_for_handle(enum service service, const void *request, size_t request_size, void *reply,
                                  size_t reply_size, const struct coattachment *attachments, size_t n)
{
    struct coattachment attachment;
    struct coattachment_set received = {.array = &attachment, .capacity = 1};
    if (comesg_call(service, request, request_size, reply, reply_size, attachments, n, &received))
        return 0;
    if (received.count == 1)
        return attachment.handle;
    errno = EDQUOT;
    return 0;
}
