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
    int64_t held;
};

/* The last answer for each handle that has this place; whoever writes it sets `handle` to 0 meanwhile. */
enum { RECENT = 256 };
struct recent {
    _Atomic(coport_t) handle;
    _Atomic(const struct arena *) arena;
};

enum { ARENAS_MAX = 256 }; /* more mappings a co-process cannot have */
static struct arena arenas[ARENAS_MAX];
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

/* Gives up arenas that nobody here can need: no message is held, and the handle is gone. */
static void give_up_unused(void)
{
    for (unsigned i = 0; i < ARENAS_MAX; i++) {
        struct arena *arena = &arenas[i];
        if (!arena->port || __atomic_load_n(&arena->held, __ATOMIC_RELAXED) || cohandle_kind(arena->handle) >= 0)
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

static struct arena *attach(coport_t handle, const struct ports_arena *answer, comemory_t object)
{
    give_up_unused();
    struct arena *arena = find(0);
    const char *address = arena ? comap_attach(object, PROT_READ) : NULL;
    if (!arena)
        errno = EDQUOT;
    if (!address)
        return NULL;
    *arena = (struct arena){answer->port, handle, {address, answer->size, &arena->held}, 0};
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
