/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waits that only the waiter's own chain of calls could end, waits that look like such, and waits for those who go.
 *
 *   deadlock serve NAME    publishes NAME and does what requests say, word by word:
 *                            echo              replies with that
 *                            home ...          goes home first
 *                            spin N ..., nap N ...   works, or sleeps, N milliseconds first
 *                            wait NAME ...     has NAME do the rest, waiting for it; replies with its reply, or how the
 *                                              call failed
 *                            pool NAME,... ... the same with a pool of these
 *                            exit              ends
 *   deadlock client [SECONDS]   prints TAP; is published as "main", its other thread as "second"
 */
#include "support.h"

#include <comesg/copool.h>
#include <pthread.h>

enum { TEXT = 128 };

static long patience = 30; /* seconds */

static struct timespec in_seconds(long seconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += seconds;
    return time;
}

/* `reply` has room for TEXT bytes. */
static void call_waiting(cotarget_t target, const char *request, char *reply)
{
    const struct timespec limit = in_seconds(patience);
    if (cocall_until(target, request, strlen(request) + 1, reply, TEXT, &limit) < 0)
        snprintf(reply, TEXT, "%s", errno == EDEADLK ? "EDEADLK" : errno == ENOLINK ? "ENOLINK" : strerror(errno));
}

static cotarget_t pool_of(char *names)
{
    cotarget_t workers[8];
    size_t count = 0;
    char *rest = NULL;
    for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
        workers[count++] = find(name);
    cotarget_t pool = copool(workers, count, COPOOL_FAST);
    need(pool != 0, "copool");
    return pool;
}

static void spin(long milliseconds)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < milliseconds);
}

static void obey(char *request, char *reply)
{
    char *rest = request;
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
        snprintf(reply, TEXT, "%s", word);
        if (strcmp(word, "home") == 0)
            getppid();
        else if (strcmp(word, "spin") == 0)
            spin(atol(strsep(&rest, " ")));
        else if (strcmp(word, "nap") == 0)
            pause_milliseconds(atol(strsep(&rest, " ")));
        else if (strcmp(word, "exit") == 0)
            _exit(0);
        else if (strcmp(word, "wait") == 0 || strcmp(word, "pool") == 0) {
            char *names = strsep(&rest, " ");
            call_waiting(*word == 'p' ? pool_of(names) : find(names), rest, reply);
            return;
        }
    }
}

static ssize_t serve_one(const char *reply, char *request)
{
    return coaccept(NULL, reply, strlen(reply) + 1, request, TEXT);
}

static _Noreturn void serve(const char *name)
{
    static char request[TEXT], reply[TEXT];
    cotarget_t target;
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        need(serve_one(reply, request) > 0, "coaccept");
        obey(request, reply);
    }
}

/* Calls that go on beside. */
struct call {
    pthread_t thread;
    const char *name, *request;
    char reply[TEXT];
};

static void *make_call(void *argument)
{
    struct call *call = argument;
    call_waiting(find(call->name), call->request, call->reply);
    return NULL;
}

static void begin(struct call *call, const char *name, const char *request)
{
    *call = (struct call){.name = name, .request = request};
    need(pthread_create(&call->thread, NULL, make_call, call) == 0, "pthread_create");
}

static const char *end(struct call *call)
{
    need(pthread_join(call->thread, NULL) == 0, "pthread_join");
    return call->reply;
}

static bool gives(const char *name, const char *request, const char *expected)
{
    char reply[TEXT];
    call_waiting(find(name), request, reply);
    if (strcmp(reply, expected) == 0)
        return true;
    printf("# %s to %s gives %s\n", request, name, reply);
    return false;
}

/* Serves two requests when it is told to, and later ends. */
static volatile bool may_serve, may_end;

static void *be_second(void *argument)
{
    char request[TEXT], reply[TEXT];
    cotarget_t target;
    (void)argument;
    need(coregister("second", NULL, &target) == 0, "coregister");
    while (!may_serve)
        pause_milliseconds(1);
    const struct timespec late = in_seconds(patience), now = in_seconds(0);
    need(coaccept_until(NULL, NULL, 0, request, TEXT, &late) > 0, "a first request");
    obey(request, reply);
    need(coaccept_until(NULL, reply, strlen(reply) + 1, request, TEXT, &late) > 0, "a second one");
    obey(request, reply);
    coaccept_until(NULL, reply, strlen(reply) + 1, request, TEXT, &now);
    while (!may_end)
        pause_milliseconds(1);
    return NULL;
}

static void test_chains(void)
{
    ok(gives("x", "wait main echo", "EDEADLK"), "a callee waits for its caller");
    ok(gives("x", "home wait main echo", "EDEADLK"), "a callee at home does");
    ok(gives("x", "wait y wait main echo", "EDEADLK"), "the last of a chain waits for the first");
    ok(gives("x", "wait y wait x echo", "EDEADLK"), "and for the middle");
    ok(gives("x", "wait y home wait main echo", "EDEADLK"), "the last does at home");
    ok(gives("x", "home wait y wait x echo", "EDEADLK"), "the middle is at home");
    ok(gives("x", "wait x echo", "EDEADLK"), "a callee waits for itself");
    ok(gives("x", "wait y echo", "echo") && gives("x", "home wait y home echo", "echo"),
       "chains without a circle work");
}

/* At least one finds out; the others' waits end then. */
static void test_crossing(const char *first, const char *second, const char *name)
{
    struct call a, b;
    begin(&a, "x", first);
    begin(&b, "y", second);
    const char *x = end(&a), *y = end(&b);
    bool x_stuck = strcmp(x, "EDEADLK") == 0, y_stuck = strcmp(y, "EDEADLK") == 0;
    ok((x_stuck || y_stuck) && (x_stuck || strcmp(x, "echo") == 0) && (y_stuck || strcmp(y, "echo") == 0),
       "%s (%s, %s)", name, x, y);
}

/* The main thread waits for y, which waits for the main thread. */
static void test_waiting_circle(void)
{
    struct call call;
    char reply[TEXT], request[TEXT];
    begin(&call, "y", "nap 60 wait main echo");
    while (cocall_nb(find("y"), "echo", 5, reply, TEXT) >= 0)
        sched_yield();
    call_waiting(find("y"), "echo", reply);
    bool main_found_out = strcmp(reply, "EDEADLK") == 0;
    if (main_found_out) {
        struct timespec limit = in_seconds(patience), now = in_seconds(0);
        need(coaccept_until(NULL, NULL, 0, request, TEXT, &limit) > 0, "y's call");
        coaccept_until(NULL, request, strlen(request) + 1, request, TEXT, &now);
    }
    const char *other = end(&call);
    ok(main_found_out ? strcmp(other, "echo") == 0 || strcmp(other, "EDEADLK") == 0
                      : strcmp(other, "EDEADLK") == 0 && strcmp(reply, "echo") == 0,
       "a caller waits for a callee that waits for it (%s, %s)", reply, other);
}

static void test_pools(void)
{
    ok(gives("x", "pool main echo", "EDEADLK"), "a pool of the caller alone");
    ok(gives("x", "pool main,x echo", "EDEADLK"), "a pool of the caller and the callee itself");
    ok(gives("x", "home pool main,x echo", "EDEADLK"), "the same at home");
    ok(gives("x", "pool main,y echo", "echo"), "a pool with one more works");
}

static void test_second_thread(void)
{
    struct call call, pooled;
    begin(&call, "x", "wait second echo");
    begin(&pooled, "y", "pool main,second echo");
    pause_milliseconds(50);
    may_serve = true;
    ok(strcmp(end(&call), "echo") == 0, "another thread of the caller's process accepts later");
    ok(strcmp(end(&pooled), "echo") == 0, "one of a pool does");
}

static void test_ends(pthread_t second)
{
    struct call queued, also, pooled;
    begin(&queued, "x", "wait second echo");
    begin(&also, "y", "home pool second echo");
    pause_milliseconds(50);
    may_end = true;
    pthread_join(second, NULL);
    ok(strcmp(end(&queued), "ENOLINK") == 0, "a thread ends while others wait for it");
    ok(strcmp(end(&also), "ENOLINK") == 0, "also those who wait for a pool of it");
    begin(&queued, "z", "nap 300 exit");
    while (cocall_nb(find("z"), "echo", 5, also.reply, TEXT) >= 0)
        sched_yield();
    begin(&also, "x", "wait z echo");
    begin(&pooled, "y", "pool z echo");
    ok(strcmp(end(&queued), "ENOLINK") == 0, "a process ends during a call");
    ok(strcmp(end(&also), "ENOLINK") == 0, "while others wait for it");
    ok(strcmp(end(&pooled), "ENOLINK") == 0, "and for a pool of it");
}

int main(int argc, char **argv)
{
    cotarget_t target;
    pthread_t second;
    if (argc > 2 && strcmp(argv[1], "serve") == 0)
        serve(argv[2]);
    if (argc > 2)
        patience = atol(argv[2]);
    need(coregister("main", NULL, &target) == 0, "coregister");
    need(pthread_create(&second, NULL, be_second, NULL) == 0, "pthread_create");
    find("x");
    find("y");
    find("z");
    find("second");
    test_chains();
    test_crossing("spin 30 wait y echo", "spin 30 wait x echo", "two callees wait for each other");
    test_crossing("nap 30 wait y echo", "nap 30 wait x echo", "at home");
    test_crossing("nap 30 pool y echo", "spin 30 wait x echo", "one of them for a pool");
    test_waiting_circle();
    test_pools();
    test_second_thread();
    test_ends(second);
    return done_testing();
}
