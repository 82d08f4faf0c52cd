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

static ssize_t try_send(coport_t port, const struct port_request *request, size_t len)
{
    struct ports_reply reply;
    return port_call(port, request, &reply, sizeof reply, NULL) ? -1 : (ssize_t)len;
}

static ssize_t send_in_request(coport_t port, struct port_request *request, const void *buf, size_t len)
{
    request->bytes = buf;
    request->length = len;
    return try_send(port, request, len);
}

static ssize_t send_by_window(coport_t port, struct port_request *request, const void *buf, size_t len)
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
    ssize_t sent = try_send(port, request, len);
    int error = errno;
    port_take_back(&lent, NULL, 0);
    errno = error;
    return sent;
}

static ssize_t send_once(coport_t port, const void *buf, size_t len, const struct attached *attached, bool waits)
{
    struct port_request request = {
        .request = {.operation = PORTS_SEND, .flags = waits ? PORTS_WAITS : 0, .length = len},
        .attachments = attached->attachments,
        .n = attached->n,
    };
    if (len > COCARRIER_MESSAGE_MAX) {
        errno = EMSGSIZE;
        return -1;
    }
    return len <= PORTS_INLINE_MAX ? send_in_request(port, &request, buf, len)
                                   : send_by_window(port, &request, buf, len);
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
    const struct port_request request = {.request = {.operation = PORTS_RECEIVE, .length = len}};
    if (port_call(port, &request, &message, sizeof message, set))
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
    const struct port_request request = {.request = {.operation = PORTS_FREE, .argument = offset}};
    if (port_call(port, &request, &reply, sizeof reply, NULL))
        return -1;
    __atomic_fetch_sub(arena.held, 1, __ATOMIC_RELAXED);
    return 0;
}
