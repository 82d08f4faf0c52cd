/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What becomes of ports when ipcd is killed: prints `ready` when it may be, with threads that wait on ports of each
 * type.
 */
#include "tests/core/programs/support.h"

#include <comesg/comsg.h>

#include <errno.h>
#include <pthread.h>

enum { TYPES = 3 };

struct wait {
    coport_t port;
    ssize_t result;
    int error;
    pthread_t thread;
};

static void *receive(void *argument)
{
    struct wait *wait = argument;
    char buffer[100];
    void *into = buffer;
    wait->result = corecv_until(wait->port, &into, sizeof buffer, NULL);
    wait->error = errno;
    return NULL;
}

static void *send_when_full(void *argument)
{
    struct wait *wait = argument;
    static char bytes[64];
    do
        wait->result = cosend_until(wait->port, bytes, sizeof bytes, NULL);
    while (wait->result > 0);
    wait->error = errno;
    return NULL;
}

/* While the service is started again. */
static coport_t open_again(int type)
{
    coport_t port;
    for (int i = 0; i < 20000 && !(port = open_coport(type)) && (errno == ENOLINK || errno == EBUSY); i++)
        pause_milliseconds(1);
    return port;
}

static bool fails(ssize_t result, int error)
{
    if (result == -1 && errno == error)
        return true;
    printf("# result %zd, errno %d\n", result, errno);
    return false;
}

static void old(coport_t port, int type)
{
    void *into = &(char[1]){0};
    ok(fails(cosend_until(port, "x", 1, NULL), EPIPE) && fails(corecv_until(port, &into, 1, NULL), EPIPE),
       "type %d: the old port is closed", type);
    pollcoport_t poll = {.coport = port, .events = COPOLL_IN};
    ok(copoll(&poll, 1, -1) == 1 && poll.revents & COPOLL_CLOSED && poll.revents & COPOLL_RERR, "as pollers see");
    ok(fails(coclose(port), EPIPE) && coport_gettype(port) == type && cohandle_close(port) == 0, "and others");
}

static void *send_one(void *argument)
{
    cosend_until(*(coport_t *)argument, "new", 3, NULL);
    return NULL;
}

static void new (int type)
{
    char buffer[100];
    void *into = buffer;
    pthread_t thread;
    coport_t port = open_again(type);
    ok(port != 0, "type %d: a new one", type);
    need(pthread_create(&thread, NULL, send_one, &port) == 0, "thread");
    ok(corecv_until(port, &into, sizeof buffer, NULL) == 3 && memcmp(into, "new", 3) == 0, "it works");
    pthread_join(thread, NULL);
    ok(type != COCARRIER || coport_msg_free(port, into) == 0, "and its message is freed");
}

int main(void)
{
    struct wait receivers[TYPES], senders[TYPES];
    coport_t ports[TYPES];
    char line[16];
    need(coproc_init() != 0, "coproc_init");
    for (int i = 0; i < TYPES; i++) {
        ports[i] = open_coport(COPIPE + i);
        receivers[i].port = open_coport(COPIPE + i);
        senders[i].port = open_coport(COPIPE + i);
        need(ports[i] && receivers[i].port && senders[i].port, "ports");
        need(pthread_create(&receivers[i].thread, NULL, receive, &receivers[i]) == 0, "thread");
        need(pthread_create(&senders[i].thread, NULL, send_when_full, &senders[i]) == 0, "thread");
    }
    int descriptor = copoll_fd(receivers[0].port, COPOLL_OUT);
    need(descriptor >= 0, "copoll_fd");
    printf("ready\n");
    fflush(stdout);
    need(fgets(line, sizeof line, stdin) != NULL, "a line");
    for (int i = 0; i < TYPES; i++) {
        pthread_join(receivers[i].thread, NULL);
        pthread_join(senders[i].thread, NULL);
        ok(receivers[i].result == -1 && receivers[i].error == EPIPE && senders[i].result == -1 &&
               senders[i].error == EPIPE,
           "type %d: who waited is woken (%d, %d)", COPIPE + i, receivers[i].error, senders[i].error);
    }
    for (int i = 0; i < TYPES; i++)
        new (COPIPE + i);
    for (int i = 0; i < TYPES; i++)
        old(ports[i], COPIPE + i);
    return done_testing();
}
