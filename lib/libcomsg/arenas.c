/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: the arenas of COCARRIERs that are attached here. A port has one arena, whatever number of handles to it
 * there are; what a handle leads to never changes, and a handle's value is never used again.
 */
#include "lib/libcomsg/port.h"
#include "lib/libcomsg/service_pools.h"

#include <comesg/commap.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* One for each port, under the lock. */
struct arena {
    uint64_t port; /* 0: free */
    coport_t handle;
    struct known_arena known;
};

/* The last answer for each handle that has this place; whoever writes it sets `handle` to 0 meanwhile. */
enum { RECENT = 256 };
struct recent {
    _Atomic(coport_t) handle;
    _Atomic(const struct arena *) arena;
};

enum { ARENAS_MAX = PORTS_ROWS }; /* more mappings a co-process cannot have */
static struct arena arenas[ARENAS_MAX];
static _Alignas(64) _Atomic uint64_t words[ARENAS_MAX][PORTS_WORDS];
static struct recent recent[RECENT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct recent *place_of(coport_t handle)
{
    return &recent[(handle ^ handle >> 32) % RECENT];
}

static bool find_recent(coport_t handle, struct known_arena *known)
{
    struct recent *place = place_of(handle);
    if (atomic_load_explicit(&place->handle, memory_order_acquire) != handle || !handle)
        return false;
    const struct arena *arena = atomic_load_explicit(&place->arena, memory_order_relaxed);
    *known = arena->known;
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&place->handle, memory_order_relaxed) == handle;
}

static void note_recent(coport_t handle, const struct arena *arena)
{
    struct recent *place = place_of(handle);
    atomic_store(&place->handle, 0);
    place->arena = arena;
    atomic_store_explicit(&place->handle, handle, memory_order_release);
}

cowindow_t port_words_window(void)
{
    return cowindow(words, sizeof words, CORIGHT_R, COWINDOW_LASTING);
}

static bool is_freed(const _Atomic uint64_t *row, uint64_t word)
{
    for (unsigned i = 0; i < PORTS_WORDS; i++) {
        if (row[i] == (word | PORTS_WORD_FREE))
            return true;
    }
    return false;
}

/* Only this co-process changes what it has received. */
static bool holds_message(const struct arena *arena)
{
    const struct known_arena *known = &arena->known;
    uint32_t limit = ports_arena_end(known->address, known->size)->limit;
    for (uint32_t number = 1; number <= limit; number++) {
        const struct ports_block *block = ports_block(known->address, known->size, number);
        if (block->use == BLOCK_RECEIVED && block->receiver == known->identity &&
            !is_freed(words[arena - arenas], ports_word(number, block->stamp)))
            return true;
    }
    return false;
}

/* Gives up arenas that nobody here can need: no message is held, and the handle is gone. */
static void give_up_unused(void)
{
    for (unsigned i = 0; i < ARENAS_MAX; i++) {
        struct arena *arena = &arenas[i];
        if (!arena->port || cohandle_kind(arena->handle) >= 0 || holds_message(arena))
            continue;
        comap_detach((void *)(uintptr_t)arena->known.address);
        arena->port = 0;
    }
}

static struct arena *find(uint64_t port)
{
    for (unsigned i = 0; i < ARENAS_MAX; i++) {
        if (arenas[i].port == port)
            return &arenas[i];
    }
    return NULL;
}

/* ipcd looks first whether words of the port that had this row before are left there. */
static bool take_row(coport_t handle, unsigned index)
{
    const struct ports_request request = {.operation = PORTS_READER, .port = handle, .argument = index};
    struct ports_reply reply;
    if (port_ask(&request, sizeof request, &reply, sizeof reply))
        return false;
    for (unsigned i = 0; i < PORTS_WORDS; i++)
        words[index][i] = 0;
    return true;
}

static struct arena *attach(coport_t handle, const struct ports_arena *answer, comemory_t object)
{
    give_up_unused();
    struct arena *arena = find(0);
    void *address = arena ? comap_attach(object, PROT_READ) : NULL;
    if (!arena)
        errno = EDQUOT;
    if (!address)
        return NULL;
    unsigned index = (unsigned)(arena - arenas);
    bool row = take_row(handle, index);
    *arena = (struct arena){
        answer->port, handle, {(uintptr_t)address, answer->size, answer->identity, row ? words[index] : NULL}};
    return arena;
}

static int learn(coport_t handle, struct known_arena *known)
{
    struct ports_arena answer;
    struct coattachment object;
    struct coattachment_set set = {.array = &object, .capacity = 1};
    const struct port_request request = {.request = {.operation = PORTS_ARENA, .port = handle}};
    if (port_call(&request, &answer, sizeof answer, &set))
        return -1;
    if (set.count != 1) {
        errno = EDQUOT;
        return -1;
    }
    struct arena *arena = find(answer.port);
    if (!arena || cohandle_kind(arena->handle) < 0) {
        if (!arena)
            arena = attach(handle, &answer, object.handle);
        else
            arena->handle = handle;
    }
    int error = errno;
    cohandle_close(object.handle);
    errno = error;
    if (!arena)
        return -1;
    note_recent(handle, arena);
    *known = arena->known;
    return 0;
}

int port_arena(coport_t handle, struct known_arena *known)
{
    if (find_recent(handle, known))
        return 0;
    pthread_mutex_lock(&lock);
    int result = find_recent(handle, known) ? 0 : learn(handle, known);
    pthread_mutex_unlock(&lock);
    return result;
}
