/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking the word-count service.
 */
#include "ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits a little; false if it is later than `deadline`. */
static bool wait_until(double deadline)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return seconds() < deadline;
}

bool find_service(struct service_link *link)
{
    double deadline = seconds() + link->timeout;
    do {
        if (colookup(WORDCOUNT_NAME, &link->target) == 0)
            return true;
    } while (errno == ENOENT && wait_until(deadline));
    if (errno == ENOENT)
        fprintf(stderr,
                "wordcount: no service named " WORDCOUNT_NAME " after %u s; start one in the same realm: "
                "comesg run wordcount-service : wordcount FILE\n",
                link->timeout);
    else
        fprintf(stderr, "wordcount: cannot look up " WORDCOUNT_NAME ": %s\n", strerror(errno));
    return false;
}

static bool call_failed(const struct service_link *link)
{
    if (errno == ENOLINK)
        fputs("wordcount: the service has ended; the count is lost. Start both again\n", stderr);
    else if (errno == EBUSY)
        fprintf(stderr, "wordcount: the service is still busy after %u s; try a larger --timeout\n", link->timeout);
    else
        fprintf(stderr, "wordcount: cannot call the service: %s\n", strerror(errno));
    return false;
}

/* Of the call that was just made: bytes received, or -1. */
static ssize_t call_when_free(struct service_link *link, size_t length)
{
    double deadline = seconds() + link->timeout;
    ssize_t received;
    do {
        received = cocall(link->target, &link->request, length, &link->reply, sizeof link->reply);
    } while (received < 0 && errno == EBUSY && wait_until(deadline));
    return received;
}

static bool refused(int error)
{
    if (error == EPERM)
        fputs("wordcount: another client has begun a count; run one at a time\n", stderr);
    else
        fprintf(stderr, "wordcount: the service cannot answer: %s\n", strerror(error));
    return false;
}

bool ask(struct service_link *link, enum wordcount_operation operation, size_t text_length)
{
    size_t length = WORDCOUNT_REQUEST_HEAD + text_length;
    link->request.operation = operation;
    ssize_t received = cocall(link->target, &link->request, length, &link->reply, sizeof link->reply);
    if (received < 0 && errno == EBUSY)
        received = call_when_free(link, length);
    if (received < 0)
        return call_failed(link);
    link->calls++;
    if ((size_t)received < WORDCOUNT_REPLY_HEAD)
        return refused(EPROTO);
    return link->reply.error == 0 || refused(link->reply.error);
}
