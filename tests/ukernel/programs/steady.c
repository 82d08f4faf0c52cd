/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Makes, asks for and ends services without a pause until standard input ends, whoever of the microkernel ends
 * meanwhile. Says `ready', and at the end how many calls succeeded, how many were lost with the service, and how many
 * gave what they must not.
 *
 *   steady       services
 *   steady join  joins the microkernel again and again
 */
#include "tests/core/programs/support.h"

#include <comesg/comsg.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

static cotarget_t worker;
static _Atomic int ready;
static unsigned long good_calls, lost_calls, wrong_calls;

static void *work(void *argument)
{
    uint32_t word = 0;
    need(coregister(NULL, NULL, &worker) == 0, "register");
    ready = 1;
    for (size_t length = 0;; length = sizeof word)
        need(coaccept(NULL, &word, length, &word, sizeof word) == sizeof word, "request");
    return argument;
}

static bool is_lost(int error)
{
    return error == ENOLINK || error == EBUSY;
}

/* A call has succeeded, or failed with an errno that it may. */
static void count(bool success, bool may_fail, const char *what)
{
    if (success) {
        good_calls++;
    } else if (may_fail) {
        lost_calls++;
    } else {
        if (wrong_calls++ < 10)
            fprintf(stderr, "steady: %s: %s\n", what, strerror(errno));
    }
}

static void ask(coservice_t service, uint32_t expected)
{
    uint32_t op = 0;
    bool success = coservice_operation(service, &op) == 0;
    count(success && op == expected, !success && is_lost(errno), "operation");
}

/* Goes on although the service of services is gone. */
static void use(coservice_t service)
{
    uint32_t word = 99, reply = 0;
    bool success = coservice_call(service, &word, sizeof word, &reply, sizeof reply) == sizeof reply && reply == 99;
    count(success, false, "call");
}

static void retire(coservice_t service)
{
    bool lost = false;
    for (int i = 0; i < 5000; i++) {
        if (coretire(service) == 0 || (lost && errno == EBADF)) {
            count(true, false, "retire");
            return;
        }
        if (!is_lost(errno))
            break;
        lost = true;
        lost_calls++;
        pause_milliseconds(1);
    }
    count(false, false, "retire");
}

static void make_one(uint32_t op)
{
    coservice_t service = coprovide(&worker, 1, COSERVICE_FAST, op);
    count(service != 0, is_lost(errno), "provide");
    if (!service)
        return;
    ask(service, op);
    use(service);
    retire(service);
    cohandle_close(service);
}

static bool input_ended(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) != 0;
}

static coservice_t make_lasting(void)
{
    coservice_t service;
    while (!(service = coprovide(&worker, 1, COSERVICE_FAST, 4711)))
        need(is_lost(errno), "coprovide");
    return service;
}

/* Nothing has been used up: as many as a co-process may have, at a time. */
static bool can_make_all(void)
{
    int made = 1;
    for (int i = 0; i < 5000 && made < 64; i++) {
        if (coprovide(&worker, 1, COSERVICE_FAST, 1))
            made++;
        else if (errno == EDQUOT)
            break;
        else
            pause_milliseconds(1);
    }
    return made == 64;
}

/* Each time with a call of coprocd, because the root has been closed. */
static int join_again_and_again(void)
{
    for (uint32_t i = 0; i % 16 || !input_ended(); i++) {
        conamespace_t root = coproc_init();
        count(root != 0, false, "coproc_init");
        count(root && cohandle_close(root) == 0, false, "close");
        if (i == 0)
            printf("ready %d\n", (int)getpid());
        fflush(stdout);
    }
    printf("good %lu lost %lu wrong %lu\n", good_calls, lost_calls, wrong_calls);
    return wrong_calls != 0;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc > 1 && strcmp(argv[1], "join") == 0)
        return join_again_and_again();
    need(coproc_init() != 0, "coproc_init");
    need(pthread_create(&thread, NULL, work, NULL) == 0, "thread");
    while (!ready)
        sched_yield();
    coservice_t lasting = make_lasting();
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    for (uint32_t i = 0; i % 16 || !input_ended(); i++) {
        ask(lasting, 4711);
        use(lasting);
        make_one(i);
    }
    for (int i = 0; i < 5000 && lost_calls; i++) { /* the last restart may not be over */
        uint32_t op;
        if (coservice_operation(lasting, &op) == 0 && op == 4711)
            break;
        pause_milliseconds(1);
    }
    ask(lasting, 4711);
    count(can_make_all(), false, "all services");
    printf("good %lu lost %lu wrong %lu\n", good_calls, lost_calls, wrong_calls);
    return wrong_calls != 0;
}
