/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: COPIPEs. A sender or receiver gives ipcd a window to his buffer; who comes first is parked there.
 */
#include "lib/libcomsg/port.h"

#include <comesg/window.h>

#include <errno.h>
#include <stdlib.h>

static ssize_t result_of(const struct ports_rendezvous *reply)
{
    return (ssize_t)reply->length;
}

static int ask(coport_t port, struct ports_rendezvous *reply, uint64_t ticket, uint32_t flags)
{
    const struct ports_request request = {PORTS_PIPE_RESULT, flags, port, 0, ticket};
    for (;;) {
        if (port_ask(&request, sizeof request, reply, sizeof *reply) == 0)
            return 0;
        /* The buffer is not ours again before ipcd has answered or is gone. */
        if (errno != EBUSY && errno != EINTR)
            return -1;
    }
}

/* Nothing has come until the end of patience: perhaps something has, after all. */
static ssize_t cancel(coport_t port, struct ports_rendezvous *reply, uint64_t ticket, int reason)
{
    if (ask(port, reply, ticket, PORTS_CANCEL) == 0)
        return result_of(reply);
    if (errno == ECANCELED || errno == EAGAIN)
        errno = reason;
    return -1;
}

static ssize_t await(coport_t port, struct ports_rendezvous *reply, const struct patience *patience)
{
    uint64_t ticket = reply->ticket;
    while (reply->parked) {
        if (port_wait(port, 0, patience))
            return cancel(port, reply, ticket, errno);
        if (ask(port, reply, ticket, 0))
            return -1;
    }
    return result_of(reply);
}

static ssize_t meet(coport_t port, uint32_t operation, struct lent *lent, size_t len, const struct patience *patience)
{
    struct ports_rendezvous reply;
    const struct coattachment window = {.descriptor = -1, .handle = lent->window};
    const struct port_request request = {
        .request = {operation, patience->waits ? PORTS_WAITS : 0, port, len, 0},
        .attachments = &window,
        .n = len ? 1 : 0,
    };
    ssize_t result;
    do {
        if (port_call(&request, &reply, sizeof reply, NULL))
            return -1;
        result = await(port, &reply, patience);
    } while (result < 0 && errno == EAGAIN); /* who met this one has had to give up */
    return result;
}

ssize_t pipe_send(coport_t port, const void *buf, size_t len, const struct patience *patience)
{
    struct lent lent = {0};
    if (len && port_lend(&lent, buf, len, CORIGHT_R))
        return -1;
    ssize_t sent = meet(port, PORTS_PIPE_SEND, &lent, len, patience);
    int error = errno;
    if (len)
        port_take_back(&lent, NULL, 0);
    errno = error;
    return sent;
}

ssize_t pipe_receive(coport_t port, void *buf, size_t len, const struct patience *patience)
{
    struct lent lent = {0};
    if (len && port_lend(&lent, buf, len, CORIGHT_W))
        return -1;
    ssize_t received = meet(port, PORTS_PIPE_RECEIVE, &lent, len, patience);
    int error = errno;
    if (len && port_take_back(&lent, buf, received > 0 ? (size_t)received : 0))
        return -1;
    errno = error;
    return received;
}
