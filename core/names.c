/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The well-known names of a realm: coregister and colookup.
 *
 * Writers hold a lock that names their kernel thread; the supervisor frees it when that thread dies, and every change
 * becomes valid with one store, so a death in the middle leaves the table as it was. Readers take no lock: nobody who
 * is stopped while he registers a name delays a look-up.
 */
#include "core/kernel.h"

#include "comesg/handle.h"

#include <stdatomic.h>

static void lock_names(struct realm *realm, uint32_t owner)
{
    for (;;) {
        uint32_t unlocked = 0;
        if (atomic_compare_exchange_strong(&realm->name_lock, &unlocked, owner))
            return;
        kernel3(SYS_sched_yield, 0, 0, 0);
    }
}

static void unlock_names(struct realm *realm)
{
    realm->name_lock = 0;
}

static bool name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

/* 0, -EFAULT, -EINVAL or -ENAMETOOLONG. */
static int64_t fetch_name(const struct thread_block *block, uint64_t address, char name[NAME_SIZE])
{
    int64_t size = core_fetch_string(block, name, address, NAME_SIZE);
    if (size <= 0)
        return size < 0 ? size : -ENAMETOOLONG;
    for (int64_t i = 0; i < size - 1; i++) {
        if (!name_character(name[i]))
            return -EINVAL;
    }
    bool dots = name[0] == '.' && (size == 2 || (size == 3 && name[1] == '.'));
    return size == 1 || dots ? -EINVAL : 0;
}

static bool same_name(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The entry of a live thread with this name, or NULL. */
static struct name_entry *find_name(struct realm *realm, const char *name)
{
    for (unsigned i = 0; i < realm->name_limit; i++) {
        struct name_entry *entry = &realm->names[i];
        if (entry->block && same_name(entry->name, name))
            return entry;
    }
    return NULL;
}

/* Under this name programs look for the microkernel: nobody shall answer in its place before it has started. */
static bool is_reserved(const char *name)
{
    return same_name(name, "coproc");
}

static int64_t publish(struct thread_block *block, const char *name)
{
    struct realm *realm = block->coprocess->realm;
    if (is_reserved(name) && !block->coprocess->microkernel)
        return -EEXIST;
    if (find_name(realm, name))
        return -EEXIST;
    if (block->coprocess->name_count >= NAMES_PER_COPROCESS)
        return -EDQUOT;
    for (unsigned i = 0; i < NAMES; i++) {
        struct name_entry *entry = &realm->names[i];
        if (entry->block)
            continue;
        for (unsigned c = 0; c == 0 || name[c - 1]; c++)
            entry->name[c] = name[c];
        entry->incarnation = block->incarnation;
        if (realm->name_limit <= i)
            realm->name_limit = i + 1;
        block->coprocess->name_count++; /* first: whoever ends this co-process looks for names only if there are some */
        entry->block = block;
        return 0;
    }
    return -ENOSPC;
}

/* The thread ends. */
void core_forget_names(const struct thread_block *block)
{
    struct coprocess *coprocess = block->coprocess;
    struct realm *realm = coprocess->realm;
    if (coprocess->name_count == 0)
        return;
    lock_names(realm, block->home.owner);
    for (unsigned i = 0; i < realm->name_limit; i++) {
        if (realm->names[i].block != block)
            continue;
        realm->names[i].block = NULL;
        coprocess->name_count--;
    }
    unlock_names(realm);
}

/* The same handle as the last time, as long as it is live. */
static int64_t find_target(struct thread_block *block, struct thread_block *object, uint32_t incarnation,
                           uint64_t *value)
{
    const struct handle handle = {
        .kind = HANDLE_KIND_TARGET, .rights = CORIGHT_CALL, .object = object, .incarnation = incarnation};
    *value = core_handle_find(block->coprocess, &handle);
    return *value ? 0 : core_handle_make(block, block->coprocess, &handle, value);
}

/* arguments: name or 0, recovery entry or 0 */
int64_t core_register(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    uint64_t name = arguments[0], recovery = arguments[1];
    char copy[NAME_SIZE];
    if (recovery && !core_is_landing_pad(block, recovery))
        return -EINVAL;
    if (name && !block->coprocess->may_publish)
        return -EACCES;
    int64_t error = find_target(block, block, block->incarnation, value);
    if (!error && name)
        error = fetch_name(block, name, copy);
    if (!error && name) {
        lock_names(block->coprocess->realm, claim_owner(block->owner_word));
        error = publish(block, copy);
        unlock_names(block->coprocess->realm);
    }
    if (!error)
        block->recovery = recovery;
    return error;
}

/* arguments: name */
int64_t core_lookup(struct thread_block *block, const uint64_t *arguments, uint64_t *value)
{
    char copy[NAME_SIZE];
    int64_t error = fetch_name(block, arguments[0], copy);
    if (error)
        return error;
    struct name_entry *entry = find_name(block->coprocess->realm, copy);
    if (!entry)
        return -ENOENT;
    /* The entry may have been given to another thread since its name was read; an incarnation is never used again. */
    struct thread_block *object = entry->block;
    uint32_t incarnation = entry->incarnation;
    if (!object || entry->block != object || !same_name(entry->name, copy) || object->incarnation != incarnation)
        return -ENOENT;
    return find_target(block, object, incarnation, value);
}
