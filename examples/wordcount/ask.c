/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking the word-count service.
 */
#include "ask.h"

#include <comesg/cocall.h>

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

/* True if both names are there. */
static bool look_up(struct service_link *link, conamespace_t root)
{
    coobject_t service = coselect(WORDCOUNT_NAMESPACE "/" WORDCOUNT_SERVICE, COSERVICE, root);
    coobject_t results = coselect(WORDCOUNT_NAMESPACE "/" WORDCOUNT_RESULTS, COPORT, root);
    link->service = service ? codiscover(service, &link->target) : 0;
    link->results = results ? coobject_subject(results) : 0;
    return link->service && link->results;
}

bool find_service(struct service_link *link)
{
    double deadline = seconds() + link->timeout;
    conamespace_t root = coproc_init();
    if (!root) {
        fprintf(stderr, "wordcount: cannot join the microkernel: %s\n", strerror(errno));
        return false;
    }
    do {
        if (look_up(link, root))
            return true;
    } while (errno == ENOENT && wait_until(deadline));
    if (errno == ENOENT)
        fprintf(stderr,
                "wordcount: no service named " WORDCOUNT_NAMESPACE "/" WORDCOUNT_SERVICE " after %u s; start one in "
                "the same realm: comesg run wordcount-service : wordcount FILE\n",
                link->timeout);
    else
        fprintf(stderr, "wordcount: cannot find " WORDCOUNT_NAMESPACE "/" WORDCOUNT_SERVICE ": %s\n", strerror(errno));
    return false;
}

static bool call_failed(const struct service_link *link)
{
    if (errno == ENOLINK)
        fputs("wordcount: the service has ended; the count is lost. Start both again\n", stderr);
    else if (errno == ETIMEDOUT)
        fprintf(stderr, "wordcount: the service is still busy after %u s; try a larger --timeout\n", link->timeout);
    else
        fprintf(stderr, "wordcount: cannot call the service: %s\n", strerror(errno));
    return false;
}

/* Waits for its turn. Bytes received, or -1. */
static ssize_t call_when_free(struct service_link *link, size_t length)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += link->timeout;
    return coservice_call_until(link->service, &link->request, length, &link->reply, sizeof link->reply, &deadline);
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
