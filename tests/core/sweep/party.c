/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-processes of the sweep.
 *
 *   party serve NAME             publishes NAME and serves
 *   party recover NAME           the same, and goes on when its context is lost
 *   party hold NAME              the same, and receives and sends handles
 *   party call IN OUT NAME...    finds the names, calls each once, and then makes the calls that it reads from the
 *                                pipe IN and writes how each ended to the pipe OUT, until IN ends
 */
#include "party.h"

#include "tests/core/programs/support.h"

#include <comesg/copool.h>

#include <fcntl.h>

enum { TARGETS = 40, WORDS = 5, HANDLES = 5000 };

struct message {
    uint64_t words[WORDS];
};

/* What the service makes of a request. */
static void answer(const struct message *request, struct message *reply)
{
    for (int i = 0; i < WORDS; i++)
        reply->words[i] = request->words[i] * 3 + (uint64_t)i;
}

/* The answer of the one called must be right too. */
static void call_other(void)
{
    static cotarget_t other;
    struct message request = {{SERVICE_LENT, 1, 0, 3, 4}}, expected, reply = {0};
    if (!other)
        other = find("other");
    answer(&request, &expected);
    ssize_t length = call(other, &request, sizeof request, &reply, sizeof reply);
    need(length == sizeof reply && memcmp(&reply, &expected, sizeof reply) == 0, "the other's answer");
}

static void use_memory(void)
{
    char *pages = mmap(NULL, 2L * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(pages != MAP_FAILED && pages[PAGE] == 0, "fresh memory");
    pages[PAGE] = 1;
    need(munmap(pages, 2L * PAGE) == 0, "munmap");
}

static void do_service(const struct message *request, struct message *reply)
{
    if (request->words[0] == SERVICE_HOME)
        getppid();
    if (request->words[0] == SERVICE_CHAIN)
        call_other();
    if (request->words[0] == SERVICE_MEMORY)
        use_memory();
    answer(request, reply);
    if (request->words[2])
        pause_milliseconds((long)request->words[2]);
}

static _Noreturn void serve_all(void)
{
    static struct message request, reply;
    for (;;) {
        ssize_t length = coaccept(NULL, &reply, sizeof reply, &request, sizeof request);
        need(length == sizeof request, "a whole request");
        do_service(&request, &reply);
    }
}

/* How many handles there is room for. */
static uint64_t count_handles(void)
{
    static cohandle_t handles[HANDLES];
    unsigned count = 0;
    while (count < HANDLES && (handles[count] = coseal(count, 1)) != 0)
        count++;
    need(count < HANDLES && errno == EDQUOT, "a full table");
    for (unsigned i = count; i-- > 0;)
        need(cohandle_close(handles[i]) == 0, "cohandle_close");
    return count;
}

static _Noreturn void hold(const char *name)
{
    static struct message request, reply;
    cotarget_t target;
    cohandle_t kept[16], sent = 0;
    size_t count = 0;
    bool came = false;
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        struct coattachment back = {.descriptor = -1, .handle = sent}, received = {0};
        struct cocall_information information = {sizeof information, 0, {&received, 1, 0, 0}};
        ssize_t length = coaccept_oob(NULL, &reply, sizeof reply, &request, sizeof request, &back, came, &information);
        need(length == sizeof request && count < 16, "a whole request");
        came = information.attachments.count == 1;
        if (came)
            kept[count++] = received.handle;
        if (came && !sent)
            need((sent = coseal(1, 3)) != 0, "coseal");
        do_service(&request, &reply);
        if (request.words[0] != SERVICE_COUNT)
            continue;
        while (count > 0)
            cohandle_close(kept[--count]); /* perhaps it has been revoked */
        need(sent == 0 || corevoke(sent) == 0, "corevoke");
        sent = 0;
        reply.words[0] = count_handles();
    }
}

static _Noreturn void recover(int error)
{
    need(error == EOWNERDEAD, "EOWNERDEAD");
    serve_all();
}

static _Noreturn void serve(const char *name, bool recovers)
{
    cotarget_t target;
    need(coregister(name, recovers ? recover : NULL, &target) == 0, "coregister");
    serve_all();
}

static ssize_t call_until(cotarget_t target, const struct message *request, struct message *reply,
                          uint32_t milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    uint64_t nanoseconds = (uint64_t)time.tv_nsec + milliseconds * 1000000UL;
    time.tv_sec += (time_t)(nanoseconds / 1000000000);
    time.tv_nsec = (long)(nanoseconds % 1000000000);
    return cocall_until(target, request, sizeof *request, reply, sizeof *reply, &time);
}

/* The pool with this worker, made when it is first wanted. */
static cotarget_t pool_of(cotarget_t worker)
{
    static struct {
        cotarget_t worker, pool;
    } pools[TARGETS];
    int i = 0;
    while (pools[i].worker && pools[i].worker != worker)
        i++;
    if (!pools[i].worker) {
        pools[i].worker = worker;
        pools[i].pool = copool(&worker, 1, COPOOL_FAST);
        need(pools[i].pool != 0, "copool");
    }
    return pools[i].pool;
}

static ssize_t call_in_form(cotarget_t target, const struct order *order, const struct message *request,
                            struct message *reply)
{
    switch (order->form) {
    case FORM_UNTIL:
    case FORM_WAITING:
        return call_until(target, request, reply, order->milliseconds);
    case FORM_SLOW:
        return cocall_slow(target, request, sizeof *request, reply, sizeof *reply);
    case FORM_POOL:
        target = pool_of(target);
        break;
    }
    return cocall(target, request, sizeof *request, reply, sizeof *reply);
}

/* A call with which both send a handle. */
static bool exchange(cotarget_t target, const struct order *order, cohandle_t mine, cohandle_t *theirs)
{
    struct message request = {{order->service, order->number, order->linger, 3, 4}}, expected, reply = {0};
    struct coattachment attached = {.descriptor = -1, .handle = mine}, received = {0};
    struct cocall_information information = {sizeof information, 0, {&received, 1, 0, 0}};
    ssize_t length;
    while ((length = cocall_oob(target, &request, sizeof request, &reply, sizeof reply, &attached, 1, &information)) <
               0 &&
           errno == EBUSY)
        sched_yield();
    answer(&request, &expected);
    *theirs = received.handle;
    return length == sizeof reply && memcmp(&reply, &expected, sizeof reply) == 0 && received.handle != 0;
}

static bool use_handles(const struct order *order, cohandle_t middle, cohandle_t theirs)
{
    cohandle_t more = 0;
    if (order->form == FORM_CLOSE)
        return cohandle_close(middle) == 0;
    if (order->form == FORM_REVOKE)
        return corevoke(middle) == 0;
    if (order->form == FORM_DUP)
        more = codup(theirs);
    else if (order->form == FORM_RESTRICT)
        more = corestrict(theirs, 1);
    else if (order->form == FORM_SEAL)
        more = coseal(7, 7);
    return order->form == FORM_PASS || (more != 0 && cohandle_close(more) == 0);
}

static struct outcome share(cotarget_t target, const struct order *order)
{
    static cohandle_t root;
    struct outcome outcome = {0};
    if (!root)
        need((root = coseal(1, 3)) != 0, "coseal");
    cohandle_t middle = 0, theirs = 0;
    if (order->form == FORM_CLOSE || order->form == FORM_REVOKE)
        need((middle = codup(root)) != 0, "codup");
    outcome.right = exchange(target, order, middle ? middle : root, &theirs);
    outcome.error = outcome.right ? 0 : errno;
    if (outcome.right)
        need((outcome.right = use_handles(order, middle, theirs)), "what is done with handles");
    if (theirs)
        cohandle_close(theirs); /* the callee may be dead */
    return outcome;
}

static struct outcome call_target(cotarget_t target, const struct order *order)
{
    struct message request = {{order->service, order->number, order->linger, 3, 4}}, expected, reply = {0};
    struct outcome outcome = {0};
    if (order->form == FORM_COUNT)
        return (struct outcome){(int64_t)count_handles(), 0, 1};
    if (order->form >= FORM_PASS)
        return share(target, order);
    answer(&request, &expected);
    outcome.result = call_in_form(target, order, &request, &reply);
    outcome.error = outcome.result < 0 ? errno : 0;
    if (order->service == SERVICE_COUNT && outcome.result == sizeof reply)
        outcome.result = (int64_t)(expected.words[0] = reply.words[0]);
    outcome.right = outcome.result >= 0 && memcmp(&reply, &expected, sizeof reply) == 0;
    return outcome;
}

/* The first call of each target takes ways of its own through the core. */
static cotarget_t acquaint(const char *name)
{
    cotarget_t target = find(name);
    uint16_t chain = strcmp(name, "other") == 0 ? SERVICE_LENT : SERVICE_CHAIN;
    const struct order orders[] = {{.service = SERVICE_LENT}, {.service = chain}, {.form = FORM_POOL}};
    for (int i = 0; i < 3; i++) {
        struct outcome outcome;
        do
            outcome = call_target(target, &orders[i]);
        while (outcome.error == EBUSY);
        need(outcome.right, "a first call");
    }
    return target;
}

/* The recall signal interrupts a read. */
static bool receive(int in, struct order *order)
{
    ssize_t length;
    do
        length = read(in, order, sizeof *order);
    while (length < 0 && errno == EINTR);
    return length == sizeof *order;
}

static void obey(char **pipes, int count, char **names)
{
    int in = open(pipes[0], O_RDONLY), out = open(pipes[1], O_WRONLY);
    need(in >= 0 && out >= 0, "open");
    static cotarget_t targets[TARGETS];
    struct order order;
    for (int i = 0; i < count && i < TARGETS; i++)
        targets[i] = acquaint(names[i]);
    struct outcome outcome = {.right = 1};
    do {
        need(write(out, &outcome, sizeof outcome) == sizeof outcome, "write");
        if (!receive(in, &order))
            return;
        outcome = call_target(targets[order.target % TARGETS], &order);
    } while (true);
}

int main(int argc, char **argv)
{
    if (argc == 3 && (strcmp(argv[1], "serve") == 0 || strcmp(argv[1], "recover") == 0))
        serve(argv[2], strcmp(argv[1], "recover") == 0);
    if (argc == 3 && strcmp(argv[1], "hold") == 0)
        hold(argv[2]);
    if (argc > 4 && strcmp(argv[1], "call") == 0)
        obey(argv + 2, argc - 4, argv + 4);
    return 0;
}
