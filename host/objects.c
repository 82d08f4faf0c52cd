/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of memory objects is that of a memfd. Read-only mappings come from a descriptor opened read-only, so that
 * nothing can make them writable. Objects go when a look through all handle tables finds nothing that names them: no
 * counts have to survive the death of whoever changes them.
 */
#include "host/objects.h"

#include "core/kernel.h"

#include "comesg/coexec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* A memory object in a region. */
struct attachment {
    struct attachment *next;
    struct coprocess *coprocess;
    uint32_t object;
    uint64_t handle; /* hidden, in the table of the co-process */
    uint64_t start, length;
    int protection;
    bool replaced; /* by zero pages: the object has nothing to do with it any more */
};

struct store {
    int writable, readable; /* descriptors */
    uint32_t attachments;
    bool named; /* by some handle */
};

static struct store stores[OBJECTS_MAX];
static size_t most = OBJECTS_MAX;
static struct attachment *attachments;

static struct memory_object *object_at(const struct host_realm *realm, size_t index)
{
    return (struct memory_object *)(realm->span.core + CORE_OBJECTS) + index;
}

/* Each object has two descriptors. Half of those that the supervisor may have stay for everything else. */
static void choose_most(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 4 < most)
        most = files.rlim_cur / 4;
}

int objects_prepare(const struct host_realm *realm)
{
    choose_most();
    return mprotect(object_at(realm, 0), OBJECTS_MAX * sizeof(struct memory_object), PROT_READ | PROT_WRITE) ? -errno
                                                                                                             : 0;
}

static int open_store(struct store *store, uint64_t size)
{
    char path[64];
    store->writable = memfd_create("comesg-object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (store->writable < 0)
        return -ENOMEM;
    snprintf(path, sizeof path, "/proc/self/fd/%d", store->writable);
    store->readable = open(path, O_RDONLY | O_CLOEXEC);
    if (store->readable >= 0 && ftruncate(store->writable, (off_t)size) == 0 &&
        fcntl(store->writable, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return 0;
    if (store->readable >= 0)
        close(store->readable);
    close(store->writable);
    return -ENOMEM;
}

static uint64_t bytes_of(const struct host_realm *realm, const struct coprocess *owner)
{
    uint64_t bytes = 0;
    for (size_t index = 0; index < realm->shared->object_limit; index++) {
        const struct memory_object *object = object_at(realm, index);
        if (object->size && object->owner == owner && object->owner_incarnation == owner->incarnation)
            bytes += object->size;
    }
    return bytes;
}

/* arguments: size, of whole pages. Gives the index of the object. */
int64_t objects_create(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    struct coprocess *owner = requester->coprocess;
    size_t index = 0;
    objects_collect(realm); /* what has been given back does not count */
    uint64_t quota = owner->quota[COQUOTA_SHARED_MEMORY], used = bytes_of(realm, owner);
    if (used > quota || arguments[0] > quota - used)
        return -EDQUOT;
    while (index < most && object_at(realm, index)->size)
        index++;
    if (index == most)
        return -ENOMEM;
    int error = open_store(&stores[index], arguments[0]);
    if (error)
        return error;
    struct memory_object *object = object_at(realm, index);
    object->owner = owner;
    object->owner_incarnation = owner->incarnation;
    object->fresh = true;
    object->size = arguments[0];
    if (realm->shared->object_limit <= index)
        realm->shared->object_limit = (uint32_t)index + 1;
    return (int64_t)index;
}

static bool is_live(const struct coprocess *coprocess, uint64_t handle)
{
    return handle_table(coprocess)[(uint32_t)handle].value == handle;
}

/* arguments: index of the object, hidden handle, region offset, length, protection. */
int64_t objects_attach(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    struct store *store = &stores[arguments[0]];
    struct coprocess *coprocess = requester->coprocess;
    int protection = (int)arguments[4];
    if (!is_live(coprocess, arguments[1]))
        return -EBADF;
    struct attachment *attachment = malloc(sizeof *attachment);
    if (!attachment)
        return -ENOMEM;
    int error = span_map_fixed(&realm->span, coprocess->index, arguments[2], arguments[3], protection, MAP_SHARED,
                               protection & PROT_WRITE ? store->writable : store->readable, 0);
    if (error) {
        free(attachment);
        return error;
    }
    *attachment = (struct attachment){
        attachments, coprocess, (uint32_t)arguments[0], arguments[1], arguments[2], arguments[3], protection, false};
    attachments = attachment;
    store->attachments++;
    return 0;
}

static void release_object(struct host_realm *realm, struct attachment *attachment)
{
    stores[attachment->object].attachments--;
    realm->shared->objects_dropped = true;
}

static void remove_attachment(struct host_realm *realm, struct attachment **link)
{
    struct attachment *attachment = *link;
    if (!attachment->replaced)
        release_object(realm, attachment);
    *link = attachment->next;
    free(attachment);
}

/* arguments: region offset. */
int64_t objects_detach(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    struct coprocess *coprocess = requester->coprocess;
    for (struct attachment **link = &attachments; *link; link = &(*link)->next) {
        const struct attachment *attachment = *link;
        if (attachment->coprocess != coprocess || attachment->start != arguments[0])
            continue;
        int error = span_unmap_fixed(&realm->span, coprocess->index, attachment->start, attachment->length);
        if (error)
            return error;
        core_handle_close(NULL, coprocess, attachment->handle);
        remove_attachment(realm, link);
        return 0;
    }
    return -EINVAL;
}

/* One mapping takes the place of one, so that only a full table of mappings keeps this from succeeding. Then the
 * co-process that has the object attached ends: never may it keep what it has no right to. */
static void replace(struct host_realm *realm, struct attachment *attachment)
{
    uint32_t region = attachment->coprocess->index;
    int error = span_map_fixed(&realm->span, region, attachment->start, attachment->length, attachment->protection,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (error) {
        span_unmap_fixed(&realm->span, region, attachment->start, attachment->length);
        attachment->coprocess->dying = 1;
        if (!realm->members[region].reaped) /* the number may be a stranger's by now */
            kill(attachment->coprocess->pid, SIGKILL);
    }
    attachment->replaced = true;
    release_object(realm, attachment);
}

void objects_replace_revoked(struct host_realm *realm)
{
    for (struct attachment *attachment = attachments; attachment; attachment = attachment->next) {
        if (!attachment->replaced && !is_live(attachment->coprocess, attachment->handle))
            replace(realm, attachment);
    }
}

int64_t objects_revoke(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    (void)requester;
    (void)arguments;
    objects_replace_revoked(realm);
    return 0;
}

void objects_end(struct host_realm *realm, const struct coprocess *coprocess)
{
    for (struct attachment **link = &attachments; *link;) {
        if ((*link)->coprocess == coprocess)
            remove_attachment(realm, link);
        else
            link = &(*link)->next;
    }
    realm->shared->objects_dropped = true;
}

/* The object that an entry names, or NULL. What is read between two equal values belongs together, but for an entry
 * that is being filled: what it will name is named by the one that it is derived from, or fresh. */
static const struct memory_object *named_by(const struct handle_entry *entry)
{
    uint64_t value;
    const struct memory_object *object;
    uint32_t kind, incarnation;
    do {
        value = entry->value;
        kind = entry->kind;
        object = entry->object;
        incarnation = entry->object_incarnation;
        atomic_thread_fence(memory_order_acquire);
    } while (entry->value != value);
    enum handle_state state = handle_state(value);
    if (state == HANDLE_FREE || state == HANDLE_RESERVED)
        return NULL;
    bool names = kind == HANDLE_KIND_MEMORY || kind == HANDLE_KIND_MAPPING;
    return names && object->incarnation == incarnation ? object : NULL;
}

static void note_named(const struct host_realm *realm, const struct coprocess *coprocess)
{
    for (uint32_t index = 1; index < coprocess->handle_used; index++) {
        const struct memory_object *object = named_by(&handle_table(coprocess)[index]);
        if (object)
            stores[object - object_at(realm, 0)].named = true;
    }
}

/* A thread that has just asked for an object has no handle to it yet. Asked before the look through the tables: if the
 * handle has been made by then, it is found there. */
static bool is_awaited(const struct memory_object *object)
{
    return object->fresh && object->owner->incarnation == object->owner_incarnation && !object->owner->dying;
}

static void free_object(const struct host_realm *realm, size_t index)
{
    struct memory_object *object = object_at(realm, index);
    object->incarnation++;
    object->size = 0;
    close(stores[index].writable);
    close(stores[index].readable);
}

/* A handle may move from a table that has not been looked at to one that has: but then one has been closed meanwhile,
 * and what was found does not count. */
void objects_collect(struct host_realm *realm)
{
    struct realm *shared = realm->shared;
    if (!shared->objects_dropped)
        return;
    uint32_t closed = shared->references_closed;
    shared->objects_dropped = false;
    barrier_everywhere(); /* derive, in core/handles.c */
    for (size_t index = 0; index < shared->object_limit; index++)
        stores[index].named = is_awaited(object_at(realm, index));
    for (size_t index = 0; index < realm->member_limit; index++)
        note_named(realm, realm_coprocess(realm, index));
    if (shared->references_closed != closed) {
        shared->objects_dropped = true;
        return;
    }
    for (size_t index = 0; index < shared->object_limit; index++) {
        const struct memory_object *object = object_at(realm, index);
        if (object->size && !stores[index].named && !stores[index].attachments)
            free_object(realm, index);
    }
}
