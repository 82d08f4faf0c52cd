/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: events, kept by coeventd.
 */
#include "lib/libcomsg/memory.h"
#include "lib/libcomsg/service_pools.h"
#include "ukernel/protocol/events.h"

#include <comesg/coevent.h>

#include <errno.h>

coevent_t colisten(int type, uint64_t subject)
{
    const struct events_listen request = {.operation = EVENTS_LISTEN, .type = (uint32_t)type, .pid = subject};
    const struct coattachment attachment = comesg_attach(subject);
    struct events_reply reply;
    return comesg_call_for_handle(SERVICE_EVENTS, &request, sizeof request, &reply, sizeof reply, &attachment,
                                  type == PORT_CLOSED);
}

cocallback_t ccb_register(cotarget_t target, uint32_t flags)
{
    const struct events_register request = {.operation = EVENTS_REGISTER, .flags = flags};
    const struct coattachment attachment = comesg_attach(target);
    struct events_reply reply;
    return comesg_call_for_handle(SERVICE_EVENTS, &request, sizeof request, &reply, sizeof reply, &attachment, 1);
}

static int ask_with_both(const void *request, size_t size, cocallback_t function, coevent_t event)
{
    const struct coattachment attachments[] = {comesg_attach(function), comesg_attach(event)};
    struct events_reply reply;
    return comesg_call(SERVICE_EVENTS, request, size, &reply, sizeof reply, attachments, 2, NULL);
}

int ccb_install(cocallback_t function, const struct ccb_arguments *arguments, coevent_t event)
{
    struct events_install request = {.operation = EVENTS_INSTALL};
    struct ccb_arguments given = {0};
    if (arguments && comesg_copy(&given, arguments, sizeof given))
        return -1;
    if (given.length > CCB_ARGUMENTS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (given.length > 0 && comesg_copy(request.arguments, given.data, given.length))
        return -1;
    request.length = (uint32_t)given.length;
    return ask_with_both(&request, offsetof(struct events_install, arguments) + given.length, function, event);
}

int ccb_remove(cocallback_t function, coevent_t event)
{
    const struct events_request request = {.operation = EVENTS_REMOVE};
    return ask_with_both(&request, sizeof request, function, event);
}
