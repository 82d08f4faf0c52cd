/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: the worker that changes the tables. Clients call it directly with requests that have no attachments, which is
 * the fastest way; all others go to one of the threads that receive the attachments and have the worker serve the
 * request. Such a thread copies long messages itself, while the worker serves others.
 */
#include "ukernel/ipcd/ports.h"

#include <comesg/window.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

/* Of orders, which only this process gives. */
enum { SERVE = 0x100, COPIED = 0x101, DIED = 0x102, GIVE_UP = 0x103, NOTHING = 0x104, CLOSING = 0x105 };

/* In place of a thread, of who serves a death: there is one at a time, which nobody else cuts off. */
enum { DEATHS = SERVER_THREADS };

struct order {
    uint32_t operation;
    uint32_t reserved;
    struct server_call call;
    struct present present;
    uint64_t identity;
    int64_t outcome; /* of the copy */
};

/* Directly, because calls through a table are much slower. */
static inline int serve_operation(uint32_t operation, struct server_call *call)
{
    switch (operation) {
    case PORTS_SEND:
        call->reply_length = sizeof(struct ports_reply);
        return carrier_send(call);
    case PORTS_RECEIVE:
        call->reply_length = sizeof(struct ports_message);
        return carrier_receive(call);
    case PORTS_FREE:
        call->reply_length = sizeof(struct ports_reply);
        return carrier_free(call);
    case PORTS_PIPE_SEND:
        call->reply_length = sizeof(struct ports_rendezvous);
        return pipe_send(call);
    case PORTS_PIPE_RECEIVE:
        call->reply_length = sizeof(struct ports_rendezvous);
        return pipe_receive(call);
    case PORTS_PIPE_RESULT:
        call->reply_length = sizeof(struct ports_rendezvous);
        return pipe_result(call);
    case PORTS_READER:
        call->reply_length = sizeof(struct ports_reply);
        return carrier_reader(call);
    case PORTS_CLOSE:
        call->reply_length = sizeof(struct ports_reply);
        return port_close(call);
    case PORTS_OPEN:
        return port_open(call);
    case PORTS_ARENA:
        return carrier_arena(call);
    case PORTS_DIRECT:
        return carrier_words(call);
    default:
        return EINVAL;
    }
}

struct present present;
cotarget_t direct_target;

static cocookie_t fronts[SERVER_THREADS + 2]; /* threads of this process that have called */
static pid_t own_pid;
static _Alignas(64) unsigned char request[sizeof(struct ports_request) + PORTS_INLINE_MAX];
static _Alignas(64) unsigned char reply[64];
static sem_t started;

struct known known[KNOWN];

uint64_t ask_identity(uint64_t cookie)
{
    struct known *place = &known[cookie % KNOWN];
    const struct cocaller *found = present.direct ? NULL : server_caller();
    struct cocaller caller = {.size = sizeof caller};
    if (!present.direct)
        return found ? found->identity : 0;
    if (cocaller(&caller))
        return 0;
    place->cookie = 0;
    atomic_signal_fence(memory_order_seq_cst);
    place->identity = caller.identity;
    atomic_signal_fence(memory_order_seq_cst);
    place->cookie = cookie;
    return caller.identity;
}

const struct cocaller *present_caller(const struct server_call *call)
{
    (void)call;
    return present.direct ? NULL : server_caller();
}

/* No client takes the worker along in its death from here on, until the reply: a system call that depends on the
 * process moves it to its own kernel thread. */
void worker_go_home(void)
{
    getppid();
}

static void find_port(struct present *of, uint64_t handle)
{
    of->port_error = comint_read_caller(port_seal, handle, &of->badge, &of->rights) ? EBADF : 0;
}

/* Stores 8 bytes at once, which are soon loaded at once. */
static void answer(int error)
{
    uint64_t *first = (uint64_t *)reply;
    *first = (uint64_t)((uint32_t *)reply)[1] << 32 | (uint32_t)error;
}

static size_t serve_directly(size_t length, cocookie_t cookie)
{
    const struct ports_request *head = (const struct ports_request *)request;
    struct server_call call = {.request = request, .length = length, .reply = reply, .cookie = cookie};
    int error = EINVAL;
    if (length >= sizeof *head) {
        present.direct = true;
        if (head->operation != PORTS_PIPE_RESULT)
            find_port(&present, head->port);
        error = serve_operation(head->operation, &call);
    }
    answer(error);
    return error ? sizeof(struct ports_reply) : call.reply_length;
}

bool present_lives(const struct server_call *call)
{
    const struct cocaller *caller = present_caller(call);
    return caller && coalive(caller->identity);
}

/* A thread at home goes on when its caller dies. Whoever lives here has his death told afterwards. */
static int serve_living(struct server_call *call)
{
    if (!present_lives(call))
        return ESRCH;
    return serve_operation(((const struct ports_request *)call->request)->operation, call);
}

/* Orders of other threads of this process, which have found the port in the place of their callers. Such a thread's
 * stack may be lost before this is done. */
static size_t obey(void)
{
    static struct order order;
    int error = 0;
    order = *(const struct order *)request;
    present = order.present;
    if (order.operation == SERVE || order.operation == COPIED)
        server_act_for(order.call.thread);
    if (order.operation == SERVE)
        error = serve_living(&order.call);
    if (order.operation == COPIED)
        error = copy_over(&order.call, order.outcome);
    if (order.operation == GIVE_UP)
        thread_give_up(order.call.thread);
    if (order.operation == DIED) {
        client_ended(order.identity);
        ports_sweep();
    }
    if (order.operation == CLOSING)
        held_take_dropped(order.call.thread);
    ((struct ports_reply *)reply)->error = error;
    return sizeof(struct ports_reply);
}

static bool is_own(cocookie_t cookie)
{
    pid_t pid;
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        if (fronts[i] == cookie)
            return true;
        if (fronts[i])
            continue;
        bool own = cogetpid(&pid) == 0 && pid == own_pid;
        if (own)
            fronts[i] = cookie;
        return own;
    }
    return false;
}

static bool is_order(size_t length, cocookie_t cookie)
{
    return length == sizeof(struct order) && ((const struct order *)request)->operation >= SERVE && is_own(cookie);
}

static _Noreturn void loop(void)
{
    size_t length = 0;
    for (;;) {
        cocookie_t cookie = 0;
        ssize_t got = coaccept(&cookie, reply, length, request, sizeof request);
        if (got < 0)
            length = 0;
        else
            length = is_order((size_t)got, cookie) ? obey() : serve_directly((size_t)got, cookie);
    }
}

static _Noreturn void start_again(int error)
{
    (void)error;
    table_recover();
    loop();
}

static void *run(void *nothing)
{
    own_pid = getpid();
    if (coregister(NULL, start_again, &direct_target) == 0) {
        table_recover();
        sem_post(&started);
        loop();
    }
    direct_target = 0;
    sem_post(&started);
    return nothing;
}

/* The worker is busy only for a moment, and to wait for it costs more than to try again a few times. */
static int have_done(const struct order *order)
{
    enum { TRIES = 32 };
    struct ports_reply answer;
    ssize_t length = cocall(direct_target, order, sizeof *order, &answer, sizeof answer);
    for (unsigned tries = 0; length < 0 && errno == EBUSY && tries < TRIES; tries++) {
        if (tries < TRIES / 2)
            __builtin_ia32_pause();
        else
            sched_yield();
        length = cocall(direct_target, order, sizeof *order, &answer, sizeof answer);
    }
    if (length < 0 && errno == EBUSY)
        length = cocall_until(direct_target, order, sizeof *order, &answer, sizeof answer, NULL);
    return length < 0 ? errno : answer.error;
}

/* Here, on this process's own kernel threads, and not by the worker: closing may take time. Nothing comes between
 * closing and noting that, because after the first system call this thread stays there. */
static void close_dropped(unsigned thread)
{
    volatile uint64_t *closing = &ipcd.closing[thread];
    int error = 0;
    while (*closing || (!error && *(volatile uint32_t *)&ipcd.dropped)) {
        if (*closing) {
            close((int)*closing - 1);
            *closing = 0;
        }
        error = have_done(&(struct order){.operation = CLOSING, .call = {.thread = thread}});
    }
}

/* How many more this process can have, if not more than enough. */
static uint32_t room_for_descriptors(void)
{
    enum { ENOUGH = 4400, FAR = 8200 }; /* FAR leaves ENOUGH, whatever numbers the core keeps for itself */
    static int copies[ENOUGH];
    uint32_t count = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return 0;
    int far = fcntl(ends[0], F_DUPFD_CLOEXEC, FAR);
    while (far < 0 && count < ENOUGH && (copies[count] = fcntl(ends[0], F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    for (uint32_t i = 0; i < count; i++)
        close(copies[i]);
    if (far >= 0)
        close(far);
    close(ends[0]);
    close(ends[1]);
    return far >= 0 ? ENOUGH : count;
}

bool worker_start(void)
{
    pthread_t thread;
    held_limit(room_for_descriptors());
    sem_init(&started, 0, 0);
    if (pthread_create(&thread, NULL, run, NULL))
        return false;
    sem_wait(&started);
    return direct_target && have_done(&(struct order){.operation = NOTHING}) == 0;
}

static int64_t copy(const struct copy *copy)
{
    ssize_t copied = cocopy(copy->to, copy->to_offset, copy->from, 0, copy->length);
    return copied < 0 ? copied : 0;
}

int worker_serve(struct server_call *call)
{
    const struct ports_request *head = call->request;
    struct order order = {.operation = SERVE, .call = *call};
    if (head->operation != PORTS_OPEN && head->operation != PORTS_PIPE_RESULT && head->operation != PORTS_DIRECT)
        find_port(&order.present, head->port);
    server_note_caller(call->thread);
    int error = have_done(&order);
    while (error == COPY_FIRST) {
        order.operation = COPIED;
        order.outcome = copy(copy_of(call));
        error = have_done(&order);
    }
    close_dropped(call->thread);
    return error;
}

void worker_died(uint64_t identity)
{
    have_done(&(struct order){.operation = DIED, .identity = identity});
    close_dropped(DEATHS);
}

/* When this has been done, the worker has undone what it had begun. */
void worker_recover(void)
{
    have_done(&(struct order){.operation = NOTHING});
}

void worker_give_up(unsigned thread)
{
    have_done(&(struct order){.operation = GIVE_UP, .call = {.thread = thread}});
    close_dropped(thread);
}
