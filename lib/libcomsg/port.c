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
#include <stdatomic.h>
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

/* What serves requests without attachments; 0: not known. */
static _Atomic cotarget_t direct;

static cotarget_t find_direct(void)
{
    const struct ports_request request = {.operation = PORTS_DIRECT};
    struct ports_reply reply;
    const struct coattachment window = {.descriptor = -1, .handle = port_words_window()};
    cotarget_t found = comesg_call_for_handle(SERVICE_PORTS, &request, sizeof request, &reply, sizeof reply, &window,
                                              window.handle ? 1 : 0);
    cotarget_t none = 0;
    int error = errno;
    if (window.handle)
        cohandle_close(window.handle);
    errno = error;
    if (!found || atomic_compare_exchange_strong(&direct, &none, found))
        return found;
    cohandle_close(found);
    return none;
}

/* That one has ended, with all ports that it had, so that asking its successor changes nothing. */
static void forget_direct(cotarget_t ended)
{
    if (atomic_compare_exchange_strong(&direct, &ended, 0))
        cohandle_close(ended);
}

/* ipcd is gone. If the port was of that ipcd, it goes with it, at the latest when nothing is left of the process. */
static int without_ipcd(coport_t port)
{
    enum { MILLISECONDS = 1000 };
    pollcoport_t look = {.coport = port};
    bool ended = copoll(&look, 1, MILLISECONDS) == 1 && look.revents & COPOLL_CLOSED && look.revents & COPOLL_RERR;
    return failed(ended ? EPIPE : ENOLINK);
}

int port_ask(const struct ports_request *request, size_t length, void *reply, size_t reply_size)
{
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        cotarget_t target = direct ? direct : find_direct();
        if (!target)
            return errno == ENOLINK ? without_ipcd(request->port) : -1;
        ssize_t answered = cocall(target, request, length, reply, reply_size);
        if (answered >= (ssize_t)sizeof(struct ports_reply) && ((struct ports_reply *)reply)->error == 0)
            return 0;
        if (answered >= (ssize_t)sizeof(struct ports_reply))
            return failed(((struct ports_reply *)reply)->error);
        if (answered < 0 && errno == EBUSY && comesg_call_target(target, request, length, reply, reply_size) == 0)
            return 0;
        if (errno != ENOLINK && errno != EBADF)
            return -1;
        if (errno == EBADF && cohandle_kind(target) >= 0)
            return failed(EBADF); /* it was about the port */
        forget_direct(target);
    }
    return without_ipcd(request->port);
}

int port_ask_with(const struct ports_request *head, const void *bytes, size_t length, void *reply, size_t reply_size)
{
    struct {
        struct ports_request head;
        char bytes[PORTS_INLINE_MAX];
    } request;
    request.head = *head;
    if (length && cocopy(COCOPY_OWN, (uintptr_t)request.bytes, COCOPY_OWN, (uintptr_t)bytes, length) < 0)
        return failed(EFAULT);
    return port_ask(&request.head, sizeof request.head + length, reply, reply_size);
}

int port_call(const struct port_request *what, void *reply, size_t reply_size, struct coattachment_set *received)
{
    struct {
        struct ports_request head;
        char bytes[PORTS_INLINE_MAX];
    } request;
    if (!what->n && !received)
        return port_ask_with(&what->request, what->bytes, what->length, reply, reply_size);
    request.head = what->request;
    if (what->length &&
        cocopy(COCOPY_OWN, (uintptr_t)request.bytes, COCOPY_OWN, (uintptr_t)what->bytes, what->length) < 0)
        return failed(EFAULT);
    int result = comesg_call_some(SERVICE_PORTS, &request, sizeof request.head + what->length, reply, reply_size,
                                  what->attachments, what->n, received);
    return result && errno == ENOLINK ? without_ipcd(request.head.port) : result;
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
    const struct ports_request request = {.operation = PORTS_CLOSE, .port = port};
    struct ports_reply reply;
    return port_ask(&request, sizeof request, &reply, sizeof reply);
}

int coport_gettype(coport_t port)
{
    return coport_type(port);
}

/* Which type has a handle of this value, which is never used again: the handle, with the type in bits 24 to 31. */
enum { TYPES = 256 };
static _Atomic uint64_t types[TYPES];
#define TYPE_BITS UINT64_C(0xff000000)

/* -1 with EBADF. The handle may be none any more. */
static int type_of(coport_t port)
{
    _Atomic uint64_t *place = &types[(port ^ port >> 32) % TYPES];
    uint64_t known = atomic_load_explicit(place, memory_order_relaxed);
    if (port && (known & ~TYPE_BITS) == port)
        return (int)((known & TYPE_BITS) >> 24);
    int type = coport_type(port);
    if (type >= 0 && !(port & TYPE_BITS))
        atomic_store_explicit(place, port | (uint64_t)type << 24, memory_order_relaxed);
    return type;
}

static ssize_t send_how(int type, coport_t port, const void *buf, size_t len, const struct patience *patience)
{
    static const struct attached nothing = {NULL, 0};
    switch (type) {
    case COCHANNEL:
        return patience->waits ? channel_send(port, buf, len, patience) : coring_send(port, buf, len);
    case COCARRIER:
        return carrier_send(port, buf, len, &nothing, patience);
    case COPIPE:
        return pipe_send(port, buf, len, patience);
    default:
        return -1;
    }
}

static ssize_t receive_how(int type, coport_t port, void **buf, size_t len, const struct patience *patience)
{
    switch (type) {
    case COCHANNEL:
        return patience->waits ? channel_receive(port, *buf, len, patience) : coring_receive(port, *buf, len);
    case COCARRIER:
        return carrier_receive(port, buf, len, NULL, patience);
    case COPIPE:
        return pipe_receive(port, *buf, len, patience);
    default:
        return -1;
    }
}

static const struct patience never = {.waits = false},
                             for_ever = {.waits = true, .deadline = COMESG_CALL_WITHOUT_LIMIT};

ssize_t cosend(coport_t port, const void *buf, size_t len)
{
    int type = type_of(port);
    return send_how(type, port, buf, len, type == COPIPE ? &for_ever : &never);
}

ssize_t cosend_until(coport_t port, const void *buf, size_t len, const struct timespec *abs_monotonic)
{
    struct patience patience;
    return port_patience(&patience, abs_monotonic) ? send_how(type_of(port), port, buf, len, &patience) : -1;
}

ssize_t cosend_nb(coport_t port, const void *buf, size_t len)
{
    return send_how(type_of(port), port, buf, len, &never);
}

ssize_t corecv(coport_t port, void **buf, size_t len)
{
    int type = type_of(port);
    return receive_how(type, port, buf, len, type == COPIPE ? &for_ever : &never);
}

ssize_t corecv_until(coport_t port, void **buf, size_t len, const struct timespec *abs_monotonic)
{
    struct patience patience;
    return port_patience(&patience, abs_monotonic) ? receive_how(type_of(port), port, buf, len, &patience) : -1;
}

ssize_t corecv_nb(coport_t port, void **buf, size_t len)
{
    return receive_how(type_of(port), port, buf, len, &never);
}

bool port_is_carrier(coport_t port)
{
    int type = type_of(port);
    if (type >= 0 && type != COCARRIER)
        errno = EOPNOTSUPP;
    return type == COCARRIER;
}

static ssize_t send_attached(coport_t port, const void *buf, size_t len, const struct attached *attached,
                             const struct patience *patience)
{
    if (attached->n > COATTACHMENT_MAX)
        return failed(EINVAL);
    return port_is_carrier(port) ? carrier_send(port, buf, len, attached, patience) : -1;
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
    return port_is_carrier(port) ? carrier_receive(port, buf, len, set, &never) : -1;
}

ssize_t corecv_oob_until(coport_t port, void **buf, size_t len, struct coattachment_set *set,
                         const struct timespec *abs_monotonic)
{
    struct patience patience;
    if (!port_patience(&patience, abs_monotonic) || !port_is_carrier(port))
        return -1;
    return carrier_receive(port, buf, len, set, &patience);
}

ssize_t corecv_oob_nb(coport_t port, void **buf, size_t len, struct coattachment_set *set)
{
    return corecv_oob(port, buf, len, set);
}
