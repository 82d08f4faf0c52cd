/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Handle tables: one per co-process, in core memory.  A handle's value is the index of its entry and the entry's
 * generation.  No lock guards a table: whoever changes an entry first takes its value by compare-and-swap, and names
 * himself in it, so that a death in the middle can be dealt with.
 */
#ifndef COMESG_CORE_HANDLES_H
#define COMESG_CORE_HANDLES_H

#include "core/likely.h"
#include "core/thread_block.h"

#include <stdbool.h>

/* States of an entry: bits 28-31 of its value, if bit 31 is set; bits 0-23 then are the kernel thread that has taken
 * it. Bits 32-63 are always the generation, counted up when the entry is taken for a new handle. An entry whose last
 * generation is used up is never taken again. */
enum handle_state {
    HANDLE_FREE = 0,              /* bits 0-31 are zero */
    HANDLE_LIVE = 1,              /* bits 0-31 are the index of the entry: the value that programs see */
    HANDLE_RESERVED = 0x80000000, /* taken from the free ones: only the value means something */
    HANDLE_PENDING = 0x90000000,  /* complete, but for the check that its parent is still live */
    HANDLE_CLOSING = 0xa0000000,  /* gives what was derived from it to its parent, which stays valid until it is free */
    HANDLE_REVOKED = 0xb0000000,  /* ended, with all that was derived from it */
};

enum { HANDLES_DEFAULT = 4096, HANDLE_GENERATION_LAST = 0xffffffff };
#define HANDLE_OWNER_SUPERVISOR 0xffffffu

/* Which tables hold what was derived from a handle, at most: none, one (its co-process's index + 1), or many. */
#define CHILDREN_NONE 0u
#define CHILDREN_MANY 0xffffffffu

struct handle_entry {
    _Atomic uint64_t value;
    uint32_t kind;
    uint32_t rights;
    void *object;
    uint32_t object_incarnation;
    _Atomic uint32_t children;
    uint64_t words[2];
    _Atomic uint64_t parent; /* identity of the handle that it was derived from; 0: none */
    uint64_t vault;          /* which vault of the table's owner keeps this; 0: none */
};
_Static_assert(sizeof(struct handle_entry) == 1 << HANDLE_SIZE_SHIFT, "handle entry size");
_Static_assert(offsetof(struct handle_entry, value) == HANDLE_VALUE, "value");
_Static_assert(offsetof(struct handle_entry, kind) == HANDLE_KIND, "kind");
_Static_assert(offsetof(struct handle_entry, rights) == HANDLE_RIGHTS, "rights");
_Static_assert(offsetof(struct handle_entry, words[1]) == HANDLE_STANDS_FOR, "words[1]");
_Static_assert(HANDLE_RIGHT_CALL == CORIGHT_CALL, "the same right");
_Static_assert(HANDLE_KIND_SERVICE == COHANDLE_SERVICE, "the same kind");
_Static_assert(offsetof(struct handle_entry, object) == HANDLE_OBJECT, "object");
_Static_assert(offsetof(struct handle_entry, object_incarnation) == HANDLE_OBJECT_INCARNATION, "object_incarnation");

enum { HANDLES_MAX = (CORE_COPROCESS_SIZE - COPROCESS_HANDLES) / sizeof(struct handle_entry) };
_Static_assert(HANDLES_MAX <= 0x10000, "an index fits its place in an identity");

/* What a handle says, apart from its place. */
struct handle {
    uint32_t kind;
    uint32_t rights;
    void *object;
    uint32_t incarnation; /* of the object */
    uint64_t words[2];
    uint64_t vault; /* only looked at where a handle is made */
};

#pragma GCC visibility push(hidden)

/* In all of these `actor` is the thread block that runs, NULL for the supervisor. Tables of co-processes other than the
 * actor's may be named: their end waits until the actor is done. */

/* A consistent copy of a handle of this co-process: 0 or -EBADF. Its object may be gone. */
int64_t core_handle_read(const struct thread_block *actor, uint64_t value, struct handle *copy);

/* The kind is one that can be given to others. */
bool core_handle_may_be_passed(uint32_t kind);

/* Makes a handle that is derived from none. *value is stored before it becomes valid. 0, -EDQUOT, or -ENOLINK if the
 * co-process `in` is gone. */
int64_t core_handle_make(struct thread_block *actor, struct coprocess *in, const struct handle *, uint64_t *value);

/* The value of a handle of `in` that says the same and was derived from none, or 0. */
uint64_t core_handle_find(struct coprocess *in, const struct handle *);

/* As core_handle_pass, for a handle that says this. */
int64_t core_handle_derive(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                           const struct handle *, uint64_t *new_value);

/* Derives a handle for `to` from the handle `value` of `from`, with these rights, which are not checked. *new_value is
 * stored before it becomes valid. 0, -EBADF, -EDQUOT, or -ENOLINK if one of the co-processes is gone. */
int64_t core_handle_pass(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                         uint32_t rights, uint64_t *new_value);

/* The same with all rights, of a handle that the actor has found valid before and that may be passed on, to a
 * co-process whose end waits for the kernel thread that runs the actor in any case, because that owns a claim in it or
 * is writing a reply into it. So nothing needs to be made known before the table is touched, but for the case that this
 * thread dies.
 */
int64_t core_handle_send(struct thread_block *actor, uint64_t value, struct coprocess *to, uint64_t *new_value);

/* 0 or -EBADF. */
int64_t core_handle_close(struct thread_block *actor, struct coprocess *in, uint64_t value);
/* The same for what a program may close: of its own, and no mapping. */
int64_t core_handle_close_own(struct thread_block *actor, uint64_t value);

/* revoke.c: ends a handle of the actor's co-process and all that was derived from it, and waits until nobody uses what
 * that allowed. 0 or -EBADF. On the actor's home thread. */
int64_t core_handle_revoke(struct thread_block *actor, uint64_t value);

/* For the supervisor: finishes what a dead kernel thread was doing with handles. */
void core_handles_recover(struct realm *, uint32_t owner);

/* derivation.c, for the supervisor: closes all handles of a co-process in which nobody runs any more. False if others
 * still have to finish what they do with its table: then try again. Afterwards the table is to be cleared. */
bool core_handles_end(struct coprocess *);

#pragma GCC visibility pop

static inline enum handle_state handle_state(uint64_t value)
{
    uint32_t low = (uint32_t)value;
    if (low & 0x80000000)
        return low & 0xf0000000;
    return low ? HANDLE_LIVE : HANDLE_FREE;
}

static inline uint32_t handle_generation(uint64_t value)
{
    return (uint32_t)(value >> 32);
}

static inline uint64_t handle_value(uint32_t generation, uint32_t low)
{
    return (uint64_t)generation << 32 | low;
}

static inline struct handle_entry *handle_table(const struct coprocess *coprocess)
{
    return (struct handle_entry *)((uint64_t)coprocess + COPROCESS_HANDLES);
}

/* A consistent copy of a handle; false if it is not live. A life of an entry has one value as long as the handle is
 * live, so what lies between two equal ones is its own. */
static inline bool core_handle_copy_of(const struct coprocess *coprocess, uint64_t value, struct handle *copy)
{
    uint32_t index = (uint32_t)value;
    if (unlikely(index == 0 || index >= coprocess->handle_limit))
        return false;
    const struct handle_entry *entry = &handle_table(coprocess)[index];
    if (unlikely(entry->value != value))
        return false;
    copy->kind = entry->kind; /* one by one: of an initializer the compiler would first clear the whole with rep stos */
    copy->rights = entry->rights;
    copy->object = entry->object;
    copy->incarnation = entry->object_incarnation;
    copy->words[0] = entry->words[0];
    copy->words[1] = entry->words[1];
    copy->vault = 0;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return entry->value == value;
}

#endif
