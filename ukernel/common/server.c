/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The loop of a worker. All that has to be known after its context was lost is in static memory.
 */
#include "ukernel/common/server.h"

#include "ukernel/common/signals.h"

#include <string.h>
#include <unistd.h>

struct death {
    uint32_t operation;
    uint32_t reserved;
    uint64_t identity;
};

static const struct server *server;
static cotarget_t worker;
static pid_t own_pid;

static _Alignas(16) unsigned char request[SERVER_REQUEST_MAX];
static _Alignas(16) unsigned char reply[SERVER_REPLY_MAX];
static struct coattachment received[COATTACHMENT_MAX];
static struct coattachment given[SERVER_GIVE_MAX];
static size_t given_count;
static struct cocall_information information;
static struct cocaller caller;

static void close_attachment(struct coattachment *attachment)
{
    cohandle_t handle = attachment->handle;
    attachment->handle = 0;
    if (attachment->kind == COHANDLE_DESCRIPTOR && attachment->descriptor >= 0)
        close(attachment->descriptor);
    else if (handle)
        cohandle_close(handle);
    attachment->descriptor = -1;
}

/* The last one first, so that the core uses the same places of the table again and again: what it looks for there takes
 * the longer, the more places have ever been used. */
static void close_received(size_t count)
{
    while (count > 0)
        close_attachment(&received[--count]);
}

static void close_given(void)
{
    while (given_count > 0)
        close_attachment(&given[--given_count]);
}

const struct cocaller *server_caller(void)
{
    if (caller.size == 0) {
        caller.size = sizeof caller;
        if (cocaller(&caller) != 0)
            caller.size = 0;
    }
    return caller.size ? &caller : NULL;
}

bool server_calls_itself(void)
{
    pid_t pid;
    return cogetpid(&pid) == 0 && pid == own_pid;
}

static struct coattachment *attachment(size_t number)
{
    return number < information.attachments.count ? &received[number] : NULL;
}

cohandle_t server_handle(size_t number)
{
    const struct coattachment *found = attachment(number);
    return found ? found->handle : 0;
}

uint32_t server_kind(size_t number)
{
    const struct coattachment *found = attachment(number);
    return found ? found->kind : 0;
}

cohandle_t server_take(size_t number)
{
    struct coattachment *found = attachment(number);
    cohandle_t handle = found ? found->handle : 0;
    if (handle)
        found->handle = 0;
    return handle;
}

cohandle_t server_take_in(struct state *state, size_t number)
{
    struct coattachment *found = attachment(number);
    cohandle_t handle = found ? found->handle : 0;
    if (handle)
        state_set(state, &found->handle, 0);
    return handle;
}

cohandle_t server_give(cohandle_t handle)
{
    if (!handle)
        return 0;
    if (given_count == SERVER_GIVE_MAX) {
        cohandle_close(handle);
        return 0;
    }
    given[given_count] = (struct coattachment){.descriptor = -1, .handle = handle};
    given_count++;
    return handle;
}

static int serve_death(const struct server_call *call)
{
    const struct death *death = call->request;
    if (call->length < sizeof *death || !server_calls_itself())
        return ENOSYS;
    server->died(death->identity);
    return 0;
}

static int dispatch(struct server_call *call)
{
    const struct server_operation *operation;
    uint32_t number;
    if (call->length < sizeof(struct server_request))
        return EINVAL;
    number = ((const struct server_request *)call->request)->operation;
    if (number == SERVER_DEATH && server->died)
        return serve_death(call);
    if (number >= server->operation_count || !server->operations[number].serve)
        return ENOSYS;
    operation = &server->operations[number];
    if (call->length < operation->request_size || information.offered > sizeof request)
        return EINVAL;
    if (information.attachments.dropped)
        return ENOMEM;
    if (call->handle_count < operation->handle_count)
        return EBADF;
    call->reply_length = operation->reply_size;
    return operation->serve(call);
}

/* Gives the length of the reply. */
static size_t answer(cocookie_t cookie, size_t length)
{
    struct server_call call = {
        .request = request,
        .length = length,
        .reply = reply,
        .reply_length = sizeof(struct server_reply),
        .cookie = cookie,
        .handle_count = information.attachments.count,
    };
    caller.size = 0;
    int error = dispatch(&call);
    ((struct server_reply *)reply)->error = error;
    close_received(information.attachments.count);
    if (error)
        close_given();
    return error ? sizeof(struct server_reply) : call.reply_length;
}

static _Noreturn void loop(void)
{
    size_t length = 0;
    for (;;) {
        cocookie_t cookie = 0;
        information.size = sizeof information;
        information.attachments = (struct coattachment_set){.array = received, .capacity = COATTACHMENT_MAX};
        ssize_t got = coaccept_oob(&cookie, reply, length, request, sizeof request, given, given_count, &information);
        if (got < 0) {
            /* What was to be given has been revoked meanwhile; the caller still waits. */
            close_given();
            ((struct server_reply *)reply)->error = ENOLINK;
            length = sizeof(struct server_reply);
            continue;
        }
        close_given();
        length = answer(cookie, (size_t)got);
    }
}

/* Attachments may have been received and not closed: what is not told as received here, the core closes. */
static _Noreturn void start_again(int error)
{
    (void)error;
    server->recover(); /* first: it may give back what was taken in a change */
    close_received(COATTACHMENT_MAX);
    close_given();
    loop();
}

int serve(const struct server *what)
{
    static struct server kept; /* what lies on the stack is lost when the worker starts again */
    kept = *what;
    __atomic_store_n(&server, &kept, __ATOMIC_RELEASE);
    own_pid = getpid();
    leave_signals_to_supervisor();
    if (coregister(NULL, start_again, &worker) != 0)
        return errno;
    server->recover();
    if (copool_add(server->pool, worker) != 0)
        return errno;
    loop();
}

int server_tell_death(uint64_t identity)
{
    struct death death = {.operation = SERVER_DEATH, .identity = identity};
    struct server_reply result;
    const struct server *serves = __atomic_load_n(&server, __ATOMIC_ACQUIRE);
    if (!serves)
        return ENOLINK;
    ssize_t got = cocall_until(serves->pool, &death, sizeof death, &result, sizeof result, NULL);
    return got < 0 ? errno : result.error;
}
