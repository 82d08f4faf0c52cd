/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: COPIPEs. Who comes first leaves a window to his buffer and waits; who comes second has the message copied, from
 * window to window, and both are done. While a long message is copied, the first one is in no queue.
 */
#include "ukernel/ipcd/ports.h"

#include <comesg/window.h>

#include <errno.h>

uint32_t pipe_events(const struct port *port)
{
    return (port->pipe.senders.first ? COPOLL_IN : 0) | (port->pipe.receivers.first ? COPOLL_OUT : 0);
}

static uint32_t *next_parked(uint32_t place)
{
    return &ipcd.parked[place].next;
}

static void append(struct queue *queue, uint32_t place)
{
    struct parked *parked = &ipcd.parked[place];
    SET(&parked->next, 0);
    SET(&parked->previous, queue->last);
    if (queue->last)
        SET(&ipcd.parked[queue->last].next, place);
    else
        SET(&queue->first, place);
    SET(&queue->last, place);
}

static void take_out(struct queue *queue, uint32_t place)
{
    const struct parked *parked = &ipcd.parked[place];
    if (parked->previous)
        SET(&ipcd.parked[parked->previous].next, parked->next);
    else
        SET(&queue->first, parked->next);
    if (parked->next)
        SET(&ipcd.parked[parked->next].previous, parked->previous);
    else
        SET(&queue->last, parked->previous);
}

static struct queue *queue_of(const struct parked *parked)
{
    struct pipe *pipe = &ipcd.ports[parked->port].pipe;
    return parked->state == PARKED_DONE ? &pipe->done : parked->sends ? &pipe->senders : &pipe->receivers;
}

static void release(uint32_t place)
{
    struct parked *parked = &ipcd.parked[place];
    SET(&parked->state, PARKED_FREE);
    SET(&parked->generation, parked->generation + 1);
    place_give_back(&ipcd.parked_places, place, next_parked);
}

/* It has its result, and will be woken; unless it is dead. */
static void finish(uint32_t place, int64_t result)
{
    struct parked *parked = &ipcd.parked[place];
    port_will_change(&ipcd.ports[parked->port]);
    if (!parked->identity) {
        cohandle_close(parked->window); /* closing twice does no harm */
        release(place);
        return;
    }
    if (parked->state != PARKED_COPIES)
        take_out(queue_of(parked), place);
    SET(&parked->state, PARKED_DONE);
    SET(&parked->result, result);
    append(queue_of(parked), place);
}

static void refuse_all(struct queue *queue)
{
    while (queue->first) {
        finish(queue->first, -EPIPE);
        commit();
    }
}

/* Doing this once more than needed does no harm. */
void pipe_wake(struct port *port)
{
    struct pipe *pipe = &port->pipe;
    if (port->closed) {
        refuse_all(&pipe->senders);
        refuse_all(&pipe->receivers);
    }
    while (pipe->done.first) {
        uint32_t place = pipe->done.first;
        struct parked *parked = &ipcd.parked[place];
        if (parked->window)
            cohandle_close(parked->window);
        cowake(parked->cookie);
        take_out(&pipe->done, place);
        SET(&parked->state, PARKED_TOLD);
        commit();
    }
}

/* Who has waited until now leaves the port. Its window is closed before: closing twice does no harm. */
static void forget(uint32_t place)
{
    struct parked *parked = &ipcd.parked[place];
    struct port *port = parked->state == PARKED_TOLD ? NULL : &ipcd.ports[parked->port];
    if (port) {
        if (parked->window)
            cohandle_close(parked->window);
        take_out(queue_of(parked), place);
        port_will_change(port);
    }
    release(place);
    commit();
    if (port)
        port_changed(port, false);
}

/* Not the same as one of the ipcd before. */
static uint64_t ticket_of(uint32_t place)
{
    return (ipcd.parked[place].generation + ipcd.started / 1000000) << 32 | place;
}

static int begin(const struct server_call *call, uint32_t rights, struct port **port)
{
    const struct ports_request *request = call->request;
    int error = port_of_call(rights, port);
    if (error)
        return error;
    if ((*port)->type != COPIPE)
        return EOPNOTSUPP;
    if (request->length && (call->handle_count < 1 || server_kind(0) != COHANDLE_WINDOW))
        return EINVAL;
    return (*port)->closed ? EPIPE : 0;
}

static int park(struct port *port, bool sends, const struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct ports_rendezvous *reply = call->reply;
    uint64_t identity = present_identity(call);
    if (!(request->flags & PORTS_WAITS))
        return EAGAIN;
    if (!identity)
        return ESRCH;
    uint32_t place = place_take(&ipcd.parked_places, PARKED_MAX, next_parked);
    if (!place)
        return ENOMEM;
    struct parked *parked = &ipcd.parked[place];
    SET(&parked->state, PARKED_WAITS);
    SET(&parked->port, port_number(port));
    SET(&parked->sends, sends);
    SET(&parked->identity, identity);
    SET(&parked->cookie, call->cookie);
    SET(&parked->window, request->length ? server_take_in(&ipcd.state, 0) : 0);
    SET(&parked->length, request->length);
    append(queue_of(parked), place);
    port_will_change(port);
    commit();
    port_changed(port, false);
    *reply = (struct ports_rendezvous){.parked = 1, .ticket = ticket_of(place)};
    return 0;
}

static void conclude(struct port *port, uint32_t place, int64_t result)
{
    finish(place, result);
    commit();
    port_changed(port, false);
}

/* The copy is over. True if the second one has an answer, otherwise he goes on with the next. If it is his own fault,
 * the first one, who is perhaps in no queue any more, begins again: others may have come meanwhile who could meet him.
 */
static bool settle(struct port *port, uint32_t place, const struct copy *copy, int64_t outcome,
                   const struct server_call *call)
{
    bool own = outcome == (ipcd.parked[place].sends ? COCOPY_DESTINATION : COCOPY_SOURCE);
    if (!own)
        conclude(port, place, outcome ? -EFAULT : (int64_t)copy->length);
    else if (ipcd.parked[place].state == PARKED_COPIES)
        conclude(port, place, -EAGAIN);
    *(struct ports_rendezvous *)call->reply = (struct ports_rendezvous){.length = outcome ? 0 : copy->length};
    return own || !outcome;
}

static int begin_copy(struct port *port, uint32_t place, const struct copy *copy, const struct server_call *call)
{
    struct parked *parked = &ipcd.parked[place];
    take_out(queue_of(parked), place);
    SET(&parked->state, PARKED_COPIES);
    copy_begin(call, port, copy);
    port_will_change(port);
    commit();
    port_changed(port, false);
    return COPY_FIRST;
}

/* Of the first who waits. Empty messages have no windows. */
static struct copy copy_with(uint32_t place, uint64_t length)
{
    const struct parked *parked = &ipcd.parked[place];
    return (struct copy){
        .port = parked->port,
        .what = place,
        .to = parked->sends ? server_handle(0) : parked->window,
        .from = parked->sends ? parked->window : server_handle(0),
        .length = parked->sends ? parked->length : length,
    };
}

static int meet(struct port *port, bool sends, const struct server_call *call)
{
    uint64_t length = ((const struct ports_request *)call->request)->length;
    struct queue *others = sends ? &port->pipe.receivers : &port->pipe.senders;
    while (others->first) {
        uint32_t place = others->first;
        const struct copy copy = copy_with(place, length);
        bool fits = copy.length <= (sends ? ipcd.parked[place].length : length);
        if (!fits && sends)
            return EMSGSIZE;
        if (!fits) {
            conclude(port, place, -EMSGSIZE);
            continue;
        }
        if (copy.length > COPIED_INSIDE)
            return begin_copy(port, place, &copy, call);
        int64_t outcome = copy.length ? cocopy(copy.to, 0, copy.from, 0, copy.length) : 0;
        int error = outcome < 0 ? errno : 0;
        if (settle(port, place, &copy, outcome < 0 ? outcome : 0, call))
            return error;
    }
    return park(port, sends, call);
}

int pipe_send(struct server_call *call)
{
    struct port *port;
    int error = begin(call, CORIGHT_SEND, &port);
    return error ? error : meet(port, true, call);
}

int pipe_receive(struct server_call *call)
{
    struct port *port;
    int error = begin(call, CORIGHT_RECV, &port);
    return error ? error : meet(port, false, call);
}

int pipe_copied(struct server_call *call, int64_t outcome)
{
    struct copy copy = *copy_of(call);
    struct port *port = &ipcd.ports[copy.port];
    bool sends = !ipcd.parked[copy.what].sends;
    copy_end(copy_of(call));
    if (settle(port, copy.what, &copy, outcome, call))
        return outcome ? EFAULT : 0;
    if (!present_lives(call))
        return ESRCH;
    return sends ? pipe_send(call) : pipe_receive(call);
}

void pipe_give_up(struct copy *copy)
{
    struct port *port = &ipcd.ports[copy->port];
    copy_end(copy);
    conclude(port, copy->what, -EAGAIN);
}

int pipe_result(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct ports_rendezvous *reply = call->reply;
    uint32_t place = (uint32_t)request->argument;
    struct parked *parked = &ipcd.parked[place];
    if (place == 0 || place > ipcd.parked_places.limit || ticket_of(place) != request->argument ||
        parked->state == PARKED_FREE || parked->identity != present_identity(call))
        return EPIPE;
    bool waits = parked->state == PARKED_WAITS, copies = parked->state == PARKED_COPIES;
    if ((waits || copies) && !(request->flags & PORTS_CANCEL)) {
        *reply = (struct ports_rendezvous){.parked = 1, .ticket = request->argument};
        return 0;
    }
    if (copies)
        return EBUSY;
    int64_t result = waits ? -ECANCELED : parked->result;
    forget(place);
    *reply = (struct ports_rendezvous){.length = result < 0 ? 0 : (uint64_t)result};
    return result < 0 ? (int)-result : 0;
}

void pipe_client_ended(uint64_t identity)
{
    for (uint32_t place = 1; place <= ipcd.parked_places.limit; place++) {
        struct parked *parked = &ipcd.parked[place];
        if (parked->state == PARKED_FREE || parked->identity != identity)
            continue;
        if (parked->state == PARKED_COPIES)
            *(volatile uint64_t *)&parked->identity = 0;
        else
            forget(place);
    }
}
