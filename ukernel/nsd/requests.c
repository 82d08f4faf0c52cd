/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The requests of clients: from handles to entries of the tree, and back to handles.
 *
 * What is made outside of the tables, a token in the vault or a handle, is made before the change is committed where
 * it can fail, and dropped after the commit: what is left over when a context is lost is found by main.c.
 */
#include "ukernel/nsd/requests.h"

#include "ukernel/protocol/names.h"

#include <errno.h>
#include <string.h>

static struct nsd nsd;

void requests_begin(const struct nsd *what)
{
    nsd = *what;
}

/* What a handle names. */
struct subject {
    uint32_t index;
    uint32_t rights;
};

static bool has(const struct subject *subject, uint32_t rights)
{
    return (subject->rights & rights) == rights;
}

static const struct name_entry *entry_of(const struct subject *subject)
{
    return &nsd.names->entries[subject->index];
}

/* A handle of the caller. */
static bool is_read_with(cohandle_t seal, cohandle_t handle, struct subject *subject)
{
    uint64_t badge;
    return comint_read_caller(seal, handle, &badge, &subject->rights) == 0 &&
           names_at(nsd.names, badge, &subject->index);
}

static int get_namespace(cohandle_t handle, uint32_t rights, struct subject *subject)
{
    if (!is_read_with(nsd.namespace_seal, handle, subject))
        return EBADF;
    return has(subject, rights) ? 0 : EACCES;
}

/* A handle to a reservation goes on naming the object that it becomes. */
static bool is_object(cohandle_t handle, struct subject *subject)
{
    return is_read_with(nsd.object_seal, handle, subject) || is_read_with(nsd.reservation_seal, handle, subject);
}

/* The namespace of a request, and a path from there. */
static int follow(const struct server_call *call, uint32_t rights, struct subject *from, struct place *place)
{
    const struct names_path *request = call->request;
    int error = get_namespace(request->handle, rights, from);
    if (error)
        return error;
    return names_follow(nsd.names, from->index, request->path, call->length - offsetof(struct names_path, path), place);
}

static int mint(cohandle_t seal, uint32_t index, uint32_t rights)
{
    if (server_give(comint(seal, names_badge(nsd.names, index), rights, 0)))
        return 0;
    return ENOMEM;
}

/* Who makes entries. To be asked for before anything is looked for: what a co-process had that was dead before this one
 * began, and had its index, goes now. */
struct maker {
    struct client *client;
    uint64_t limit;
};

static int get_maker(struct maker *maker)
{
    const struct cocaller *caller = server_caller();
    maker->client = caller ? client_of(&nsd.names->state, &nsd.names->clients, caller->identity, names_purge) : NULL;
    maker->limit = caller ? caller->quotas[COQUOTA_NAMES] : 0;
    return maker->client ? 0 : ENOMEM;
}

/* Makes an entry and a handle to it; the entry keeps the token only if this succeeds. */
static int make_for_handle(const struct maker *maker, const struct place *place, uint32_t kind, uint32_t type,
                           uint64_t token, cohandle_t seal, uint32_t rights)
{
    uint32_t index;
    int error = names_make(nsd.names, place, kind, type, token, maker->client, maker->limit, &index);
    if (error) {
        if (token != 0)
            covault_drop(nsd.vault, token);
        return error;
    }
    error = mint(seal, index, rights);
    if (error)
        names_remove(nsd.names, index);
    return error;
}

static int create(struct server_call *call)
{
    const struct names_path *request = call->request;
    struct subject from;
    struct place place;
    struct maker maker;
    int error = get_maker(&maker);
    if (!error)
        error = follow(call, CORIGHT_RO, &from, &place);
    if (error)
        return error;
    if (!names_may_be_in(nsd.names, request->type, place.parent))
        return EINVAL;
    uint32_t found = names_find(nsd.names, &place);
    if (found != 0) {
        const struct name_entry *entry = &nsd.names->entries[found];
        if (entry->kind != COHANDLE_NAMESPACE || entry->type != request->type || entry->type == PRIVATE)
            return EEXIST;
        return mint(nsd.namespace_seal, found, from.rights & CORIGHT_WR);
    }
    if (!has(&from, CORIGHT_WR))
        return EACCES;
    return make_for_handle(&maker, &place, COHANDLE_NAMESPACE, request->type, 0, nsd.namespace_seal, CORIGHT_OWN);
}

static int drop(struct server_call *call)
{
    const struct names_drop *request = call->request;
    struct subject dropped, parent;
    int error = get_namespace(request->handles[0], 0, &dropped);
    if (!error)
        error = get_namespace(request->handles[1], 0, &parent);
    if (error)
        return error;
    if (dropped.index == 0)
        return EPERM;
    if (!has(&dropped, CORIGHT_OWN))
        return EACCES;
    if (entry_of(&dropped)->parent != parent.index)
        return EINVAL;
    if (entry_of(&dropped)->first != 0 && !request->recursive)
        return ENOTEMPTY;
    names_remove(nsd.names, dropped.index);
    return 0;
}

static uint32_t kind_of_subject(uint32_t type)
{
    return type == COMMAP ? COHANDLE_MEMORY : type == COPORT ? COHANDLE_PORT : type == COSERVICE ? COHANDLE_SERVICE : 0;
}

static bool is_object_type(uint32_t type)
{
    return type == RESERVATION || kind_of_subject(type) != 0;
}

/* Keeps the subject that is attached. */
static int keep(uint32_t type, uint64_t *token)
{
    if (server_handle(0) == 0 || server_kind(0) != kind_of_subject(type))
        return EBADF;
    if (covault_put(nsd.vault, server_handle(0), token) == 0)
        return 0;
    return errno == EBADF ? EBADF : ENOMEM;
}

static int insert(struct server_call *call)
{
    const struct names_path *request = call->request;
    bool is_reservation = request->type == RESERVATION;
    uint64_t token = 0;
    struct subject from;
    struct place place;
    struct maker maker;
    int error = get_maker(&maker);
    if (!error)
        error = follow(call, CORIGHT_WR, &from, &place);
    if (error)
        return error;
    if (!is_object_type(request->type))
        return EINVAL;
    if (names_find(nsd.names, &place) != 0)
        return EEXIST;
    if (!is_reservation)
        error = keep(request->type, &token);
    if (error)
        return error;
    return make_for_handle(&maker, &place, COHANDLE_OBJECT, request->type, token,
                           is_reservation ? nsd.reservation_seal : nsd.object_seal,
                           CORIGHT_R | CORIGHT_D | (is_reservation ? CORIGHT_W : 0));
}

static int select_object(struct server_call *call)
{
    const struct names_path *request = call->request;
    struct subject from;
    struct place place;
    int error = follow(call, CORIGHT_RO, &from, &place);
    if (error)
        return error;
    if (!is_object_type(request->type))
        return EINVAL;
    uint32_t found = names_find(nsd.names, &place);
    const struct name_entry *entry = &nsd.names->entries[found];
    if (found == 0 || entry->kind != COHANDLE_OBJECT || entry->type != request->type)
        return ENOENT;
    bool owns = place.direct && has(&from, CORIGHT_OWN), is_reservation = entry->type == RESERVATION;
    return mint(is_reservation ? nsd.reservation_seal : nsd.object_seal, found,
                CORIGHT_R | (owns ? CORIGHT_D : 0) | (owns && is_reservation ? CORIGHT_W : 0));
}

static int give_subject(struct server_call *call)
{
    const struct names_request *request = call->request;
    struct subject object;
    if (!is_object(request->handles[0], &object))
        return EBADF;
    if (!has(&object, CORIGHT_R))
        return EACCES;
    if (entry_of(&object)->type == RESERVATION)
        return ENODEV;
    cohandle_t subject = covault_get(nsd.vault, entry_of(&object)->token, 0);
    if (!subject)
        return errno == ENOENT || errno == EBADF ? ENOLINK : ENOMEM;
    return server_give(subject) ? 0 : ENOMEM;
}

static int delete_object(struct server_call *call)
{
    const struct names_request *request = call->request;
    struct subject object, parent;
    if (!is_object(request->handles[0], &object))
        return EBADF;
    int error = get_namespace(request->handles[1], 0, &parent);
    if (error)
        return error;
    if (!has(&object, CORIGHT_D))
        return EACCES;
    if (entry_of(&object)->parent != parent.index)
        return EINVAL;
    names_remove(nsd.names, object.index);
    return 0;
}

/* The handle is made before the reservation is filled, which cannot be taken back. */
static int fill(const struct subject *object, uint32_t type, uint64_t token)
{
    int error = mint(nsd.object_seal, object->index, object->rights & ~CORIGHT_W);
    if (error)
        return error;
    names_fill(nsd.names, object->index, type, token);
    return 0;
}

static int update(struct server_call *call)
{
    const struct names_path *request = call->request;
    struct subject object;
    uint64_t token;
    if (!is_object(request->handle, &object))
        return EBADF;
    if (kind_of_subject(request->type) == 0)
        return EINVAL;
    if (entry_of(&object)->type != RESERVATION)
        return ENODEV;
    if (!has(&object, CORIGHT_W))
        return EACCES;
    int error = keep(request->type, &token);
    if (error)
        return error;
    error = fill(&object, request->type, token);
    if (error)
        covault_drop(nsd.vault, token);
    return error;
}

static int list(struct server_call *call)
{
    const struct names_list *request = call->request;
    struct names_listed *listed = call->reply;
    struct subject from;
    int error = get_namespace(request->handle, CORIGHT_RO, &from);
    if (error)
        return error;
    if (request->n == 0)
        return EINVAL;
    uint32_t n = request->n < NAMES_LISTED_MAX ? request->n : NAMES_LISTED_MAX;
    listed->position = request->position;
    error = names_list(nsd.names, from.index, &listed->position, listed->names, n, &listed->count);
    call->reply_length = offsetof(struct names_listed, names) + listed->count * sizeof listed->names[0];
    return error;
}

enum { PATH_SIZE = offsetof(struct names_path, path), REPLY_SIZE = sizeof(struct names_reply) };

const struct server_operation requests_operations[] = {
    [NAMES_CREATE] = {create, PATH_SIZE, 0, REPLY_SIZE},
    [NAMES_DROP] = {drop, sizeof(struct names_drop), 0, REPLY_SIZE},
    [NAMES_INSERT] = {insert, PATH_SIZE, 0, REPLY_SIZE},
    [NAMES_SELECT] = {select_object, PATH_SIZE, 0, REPLY_SIZE},
    [NAMES_SUBJECT] = {give_subject, sizeof(struct names_request), 0, REPLY_SIZE},
    [NAMES_DELETE] = {delete_object, sizeof(struct names_request), 0, REPLY_SIZE},
    [NAMES_UPDATE] = {update, PATH_SIZE, 0, REPLY_SIZE},
    [NAMES_LIST] = {list, sizeof(struct names_list), 0, 0},
};
const size_t requests_operation_count = sizeof requests_operations / sizeof requests_operations[0];
