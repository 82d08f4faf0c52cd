/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads that serve, and threads that call them.
 *
 *   crew serve COUNT [recover]  each of COUNT threads serves under the names crew-0, crew-1, ...
 *   crew ask COUNT              calls all of them from as many threads; prints TAP
 *   crew lend COUNT             its threads run crew-1 and the others until they are released; prints "lending"
 *   crew fault COUNT            the same, and then one of its threads faults
 *   crew control COUNT          does what its input says: "check", "release", "exit"
 */
#include "support.h"

#include <pthread.h>

enum { COUNT_MAX = 32, CALLS = 400 };

enum command { ECHO, ECHO_HOME, LOOP, RELEASE, EXIT_THREAD, WAIT_IN_READ, CANCEL };

struct request {
    enum command command;
    int thread; /* whom to cancel */
};

struct reply {
    int thread, pid, recoveries;
    int looping; /* how many have begun to */
};

static int count, released_end[2];
static bool recoverable;
static volatile int released, waiting;
static _Atomic int looping;
static pthread_t threads[COUNT_MAX];
static __thread int number;
static __thread int recoveries;

static void obey(const struct request *request)
{
    char byte;
    switch (request->command) {
    case ECHO:
        break;
    case ECHO_HOME:
        getppid();
        break;
    case LOOP:
        looping++;
        while (!released)
            ;
        break;
    case RELEASE:
        released = 1;
        break;
    case EXIT_THREAD:
        pthread_exit(NULL);
    case WAIT_IN_READ:
        waiting = 1;
        need(read(released_end[0], &byte, 1) == 1, "read");
        break;
    case CANCEL:
        while (!waiting)
            sched_yield();
        pthread_cancel(threads[request->thread]);
    }
}

static void serve(void)
{
    struct request request;
    struct reply reply = {number, 0, recoveries, 0};
    ssize_t length = coaccept(NULL, NULL, 0, &request, sizeof request);
    for (;;) {
        if (length == sizeof request)
            obey(&request);
        reply.pid = request.command == ECHO_HOME ? getpid() : 0;
        reply.recoveries = recoveries;
        reply.looping = looping;
        length = coaccept(NULL, &reply, sizeof reply, &request, sizeof request);
    }
}

static void recover(int error)
{
    need(error == EOWNERDEAD, "EOWNERDEAD");
    recoveries++;
    serve();
}

static void *serve_as(void *argument)
{
    char name[32];
    cotarget_t target;
    number = (int)(intptr_t)argument;
    snprintf(name, sizeof name, "crew-%d", number);
    need(coregister(name, recoverable ? recover : NULL, &target) == 0, "coregister");
    serve();
    return NULL;
}

static cotarget_t targets[COUNT_MAX];

static void find_all(void)
{
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "crew-%d", i);
        targets[i] = find(name);
    }
}

static ssize_t command(int thread, enum command what, int whom, struct reply *reply)
{
    struct request request = {what, whom};
    return call(targets[thread], &request, sizeof request, reply, sizeof *reply);
}

/* Each thread calls all, beginning with another one. */
static void *ask_all(void *argument)
{
    int first = (int)(intptr_t)argument;
    intptr_t wrong = 0;
    for (int i = 0; i < CALLS; i++) {
        struct reply reply = {-1, -1, -1, 0};
        int thread = (first + i) % count;
        wrong += command(thread, i % 16 ? ECHO : ECHO_HOME, 0, &reply) != sizeof reply || reply.thread != thread;
    }
    return (void *)wrong;
}

static bool gone(int thread)
{
    struct reply reply;
    char name[32];
    cotarget_t target;
    snprintf(name, sizeof name, "crew-%d", thread);
    bool refused = command(thread, ECHO, 0, &reply) == -1 && errno == ENOLINK;
    return refused && colookup(name, &target) == -1 && errno == ENOENT;
}

static void *ask_to_wait(void *argument)
{
    struct reply reply;
    ssize_t result = command((int)(intptr_t)argument, WAIT_IN_READ, 0, &reply);
    return (void *)(intptr_t)(result == -1 && errno == ENOLINK);
}

static int ask(void)
{
    struct reply reply;
    intptr_t wrong = 0;
    void *result;
    for (intptr_t i = 0; i < count; i++)
        need(pthread_create(&threads[i], NULL, ask_all, (void *)i) == 0, "pthread_create");
    for (int i = 0; i < count; i++) {
        need(pthread_join(threads[i], &result) == 0, "pthread_join");
        wrong += (intptr_t)result;
    }
    ok(wrong == 0, "%d threads call %d threads (%d wrong)", count, count, (int)wrong);
    ok(command(1, EXIT_THREAD, 0, &reply) == -1 && errno == ENOLINK, "a thread ends in a call: ENOLINK");
    ok(gone(1), "then for all, and its name is free");
    need(pthread_create(&threads[2], NULL, ask_to_wait, (void *)2) == 0, "pthread_create");
    ok(command(3, CANCEL, 2, &reply) == sizeof reply && pthread_join(threads[2], &result) == 0 && result,
       "a thread is cancelled in a call: ENOLINK");
    ok(gone(2), "then for all, and its name is free");
    wrong = 0;
    for (int i = 3; i < count; i++)
        wrong += command(i, ECHO_HOME, 0, &reply) != sizeof reply || reply.thread != i;
    ok(wrong == 0, "the others serve");
    return done_testing();
}

static volatile int results[COUNT_MAX];

static void *lend(void *argument)
{
    struct reply reply;
    int thread = (int)(intptr_t)argument;
    results[thread] = command(thread, LOOP, 0, &reply) < 0 ? errno : -1;
    return NULL;
}

static int lend_all(bool fault)
{
    for (intptr_t i = 1; i < count; i++)
        need(pthread_create(&threads[i], NULL, lend, (void *)i) == 0, "pthread_create");
    struct reply reply = {0};
    while (reply.looping < count - 1) {
        pause_milliseconds(1);
        need(command(0, ECHO, 0, &reply) == sizeof reply, "the crew");
    }
    printf("lending\n");
    fflush(stdout);
    if (fault)
        *(volatile int *)0x5678 = 1;
    int dead = 0;
    for (int i = 1; i < count; i++)
        dead += pthread_join(threads[i], NULL) == 0 && results[i] == ENOLINK;
    printf("%d ENOLINK\n", dead);
    return 0;
}

static void check(void)
{
    int answers = 0, recovered = 0, dead = 0;
    for (int i = 1; i < count; i++) {
        struct reply reply = {0};
        ssize_t length = command(i, ECHO, 0, &reply);
        answers += length == sizeof reply;
        recovered += reply.recoveries;
        dead += length < 0 && errno == ENOLINK;
    }
    printf("%d answers, %d recovered, %d gone\n", answers, recovered, dead);
}

static int control(void)
{
    char line[32];
    struct reply reply;
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "release\n") == 0)
            command(0, RELEASE, 0, &reply);
        else if (strcmp(line, "check\n") == 0)
            check();
        else
            break;
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    need(argc > 2, "arguments");
    count = atoi(argv[2]);
    need(count > 1 && count <= COUNT_MAX && pipe(released_end) == 0, "arguments");
    if (strcmp(argv[1], "serve") == 0) {
        recoverable = argc > 3;
        for (intptr_t i = 1; i < count; i++)
            need(pthread_create(&threads[i], NULL, serve_as, (void *)i) == 0, "pthread_create");
        serve_as(0);
    }
    find_all();
    if (strcmp(argv[1], "ask") == 0)
        return ask();
    return strcmp(argv[1], "control") == 0 ? control() : lend_all(strcmp(argv[1], "fault") == 0);
}
