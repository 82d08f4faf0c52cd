/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-processes of the sweep.
 *
 *   party serve NAME             publishes NAME and serves
 *   party recover NAME           the same, and goes on when its context is lost
 *   party hold NAME              the same, and receives and sends handles and files
 *   party call IN OUT NAME...    finds the names, calls each once, and then makes the calls that it reads from the
 *                                pipe IN and writes how each ended to the pipe OUT, until IN ends
 */
#include "party.h"

#include "tests/core/programs/support.h"

#include <comesg/copool.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

enum { TARGETS = 40, WORDS = 5, HANDLES = 5000, KEPT = 16, DESCRIPTORS = 64, PATIENCE = 3000 };

struct message {
    uint64_t words[WORDS];
};

/* What the service makes of a request. */
static void answer(const struct message *request, struct message *reply)
{
    for (int i = 0; i < WORDS; i++)
        reply->words[i] = request->words[i] * 3 + (uint64_t)i;
}

static cotarget_t the_other(void)
{
    static cotarget_t other;
    if (!other)
        other = find("other");
    return other;
}

/* The answer of the one called must be right too. */
static void call_other(void)
{
    struct message request = {{SERVICE_LENT, 1, 0, 3, 4}}, expected, reply = {0};
    answer(&request, &expected);
    ssize_t length = call(the_other(), &request, sizeof request, &reply, sizeof reply);
    need(length == sizeof reply && memcmp(&reply, &expected, sizeof reply) == 0, "the other's answer");
}

static cohandle_t to_share;

/* A call of the other in which both send a handle. */
static void share_with_other(void)
{
    struct message request = {{SERVICE_GIVE, 1, 0, 3, 4}}, expected, reply = {0};
    struct coattachment received = {0};
    struct cocall_information information = {sizeof information, 0, {&received, 1, 0, 0}};
    const struct coattachment attached = {.descriptor = -1, .handle = to_share};
    ssize_t length =
        cocall_oob_until(the_other(), &request, sizeof request, &reply, sizeof reply, &attached, 1, &information, NULL);
    answer(&request, &expected);
    need(length == sizeof reply && memcmp(&reply, &expected, sizeof reply) == 0, "the other's answer");
    need(information.attachments.count == 1 && cohandle_close(received.handle) == 0, "the other's handle");
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
    if (request->words[0] == SERVICE_SHARE)
        share_with_other();
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

static uint64_t count_room(void)
{
    uint64_t room = count_handles() * ROOM_OF_HANDLE;
    for (int number = 0; number < DESCRIPTORS; number++)
        room += fcntl(number, F_GETFD) >= 0;
    return room;
}

/* What a callee has that keeps what it is sent: handles, and a file, which goes back with the reply. */
static struct {
    cohandle_t handles[KEPT];
    size_t count;
    int file;
    bool came;       /* a handle, with this call */
    cohandle_t sent; /* what goes back for it */
} kept = {.file = -1};

static void keep_handle(const struct message *request, cohandle_t handle)
{
    kept.came = true;
    if (!kept.sent)
        need((kept.sent = coseal(1, 3)) != 0, "coseal");
    if (request->words[0] == SERVICE_GIVE) {
        need(cohandle_close(handle) == 0, "cohandle_close");
        return;
    }
    need(kept.count < KEPT, "handles of calls that have not been counted");
    kept.handles[kept.count++] = handle;
}

/* Each holder of the pipe writes one byte. The caller may be dead. */
static void keep_file(int file)
{
    kept.file = file;
    need(write(file, "1", 1) == 1 || errno == EPIPE, "write");
}

static void keep(const struct message *request, const struct coattachment_set *received)
{
    if (kept.file >= 0)
        need(close(kept.file) == 0, "close");
    kept.file = -1;
    kept.came = false;
    for (size_t i = 0; i < received->count; i++) {
        if (received->array[i].kind == COHANDLE_DESCRIPTOR)
            keep_file(received->array[i].descriptor);
        else
            keep_handle(request, received->array[i].handle);
    }
}

static uint64_t keep_nothing(void)
{
    while (kept.count > 0)
        cohandle_close(kept.handles[--kept.count]); /* perhaps it has been revoked */
    need(kept.sent == 0 || corevoke(kept.sent) == 0, "corevoke");
    kept.sent = 0;
    return count_room();
}

/* The core remembers how far tables have been used: it is not to find anything new in the middle of a sweep. */
static void use_tables(void)
{
    int numbers[4];
    for (int i = 0; i < 4; i++)
        need((numbers[i] = dup(0)) >= 0, "dup");
    for (int i = 0; i < 4; i++)
        close(numbers[i]);
    count_handles();
}

static _Noreturn void hold(const char *name, bool few)
{
    static struct message request, reply;
    cotarget_t target;
    signal(SIGPIPE, SIG_IGN);
    if (!few)
        use_tables();
    need((to_share = coseal(2, 3)) != 0, "coseal");
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        struct coattachment back[2], received[2] = {{0}};
        struct cocall_information information = {sizeof information, 0, {received, 2, 0, 0}};
        size_t count = 0;
        if (kept.came)
            back[count++] = (struct coattachment){.descriptor = -1, .handle = kept.sent};
        if (kept.file >= 0)
            back[count++] = (struct coattachment){.kind = COHANDLE_DESCRIPTOR, .descriptor = kept.file};
        ssize_t length = coaccept_oob(NULL, &reply, sizeof reply, &request, sizeof request, back, count, &information);
        need(length == sizeof request, "a whole request");
        keep(&request, &information.attachments);
        do_service(&request, &reply);
        if (request.words[0] == SERVICE_COUNT)
            reply.words[0] = keep_nothing();
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
    const struct timespec time = in_milliseconds(milliseconds);
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

/* The last pipe whose writing end was sent: where it is read, and whether the call was answered. */
static struct {
    int end;
    bool answered;
} sent_pipe = {.end = -1};

/* A call in which both send a handle, and the pipe comes and goes; `received` has room for two. */
static ssize_t call_with(cotarget_t target, const struct order *order, struct coattachment *sent, size_t count,
                         struct cocall_information *information, bool *right)
{
    struct message request = {{order->service, order->number, order->linger, 3, 4}}, expected, reply = {0};
    const struct timespec time = in_milliseconds(order->milliseconds);
    bool until = order->form == FORM_PASS_UNTIL || order->form == FORM_FILE_UNTIL;
    ssize_t length;
    do
        length = until ? cocall_oob_until(target, &request, sizeof request, &reply, sizeof reply, sent, count,
                                          information, &time)
                       : cocall_oob(target, &request, sizeof request, &reply, sizeof reply, sent, count, information);
    while (length < 0 && errno == EBUSY && sched_yield() == 0);
    answer(&request, &expected);
    *right = length == sizeof reply && memcmp(&reply, &expected, sizeof reply) == 0 &&
             information->attachments.count == count && information->attachments.dropped == 0;
    return length;
}

static bool write_and_close(int file)
{
    return write(file, "2", 1) == 1 && close(file) == 0;
}

/* Gives the callee's handle, if it has come. */
static struct outcome exchange(cotarget_t target, const struct order *order, cohandle_t mine, cohandle_t *theirs)
{
    int ends[2] = {-1, -1};
    bool with_file = order->form == FORM_FILE || order->form == FORM_FILE_UNTIL, right;
    if (with_file)
        need(pipe(ends) == 0, "pipe");
    struct coattachment sent[2] = {{.descriptor = -1, .handle = mine},
                                   {.kind = COHANDLE_DESCRIPTOR, .descriptor = ends[1]}},
                        received[2] = {{0}};
    struct cocall_information information = {sizeof information, 0, {received, 2, 0, 0}};
    ssize_t length = call_with(target, order, sent, with_file ? 2 : 1, &information, &right);
    struct outcome outcome = {length, length < 0 ? errno : 0, right};
    *theirs = received[0].handle;
    if (with_file && right)
        outcome.right = right =
            *theirs && received[1].kind == COHANDLE_DESCRIPTOR && write_and_close(received[1].descriptor);
    if (!with_file)
        return outcome;
    need(close(ends[1]) == 0, "close");
    if (sent_pipe.end >= 0)
        close(sent_pipe.end);
    sent_pipe.end = ends[0];
    sent_pipe.answered = right;
    return outcome;
}

/* Nobody has the writing end of the last pipe any more, and whoever had it has written one byte. */
static bool pipe_is_settled(void)
{
    char bytes[8];
    size_t count = 0;
    ssize_t length = 1;
    struct pollfd ready = {.fd = sent_pipe.end, .events = POLLIN};
    if (sent_pipe.end < 0)
        return true;
    while (length > 0 && count < sizeof bytes && poll(&ready, 1, PATIENCE) == 1) {
        length = read(sent_pipe.end, bytes + count, sizeof bytes - count);
        count += length > 0 ? (size_t)length : 0;
    }
    close(sent_pipe.end);
    sent_pipe.end = -1;
    bool answered = count == 2 && memcmp(bytes, "12", 2) == 0;
    return length == 0 && (sent_pipe.answered ? answered : count == 0 || (count == 1 && bytes[0] == '1'));
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
    return order->form < FORM_DUP || (more != 0 && cohandle_close(more) == 0);
}

static struct outcome share(cotarget_t target, const struct order *order)
{
    static cohandle_t root;
    if (!root)
        need((root = coseal(1, 3)) != 0, "coseal");
    cohandle_t middle = 0, theirs = 0;
    if (order->form == FORM_CLOSE || order->form == FORM_REVOKE)
        need((middle = codup(root)) != 0, "codup");
    struct outcome outcome = exchange(target, order, middle ? middle : root, &theirs);
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
        return (struct outcome){.right = pipe_is_settled(), .result = (int64_t)count_room()};
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
    use_tables();
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
    if (argc == 3 && strncmp(argv[1], "hold", 4) == 0)
        hold(argv[2], strcmp(argv[1], "hold-few") == 0);
    if (argc > 4 && strcmp(argv[1], "call") == 0)
        obey(argv + 2, argc - 4, argv + 4);
    return 0;
}
