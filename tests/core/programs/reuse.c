/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is given to somebody else in the very moment in which a thread is about to use it.
 *
 *   reuse handles SECONDS    one thread calls a thread or a pool, another gives the place of its handle to memory
 *                          objects and back
 *   reuse slots SECONDS      starts and ends threads, while co-processes whose threads have ended end themselves
 *   reuse short              such a co-process
 *   reuse objects PROGRAM    makes memory objects until there are no more, then starts PROGRAM
 *   reuse publish            is called, and registers a name after a while, on its caller's kernel thread
 *   reuse published          calls it, and prints TAP: whether that name can be had when the first has ended
 *   reuse revoked            prints TAP: what a call gets that waits when its handle is revoked or closed
 */
#include "support.h"

#include <comesg/call_options.h>
#include <comesg/coexec.h>
#include <comesg/commap.h>
#include <comesg/copool.h>
#include <comesg/handle.h>
#include <pthread.h>

enum { OBJECTS = 8, SHORT_THREADS = 40, GROUP = 8, MESSAGE = 8 };

static volatile bool stop, serving;
static cotarget_t server;
static volatile cotarget_t present;
static volatile unsigned long strange;

static void start(void *(*function)(void *), pthread_t *thread)
{
    pthread_t other;
    need(pthread_create(thread ? thread : &other, NULL, function, NULL) == 0, "pthread_create");
}

/* A request of MESSAGE bytes is answered at once; a shorter one takes a while. */
static void *serve(void *argument)
{
    char message[MESSAGE];
    need(coregister(NULL, NULL, &server) == 0, "coregister");
    serving = true;
    ssize_t length = coaccept(NULL, NULL, 0, message, sizeof message);
    for (;;) {
        if (length < MESSAGE)
            pause_milliseconds(400);
        length = coaccept(NULL, message, sizeof message, message, sizeof message);
    }
    return argument;
}

static void start_server(void)
{
    char message[MESSAGE] = "request";
    start(serve, NULL);
    while (!serving)
        sched_yield();
    need(call(server, message, sizeof message, message, sizeof message) == MESSAGE, "cocall");
}

static bool lasts(time_t end)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec < end;
}

static time_t after(const char *seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + atoi(seconds);
}

static void *call_present(void *argument)
{
    char message[MESSAGE] = "request";
    while (!stop) {
        ssize_t length = cocall(present, message, sizeof message, message, sizeof message);
        strange += length != MESSAGE && errno != EBADF && errno != EBUSY;
    }
    return argument;
}

/* Has the kernel interrupt all threads of the realm again and again. */
static void *interrupt(void *argument)
{
    cotarget_t pool = copool(NULL, 0, 0);
    while (!stop) {
        copool_add(pool, server);
        copool_remove(pool, server);
    }
    return argument;
}

/* The fifth object is the second one in its place: the words of its record look like those of a thread that accepts. */
static void make_objects(comemory_t *objects)
{
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = commap(PAGE, PROT_READ | PROT_WRITE);
    cohandle_close(objects[4]);
    objects[4] = commap(PAGE, PROT_READ | PROT_WRITE);
}

static void wait_a_moment(int turns)
{
    for (volatile int i = 0; i < turns; i++)
        ;
}

static int reuse_handles(time_t end)
{
    comemory_t objects[OBJECTS];
    pthread_t threads[2];
    make_objects(objects);
    start_server();
    const cotarget_t targets[] = {server, copool(&server, 1, COPOOL_FAST)};
    need(targets[1] != 0, "copool");
    present = codup(server);
    start(call_present, &threads[0]);
    start(interrupt, &threads[1]);
    while (lasts(end)) {
        for (int i = 0; i < 1000; i++) {
            cohandle_close(present);
            comemory_t other = codup(objects[0]);
            wait_a_moment(20);
            cohandle_close(other);
            present = codup(targets[i % 2]);
            wait_a_moment(60);
        }
    }
    stop = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%lu strange results\n", strange);
    return 0;
}

static void *sleep_shortly(void *argument)
{
    char bytes[256];
    memset(bytes, 1, sizeof bytes);
    pause_milliseconds(0);
    wait_a_moment(2000);
    strange += bytes[getpid() % 256] != 1;
    return argument;
}

static void *make_threads(void *argument)
{
    while (!stop) {
        pthread_t threads[GROUP];
        int count = 0;
        while (count < GROUP && pthread_create(&threads[count], NULL, sleep_shortly, NULL) == 0)
            count++;
        while (count > 0)
            pthread_join(threads[--count], NULL);
    }
    return argument;
}

static void *nothing(void *argument)
{
    return argument;
}

static int live_shortly(void)
{
    pthread_t threads[SHORT_THREADS];
    for (int i = 0; i < SHORT_THREADS; i++)
        start(nothing, &threads[i]);
    for (int i = 0; i < SHORT_THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static int reuse_slots(char *name, time_t end)
{
    pthread_t threads[2];
    unsigned launches = 0;
    for (int i = 0; i < 2; i++)
        start(make_threads, &threads[i]);
    while (lasts(end)) {
        char *arguments[] = {name, (char *)"short", NULL}, *environment[] = {NULL};
        launches += coexecve(name, arguments, environment) > 0;
    }
    stop = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%s, %lu strange results\n", launches ? "launched" : "nothing", strange);
    return 0;
}

static int use_up_objects(char *program)
{
    char *arguments[] = {program, NULL}, *environment[] = {NULL};
    int count = 0;
    while (commap(PAGE, PROT_READ))
        count++;
    ok(count >= 100 && errno == ENOMEM, "memory objects for everybody: %d", count);
    ok(coexecve(program, arguments, environment) > 0, "and descriptors for starting a program are left");
    return done_testing();
}

static int publish_later(void)
{
    enum { LATER = 300 };
    char byte;
    cotarget_t target;
    struct timespec start, now;
    need(coregister("publisher", NULL, &target) == 0, "coregister");
    coaccept(NULL, NULL, 0, &byte, 1);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < LATER);
    coregister("late", NULL, &target);
    coaccept(NULL, NULL, 0, &byte, 1);
    return 0;
}

static int take_name(void)
{
    cotarget_t target = find("publisher"), own;
    printf("calling\n");
    fflush(stdout);
    cocall(target, "x", 1, NULL, 0);
    for (int i = 0; i < 5000 && colookup("publisher", &target) == 0; i++)
        pause_milliseconds(1);
    pause_milliseconds(20);
    ok(colookup("late", &target) == -1 && errno == ENOENT, "no name stays of who has ended");
    ok(coregister("late", NULL, &own) == 0, "it can be had");
    return done_testing();
}

static volatile int waiting_error;

static void *wait_for_server(void *argument)
{
    char message[MESSAGE] = "request";
    struct timespec limit;
    clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += 20;
    ssize_t length = cocall_until(present, message, sizeof message, message, sizeof message, &limit);
    waiting_error = length < 0 ? errno : 0;
    return argument;
}

static void *occupy_server(void *argument)
{
    char message[MESSAGE] = "request";
    serving = cocall(server, message, 1, message, sizeof message) < 0;
    return argument;
}

/* What a call that waits gets when `end` is done with the handle that it was made with, or with its parent. */
static int end_while_waiting(int (*end)(cohandle_t), bool parent)
{
    pthread_t busy, waiter;
    cotarget_t first = codup(server);
    present = parent ? codup(first) : first;
    start(occupy_server, &busy);
    pause_milliseconds(100);
    start(wait_for_server, &waiter);
    pause_milliseconds(100);
    need(end(first) == 0, "the end of a handle");
    pthread_join(waiter, NULL);
    pthread_join(busy, NULL);
    return waiting_error;
}

static int revoke_while_waiting(void)
{
    start_server();
    ok(end_while_waiting(corevoke, false) == EBADF, "a call that waits when its handle is revoked");
    ok(end_while_waiting(corevoke, true) == EBADF, "or what that was derived from");
    ok(end_while_waiting(cohandle_close, false) == EBADF, "or is closed");
    ok(end_while_waiting(cohandle_close, true) == 0, "but not when only what it was derived from is closed");
    return done_testing();
}

int main(int argc, char **argv)
{
    need(argc >= 2, "what to do");
    if (!strcmp(argv[1], "handles"))
        return reuse_handles(after(argv[2]));
    if (!strcmp(argv[1], "slots"))
        return reuse_slots(argv[0], after(argv[2]));
    if (!strcmp(argv[1], "short"))
        return live_shortly();
    if (!strcmp(argv[1], "publish"))
        return publish_later();
    if (!strcmp(argv[1], "published"))
        return take_name();
    if (!strcmp(argv[1], "objects"))
        return use_up_objects(argv[2]);
    return revoke_while_waiting();
}
