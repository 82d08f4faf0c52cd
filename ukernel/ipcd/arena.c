/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: the memory of a COCARRIER. Free blocks are kept by size, those freed last in front: memory that was used a
 * moment ago is still in the caches. Neighbours that are free are joined at once.
 */
#include "ukernel/ipcd/ports.h"

#include <comesg/commap.h>

#include <errno.h>

enum { CLASS_TRIES = 32 };

static struct arena *oldest_attached(const struct arena *except)
{
    struct arena *oldest = NULL;
    for (uint32_t index = 1; index <= ipcd.port_places.limit; index++) {
        struct port *port = &ipcd.ports[index];
        struct arena *arena = &port->carrier.arena;
        if (port->type == COCARRIER && arena != except && arena->address && !port->copying &&
            (!oldest || arena->used_at < oldest->used_at))
            oldest = arena;
    }
    return oldest;
}

void arena_detach(struct arena *arena)
{
    if (arena->address)
        comap_detach((void *)arena->address);
    *(volatile uint64_t *)&arena->address = 0;
}

/* Not part of a change: it moves the worker home, where nobody but the service itself can end it. */
int arena_attach(struct arena *arena)
{
    arena->used_at = ++ipcd.uses;
    while (!arena->address) {
        void *address = comap_attach(arena->object, PROT_READ | PROT_WRITE);
        *(volatile uint64_t *)&arena->address = (uint64_t)address;
        struct arena *victim = address ? NULL : oldest_attached(arena);
        if (!address && !victim)
            return ENOMEM;
        if (victim)
            arena_detach(victim);
    }
    return 0;
}

static unsigned class_of(uint32_t granules)
{
    return 31 - (unsigned)__builtin_clz(granules);
}

static void enter_free(struct arena *arena, uint32_t number, uint32_t granules)
{
    struct ports_block *block = arena_block(arena, number);
    unsigned class = class_of(granules);
    uint32_t first = arena->first_free[class];
    SET(&block->use, BLOCK_FREE);
    SET(&block->granules, granules);
    if (arena_end(arena)->limit < number)
        *(volatile uint32_t *)&arena_end(arena)->limit = number;
    SET(&block->next, first);
    SET(&block->previous, 0);
    if (first)
        SET(&arena_block(arena, first)->previous, number);
    SET(&arena->first_free[class], number);
    if (!(arena->classes >> class & 1))
        SET(&arena->classes, arena->classes | UINT32_C(1) << class);
}

static void leave_free(struct arena *arena, uint32_t number)
{
    struct ports_block *block = arena_block(arena, number);
    unsigned class = class_of(block->granules);
    if (block->next)
        SET(&arena_block(arena, block->next)->previous, block->previous);
    if (block->previous)
        SET(&arena_block(arena, block->previous)->next, block->next);
    else
        SET(&arena->first_free[class], block->next);
    if (!arena->first_free[class])
        SET(&arena->classes, arena->classes & ~(UINT32_C(1) << class));
}

/* The block behind `number`, 0 at the end. */
static uint32_t behind(const struct arena *arena, uint32_t number, uint32_t granules)
{
    return number + granules <= arena->granules ? number + granules : 0;
}

static void set_before(struct arena *arena, uint32_t number, uint32_t granules)
{
    if (number)
        SET(&arena_block(arena, number)->before, granules);
}

/* The memory of the object is zero. */
void arena_begin(struct arena *arena)
{
    SET(&arena->free, arena->granules);
    enter_free(arena, 1, arena->granules);
}

static uint32_t find_free(const struct arena *arena, uint32_t granules)
{
    unsigned class = class_of(granules);
    uint32_t number = arena->first_free[class];
    for (unsigned i = 0; number && i < CLASS_TRIES; i++) {
        if (arena_block(arena, number)->granules >= granules)
            return number;
        number = arena_block(arena, number)->next;
    }
    uint32_t larger = arena->classes >> class >> 1;
    return larger ? arena->first_free[class + 1 + (unsigned)__builtin_ctz(larger)] : 0;
}

/* Of the free blocks, the first that fits. */
static uint32_t take_free(struct arena *arena, uint32_t granules)
{
    uint32_t number = find_free(arena, granules);
    if (!number)
        return 0;
    struct ports_block *block = arena_block(arena, number);
    uint32_t rest = block->granules - granules;
    leave_free(arena, number);
    SET(&block->use, BLOCK_TAKEN);
    if (rest) {
        set_before(arena, behind(arena, number, block->granules), rest);
        enter_free(arena, number + granules, rest);
        set_before(arena, number + granules, granules);
        SET(&block->granules, granules);
    }
    return number;
}

static void join(struct arena *arena, uint32_t number)
{
    struct ports_block *block = arena_block(arena, number);
    uint32_t granules = block->granules, next = behind(arena, number, granules);
    if (next && arena_block(arena, next)->use == BLOCK_FREE) {
        leave_free(arena, next);
        SET(&arena_block(arena, next)->use, BLOCK_NONE);
        granules += arena_block(arena, next)->granules;
    }
    uint32_t front = block->before ? number - block->before : 0;
    if (front && arena_block(arena, front)->use == BLOCK_FREE) {
        leave_free(arena, front);
        SET(&block->use, BLOCK_NONE);
        granules += arena_block(arena, front)->granules;
        number = front;
    }
    enter_free(arena, number, granules);
    set_before(arena, behind(arena, number, granules), granules);
}

/* Each block is a change of its own: there may be many. */
static void join_quick(struct arena *arena)
{
    for (uint32_t granules = 1; granules <= ARENA_QUICK; granules++) {
        while (arena->quick[granules]) {
            uint32_t number = arena->quick[granules];
            SET(&arena->quick[granules], arena_block(arena, number)->previous);
            join(arena, number);
            commit();
        }
    }
}

uint32_t arena_take_slowly(struct arena *arena, uint32_t granules)
{
    if (granules > arena->free)
        return 0;
    uint32_t number = take_free(arena, granules);
    if (!number) {
        join_quick(arena);
        number = take_free(arena, granules);
    }
    if (number)
        SET(&arena->free, arena->free - granules);
    return number;
}

void arena_give_back_slowly(struct arena *arena, uint32_t number)
{
    SET(&arena->free, arena->free + arena_block(arena, number)->granules);
    join(arena, number);
}
