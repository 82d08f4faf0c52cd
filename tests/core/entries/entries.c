/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entries of handle tables that become other handles while somebody reads them: at each instruction of that, the owner
 * of the table closes the handle, or makes one in a free place. A service gets nothing out of the table that its vault
 * lies in but what it has put there, and the supervisor takes nothing for a memory object that is none. And a handle is
 * revoked while another one is derived from it: that ends, too. One that becomes another while it is sent is never
 * taken for half of each. Nor does it matter what a program writes over the
 * structure that says where attachments go, once that has been looked at.
 */
#include "tests/core/handles/tables.h"
#include "tests/core/walk.h"

#include "core/descriptors.h"
#include "core/seals.h"
#include "host/objects.h"

#include "comesg/cocall.h"

enum { SERVICE, KEEPER, COPROCESSES, SECOND = KEEPER + COPROCESSES, THREADS, HANDLES = 64 };

static struct host_realm host;
static struct thread_block *service, *keeper, *second; /* the last is the keeper's, too */

/* What the core and the supervisor need beyond what is linked. */
uint64_t core_copy(void *to, const void *from, uint64_t length)
{
    memcpy(to, from, length);
    return 0;
}

struct coprocess *realm_coprocess(const struct host_realm *realm, size_t index)
{
    return core_coprocess_at(realm->shared, (uint32_t)index);
}

void core_discard_descriptors(const struct thread_block *actor, struct thread_block *block)
{
    (void)actor, (void)block;
}

int span_map_fixed(const struct span *span, size_t region, uint64_t offset, uint64_t size, int protection, int flags,
                   int fd, off_t file_offset)
{
    (void)span, (void)region, (void)offset, (void)size, (void)protection, (void)flags, (void)fd, (void)file_offset;
    return 0;
}

int span_unmap_fixed(const struct span *span, size_t region, uint64_t offset, uint64_t size)
{
    (void)span, (void)region, (void)offset, (void)size;
    return 0;
}

static uint64_t make(struct thread_block *block, uint32_t kind, const void *object, uint32_t incarnation)
{
    const struct handle handle = {
        .kind = kind, .rights = CORIGHT_R, .object = (void *)(uintptr_t)object, .incarnation = incarnation};
    uint64_t value;
    need(core_handle_make(block, block->coprocess, &handle, &value) == 0, "a handle");
    return value;
}

static void close_handle(const struct thread_block *block, uint64_t value)
{
    need(core_handle_close(NULL, block->coprocess, value) == 0, "closing a handle");
}

static uint64_t vault, secret;

/* Another thread of the keeper makes a handle that is not for the service. */
static void make_secret(void)
{
    secret = make(keeper, HANDLE_KIND_SEALED, keeper->coprocess, keeper->coprocess->incarnation);
}

/* A token of the vault that is not kept any more: what will be made in its place next is known beforehand. */
static uint64_t guess(void)
{
    static uint64_t token;
    uint64_t own = make(service, HANDLE_KIND_SEALED, service->coprocess, service->coprocess->incarnation);
    service->region_base = (uint64_t)&token;
    need(core_vault_put(service, (uint64_t[]){vault, own, (uint64_t)&token}) == 0 &&
             core_vault_drop(service, (uint64_t[]){vault, token}) == 0,
         "a token");
    close_handle(service, own);
    return token + (UINT64_C(1) << 32);
}

static int64_t get(uint64_t token, uint64_t *value)
{
    return core_vault_get(service, (uint64_t[]){vault, token, 0}, value);
}

static int64_t drop(uint64_t token, uint64_t *value)
{
    (void)value;
    return core_vault_drop(service, (uint64_t[]){vault, token});
}

static void test_vault(const char *what, int64_t (*act)(uint64_t token, uint64_t *value))
{
    unsigned met = 0, reached = 0;
    int number = 0;
    do {
        uint64_t token = guess(), value;
        secret = 0;
        walk_at(number, make_secret);
        WALK();
        int64_t error = act(token, &value);
        WALK();
        met += secret == token;
        reached += error != -ENOENT;
        if (!error && act == get)
            close_handle(service, value);
        if (secret && (error || act == get))
            close_handle(keeper, secret);
    } while (number++ < steps);
    ok(met > 5, "%s a vault: at %u of %d instructions what was guessed comes to be", what, met, number);
    ok(reached == 0, "%s a vault: nothing that it does not keep (%u)", what, reached);
}

static const struct memory_object *object;
static const struct thread_block *other; /* of the same incarnation */
static uint64_t changing;

/* The owner closes the handle to the memory object, and one to something else gets its place. */
static void replace_object(void)
{
    close_handle(service, changing);
    changing = make(service, HANDLE_KIND_TARGET, other, other->incarnation);
}

/* And the other way round. */
static void replace_other(void)
{
    close_handle(service, changing);
    changing = make(service, HANDLE_KIND_MEMORY, object, object->incarnation);
}

static bool is_misled(int number, bool to_object)
{
    changing = to_object ? make(service, HANDLE_KIND_TARGET, other, other->incarnation)
                         : make(service, HANDLE_KIND_MEMORY, object, object->incarnation);
    host.shared->objects_dropped = true;
    walk_at(number, to_object ? replace_other : replace_object);
    if (sigsetjmp(fault, 1))
        return true;
    WALK();
    objects_collect(&host);
    WALK();
    return false;
}

static void test_objects(bool to_object)
{
    unsigned misled = 0;
    int number = 0;
    do {
        misled += is_misled(number, to_object);
        close_handle(service, changing);
    } while (number++ < steps && misled == 0);
    ok(number > 20 || misled, "memory objects are counted, in %d instructions", number);
    ok(misled == 0, "while a handle to one becomes %s: nothing else is counted", to_object ? "such" : "another");
}

static uint64_t parent;

static void revoke_parent(void)
{
    need(core_handle_revoke(second, parent) == 0, "corevoke");
}

static void test_derivation(void)
{
    unsigned refused = 0, live = 0;
    int number = 0;
    do {
        uint64_t child = 0;
        parent = make(keeper, HANDLE_KIND_SEALED, keeper->coprocess, keeper->coprocess->incarnation);
        walk_at(number, revoke_parent);
        WALK();
        int64_t error = core_handle_pass(keeper, keeper->coprocess, parent, service->coprocess, CORIGHT_R, &child);
        WALK();
        refused += error == -EBADF;
        bool revoked = handle_table(keeper->coprocess)[(uint32_t)parent].value != parent;
        bool lives = child && handle_table(service->coprocess)[(uint32_t)child].value == child;
        live += revoked && lives;
        if (lives)
            close_handle(service, child);
        if (!revoked)
            close_handle(keeper, parent);
    } while (number++ < steps);
    ok(refused > 5, "a handle is revoked at each of %d instructions in which another is derived: %u are refused",
       number, refused);
    ok(live == 0, "none of them lives on (%u)", live);
}

static uint64_t successor;

/* The owner's other thread closes what is being sent; in its place a handle to something else is made. */
static void replace_parent(void)
{
    close_handle(keeper, parent);
    successor = make(keeper, HANDLE_KIND_MEMORY, object, object->incarnation);
    need((uint32_t)successor == (uint32_t)parent, "the same place");
}

static void test_sending(void)
{
    unsigned refused = 0, mixed = 0;
    int number = 0;
    do {
        uint64_t child = 0;
        successor = 0;
        parent = make(keeper, HANDLE_KIND_SEALED, keeper->coprocess, keeper->coprocess->incarnation);
        walk_at(number, replace_parent);
        WALK();
        int64_t error = core_handle_send(keeper, parent, service->coprocess, &child);
        WALK();
        const struct handle_entry *entry = &handle_table(service->coprocess)[(uint32_t)child];
        refused += error == -EBADF;
        mixed += child && entry->kind && (entry->kind == HANDLE_KIND_MEMORY) != (entry->object == object);
        if (!error)
            close_handle(service, child);
        close_handle(keeper, successor ? successor : parent);
    } while (number++ < steps);
    ok(refused > 5, "a handle becomes another at each of %d instructions in which it is sent: %u are refused", number,
       refused);
    ok(mixed == 0, "no entry says half of the one and half of the other (%u)", mixed);
}

/* What lies between is the region of the service; the rest is somebody else's. */
static struct {
    struct coattachment before;
    struct cocall_information information;
    struct coattachment array;
} mine;

static void test_information(void)
{
    service->region_base = (uint64_t)&mine.information;
    mine.information = (struct cocall_information){.size = sizeof mine.information,
                                                   .attachments = {.array = &mine.before, .capacity = 1}};
    ok(core_fetch_information(service, (uint64_t)&mine.information) == -EFAULT, "attachments go to one's own memory");
    mine.information.attachments.array = &mine.array;
    need(core_fetch_information(service, (uint64_t)&mine.information) == 0, "information");
    mine.information.attachments.array = &mine.before;
    service->received[0] = (struct coattachment){.kind = HANDLE_KIND_SEALED, .handle = 5};
    service->received_count = 1;
    need(core_report_received(service, service, 0) == 0, "a report");
    service->region_base = 0;
    ok(mine.array.handle == 5 && mine.before.handle == 0, "whatever is written there after that was looked at");
}

static void create(void)
{
    struct realm *realm = tables_create_threads(COPROCESSES, COPROCESSES, THREADS, HANDLES);
    const uint64_t size[REQUEST_ARGUMENTS] = {4096};
    host.shared = realm;
    host.member_limit = COPROCESSES;
    host.span.core = realm->core_area;
    service = tables_block(realm, SERVICE);
    keeper = tables_block(realm, KEEPER);
    second = tables_block(realm, SECOND);
    other = keeper;
    need(objects_prepare(&host) == 0, "the table of objects");
    service->coprocess->quota[COQUOTA_SHARED_MEMORY] = 4096;
    int64_t index = objects_create(&host, service, size);
    need(index >= 0, "a memory object");
    object = (const struct memory_object *)(realm->core_area + CORE_OBJECTS) + index;
    keeper->incarnation = object->incarnation;
    make(keeper, HANDLE_KIND_MEMORY, object, object->incarnation);
    need(core_vault_make(keeper, NULL, &vault) == 0, "a vault");
    need(core_handle_pass(keeper, keeper->coprocess, vault, service->coprocess, UINT32_MAX, &vault) == 0, "a service");
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    walk_prepare();
    create();
    if (!*only || !strcmp(only, "vault")) {
        test_vault("getting out of", get);
        test_vault("dropping out of", drop);
    }
    if (!*only || !strcmp(only, "objects")) {
        test_objects(false);
        test_objects(true);
    }
    if (!*only || !strcmp(only, "derivation"))
        test_derivation();
    if (!*only || !strcmp(only, "sending"))
        test_sending();
    if (!*only || !strcmp(only, "information"))
        test_information();
    return done_testing();
}
