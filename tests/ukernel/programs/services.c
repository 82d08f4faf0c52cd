/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Services: coservice.h.
 *
 *   services          makes, calls and ends them
 *   services client   with a service in its vector: calls it
 *   services provider with a target in its vector: passes a service of its own there, and stays
 *   services limited  without quota for services
 *   services eventless  with a quota of two for events
 */
#include "ukernel/protocol/services.h"
#include "lib/libcomsg/service_pools.h"
#include "tests/core/programs/support.h"
#include "tests/ukernel/programs/started.h"

#include <comesg/comsg.h>
#include <comesg/copool.h>
#include <comesg/window.h>

#include <pthread.h>
#include <stdatomic.h>

enum { WORKERS = 3 };

static const char *self;
static cotarget_t targets[WORKERS];
static _Atomic int ready;

struct worker_request {
    uint32_t operation;
    uint32_t milliseconds; /* to take for it */
};

struct worker_reply {
    uint32_t operation;
    uint32_t worker;
};

static void *work(void *number)
{
    struct worker_request request;
    struct worker_reply reply = {.worker = (uint32_t)(uintptr_t)number};
    need(coregister(NULL, NULL, &targets[reply.worker]) == 0, "register");
    ready++;
    for (size_t length = 0;; length = sizeof reply) {
        need(coaccept(NULL, &reply, length, &request, sizeof request) == sizeof request, "request");
        reply.operation = request.operation;
        if (request.milliseconds)
            pause_milliseconds(request.milliseconds);
    }
    return NULL;
}

static void start_workers(void)
{
    pthread_t thread;
    for (uintptr_t i = 0; i < WORKERS; i++)
        need(pthread_create(&thread, NULL, work, (void *)i) == 0, "thread");
    while (ready < WORKERS)
        pause_milliseconds(1);
}

static bool fails(coservice_t result, int error)
{
    return result == 0 && errno == error;
}

static bool answers(coservice_t service)
{
    const struct worker_request request = {.operation = 77};
    struct worker_reply reply = {0};
    return coservice_call(service, &request, sizeof request, &reply, sizeof reply) == sizeof reply &&
           reply.operation == 77;
}

static bool call_gives(coservice_t service, int error)
{
    const struct worker_request request = {.operation = 1};
    struct worker_reply reply;
    return coservice_call(service, &request, sizeof request, &reply, sizeof reply) == -1 && errno == error;
}

static bool may(cohandle_t handle, uint32_t rights)
{
    cohandle_t result = corestrict(handle, rights);
    if (result)
        cohandle_close(result);
    return result != 0;
}

static void test_errors(void)
{
    const cotarget_t same[] = {targets[0], targets[0]}, pool = copool(targets, 1, 0);
    const cosealed_t other = coseal(1, 1);
    static cotarget_t many[COSERVICE_WORKERS_MAX + 1];
    uint32_t op;
    ok(fails(coprovide(targets, 0, COSERVICE_FAST, 1), EINVAL), "EINVAL for no worker");
    ok(fails(coprovide(many, COSERVICE_WORKERS_MAX + 1, COSERVICE_FAST, 1), EINVAL), "EINVAL for too many");
    ok(fails(coprovide(same, 2, COSERVICE_FAST, 1), EINVAL), "EINVAL for a thread named twice");
    ok(fails(coprovide(&pool, 1, COSERVICE_FAST, 1), EINVAL), "EINVAL for a pool");
    ok(fails(coprovide(targets, WORKERS, 2, 1), EINVAL), "EINVAL for an unknown flag");
    ok(fails(coprovide(&other, 1, COSERVICE_FAST, 1), EBADF), "EBADF for what is no target");
    ok(fails(coprovide((const cotarget_t *)8, 1, COSERVICE_FAST, 1), EFAULT), "EFAULT");
    ok(fails(coprovide2(targets[0], COSERVICE_FAST, 1), EBADF), "coprovide2: EBADF for a target");
    ok(coservice_operation(targets[0], &op) == -1 && errno == EBADF, "coservice_operation: EBADF");
    ok(coretire(targets[0]) == -1 && errno == EBADF, "coretire: EBADF");
    ok(coretire(12345) == -1 && errno == EBADF, "coretire: EBADF for no handle");
    ok(call_gives(targets[0], EBADF), "coservice_call: EBADF for a target");
    copool_end(pool);
}

static void test_life(void)
{
    uint32_t op = 0;
    coservice_t service = coprovide(targets, WORKERS, COSERVICE_FAST, 5);
    need(service != 0, "coprovide");
    ok(cohandle_kind(service) == COHANDLE_SERVICE && may(service, CORIGHT_CALL | CORIGHT_PROVIDE), "coprovide");
    ok(coservice_operation(service, &op) == 0 && op == 5, "coservice_operation");
    ok(coservice_operation(service, (uint32_t *)8) == -1 && errno == EFAULT, "EFAULT");
    ok(answers(service), "it answers");

    coservice_t callable = corestrict(service, CORIGHT_CALL), changeable = corestrict(service, CORIGHT_PROVIDE);
    ok(answers(callable) && coservice_operation(callable, &op) == 0, "CORIGHT_CALL is enough to call");
    ok(call_gives(changeable, EACCES), "and needed");
    ok(coretire(callable) == -1 && errno == EACCES, "coretire needs CORIGHT_PROVIDE");
    ok(fails(coprovide2(callable, COSERVICE_FAST, 6), EACCES), "coprovide2, too");
    ok(fails(coprovide2(service, COSERVICE_SLOW, 6), EINVAL), "EINVAL for flags that are not the pool's");

    coservice_t second = coprovide2(changeable, COSERVICE_FAST, 6);
    ok(second && coservice_operation(second, &op) == 0 && op == 6 && answers(second), "coprovide2");
    ok(coretire(changeable) == 0, "coretire");
    ok(call_gives(service, ENOLINK) && call_gives(callable, ENOLINK), "calls give ENOLINK from then on");
    ok(answers(second), "the other operation stays");
    ok(coretire(service) == -1 && errno == EBADF, "it is retired once");
    ok(coservice_operation(service, &op) == -1 && errno == EBADF, "and has no operation");
    ok(fails(coprovide2(service, COSERVICE_FAST, 6), ENOLINK), "coprovide2 gives ENOLINK");
    ok(coretire(second) == 0 && call_gives(second, ENOLINK), "the pool goes with the last");
}

static int request_gives(const void *request, size_t size, cohandle_t handle)
{
    const struct coattachment attachment = comesg_attach(handle);
    struct services_reply reply;
    int result = comesg_call(SERVICE_SERVICES, request, size, &reply, sizeof reply, &attachment, handle ? 1 : 0, NULL);
    return result ? errno : 0;
}

/* What the library does not ask. */
static void test_requests(void)
{
    const struct services_provide provide = {SERVICES_PROVIDE, COSERVICE_FAST, 1};
    const struct services_request unknown = {1000};
    cotarget_t pool = copool(targets, 1, 0), callable = corestrict(pool, CORIGHT_CALL);
    need(pool && callable, "pool");
    ok(request_gives(&unknown, sizeof unknown, 0) == ENOSYS, "ENOSYS for an unknown request");
    ok(request_gives(&unknown, 2, 0) == EINVAL, "EINVAL for a piece of one");
    ok(request_gives(&provide, sizeof unknown, pool) == EINVAL, "EINVAL for a short one");
    ok(request_gives(&provide, sizeof provide, 0) == EBADF, "EBADF without a pool");
    ok(request_gives(&provide, sizeof provide, coseal(1, 1)) == EBADF, "EBADF for something else");
    ok(request_gives(&provide, sizeof provide, targets[0]) == EACCES, "EACCES for a thread");
    ok(request_gives(&provide, sizeof provide, callable) == EACCES, "EACCES for somebody else's pool");
    copool_end(pool);
}

/* By name. */
static void test_names(conamespace_t root)
{
    uint32_t op = 0;
    cotarget_t target = 0;
    coservice_t service = coprovide(targets, WORKERS, COSERVICE_FAST, 21), found;
    conamespace_t space = cocreate("services", APPLICATION, root);
    need(service && space, "a namespace");
    coobject_t object = coinsert("work", COSERVICE, service, space), other = coinsert("soon", RESERVATION, 0, space);
    need(object && other, "a name");
    object = coselect("services/work", COSERVICE, root);
    ok(object != 0, "coselect finds a service");
    found = codiscover(object, &target);
    ok(found && answers(found) && coservice_operation(found, &op) == 0 && op == 21, "codiscover gives it");
    ok(may(found, CORIGHT_CALL) && !may(found, CORIGHT_PROVIDE), "with CORIGHT_CALL");
    const struct worker_request request = {.operation = 5};
    struct worker_reply reply = {0};
    ok(target && cocall(target, &request, sizeof request, &reply, sizeof reply) == sizeof reply && reply.operation == 5,
       "and a target");
    ok(codiscover(object, NULL) != 0, "or none");
    ok(fails(codiscover(object, (cotarget_t *)8), EFAULT), "EFAULT");
    ok(fails(codiscover(other, NULL), ENODEV), "ENODEV for a reservation");
    ok(fails(codiscover(service, NULL), EBADF), "EBADF for what is no object");
    ok(coretire(service) == 0 && call_gives(found, ENOLINK) && cocall(target, NULL, 0, NULL, 0) == -1 &&
           errno == ENOLINK,
       "ENOLINK when it is retired");
    ok(codelete(object, space) == -1 && errno == EACCES, "its name stays");
}

struct caller {
    coservice_t service;
    ssize_t result;
    int error;
};

static void *call_long(void *argument)
{
    struct caller *caller = argument;
    const struct worker_request request = {.operation = 9, .milliseconds = 300};
    struct worker_reply reply;
    caller->result = coservice_call(caller->service, &request, sizeof request, &reply, sizeof reply);
    caller->error = errno;
    return NULL;
}

static bool is_busy(coservice_t service)
{
    const struct worker_request request = {.operation = 1};
    struct worker_reply reply;
    return coservice_call_nb(service, &request, sizeof request, &reply, sizeof reply) == -1 && errno == EAGAIN;
}

static void test_waiting(void)
{
    enum { CALLERS = 2 };
    pthread_t threads[CALLERS];
    struct caller callers[CALLERS];
    struct timespec past = {0}, bad = {.tv_nsec = -1};
    coservice_t service = coprovide(targets, 1, COSERVICE_SLOW, 5);
    need(service != 0, "coprovide");
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.service = service};
        need(pthread_create(&threads[i], NULL, call_long, &callers[i]) == 0, "thread");
    }
    while (!is_busy(service))
        pause_milliseconds(1);
    ok(true, "EAGAIN while all workers are busy");
    ok(cocall(service, NULL, 0, NULL, 0) == -1 && errno == EBUSY, "a plain cocall gives EBUSY");
    ok(coservice_call_until(service, NULL, 0, NULL, 0, &past) == -1 && errno == ETIMEDOUT, "ETIMEDOUT");
    ok(coservice_call_until(service, NULL, 0, NULL, 0, &bad) == -1 && errno == EINVAL, "EINVAL for no time");
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    ok(callers[0].result > 0 && callers[1].result > 0, "those who wait are served");
    ok(coretire(service) == 0, "retired");
}

/* Those who wait when the service is retired. */
static void test_retired_waiters(void)
{
    enum { CALLERS = 2 };
    pthread_t threads[CALLERS];
    struct caller callers[CALLERS];
    coservice_t service = coprovide(targets, 1, COSERVICE_FAST, 5);
    need(service != 0, "coprovide");
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.service = service};
        need(pthread_create(&threads[i], NULL, call_long, &callers[i]) == 0, "thread");
    }
    while (!is_busy(service))
        pause_milliseconds(1);
    pause_milliseconds(50);
    ok(coretire(service) == 0, "retired while one is served and one waits");
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    int served = (callers[0].result > 0) + (callers[1].result > 0);
    int told = 0;
    for (int i = 0; i < CALLERS; i++)
        told += callers[i].result < 0 && callers[i].error == ENOLINK;
    ok(served + told == CALLERS && served >= 1, "served, or ENOLINK (%d and %d)", served, told);
}

/* Many services, one after the other: with handles closed and not retired, they go when their place is needed. */
static void test_many(void)
{
    bool good = true;
    for (int i = 0; good && i < 300; i++) {
        coservice_t service = coprovide(targets, WORKERS, COSERVICE_FAST, 5);
        good = service && cohandle_close(service) == 0;
    }
    ok(good, "300 services whose handles are closed (%s)", good ? "good" : strerror(errno));
    coservice_t services[65];
    int made = 0;
    while (made < 65 && (services[made] = coprovide(targets, WORKERS, COSERVICE_FAST, 5)))
        made++;
    ok(made == 64 && errno == EDQUOT, "EDQUOT for the 65th at a time (%d)", made);
    for (int i = 0; i < made; i++)
        good = good && coretire(services[i]) == 0 && cohandle_close(services[i]) == 0;
    ok(good && (services[0] = coprovide(targets, 1, COSERVICE_FAST, 5)), "retired ones do not count");
    coretire(services[0]);
}

static struct started run(const char *how, cohandle_t handle, const struct coexec_quota *quota)
{
    const struct coexec_options options = {
        .size = sizeof options, .handles = &handle, .handle_count = 1, .quotas = quota, .quota_count = quota ? 1 : 0};
    struct started started = start_program(self, how, &options);
    need(started.pid > 0, "coexecve");
    return started;
}

static void test_others(void)
{
    coservice_t service = coprovide(targets, WORKERS, COSERVICE_FAST, 5);
    await_end(run("client", service, NULL));
    ok(coretire(service) == 0, "retired by its maker");
}

static void receive_service(coservice_t *service)
{
    struct coattachment attachment = {0};
    struct cocall_information information = {.size = sizeof information,
                                             .attachments = {.array = &attachment, .capacity = 1}};
    need(coaccept_oob(NULL, NULL, 0, NULL, 0, NULL, 0, &information) >= 0, "accept");
    *service = attachment.handle;
    coaccept_nb(NULL, NULL, 0, NULL, 0);
}

/* The co-process that made a service ends. */
static void test_death(void)
{
    const struct coexec_quota none = {COQUOTA_SERVICES, 0, 0}, two = {COQUOTA_EVENTS, 0, 2};
    coservice_t service = 0;
    cotarget_t own;
    uint32_t op;
    need(coregister(NULL, NULL, &own) == 0, "register");
    struct started started = run("provider", own, NULL);
    receive_service(&service);
    ok(cohandle_kind(service) == COHANDLE_SERVICE && coservice_operation(service, &op) == 0 && op == 12,
       "a service of somebody else");
    ok(answers(service), "it answers");
    printf("kill %d\n", (int)started.pid);
    fflush(stdout);
    for (int i = 0; i < 10000 && answers(service); i++)
        pause_milliseconds(1);
    await_end(started);
    ok(call_gives(service, ENOLINK), "ENOLINK when its maker has died");
    await_end(run("limited", own, &none));
    await_end(run("eventless", own, &two));
}

static _Noreturn int provider(cohandle_t target)
{
    need(coproc_init() != 0, "coproc_init");
    start_workers();
    coservice_t service = coprovide(targets, WORKERS, COSERVICE_FAST, 12);
    need(service != 0, "coprovide");
    const struct coattachment attachment = {.handle = service, .descriptor = -1};
    while (cocall_oob(target, NULL, 0, NULL, 0, &attachment, 1, NULL) < 0)
        pause_milliseconds(1);
    for (;;)
        pause_milliseconds(1000);
}

static int client(cohandle_t service)
{
    uint32_t op = 0;
    need(coproc_init() != 0, "coproc_init");
    bool good = answers(service) && coservice_operation(service, &op) == 0 && op == 5;
    printf("%sok - a service in the vector works\n", good ? "" : "not ");
    coservice_t more = coprovide2(service, COSERVICE_FAST, 55);
    good = more && answers(more) && coservice_operation(more, &op) == 0 && op == 55;
    printf("%sok - and takes a further operation from somebody else\n", good ? "" : "not ");
    return 0;
}

static int limited(void)
{
    need(coproc_init() != 0, "coproc_init");
    start_workers();
    bool good = fails(coprovide(targets, WORKERS, COSERVICE_FAST, 12), EDQUOT);
    printf("%sok - EDQUOT where the quota is 0\n", good ? "" : "not ");
    good = colisten(PROCESS_DEATH, 0) != 0 && ccb_register(targets[0], CCB_FAST) != 0;
    printf("%sok - which is not that of events\n", good ? "" : "not ");
    return 0;
}

static int eventless(void)
{
    need(coproc_init() != 0, "coproc_init");
    start_workers();
    coevent_t event = colisten(PROCESS_DEATH, 0);
    cocallback_t callback = ccb_register(targets[0], CCB_FAST);
    bool good = event && callback && ccb_install(callback, NULL, event) == -1 && errno == EDQUOT;
    printf("%sok - ccb_install: EDQUOT after an event and a callback where the quota is 2\n", good ? "" : "not ");
    good = fails(ccb_register(targets[1], CCB_FAST), EDQUOT);
    printf("%sok - ccb_register: EDQUOT\n", good ? "" : "not ");
    coport_t port = open_coport(COCHANNEL);
    good = port && fails(colisten(PORT_CLOSED, port), EDQUOT);
    printf("%sok - colisten: EDQUOT\n", good ? "" : "not ");
    good = colisten(PROCESS_DEATH, 0) != 0;
    printf("%sok - an event that there is already counts once\n", good ? "" : "not ");
    good = coprovide(targets, WORKERS, COSERVICE_FAST, 12) != 0;
    printf("%sok - services have a quota of their own\n", good ? "" : "not ");
    return 0;
}

int main(int argc, char **argv)
{
    cohandle_t given = cogetvec()->count ? cogetvec()->handles[0] : 0;
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "client") == 0)
        return client(given);
    if (argc > 1 && strcmp(argv[1], "limited") == 0)
        return limited();
    if (argc > 1 && strcmp(argv[1], "eventless") == 0)
        return eventless();
    if (argc > 1)
        return provider(given);
    start_workers();
    cotarget_t none[1] = {targets[0]};
    ok(fails(coprovide(none, 1, COSERVICE_FAST, 1), ENOTCONN), "ENOTCONN before coproc_init");
    conamespace_t root = coproc_init();
    need(root != 0, "coproc_init");
    test_errors();
    test_life();
    test_names(root);
    test_requests();
    test_waiting();
    test_retired_waiters();
    test_many();
    test_others();
    test_death();
    return done_testing();
}
