/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: COCARRIERs. ipcd copies a message into the arena of the port, from the request or from a window.
 */
#include "lib/libcomsg/port.h"

#include <comesg/handle.h>
#include <comesg/microkernel.h>
#include <comesg/window.h>

#include <errno.h>
#include <string.h>

static int send_by_window(struct port_request *request, const void *buf, size_t len, struct ports_reply *reply)
{
    struct coattachment attachments[1 + COATTACHMENT_MAX];
    struct lent lent;
    if (port_lend(&lent, buf, len, CORIGHT_R))
        return -1;
    attachments[0] = (struct coattachment){.descriptor = -1, .handle = lent.window};
    for (size_t i = 0; i < request->n; i++)
        attachments[i + 1] = request->attachments[i];
    request->attachments = attachments;
    request->n++;
    request->request.flags |= PORTS_WINDOW;
    int result = port_call(request, reply, sizeof *reply, NULL);
    int error = errno;
    port_take_back(&lent, NULL, 0);
    errno = error;
    return result;
}

static int send_attached(const struct ports_request *head, const void *buf, size_t len, const struct attached *attached,
                         struct ports_reply *reply)
{
    struct port_request request = {.request = *head, .attachments = attached->attachments, .n = attached->n};
    if (len > PORTS_INLINE_MAX)
        return send_by_window(&request, buf, len, reply);
    request.bytes = buf;
    request.length = len;
    return port_call(&request, reply, sizeof *reply, NULL);
}

static ssize_t send_once(coport_t port, const void *buf, size_t len, const struct attached *attached, bool waits)
{
    const struct ports_request head = {PORTS_SEND, waits ? PORTS_WAITS : 0, port, len, 0};
    struct ports_reply reply;
    if (len > COCARRIER_MESSAGE_MAX) {
        errno = EMSGSIZE;
        return -1;
    }
    int result = len > PORTS_INLINE_MAX || attached->n ? send_attached(&head, buf, len, attached, &reply)
                                                       : port_ask_with(&head, buf, len, &reply, sizeof reply);
    return result ? -1 : (ssize_t)len;
}

ssize_t carrier_send(coport_t port, const void *buf, size_t len, const struct attached *attached,
                     const struct patience *patience)
{
    for (;;) {
        ssize_t sent = send_once(port, buf, len, attached, patience->waits);
        if (sent >= 0 || errno != EAGAIN || !patience->waits)
            return sent;
        if (port_wait(port, 0, patience)) /* ipcd wakes this thread */
            return -1;
    }
}

static ssize_t receive_once(coport_t port, void **buf, size_t len, struct coattachment_set *set)
{
    struct ports_message message;
    struct known_arena arena;
    if (port_arena(port, &arena))
        return -1;
    const struct ports_request head = {PORTS_RECEIVE, 0, port, len, 0};
    if (set ? port_call(&(struct port_request){.request = head}, &message, sizeof message, set)
            : port_ask(&head, sizeof head, &message, sizeof message))
        return -1;
    *buf = message.length ? (void *)(uintptr_t)(arena.address + message.offset) : NULL;
    if (message.length)
        __atomic_fetch_add(arena.held, 1, __ATOMIC_RELAXED);
    return (ssize_t)message.length;
}

ssize_t carrier_receive(coport_t port, void **buf, size_t len, struct coattachment_set *set,
                        const struct patience *patience)
{
    for (;;) {
        ssize_t received = receive_once(port, buf, len, set);
        if (received >= 0 || errno != EAGAIN || !patience->waits)
            return received;
        if (port_wait(port, COPOLL_IN, patience))
            return -1;
    }
}

int coport_msg_free(coport_t port, void *message)
{
    struct ports_reply reply;
    struct known_arena arena;
    if (!port_is_carrier(port))
        return -1;
    if (!message)
        return 0;
    if (port_arena(port, &arena))
        return -1;
    uint64_t offset = (uint64_t)((uintptr_t)message - (uintptr_t)arena.address);
    if (offset >= arena.size) {
        errno = EINVAL;
        return -1;
    }
    const struct ports_request request = {PORTS_FREE, 0, port, 0, offset};
    if (port_ask(&request, sizeof request, &reply, sizeof reply))
        return -1;
    __atomic_fetch_sub(arena.held, 1, __ATOMIC_RELAXED);
    return 0;
}
