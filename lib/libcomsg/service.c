/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: services. A service is called directly; only what makes, names and ends it asks coserviced.
 */
#include "lib/libcomsg/memory.h"
#include "lib/libcomsg/service_pools.h"
#include "ukernel/protocol/services.h"

#include <comesg/abi.h>
#include <comesg/cocall.h>
#include <comesg/conamespace.h>
#include <comesg/copool.h>
#include <comesg/coservice.h>

#include <unistd.h>

/* Services that nobody has a handle of any more still have pools. */
static bool collect(void)
{
    const struct services_request request = {SERVICES_COLLECT};
    struct services_reply reply;
    int error = errno;
    bool worth_trying = error == EDQUOT || error == ENOMEM;
    worth_trying =
        worth_trying && !comesg_call(SERVICE_SERVICES, &request, sizeof request, &reply, sizeof reply, NULL, 0, NULL);
    errno = error;
    return worth_trying;
}

/* The pool is the service's from now on. If that fails, it ends. */
static coservice_t provide(enum services_operation operation, cotarget_t pool, coservice_t service, uint32_t flags,
                           uint32_t op)
{
    const struct services_provide request = {operation, flags, op};
    const struct coattachment attachments[] = {comesg_attach(pool), comesg_attach(service)};
    struct services_reply reply;
    coservice_t result = comesg_call_for_handle(SERVICE_SERVICES, &request, sizeof request, &reply, sizeof reply,
                                                attachments, service ? 2 : 1);
    int error = errno;
    if (!result)
        copool_end(pool);
    cohandle_close(pool);
    errno = error;
    return result;
}

coservice_t coprovide(const cotarget_t *targets, size_t n, uint32_t flags, uint32_t op)
{
    if (!comesg_joined()) {
        errno = ENOTCONN;
        return 0;
    }
    if (n == 0 || n > COSERVICE_WORKERS_MAX) {
        errno = EINVAL;
        return 0;
    }
    cotarget_t pool = copool(targets, n, flags);
    if (!pool && collect())
        pool = copool(targets, n, flags);
    return pool ? provide(SERVICES_PROVIDE, pool, 0, flags, op) : 0;
}

/* A pool of the same workers. */
static cotarget_t copy_pool(coservice_t service)
{
    cotarget_t pool = 0;
    if (syscall(COMESG_CALL_COPOOL_COPY, service, &pool) && collect())
        syscall(COMESG_CALL_COPOOL_COPY, service, &pool);
    return pool;
}

coservice_t coprovide2(coservice_t service, uint32_t flags, uint32_t op)
{
    if (!comesg_joined()) {
        errno = ENOTCONN;
        return 0;
    }
    cotarget_t pool = copy_pool(service);
    return pool ? provide(SERVICES_ADD, pool, service, flags, op) : 0;
}

coservice_t codiscover(coobject_t object, cotarget_t *target)
{
    cohandle_t subject = coobject_subject(object);
    if (!subject)
        return 0;
    coservice_t service = cohandle_kind(subject) == COHANDLE_SERVICE ? corestrict(subject, CORIGHT_CALL) : 0;
    int error = cohandle_kind(subject) == COHANDLE_SERVICE ? errno : EINVAL;
    cohandle_close(subject);
    if (service && target && syscall(COMESG_CALL_CODUP, service, target)) {
        error = errno;
        cohandle_close(service);
        service = 0;
    }
    errno = error;
    return service;
}

int coservice_operation(coservice_t service, uint32_t *op)
{
    const struct services_request request = {SERVICES_OPERATION};
    const struct coattachment attachment = comesg_attach(service);
    struct services_operation_reply reply;
    if (comesg_call(SERVICE_SERVICES, &request, sizeof request, &reply, sizeof reply, &attachment, 1, NULL))
        return -1;
    return comesg_copy(op, &reply.number, sizeof reply.number);
}

int coretire(coservice_t service)
{
    const struct services_request request = {SERVICES_RETIRE};
    const struct coattachment attachment = comesg_attach(service);
    struct services_reply reply;
    return comesg_call(SERVICE_SERVICES, &request, sizeof request, &reply, sizeof reply, &attachment, 1, NULL);
}

/* Calls go to what the handle stands for, which may be a target too: that is no service. */
static bool is_service(coservice_t service)
{
    int kind = cohandle_kind(service);
    if (kind != COHANDLE_SERVICE)
        errno = EBADF;
    return kind == COHANDLE_SERVICE;
}

ssize_t coservice_call_until(coservice_t service, const void *out, size_t outlen, void *in, size_t inlen,
                             const struct timespec *abs_monotonic)
{
    return is_service(service) ? cocall_until(service, out, outlen, in, inlen, abs_monotonic) : -1;
}

ssize_t coservice_call(coservice_t service, const void *out, size_t outlen, void *in, size_t inlen)
{
    return coservice_call_until(service, out, outlen, in, inlen, NULL);
}

ssize_t coservice_call_nb(coservice_t service, const void *out, size_t outlen, void *in, size_t inlen)
{
    return is_service(service) ? cocall_nb(service, out, outlen, in, inlen) : -1;
}
