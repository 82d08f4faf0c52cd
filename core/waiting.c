/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting, in the order of arrival, until a callee accepts.
 *
 * There is no lock. Whoever waits publishes what he waits for, tells the callee that somebody waits, has every CPU pass
 * a barrier, and only then looks at the claim word again: so the switcher, which releases a claim with a plain store
 * and then looks whether anybody waits, needs no barrier of its own. A callee that accepts while others wait is
 * RESERVED, and the first of them is woken; whoever stops waiting hands that on. When a kernel thread dies, the
 * supervisor makes all who wait look again.
 */
#include "core/call.h"

#include "core/derivation.h"
#include "core/pools.h"

#include <stdatomic.h>

static struct realm *realm_of(const struct thread_block *block)
{
    return block->coprocess->realm;
}

static struct waiting *place_of(const struct thread_block *block)
{
    return &realm_of(block)->waiting[block->home.owner - 1];
}

bool core_waits(const struct thread_block *block)
{
    return place_of(block)->target != 0;
}

static struct call_target target_of(const struct waiting *place)
{
    return (struct call_target){place->target, place->incarnation};
}

/* True if this place is taken by somebody who could go on with this callee. Whoever is stopped could not. */
static bool covers(const struct realm *realm, const struct waiting *place, const struct thread_block *callee)
{
    const struct thread_block *waiter = core_block_of(realm, (uint32_t)(place - realm->waiting) + 1);
    const struct call_target target = target_of(place);
    uint32_t index = 0, incarnation;
    if (target.object == 0 || core_block_of(realm, claim_owner(waiter->owner_word))->home.no_lending)
        return false;
    for (const struct thread_block *block; (block = core_next_callee(realm, &target, &index, &incarnation));) {
        if (block == callee && incarnation == callee->incarnation)
            return true;
    }
    return false;
}

/* The place of the first who waits for this callee, or NULL. */
static struct waiting *first_for(struct realm *realm, const struct thread_block *callee)
{
    struct waiting *first = NULL;
    uint64_t ticket = UINT64_MAX;
    for (uint32_t slot = 0; slot < realm->waiting_limit; slot++) {
        struct waiting *place = &realm->waiting[slot];
        if (place->target == 0 || place->ticket >= ticket || !covers(realm, place, callee))
            continue;
        first = place;
        ticket = place->ticket;
    }
    return first;
}

bool core_is_next(const struct thread_block *block, const struct thread_block *callee)
{
    const struct waiting *first = first_for(realm_of(block), callee);
    return !first || first == place_of(block);
}

static void wake_place(struct waiting *place)
{
    place->wake++;
    futex_wake_all(&place->wake);
}

void core_announce_waiter(struct thread_block *callee)
{
    callee->waiters = 1;
    barrier_everywhere();
}

/* Nobody waits any more: whoever comes may call. False if somebody has come to wait. */
static bool stop_serving(struct thread_block *callee, uint64_t claim)
{
    callee->waiters = 0;
    if (first_for(realm_of(callee), callee)) { /* has published himself before he set `waiters` */
        core_announce_waiter(callee);
        return false;
    }
    if (claim_state(claim) != CLAIM_RESERVED)
        return true;
    uint64_t accepting = claim_word(claim_generation(claim), 0, core_accepting_state(callee));
    if (atomic_compare_exchange_strong(&callee->claim, &claim, accepting) && callee->accept_deadline != NO_DEADLINE)
        core_wake_home(callee); /* it may have passed, and the callee has gone on for those who waited */
    return true;
}

/* Gives a callee that accepts to the first of those who wait for it. If it does not accept, it will do that itself. */
void core_serve_waiters(struct thread_block *callee)
{
    for (;;) {
        uint64_t claim = callee->claim;
        if (!claim_accepts(claim))
            return;
        struct waiting *first = first_for(realm_of(callee), callee);
        if (!first) {
            if (stop_serving(callee, claim))
                return;
            continue;
        }
        uint64_t reserved = claim_word(claim_generation(claim), 0, CLAIM_RESERVED);
        if (claim == reserved || atomic_compare_exchange_strong(&callee->claim, &claim, reserved)) {
            wake_place(first);
            if (covers(realm_of(callee), first,
                       callee)) /* else he has stopped waiting and has not seen the reservation */
                return;
        }
    }
}

/* Those who stop serving for want of waiters take the announcement back. The barrier is also made when somebody else
 * has announced already: his may still be to come. */
static void announce(const struct thread_block *block)
{
    uint32_t index = 0, incarnation;
    for (struct thread_block *callee;
         (callee = core_next_callee(realm_of(block), &block->target, &index, &incarnation));)
        callee->waiters = 1;
    barrier_everywhere();
}

static void begin_waiting(struct thread_block *block)
{
    struct realm *realm = realm_of(block);
    struct waiting *place = place_of(block);
    core_raise_limit(&realm->waiting_limit, block->home.owner);
    place->ticket = ++realm->tickets;
    place->incarnation = block->target.incarnation;
    place->target = block->target.object;
}

/* Gives those that accept, or only those that are RESERVED, to whoever comes first. */
static void serve_others(const struct thread_block *block, bool reserved_only)
{
    uint32_t index = 0, incarnation;
    for (struct thread_block *callee;
         (callee = core_next_callee(realm_of(block), &block->target, &index, &incarnation));) {
        if (claim_state(callee->claim) == CLAIM_RESERVED || !reserved_only)
            core_serve_waiters(callee);
    }
}

void core_end_waiting(struct thread_block *block)
{
    if (!core_waits(block))
        return;
    place_of(block)->target = 0;
    serve_others(block, true);
}

void core_wake_waiters_for(struct realm *realm, uint64_t target)
{
    for (uint32_t slot = 0; slot < realm->waiting_limit; slot++) {
        struct waiting *place = &realm->waiting[slot];
        if (place->target && (place->target == target || target == WAITS_FOR_ANY))
            wake_place(place);
    }
}

/* A set of kernel threads, by slot. */
struct thread_set {
    uint64_t bits[SLOTS_MAX / 64];
};

static bool contains(const struct thread_set *set, uint32_t owner)
{
    return owner != 0 && (set->bits[(owner - 1) / 64] >> (owner - 1) % 64 & 1);
}

static void add(struct thread_set *set, uint32_t owner)
{
    set->bits[(owner - 1) / 64] |= (uint64_t)1 << (owner - 1) % 64;
}

/* True if nobody that the context waits for accepts before a kernel thread of the set goes on. */
static bool waits_on(const struct thread_block *block, const struct thread_set *set)
{
    const struct call_target target = block->target;
    uint32_t index = 0, incarnation;
    bool any = false;
    for (const struct thread_block *callee;
         (callee = core_next_callee(realm_of(block), &target, &index, &incarnation));) {
        if (core_callee_gone(callee, incarnation))
            continue;
        if (!contains(set, claim_owner(callee->claim)))
            return false;
        any = true;
    }
    return any;
}

/* True if this context cannot go on before a kernel thread of the set does. */
static bool stuck_on(const struct thread_block *block, const struct thread_set *set)
{
    if (core_waits(block))
        return waits_on(block, set);
    bool waiting = claim_state(block->wait) == WAIT_WAITING;
    const struct thread_block *callee = *(struct thread_block *const volatile *)&block->callee;
    return waiting && callee && contains(set, claim_owner(callee->claim)); /* without one: it has ended meanwhile */
}

/* The kernel threads that cannot go on before that of `block` does: itself, those that wait for a thread that one of
 * these runs, and so on. */
static void find_dependents(const struct thread_block *block, struct thread_set *set)
{
    const struct realm *realm = realm_of(block);
    bool grown;
    for (uint32_t word = 0; word <= realm->slot_limit / 64 && word < SLOTS_MAX / 64; word++)
        set->bits[word] = 0;
    add(set, claim_owner(block->owner_word));
    do {
        uint32_t slot = 0;
        grown = false;
        for (const struct thread_block *home; (home = core_next_block(realm, &slot));) {
            const struct thread_block *blocked = home->home.blocked;
            if (!blocked || contains(set, home->home.owner) || !stuck_on(blocked, set))
                continue;
            add(set, home->home.owner);
            grown = true;
        }
    } while (grown);
}

/* Those who wait for each other all look after they have published what they wait for: one of them finds out. */
static bool would_wait_for_itself(const struct thread_block *block)
{
    struct thread_set dependents;
    find_dependents(block, &dependents);
    return stuck_on(block, &dependents);
}

/* True if no thread of this co-process can go on before a kernel thread of the set does. One that accepts may be
 * called.
 */
static bool all_stuck_on(const struct coprocess *coprocess, const struct thread_set *set)
{
    uint32_t index = 0;
    for (const struct thread_block *thread; (thread = core_next_thread(coprocess, &index));) {
        uint64_t claim = thread->claim;
        bool serves = claim_state(claim) == CLAIM_LENT || claim_state(claim) == CLAIM_HOME;
        if (claim_accepts(claim) || !contains(set, serves ? claim_owner(claim) : thread->home.owner))
            return false;
    }
    return true;
}

static bool has_port(const struct coprocess *coprocess, uint64_t reference)
{
    for (uint32_t index = 1; index < coprocess->handle_used; index++) {
        const struct handle_entry *entry = &handle_table(coprocess)[index];
        if (handle_state(entry->value) != HANDLE_FREE && entry->kind == COHANDLE_PORT && entry->words[1] == reference)
            return true;
    }
    return false;
}

bool core_waits_for_itself(const struct thread_block *block, uint64_t reference)
{
    const struct realm *realm = realm_of(block);
    struct thread_set dependents;
    find_dependents(block, &dependents);
    for (uint32_t index = 0; index < realm->coprocess_limit; index++) {
        const struct coprocess *coprocess = core_coprocess_at(realm, index);
        if (has_port(coprocess, reference) && !all_stuck_on(coprocess, &dependents))
            return false;
    }
    return true;
}

/* 0 and claimed, -EBUSY: go on waiting, or why not. */
static int64_t look(struct thread_block *block, struct thread_block **callee)
{
    int64_t error = core_claim_target(block, callee);
    if (error != -EBUSY)
        return error;
    serve_others(block, false); /* one that accepts is for somebody who comes first */
    if (block->force_out)
        return -EINTR; /* not seen: the exit forces this context out */
    if (core_must_leave(block)) {
        block->resume_kind = RESUME_CALL;
        return CORE_MOVE_HOME;
    }
    return core_deadline_over(block) ? -ETIMEDOUT : -EBUSY;
}

static int64_t wait_for_target(struct thread_block *block, struct thread_block **callee)
{
    struct waiting *place = place_of(block);
    if (would_wait_for_itself(block))
        return -EDEADLK;
    for (;;) {
        uint32_t wake = place->wake;
        announce(block);
        int64_t result = look(block, callee);
        if (result != -EBUSY)
            return result;
        core_wake_owed(core_running_home(block));
        futex_wait_until(&place->wake, wake, core_earliest_deadline(block, core_deadline(block)));
    }
}

int64_t core_wait_for_target(struct thread_block *block, struct thread_block **callee)
{
    if (!core_waits(block)) {
        int64_t error = core_claim_target(block, callee);
        if (error != -EBUSY)
            return error;
        begin_waiting(block);
    }
    struct kernel_thread *thread = core_running_thread(block);
    thread->blocked = block;
    int64_t result = wait_for_target(block, callee);
    thread->blocked = NULL;
    if (result != CORE_MOVE_HOME)
        core_end_waiting(block);
    return result;
}
