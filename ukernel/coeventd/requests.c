/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The requests of clients, and of coeventd's own threads.
 */
#include "ukernel/coeventd/requests.h"

#include "ukernel/coeventd/own.h"

#include <comesg/coprivileged.h>

#include <errno.h>
#include <string.h>

static struct coeventd coeventd;
static uint64_t deliverer; /* cookie of the thread that calls back */

void requests_begin(const struct coeventd *what)
{
    coeventd = *what;
}

static void wake_deliverer(void)
{
    if (deliverer)
        cowake(deliverer);
}

/* --- who may have how much --- */

/* Which entries have handles; false if they move too fast to tell. */
static bool survey(cohandle_t seal, uint64_t *bits)
{
    for (unsigned tries = 0; tries < 16; tries++) {
        memset(bits, 0, EVENTS_MAX / 8);
        if (comint_survey(seal, bits, EVENTS_MAX) == 0)
            return true;
    }
    return false;
}

/* Of what nobody has a handle to, the last is removed only when there is need. */
static void sweep(void)
{
    static uint64_t bits[EVENTS_MAX / 64];
    if (survey(coeventd.event_seal, bits))
        events_sweep(coeventd.events, bits);
    if (survey(coeventd.callback_seal, bits))
        callbacks_sweep(coeventd.events, bits);
}

static bool get_maker(struct event_maker *maker)
{
    const struct cocaller *caller = server_caller();
    if (!caller)
        return false;
    maker->client = client_of(&coeventd.events->state, &coeventd.events->clients, caller->identity, events_purge);
    maker->limit = caller->quotas[COQUOTA_EVENTS];
    return maker->client != NULL;
}

static int mint(cohandle_t seal, uint64_t badge)
{
    return server_give(comint(seal, badge, CORIGHT_LISTEN, 0)) ? 0 : ENOMEM;
}

/* --- events --- */

static int make_event(uint32_t type, uint64_t subject, int32_t pid, uint32_t *index)
{
    struct event_maker maker;
    *index = event_find(coeventd.events, type, subject);
    if (*index != NO_EVENT)
        return 0;
    if (!get_maker(&maker))
        return ENOMEM;
    int error = event_make(coeventd.events, &maker, type, subject, pid, index);
    if (!error)
        return 0;
    sweep();
    return get_maker(&maker) ? event_make(coeventd.events, &maker, type, subject, pid, index) : ENOMEM;
}

static bool port_is_closed(uint64_t badge, int32_t *pid)
{
    uint32_t index = (uint32_t)badge, generation = (uint32_t)(badge >> 32);
    uint64_t closed = coeventd.closings->closed[index];
    *pid = closed >> 32 == generation ? (int32_t)(uint32_t)closed : 0;
    return closed >> 32 >= generation;
}

static void look_at_port(uint32_t index)
{
    int32_t pid;
    if (port_is_closed(coeventd.events->events[index].subject, &pid))
        event_happens(coeventd.events, index, pid, 0);
}

static int listen_to_port(void)
{
    uint64_t badge;
    uint32_t index;
    if (comint_read(coeventd.port_seal, server_handle(0), &badge, NULL) != 0 || (uint32_t)badge >= CLOSINGS_MAX)
        return EBADF;
    int error = make_event(PORT_CLOSED, badge, 0, &index);
    if (error)
        return error;
    if (!coeventd.events->events[index].happened)
        look_at_port(index);
    return mint(coeventd.event_seal, event_badge(coeventd.events, index));
}

/* Oneself, or one that one has started. */
static int listen_to_process(uint64_t pid)
{
    const struct cocaller *caller = server_caller();
    uint64_t identity, launcher;
    uint32_t index;
    if (!caller)
        return ENOMEM;
    if (pid == 0)
        pid = (uint64_t)caller->pid;
    if (pid > INT32_MAX || coidentify(coeventd.privileged, (pid_t)pid, &identity) != 0 ||
        colauncher(identity, &launcher) != 0)
        return ESRCH;
    if (identity != caller->identity && launcher != caller->identity)
        return EACCES;
    int error = make_event(PROCESS_DEATH, identity, (int32_t)pid, &index);
    return error ? error : mint(coeventd.event_seal, event_badge(coeventd.events, index));
}

static int listen_to(struct server_call *call)
{
    const struct events_listen *request = call->request;
    if (request->type == PORT_CLOSED)
        return listen_to_port();
    return request->type == PROCESS_DEATH ? listen_to_process(request->pid) : EINVAL;
}

/* --- callbacks --- */

static int make_callback(uint64_t token, uint32_t flags)
{
    struct event_maker maker;
    uint32_t index;
    int error = get_maker(&maker) ? callback_make(coeventd.events, &maker, token, flags, &index) : ENOMEM;
    if (error) {
        sweep();
        error = get_maker(&maker) ? callback_make(coeventd.events, &maker, token, flags, &index) : ENOMEM;
    }
    return error ? error : mint(coeventd.callback_seal, callback_badge(coeventd.events, index));
}

static int register_callback(struct server_call *call)
{
    const struct events_register *request = call->request;
    const struct cocaller *caller = server_caller();
    uint64_t identity, token;
    if (request->flags & ~CCB_SLOW)
        return EINVAL;
    if (server_kind(0) != COHANDLE_TARGET)
        return EBADF;
    if (!caller || cotarget_identity(server_handle(0), &identity) != 0 || identity != caller->identity)
        return EINVAL;
    if (covault_put(coeventd.vault, server_handle(0), &token) != 0)
        return ENOMEM;
    int error = make_callback(token, request->flags);
    if (error)
        covault_drop(coeventd.vault, token);
    return error;
}

/* --- installations --- */

/* What the two handles of a request name. */
struct both {
    uint32_t callback, event;
    uint32_t rights; /* that both have */
};

static int get_both(struct both *both)
{
    uint64_t callback, event;
    uint32_t rights;
    if (comint_read(coeventd.callback_seal, server_handle(0), &callback, &both->rights) != 0 ||
        comint_read(coeventd.event_seal, server_handle(1), &event, &rights) != 0 ||
        !callback_at(coeventd.events, callback, &both->callback) || !event_at(coeventd.events, event, &both->event))
        return EBADF;
    both->rights &= rights;
    return 0;
}

static int install(struct server_call *call)
{
    const struct events_install *request = call->request;
    struct event_maker maker;
    struct both both;
    if (request->length > CCB_ARGUMENTS_MAX ||
        call->length < offsetof(struct events_install, arguments) + request->length)
        return EINVAL;
    if (!get_maker(&maker)) /* first: what a dead co-process with this index had goes now */
        return ENOMEM;
    int error = get_both(&both);
    if (error)
        return error;
    if (!(both.rights & CORIGHT_LISTEN))
        return EACCES;
    if (installation_find(coeventd.events, both.callback, both.event) != NO_EVENT)
        return EEXIST;
    error = installation_make(coeventd.events, &maker, both.callback, both.event, request->arguments, request->length);
    if (error) {
        sweep();
        error = get_maker(&maker) ? installation_make(coeventd.events, &maker, both.callback, both.event,
                                                      request->arguments, request->length)
                                  : ENOMEM;
    }
    if (!error && coeventd.events->events[both.event].happened)
        wake_deliverer();
    return error;
}

static int remove_installation(struct server_call *call)
{
    const struct cocaller *caller = server_caller();
    struct both both;
    (void)call;
    int error = get_both(&both);
    if (error)
        return error;
    uint32_t index = installation_find(coeventd.events, both.callback, both.event);
    if (!caller || index == NO_EVENT || coeventd.events->installations[index].identity != caller->identity ||
        coeventd.events->installations[index].state != INSTALLATION_WAITS)
        return ENOENT;
    installation_remove(coeventd.events, index);
    return 0;
}

/* --- own threads --- */

static int look(struct server_call *call)
{
    if (!server_calls_itself())
        return ENOSYS;
    deliverer = call->cookie;
    coeventd.closings->listener = call->cookie;
    for (uint32_t index = 0; index < coeventd.events->event_table.used; index++) {
        const struct event *event = &coeventd.events->events[index];
        if (event->place.used && event->type == PORT_CLOSED && !event->happened)
            look_at_port(index);
    }
    return 0;
}

static int next_due(struct server_call *call)
{
    const struct own_next *request = call->request;
    struct own_due *due = call->reply;
    if (!server_calls_itself())
        return ENOSYS;
    uint32_t index = installation_next_due(coeventd.events, request->from);
    if (index == NO_EVENT)
        return ENOENT;
    const struct installation *installation = &coeventd.events->installations[index];
    const struct event *event = &coeventd.events->events[installation->event];
    const struct callback *callback = &coeventd.events->callbacks[installation->callback];
    due->next = index + 1;
    due->badge = installation_badge(coeventd.events, index);
    due->token = callback->token;
    due->flags = callback->flags;
    due->notice = (struct coevent_notice){
        .type = event->type, .pid = event->pid, .status = event->status, .length = installation->length};
    memcpy(due->notice.arguments, installation->arguments, installation->length);
    return 0;
}

static int done(struct server_call *call)
{
    const struct own_done *request = call->request;
    uint32_t index;
    if (!server_calls_itself())
        return ENOSYS;
    if (!installation_at(coeventd.events, request->badge, &index))
        return 0;
    if (request->later)
        installation_set_state(coeventd.events, index, INSTALLATION_WAITS);
    else
        installation_remove(coeventd.events, index);
    return 0;
}

/* How those ended whose records are lost is not known. */
static void look_for_the_dead(void)
{
    for (uint32_t index = 0; index < coeventd.events->event_table.used; index++) {
        const struct event *event = &coeventd.events->events[index];
        if (event->place.used && event->type == PROCESS_DEATH && !event->happened && !coalive(event->subject))
            event_happens(coeventd.events, index, event->pid, 0);
    }
    for (uint32_t index = 0; index < CLIENTS_MAX; index++) {
        uint64_t identity = coeventd.events->clients.table[index].identity;
        if (identity != 0 && !coalive(identity))
            clients_died(&coeventd.events->clients, identity, events_purge);
    }
}

static int died(struct server_call *call)
{
    const struct own_died *request = call->request;
    if (!server_calls_itself())
        return ENOSYS;
    uint32_t index = event_find(coeventd.events, PROCESS_DEATH, request->identity);
    if (index != NO_EVENT)
        event_happens(coeventd.events, index, request->pid, request->status);
    clients_died(&coeventd.events->clients, request->identity, events_purge);
    if (request->lost)
        look_for_the_dead();
    state_set(&coeventd.events->state, &coeventd.events->deaths, request->sequence);
    state_commit(&coeventd.events->state);
    wake_deliverer();
    return 0;
}

enum { REPLY_SIZE = sizeof(struct events_reply) };

const struct server_operation requests_operations[] = {
    [EVENTS_LISTEN] = {listen_to, sizeof(struct events_listen), 0, REPLY_SIZE},
    [EVENTS_REGISTER] = {register_callback, sizeof(struct events_register), 1, REPLY_SIZE},
    [EVENTS_INSTALL] = {install, offsetof(struct events_install, arguments), 2, REPLY_SIZE},
    [EVENTS_REMOVE] = {remove_installation, sizeof(struct events_request), 2, REPLY_SIZE},
    [OWN_LOOK] = {look, sizeof(struct own_request), 0, REPLY_SIZE},
    [OWN_NEXT] = {next_due, sizeof(struct own_next), 0, sizeof(struct own_due)},
    [OWN_DONE] = {done, sizeof(struct own_done), 0, REPLY_SIZE},
    [OWN_DIED] = {died, sizeof(struct own_died), 0, REPLY_SIZE},
};
const size_t requests_operation_count = sizeof requests_operations / sizeof requests_operations[0];
