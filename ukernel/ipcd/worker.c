/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: the worker that changes the tables. Clients call it directly with requests that have no attachments, which is
 * the fastest way; all others go to a thread that receives the attachments and has the worker serve the request.
 */
#include "ukernel/ipcd/ports.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

/* Never in a request of a client: only the other thread has its cookie. */
enum { SERVE = 0x100, DIED = 0x101, NOTHING = 0x102 };

struct order {
    uint32_t operation;
    uint32_t reserved;
    struct server_call call;
    struct present present;
    uint64_t identity;
};

typedef int handler(struct server_call *);
static const struct {
    handler *serve;
    size_t reply_size;
} operations[PORTS_OPERATION_END] = {
    [PORTS_OPEN] = {port_open, 0},
    [PORTS_CLOSE] = {port_close, sizeof(struct ports_reply)},
    [PORTS_ARENA] = {carrier_arena, 0},
    [PORTS_SEND] = {carrier_send, sizeof(struct ports_reply)},
    [PORTS_RECEIVE] = {carrier_receive, sizeof(struct ports_message)},
    [PORTS_FREE] = {carrier_free, sizeof(struct ports_reply)},
    [PORTS_PIPE_SEND] = {pipe_send, sizeof(struct ports_rendezvous)},
    [PORTS_PIPE_RECEIVE] = {pipe_receive, sizeof(struct ports_rendezvous)},
    [PORTS_PIPE_RESULT] = {pipe_result, sizeof(struct ports_rendezvous)},
};

struct present present;
cotarget_t direct_target;

static cocookie_t front; /* of the thread that takes attachments: the first that calls */
static _Alignas(64) unsigned char request[sizeof(struct ports_request) + PORTS_INLINE_MAX];
static _Alignas(64) unsigned char reply[64];
static sem_t started;

/* Cookies and identities are never used again. */
enum { KNOWN = 256 };
static struct {
    uint64_t cookie, identity;
} known[KNOWN];

uint64_t present_identity(const struct server_call *call)
{
    unsigned place = (unsigned)call->cookie % KNOWN;
    struct cocaller caller = {.size = sizeof caller};
    if (!present.direct) {
        const struct cocaller *found = server_caller();
        return found ? found->identity : 0;
    }
    if (known[place].cookie == call->cookie)
        return known[place].identity;
    if (cocaller(&caller))
        return 0;
    known[place].cookie = 0;
    atomic_signal_fence(memory_order_seq_cst);
    known[place].identity = caller.identity;
    atomic_signal_fence(memory_order_seq_cst);
    known[place].cookie = call->cookie;
    return caller.identity;
}

const struct cocaller *present_caller(const struct server_call *call)
{
    (void)call;
    return present.direct ? NULL : server_caller();
}

static void recover(void)
{
    state_rollback(&ipcd.state);
    if (!ipcd.state.format)
        table_start();
    held_recover();
    if (ipcd.dirty)
        port_changed(&ipcd.ports[ipcd.dirty], true);
}

static void find_port(struct present *of, uint64_t handle)
{
    of->port_error = comint_read_caller(port_seal, handle, &of->badge, &of->rights) ? EBADF : 0;
}

static size_t serve_directly(size_t length, cocookie_t cookie)
{
    const struct ports_request *head = (const struct ports_request *)request;
    struct server_call call = {.request = request, .length = length, .reply = reply, .cookie = cookie};
    int error = EINVAL;
    if (length >= sizeof *head && head->operation < PORTS_OPERATION_END && operations[head->operation].serve) {
        present.direct = true;
        if (head->operation != PORTS_PIPE_RESULT)
            find_port(&present, head->port);
        error = operations[head->operation].serve(&call);
        call.reply_length = operations[head->operation].reply_size;
    }
    ((struct ports_reply *)reply)->error = error;
    return error ? sizeof(struct ports_reply) : call.reply_length;
}

/* Orders of the other thread, which has found the port in the place of its caller. That thread's stack may be lost
 * before this is done. */
static size_t obey(void)
{
    static struct order order;
    int error = 0;
    order = *(const struct order *)request;
    present = order.present;
    if (order.operation == SERVE)
        error = operations[((const struct ports_request *)order.call.request)->operation].serve(&order.call);
    if (order.operation == DIED) {
        client_ended(order.identity);
        ports_sweep();
    }
    ((struct ports_reply *)reply)->error = error;
    return sizeof(struct ports_reply);
}

static _Noreturn void loop(void)
{
    size_t length = 0;
    for (;;) {
        cocookie_t cookie = 0;
        ssize_t got = coaccept(&cookie, reply, length, request, sizeof request);
        if (!front)
            front = cookie;
        if (got < 0)
            length = 0;
        else
            length = cookie == front ? obey() : serve_directly((size_t)got, cookie);
    }
}

static _Noreturn void start_again(int error)
{
    (void)error;
    recover();
    loop();
}

static void *run(void *nothing)
{
    if (coregister(NULL, start_again, &direct_target) == 0) {
        recover();
        sem_post(&started);
        loop();
    }
    direct_target = 0;
    sem_post(&started);
    return nothing;
}

static int have_done(const struct order *order)
{
    struct ports_reply answer;
    ssize_t length = cocall_until(direct_target, order, sizeof *order, &answer, sizeof answer, NULL);
    return length < 0 ? errno : answer.error;
}

bool worker_start(void)
{
    pthread_t thread;
    sem_init(&started, 0, 0);
    if (pthread_create(&thread, NULL, run, NULL))
        return false;
    sem_wait(&started);
    return direct_target && have_done(&(struct order){.operation = NOTHING}) == 0;
}

int worker_serve(struct server_call *call)
{
    const struct ports_request *head = call->request;
    struct order order = {.operation = SERVE, .call = *call};
    if (head->operation != PORTS_OPEN && head->operation != PORTS_PIPE_RESULT)
        find_port(&order.present, head->port);
    server_caller();
    return have_done(&order);
}

void worker_died(uint64_t identity)
{
    have_done(&(struct order){.operation = DIED, .identity = identity});
}

/* When this has been done, the worker has undone what it had begun. */
void worker_recover(void)
{
    have_done(&(struct order){.operation = NOTHING});
}
