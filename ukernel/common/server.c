/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The loop of a worker. All that has to be known after its context was lost is in static memory.
 */
#include "ukernel/common/server.h"

#include "ukernel/common/signals.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct death {
    uint32_t operation;
    uint32_t reserved;
    uint64_t identity;
};

/* What a thread has. */
struct server_thread {
    _Alignas(16) unsigned char request[SERVER_REQUEST_MAX];
    _Alignas(16) unsigned char reply[SERVER_REPLY_MAX];
    struct coattachment received[COATTACHMENT_MAX];
    struct coattachment given[SERVER_GIVE_MAX];
    size_t given_count;
    size_t passed_count; /* of these, those that others have left here */
    struct cocall_information information;
    struct cocaller caller;
    cotarget_t target;
};

static const struct server *server;
static struct server_thread threads[SERVER_THREADS];
static struct server_thread *acting = &threads[0];
static pid_t own_pid;

void server_act_for(unsigned thread)
{
    acting = &threads[thread];
}

/* The context may be lost on the way. Closing a handle twice does no harm. A descriptor is closed on the worker's own
 * kernel thread, where it stays until the reply: nothing comes between closing it and noting that. */
static void close_attachment(struct coattachment *attachment)
{
    if (attachment->kind == COHANDLE_DESCRIPTOR && attachment->descriptor >= 0)
        close(attachment->descriptor);
    else if (attachment->handle)
        cohandle_close(attachment->handle);
    attachment->descriptor = -1;
    attachment->handle = 0;
}

/* The last one first, so that the core uses the same places of the table again and again: what it looks for there takes
 * the longer, the more places have ever been used. */
static void close_received(struct server_thread *thread, size_t count)
{
    while (count > 0)
        close_attachment(&thread->received[--count]);
}

static void close_given(struct server_thread *thread, size_t count)
{
    while (count > 0)
        close_attachment(&thread->given[--count]);
    thread->given_count = thread->passed_count = 0;
}

static bool is_revoked(const struct coattachment *attachment)
{
    return attachment->kind != COHANDLE_DESCRIPTOR && cohandle_kind(attachment->handle) < 0;
}

/* True if something was, of what is only passed on: the reply goes without it. On this process's own kernel thread,
 * where the context is not lost while a descriptor is in two places. */
static bool leave_out_revoked(struct server_thread *thread)
{
    struct coattachment *given = thread->given;
    size_t count = thread->given_count, kept = 0;
    if (thread->passed_count != count)
        return false;
    getppid();
    for (size_t i = 0; i < count; i++) {
        if (!is_revoked(&given[i]))
            given[kept++] = given[i];
    }
    for (size_t i = kept; i < count; i++)
        given[i] = (struct coattachment){.descriptor = -1};
    thread->given_count = thread->passed_count = kept;
    return kept < count;
}

/* Whoever has received a descriptor is not to find, for ever, that somebody else has it too. */
static bool gives_descriptors(const struct server_thread *thread)
{
    for (size_t i = 0; i < thread->given_count; i++) {
        if (thread->given[i].kind == COHANDLE_DESCRIPTOR)
            return true;
    }
    return false;
}

/* Asked once: who acts for this thread would have the core tell of somebody else. */
static const struct cocaller *caller_of(struct server_thread *thread)
{
    enum { UNASKED = 0, UNKNOWN = 1 };
    struct cocaller *caller = &thread->caller;
    if (caller->size == UNASKED) {
        caller->size = sizeof *caller;
        if (cocaller(caller) != 0)
            caller->size = UNKNOWN;
    }
    return caller->size == sizeof *caller ? caller : NULL;
}

void server_note_caller(unsigned thread)
{
    caller_of(&threads[thread]);
}

const struct cocaller *server_caller(void)
{
    return caller_of(acting);
}

bool server_calls_itself(void)
{
    pid_t pid;
    return cogetpid(&pid) == 0 && pid == own_pid;
}

static struct coattachment *attachment(size_t number)
{
    return number < acting->information.attachments.count ? &acting->received[number] : NULL;
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

struct coattachment server_take_attachment_in(struct state *state, size_t number)
{
    static const struct coattachment nothing = {.descriptor = -1};
    struct coattachment *found = attachment(number), taken = found ? *found : nothing;
    if (found)
        state_copy(state, found, &nothing, sizeof nothing);
    return taken;
}

cohandle_t server_give(cohandle_t handle)
{
    if (!handle)
        return 0;
    if (acting->given_count == SERVER_GIVE_MAX) {
        cohandle_close(handle);
        return 0;
    }
    acting->given[acting->given_count] = (struct coattachment){.descriptor = -1, .handle = handle};
    acting->given_count++;
    return handle;
}

/* Any request does it. */
void server_close_given(void)
{
    struct server_reply refused;
    for (unsigned number = 0; number <= server->more_threads; number++) {
        if (threads[number].target)
            cocall(threads[number].target, NULL, 0, &refused, sizeof refused);
    }
}

void server_give_in(struct state *state, const struct coattachment *attachment)
{
    state_copy(state, &acting->given[acting->given_count], attachment, sizeof *attachment);
    state_set(state, &acting->given_count, acting->given_count + 1);
    state_set(state, &acting->passed_count, acting->passed_count + 1);
}

static int serve_death(const struct server_call *call)
{
    const struct death *death = call->request;
    if (call->length < sizeof *death || !server_calls_itself())
        return ENOSYS;
    server->died(death->identity);
    return 0;
}

static int dispatch(const struct server_thread *thread, struct server_call *call)
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
    if (call->length < operation->request_size || thread->information.offered > sizeof thread->request)
        return EINVAL;
    if (thread->information.attachments.dropped)
        return ENOMEM;
    if (call->handle_count < operation->handle_count)
        return EBADF;
    call->reply_length = operation->reply_size;
    return operation->serve(call);
}

/* Gives the length of the reply. */
static size_t answer(struct server_thread *thread, cocookie_t cookie, size_t length)
{
    struct server_call call = {
        .request = thread->request,
        .length = length,
        .reply = thread->reply,
        .reply_length = sizeof(struct server_reply),
        .cookie = cookie,
        .handle_count = thread->information.attachments.count,
        .thread = (unsigned)(thread - threads),
    };
    thread->caller.size = 0;
    int error = dispatch(thread, &call);
    ((struct server_reply *)thread->reply)->error = error;
    close_received(thread, thread->information.attachments.count);
    if (error)
        close_given(thread, thread->given_count);
    return error ? sizeof(struct server_reply) : call.reply_length;
}

/* Replies, and waits for the next request unless descriptors went with the reply: EAGAIN then says that it is out. */
static ssize_t accept_next(struct server_thread *thread, cocookie_t *cookie, size_t length)
{
    struct cocall_information *information = &thread->information;
    information->size = sizeof *information;
    information->attachments = (struct coattachment_set){.array = thread->received, .capacity = COATTACHMENT_MAX};
    if (gives_descriptors(thread))
        return coaccept_oob_nb(cookie, thread->reply, length, thread->request, sizeof thread->request, thread->given,
                               thread->given_count, information);
    return coaccept_oob(cookie, thread->reply, length, thread->request, sizeof thread->request, thread->given,
                        thread->given_count, information);
}

static _Noreturn void loop(struct server_thread *thread)
{
    size_t length = 0;
    for (;;) {
        cocookie_t cookie = 0;
        ssize_t got = accept_next(thread, &cookie, length);
        int error = got < 0 ? errno : 0;
        if (error == EBADF && leave_out_revoked(thread))
            continue; /* the caller still waits */
        close_given(thread, thread->given_count);
        if (!error) {
            length = answer(thread, cookie, (size_t)got);
        } else if (error == EAGAIN) {
            length = 0;
        } else {
            /* What was to be given has been revoked meanwhile. */
            ((struct server_reply *)thread->reply)->error = ENOLINK;
            length = sizeof(struct server_reply);
        }
    }
}

/* Attachments may have been received and not closed: what is not told as received here, the core closes. */
static _Noreturn void start_again(unsigned number)
{
    struct server_thread *thread = &threads[number];
    server->recover(); /* first: it may give back what was taken in a change */
    if (server->give_up)
        server->give_up(number);
    close_received(thread, COATTACHMENT_MAX);
    close_given(thread, SERVER_GIVE_MAX);
    loop(thread);
}

/* A thread that starts again knows nothing but its entry. */
#define START_AGAIN(number)                                                                                            \
    static _Noreturn void start_again_##number(int error)                                                              \
    {                                                                                                                  \
        (void)error;                                                                                                   \
        start_again(number);                                                                                           \
    }
START_AGAIN(0)
START_AGAIN(1)
START_AGAIN(2)
START_AGAIN(3)

static int begin(unsigned number)
{
    static void (*const entries[SERVER_THREADS])(int) = {start_again_0, start_again_1, start_again_2, start_again_3};
    struct server_thread *thread = &threads[number];
    if (coregister(NULL, entries[number], &thread->target) != 0)
        return errno;
    server->recover();
    if (copool_add(server->pool, thread->target) != 0)
        return errno;
    loop(thread);
}

static void *begin_more(void *number)
{
    begin((unsigned)(uintptr_t)number);
    return NULL;
}

int serve(const struct server *what)
{
    static struct server kept; /* what lies on the stack is lost when the worker starts again */
    kept = *what;
    __atomic_store_n(&server, &kept, __ATOMIC_RELEASE);
    own_pid = getpid();
    leave_signals_to_supervisor();
    for (unsigned number = 1; number <= kept.more_threads; number++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, begin_more, (void *)(uintptr_t)number);
        if (error)
            return error;
    }
    return begin(0);
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
