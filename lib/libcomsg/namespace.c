/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: namespaces, kept by nsd.
 */
#include "lib/libcomsg/memory.h"
#include "lib/libcomsg/service_pools.h"
#include "ukernel/protocol/names.h"

#include <comesg/conamespace.h>

#include <errno.h>

/* A request with a path; the subject goes with it if there is one. */
static cohandle_t ask_with_path(uint32_t operation, const char *path, int type, cohandle_t handle,
                                const cohandle_t *subject)
{
    struct names_path request = {.operation = operation, .type = (uint32_t)type, .handle = handle};
    struct names_reply reply;
    struct coattachment attachment;
    ssize_t length = path ? comesg_copy_string(request.path, path, COPATH_MAX) : 0;
    if (length < 0)
        return 0;
    if (subject)
        attachment = comesg_attach(*subject);
    return comesg_call_for_handle(SERVICE_NAMES, &request, offsetof(struct names_path, path) + (size_t)length, &reply,
                                  sizeof reply, subject ? &attachment : NULL, subject != NULL);
}

/* The first component of a missing path would be empty. */
static cohandle_t ask_for_path(uint32_t operation, const char *path, int type, conamespace_t ns,
                               const cohandle_t *subject)
{
    if (path)
        return ask_with_path(operation, path, type, ns, subject);
    errno = EFAULT;
    return 0;
}

/* What is made must not be lost because there is no room for its handle: then nothing is asked for. */
static bool has_room(cohandle_t handle)
{
    cohandle_t copy = comesg_joined() ? codup(handle) : 0;
    if (!comesg_joined())
        errno = ENOTCONN;
    return copy && cohandle_close(copy) == 0;
}

conamespace_t cocreate(const char *name, int type, conamespace_t parent)
{
    return has_room(parent) ? ask_for_path(NAMES_CREATE, name, type, parent, NULL) : 0;
}

/* Whether a subject belongs to an object of this type; nsd says what is wrong with others. */
static bool has_subject(int type)
{
    return type == COMMAP || type == COPORT || type == COSERVICE;
}

coobject_t coinsert(const char *name, int type, cohandle_t subject, conamespace_t ns)
{
    return has_room(ns) ? ask_for_path(NAMES_INSERT, name, type, ns, has_subject(type) ? &subject : NULL) : 0;
}

coobject_t coselect(const char *name, int type, conamespace_t ns)
{
    return ask_for_path(NAMES_SELECT, name, type, ns, NULL);
}

coobject_t coupdate(coobject_t object, int type, cohandle_t subject)
{
    if (!has_room(object))
        return 0;
    coobject_t filled = ask_with_path(NAMES_UPDATE, NULL, type, object, has_subject(type) ? &subject : NULL);
    if (filled)
        cohandle_close(object);
    return filled;
}

cohandle_t coobject_subject(coobject_t object)
{
    const struct names_request request = {.operation = NAMES_SUBJECT, .handles = {object}};
    struct names_reply reply;
    return comesg_call_for_handle(SERVICE_NAMES, &request, sizeof request, &reply, sizeof reply, NULL, 0);
}

int codelete(coobject_t object, conamespace_t ns)
{
    const struct names_request request = {.operation = NAMES_DELETE, .handles = {object, ns}};
    struct names_reply reply;
    return comesg_call(SERVICE_NAMES, &request, sizeof request, &reply, sizeof reply, NULL, 0, NULL);
}

static int drop(conamespace_t ns, conamespace_t parent, uint32_t recursive)
{
    const struct names_drop request = {.operation = NAMES_DROP, .recursive = recursive, .handles = {ns, parent}};
    struct names_reply reply;
    return comesg_call(SERVICE_NAMES, &request, sizeof request, &reply, sizeof reply, NULL, 0, NULL);
}

int codrop(conamespace_t ns, conamespace_t parent)
{
    return drop(ns, parent, 0);
}

int codrop_recursive(conamespace_t ns, conamespace_t parent)
{
    return drop(ns, parent, 1);
}

/* At most as many names as one reply has room for; the count and the new position are in the reply. */
static int list_some(conamespace_t ns, uint64_t position, size_t n, struct names_listed *listed)
{
    const struct names_list request = {
        .operation = NAMES_LIST,
        .n = n < NAMES_LISTED_MAX ? (uint32_t)n : NAMES_LISTED_MAX,
        .position = position,
        .handle = ns,
    };
    return comesg_call(SERVICE_NAMES, &request, sizeof request, listed, sizeof *listed, NULL, 0, NULL);
}

/* What has been told is not told again because a later piece fails. */
ssize_t colist(conamespace_t ns, uint64_t *position, struct coname *names, size_t n)
{
    struct names_listed listed;
    uint64_t from;
    size_t done = 0;
    if (comesg_copy(&from, position, sizeof from))
        return -1;
    do {
        if (list_some(ns, from, n - done, &listed) ||
            comesg_copy(names + done, listed.names, listed.count * sizeof *names))
            return done > 0 ? (ssize_t)done : -1;
        from = listed.position;
        if (comesg_copy(position, &from, sizeof from))
            return -1;
        done += listed.count;
    } while (listed.count > 0 && done < n);
    return (ssize_t)done;
}
