/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: ports of all types: opening, closing, and which type does what.
 */
#include "lib/libcomsg/port.h"

#include "lib/libcomsg/service_pools.h"

#include <comesg/call_options.h>
#include <comesg/cocall.h>
#include <comesg/conamespace.h>
#include <comesg/microkernel.h>
#include <comesg/window.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_TRIES = 16 };

static int failed(int error)
{
    errno = error;
    return -1;
}

bool port_patience(struct patience *patience, const struct timespec *abs_monotonic)
{
    patience->waits = true;
    if (comesg_call_deadline(abs_monotonic, &patience->deadline))
        return true;
    errno = EINVAL;
    return false;
}

static bool is_over(uint64_t deadline)
{
    struct timespec now;
    if (deadline == COMESG_CALL_WITHOUT_LIMIT)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec >= deadline;
}

int port_wait(coport_t port, uint32_t events, const struct patience *patience)
{
    pollcoport_t poll = {.coport = port, .events = events};
    if (!patience->waits)
        return failed(EAGAIN);
    int count = coport_wait(&poll, 1, patience->deadline);
    if (count < 0)
        return -1;
    return count == 0 && is_over(patience->deadline) ? failed(ETIMEDOUT) : 0;
}

int port_call(coport_t port, const struct port_request *what, void *reply, size_t reply_size,
              struct coattachment_set *received)
{
    struct {
        struct ports_request head;
        char bytes[PORTS_INLINE_MAX];
    } request;
    struct coattachment attachments[2 + COATTACHMENT_MAX];
    request.head = what->request;
    if (what->n + 1 > COATTACHMENT_MAX)
        return failed(EINVAL);
    if (what->length && cocopy(COCOPY_OWN, (uintptr_t)request.bytes, COCOPY_OWN, (uintptr_t)what->bytes,
                               what->length) != (ssize_t)what->length)
        return failed(EFAULT);
    attachments[0] = comesg_attach(port);
    for (size_t i = 0; i < what->n; i++)
        attachments[i + 1] = what->attachments[i];
    return comesg_call_some(SERVICE_PORTS, &request, sizeof request.head + what->length, reply, reply_size, attachments,
                            what->n + 1, received);
}

coport_t open_coport_with(int type, const struct coport_options *options)
{
    struct coport_options wanted = {.size = sizeof wanted};
    struct ports_reply reply;
    if (options && cocopy(COCOPY_OWN, (uintptr_t)&wanted, COCOPY_OWN, (uintptr_t)options, sizeof wanted) < 0) {
        errno = EFAULT;
        return 0;
    }
    if (wanted.size != sizeof wanted) {
        errno = EINVAL;
        return 0;
    }
    const struct ports_open request = {
        .operation = PORTS_OPEN,
        .type = (uint32_t)type,
        .ring_size = wanted.ring_size,
        .arena_size = wanted.arena_size,
        .depth = wanted.depth,
    };
    return comesg_call_for_handle(SERVICE_PORTS, &request, sizeof request, &reply, sizeof reply, NULL, 0);
}

coport_t open_coport(int type)
{
    return open_coport_with(type, NULL);
}

static coport_t fail_named(cohandle_t close_this, int error)
{
    if (close_this)
        cohandle_close(close_this);
    errno = error;
    return 0;
}

/* The port that this object stands for. */
static coport_t open_object(coobject_t object, int type)
{
    coport_t port = coobject_subject(object);
    if (!port)
        return fail_named(object, errno);
    cohandle_close(object);
    int present = coport_gettype(port);
    if (present < 0)
        return fail_named(port, errno);
    return present == type ? port : fail_named(port, EEXIST);
}

static coport_t insert(const char *name, coport_t port, conamespace_t ns)
{
    coobject_t object = coinsert(name, COPORT, port, ns);
    if (!object)
        return fail_named(port, errno);
    cohandle_close(object);
    return port;
}

/* Of several that find no port, one inserts his; the others then find that. A name that is neither found as a port nor
 * free belongs to something else, unless names come and go at the same time. */
coport_t open_named_coport_with(const char *name, int type, conamespace_t ns, const struct coport_options *options)
{
    if (type != COPIPE && type != COCARRIER && type != COCHANNEL)
        return fail_named(0, EINVAL);
    for (unsigned attempt = 0; attempt < NAME_TRIES; attempt++) {
        coobject_t object = coselect(name, COPORT, ns);
        if (object)
            return open_object(object, type);
        if (errno != ENOENT)
            return 0;
        coport_t port = open_coport_with(type, options);
        if (!port)
            return 0;
        port = insert(name, port, ns);
        if (port || errno != EEXIST)
            return port;
    }
    errno = EEXIST;
    return 0;
}

coport_t open_named_coport(const char *name, int type, conamespace_t ns)
{
    return open_named_coport_with(name, type, ns, NULL);
}

int coclose(coport_t port)
{
    struct ports_reply reply;
    return port_call(port, &(struct port_request){.request = {.operation = PORTS_CLOSE}}, &reply, sizeof reply, NULL);
}

int coport_gettype(coport_t port)
{
    return coport_type(port);
}

static ssize_t send_how(coport_t port, const void *buf, size_t len, const struct patience *patience)
{
    static const struct attached nothing = {NULL, 0};
    ssize_t sent = channel_send(port, buf, len, patience);
    if (sent >= 0 || errno != EOPNOTSUPP)
        return sent;
    return coport_type(port) == COPIPE ? pipe_send(port, buf, len, patience)
                                       : carrier_send(port, buf, len, &nothing, patience);
}

static ssize_t receive_how(coport_t port, void **buf, size_t len, const struct patience *patience)
{
    ssize_t received = channel_receive(port, *buf, len, patience);
    if (received >= 0 || errno != EOPNOTSUPP)
        return received;
    return coport_type(port) == COPIPE ? pipe_receive(port, *buf, len, patience)
                                       : carrier_receive(port, buf, len, NULL, patience);
}

static const struct patience never = {.waits = false},
                             for_ever = {.waits = true, .deadline = COMESG_CALL_WITHOUT_LIMIT};

ssize_t cosend(coport_t port, const void *buf, size_t len)
{
    return send_how(port, buf, len, coport_type(port) == COPIPE ? &for_ever : &never);
}

ssize_t cosend_until(coport_t port, const void *buf, size_t len, const struct timespec *abs_monotonic)
{
    struct patience patience;
    return port_patience(&patience, abs_monotonic) ? send_how(port, buf, len, &patience) : -1;
}

ssize_t cosend_nb(coport_t port, const void *buf, size_t len)
{
    return send_how(port, buf, len, &never);
}

ssize_t corecv(coport_t port, void **buf, size_t len)
{
    return receive_how(port, buf, len, coport_type(port) == COPIPE ? &for_ever : &never);
}

ssize_t corecv_until(coport_t port, void **buf, size_t len, const struct timespec *abs_monotonic)
{
    struct patience patience;
    return port_patience(&patience, abs_monotonic) ? receive_how(port, buf, len, &patience) : -1;
}

ssize_t corecv_nb(coport_t port, void **buf, size_t len)
{
    return receive_how(port, buf, len, &never);
}

static bool is_carrier(coport_t port)
{
    int type = coport_type(port);
    if (type >= 0 && type != COCARRIER)
        errno = EOPNOTSUPP;
    return type == COCARRIER;
}

static ssize_t send_attached(coport_t port, const void *buf, size_t len, const struct attached *attached,
                             const struct patience *patience)
{
    if (attached->n > COATTACHMENT_MAX)
        return failed(EINVAL);
    return is_carrier(port) ? carrier_send(port, buf, len, attached, patience) : -1;
}

ssize_t cosend_oob(coport_t port, const void *buf, size_t len, const struct coattachment *attachments, size_t n)
{
    return send_attached(port, buf, len, &(struct attached){attachments, n}, &never);
}

ssize_t cosend_oob_until(coport_t port, const void *buf, size_t len, const struct coattachment *attachments, size_t n,
                         const struct timespec *abs_monotonic)
{
    struct patience patience;
    return port_patience(&patience, abs_monotonic)
               ? send_attached(port, buf, len, &(struct attached){attachments, n}, &patience)
               : -1;
}

ssize_t cosend_oob_nb(coport_t port, const void *buf, size_t len, const struct coattachment *attachments, size_t n)
{
    return cosend_oob(port, buf, len, attachments, n);
}

ssize_t corecv_oob(coport_t port, void **buf, size_t len, struct coattachment_set *set)
{
    return is_carrier(port) ? carrier_receive(port, buf, len, set, &never) : -1;
}

ssize_t corecv_oob_until(coport_t port, void **buf, size_t len, struct coattachment_set *set,
                         const struct timespec *abs_monotonic)
{
    struct patience patience;
    if (!port_patience(&patience, abs_monotonic) || !is_carrier(port))
        return -1;
    return carrier_receive(port, buf, len, set, &patience);
}

ssize_t corecv_oob_nb(coport_t port, void **buf, size_t len, struct coattachment_set *set)
{
    return corecv_oob(port, buf, len, set);
}
