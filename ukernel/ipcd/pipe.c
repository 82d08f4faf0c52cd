/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: COPIPEs. Who comes first leaves a window to his buffer and waits; who comes second has the message copied, from
 * window to window, and both are done.
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

/* It has its result, and will be woken. */
static void finish(uint32_t place, int64_t result)
{
    struct parked *parked = &ipcd.parked[place];
    take_out(queue_of(parked), place);
    SET(&parked->state, PARKED_DONE);
    SET(&parked->result, result);
    append(queue_of(parked), place);
    port_will_change(&ipcd.ports[parked->port]);
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
    SET(&parked->state, PARKED_FREE);
    SET(&parked->generation, parked->generation + 1);
    place_give_back(&ipcd.parked_places, place, next_parked);
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
    if (request->length && call->handle_count < 1)
        return EINVAL;
    return (*port)->closed ? EPIPE : 0;
}

static int park(struct port *port, bool sends, const struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct ports_rendezvous *reply = call->reply;
    if (!(request->flags & PORTS_WAITS))
        return EAGAIN;
    uint32_t place = place_take(&ipcd.parked_places, PARKED_MAX, next_parked);
    if (!place)
        return ENOMEM;
    struct parked *parked = &ipcd.parked[place];
    SET(&parked->state, PARKED_WAITS);
    SET(&parked->port, port_number(port));
    SET(&parked->sends, sends);
    SET(&parked->identity, present_identity(call));
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

static int answer(struct port *port, const struct server_call *call, uint64_t length)
{
    commit();
    port_changed(port, false);
    *(struct ports_rendezvous *)call->reply = (struct ports_rendezvous){.length = length};
    return 0;
}

static ssize_t copy(cowindow_t to, cowindow_t from, uint64_t length)
{
    return length ? cocopy(to, 0, from, 0, length) : 0;
}

int pipe_send(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct port *port;
    int error = begin(call, CORIGHT_SEND, &port);
    if (error)
        return error;
    while (port->pipe.receivers.first) {
        uint32_t place = port->pipe.receivers.first;
        const struct parked *receiver = &ipcd.parked[place];
        if (receiver->length < request->length)
            return EMSGSIZE;
        ssize_t copied = copy(receiver->window, server_handle(0), request->length);
        if (copied == COCOPY_SOURCE)
            return errno;
        finish(place, copied < 0 ? -EFAULT : (int64_t)request->length);
        if (copied >= 0)
            return answer(port, call, request->length);
        commit();
        port_changed(port, false);
    }
    return park(port, true, call);
}

int pipe_receive(struct server_call *call)
{
    const struct ports_request *request = call->request;
    struct port *port;
    int error = begin(call, CORIGHT_RECV, &port);
    if (error)
        return error;
    while (port->pipe.senders.first) {
        uint32_t place = port->pipe.senders.first;
        const struct parked *sender = &ipcd.parked[place];
        uint64_t length = sender->length;
        bool fits = length <= request->length;
        ssize_t copied = fits ? copy(server_handle(0), sender->window, length) : COCOPY_SOURCE;
        if (copied == COCOPY_DESTINATION)
            return errno;
        finish(place, !fits ? -EMSGSIZE : copied < 0 ? -EFAULT : (int64_t)length);
        if (copied >= 0)
            return answer(port, call, length);
        commit();
        port_changed(port, false);
    }
    return park(port, false, call);
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
    bool waits = parked->state == PARKED_WAITS;
    if (waits && !(request->flags & PORTS_CANCEL)) {
        *reply = (struct ports_rendezvous){.parked = 1, .ticket = request->argument};
        return 0;
    }
    int64_t result = waits ? -ECANCELED : parked->result;
    forget(place);
    *reply = (struct ports_rendezvous){.length = result < 0 ? 0 : (uint64_t)result};
    return result < 0 ? (int)-result : 0;
}

void pipe_client_ended(uint64_t identity)
{
    for (uint32_t place = 1; place <= ipcd.parked_places.limit; place++) {
        const struct parked *parked = &ipcd.parked[place];
        if (parked->state != PARKED_FREE && parked->identity == identity)
            forget(place);
    }
}
