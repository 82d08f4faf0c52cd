/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Joining the microkernel.
 *
 *   join          as it is started by comesg run
 *   join bare     in a realm without microkernel
 *   join none     started by another one, which chose no namespace
 *   join chosen   which chose a restricted one
 *   join same     which chose nothing
 *   join poor     which gave room for few handles
 */
#include "tests/core/programs/support.h"
#include "tests/ukernel/programs/started.h"

#include <comesg/comsg.h>
#include <comesg/window.h>

#include <pthread.h>

static const char *self;

static struct timespec after_milliseconds(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += milliseconds % 1000 * 1000000;
    time.tv_sec += milliseconds / 1000 + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static bool fails(conamespace_t result, int error)
{
    return result == 0 && errno == error;
}

static void test_times(void)
{
    const struct timespec bad = {.tv_nsec = 1000000000}, negative = {.tv_nsec = -1};
    ok(fails(coproc_init_until(&bad), EINVAL) && fails(coproc_init_until(&negative), EINVAL), "EINVAL for no time");
}

static int bare(void)
{
    struct timespec until = after_milliseconds(30), now;
    ok(fails(coproc_init_nb(), EAGAIN), "without microkernel coproc_init_nb gives EAGAIN");
    ok(fails(coproc_init_until(&until), ETIMEDOUT), "and coproc_init_until ETIMEDOUT");
    clock_gettime(CLOCK_MONOTONIC, &now);
    ok(now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec), "when it is time");
    cotarget_t target;
    ok(coregister("coproc", NULL, &target) == -1 && errno == EEXIST, "nobody can publish its name");
    uint32_t op;
    ok(coservice_operation(1, &op) == -1 && errno == ENOTCONN, "ENOTCONN");
    return done_testing();
}

static void *join_too(void *result)
{
    *(conamespace_t *)result = coproc_init();
    return NULL;
}

/* At the same time as others. */
static void test_threads(void)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    conamespace_t roots[THREADS];
    bool same = true;
    for (int i = 0; i < THREADS; i++)
        need(pthread_create(&threads[i], NULL, join_too, &roots[i]) == 0, "thread");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        same = same && roots[i] && roots[i] == roots[0];
    ok(same, "threads that join at the same time get the same handle");
}

static void run(const char *how, const struct coexec_options *options)
{
    struct started started = start_program(self, how, options);
    ok(started.pid > 0, "starts one that has it %s (%s)", how, started.pid > 0 ? "good" : strerror(errno));
    await_end(started);
}

static void test_started(conamespace_t root)
{
    const struct coexec_quota few = {COQUOTA_HANDLES, 0, 3};
    const size_t size = sizeof(struct coexec_options);
    conamespace_t weak = corestrict(root, CORIGHT_RO);
    run("same", NULL);
    run("none", &(struct coexec_options){.size = size, .flags = COEXEC_NAMESPACE});
    run("chosen", &(struct coexec_options){.size = size, .flags = COEXEC_NAMESPACE, .root = weak});
    run("poor", &(struct coexec_options){.size = size, .quotas = &few, .quota_count = 1});
}

static bool restricts_to(conamespace_t handle, uint32_t rights)
{
    conamespace_t result = corestrict(handle, rights);
    if (result)
        cohandle_close(result);
    return result != 0;
}

static int first(void)
{
    uint32_t op;
    ok(coservice_operation(1, &op) == -1 && errno == ENOTCONN, "ENOTCONN before coproc_init");
    test_threads();
    conamespace_t root = coproc_init();
    ok(root && cohandle_kind(root) == COHANDLE_NAMESPACE, "coproc_init gives a namespace");
    ok(restricts_to(root, CORIGHT_WR) && !restricts_to(root, CORIGHT_OWN), "with CORIGHT_WR");
    ok(coproc_init() == root && coproc_init_nb() == root && coproc_init_until(NULL) == root, "always the same");
    ok(coservice_operation(1, &op) == -1 && errno == EBADF, "calls reach the services");
    cotarget_t target;
    ok(coregister("coproc", NULL, &target) == -1 && errno == EEXIST, "nobody else can publish its name");
    test_times();
    test_started(root);
    need(cohandle_close(root) == 0, "close");
    conamespace_t other = coproc_init();
    ok(other && other != root && cohandle_kind(other) == COHANDLE_NAMESPACE, "when it is closed, another one");
    ok(corevoke(other) == 0 && coproc_init() != 0, "when it is revoked, too");
    return done_testing();
}

static void say(bool good, const char *what)
{
    printf("%sok - %s\n", good ? "" : "not ", what);
}

static int started(const char *how)
{
    uint32_t op;
    errno = 0;
    conamespace_t root = coproc_init();
    int error = errno;
    bool joined = coservice_operation(1, &op) == -1 && errno == EBADF;
    if (strcmp(how, "none") == 0) {
        say(root == 0 && error == EACCES, "EACCES where no namespace was chosen");
        say(fails(coproc_init_nb(), EACCES), "again");
    } else if (strcmp(how, "chosen") == 0) {
        say(root && restricts_to(root, CORIGHT_RO) && !restricts_to(root, CORIGHT_WR), "the namespace that was chosen");
        say(coproc_init() == root, "always the same");
        say(cohandle_close(root) == 0 && fails(coproc_init(), EACCES), "none when it is closed");
    } else if (strcmp(how, "poor") == 0) {
        say(root == 0 && error == EDQUOT, "EDQUOT without room for handles");
        say(coservice_operation(1, &op) == -1 && errno == ENOTCONN, "and not joined");
        joined = true;
    } else {
        say(root && restricts_to(root, CORIGHT_WR), "the root where nothing was chosen");
    }
    say(joined, "it has joined");
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 1)
        return first();
    return strcmp(argv[1], "bare") == 0 ? bare() : started(argv[1]);
}
