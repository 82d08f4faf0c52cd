/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting for ports.
 *
 * Who waits sets the bit of its thread block in each port and looks again before it sleeps; who changes a port looks
 * for bits afterwards. What holds for a port, and who waits, is changed by locked instructions, but for the counts of a
 * ring: who waits for a ring has every CPU pass a barrier, so that who uses it needs none of its own. A wake-up says
 * only that it is worth looking again, so that one too many does no harm; when a kernel thread dies, the supervisor
 * wakes everybody.
 */
#include "core/kernel.h"
#include "core/ports.h"

#include "comesg/call_options.h"
#include "comesg/coport.h"

#include <stdatomic.h>

enum { PORTS_MOST = 4096, BITS = 64 };

/* How many cycles a thread spins before it sleeps: a while, or longer than it takes to copy the largest message, if the
 * last time it did not have to wait longer. */
enum { SPIN_SHORT = 25000, SPIN_LONG = 250000 };

/* Linux keeps the number in the limit of this segment, for its vDSO; where it does not, the system call knows. */
static uint32_t this_cpu(void)
{
    const uint32_t segment = 0x7b;
    uint32_t cpu = 0;
    bool found;
    __asm__("lsl %2, %0" : "+r"(cpu), "=@ccz"(found) : "r"(segment));
    if (!found)
        kernel3(SYS_getcpu, (long)&cpu, 0, 0);
    return cpu + 1;
}

/* True if it sleeps. */
static bool count_wake(struct thread_block *thread)
{
    thread->waker_cpu = this_cpu();
    thread->wakes++;
    return thread->waits_for_ports;
}

void core_wake_thread(struct thread_block *thread)
{
    if (count_wake(thread))
        futex_wake_all(&thread->wakes);
}

void core_wake_owed(struct thread_block *home)
{
    uint32_t owed = home->owed_wake;
    if (!owed)
        return;
    home->owed_wake = 0;
    futex_wake_all(&core_neighbour(home, owed)->wakes);
}

/* Where this kernel thread goes on when it leaves the co-process of `actor`, which may have called itself. */
static struct thread_block *caller_outside(const struct thread_block *actor)
{
    uint32_t owner = claim_owner(actor->owner_word);
    struct thread_block *caller = actor->caller;
    while (core_lent_to(caller, owner) && caller->coprocess == actor->coprocess)
        caller = caller->caller;
    return caller;
}

/* On behalf of `actor`. Whoever is woken may at once take this kernel thread's place, and finds what it needs in use if
 * the actor is a service. So a borrowed kernel thread wakes when it goes back into the program that called the actor,
 * or sleeps before; the supervisor wakes if it does not live to do so. */
static void wake_later(const struct thread_block *actor, struct thread_block *thread)
{
    struct thread_block *home = core_running_home(actor);
    if (!count_wake(thread))
        return;
    if (!core_borrowed(actor) || home->owed_wake) {
        futex_wake_all(&thread->wakes);
        return;
    }
    home->owed_wake = thread->home.owner;
    caller_outside(actor)->look = 1;
}

void core_port_wake(struct realm *realm, const struct thread_block *actor, struct port *port)
{
    uint32_t words = (realm->slot_limit + BITS - 1) / BITS;
    if (!port->armed)
        return;
    port->armed = 0;
    for (uint32_t word = 0; word < words; word++) {
        uint64_t bits = port->waiting[word] ? atomic_exchange(&port->waiting[word], 0) : 0;
        for (; bits; bits &= bits - 1) {
            struct thread_block *thread = core_block_of(realm, word * BITS + (uint32_t)__builtin_ctzll(bits) + 1);
            if (actor)
                wake_later(actor, thread);
            else
                core_wake_thread(thread);
        }
    }
}

/* arguments: cookie */
int64_t core_wake_cookie(struct thread_block *block, const uint64_t *arguments)
{
    struct realm *realm = block->coprocess->realm;
    uint64_t cookie = arguments[0];
    uint32_t owner = (uint32_t)cookie;
    if (owner == 0 || owner > realm->slot_limit || realm->slot_use[owner - 1] == 0 ||
        realm->slot_use[owner - 1] & SLOT_PREPARING)
        return -ESRCH;
    struct thread_block *thread = core_block_of(realm, owner);
    if (thread->cookie != cookie)
        return -ESRCH;
    wake_later(block, thread);
    return 0;
}

/* What holds for a port that exists. */
static uint32_t events_of(const struct port *port)
{
    uint32_t events = port->events;
    if (port->type == COCHANNEL) {
        uint64_t received = port->received, there = port->sent - received;
        events |= there != 0 ? COPOLL_IN : 0;
        events |= there <= port->ring_size / 2 ? COPOLL_OUT : 0;
    }
    if (events & COPOLL_CLOSED)
        events = (events & ~COPOLL_OUT) | COPOLL_WERR | (events & COPOLL_IN ? 0 : COPOLL_RERR);
    return events;
}

/* What is to be reported of one element. */
static uint32_t look_at(const struct thread_block *block, const pollcoport_t *element, struct port **port)
{
    const uint32_t unasked = COPOLL_CLOSED | COPOLL_RERR | COPOLL_WERR;
    struct handle handle;
    uint64_t use;
    *port = NULL;
    if (element->coport == 0)
        return 0;
    if (core_port_find(block, element->coport, &handle, port, &use))
        return COPOLL_RERR | COPOLL_WERR;
    uint32_t events = events_of(*port);
    if (core_port_ended(*port, use)) {
        *port = NULL;
        return unasked;
    }
    if (!(handle.rights & CORIGHT_RECV))
        events = (events & ~COPOLL_IN) | (element->events & COPOLL_IN ? COPOLL_RERR : 0);
    if (!(handle.rights & CORIGHT_SEND))
        events = (events & ~COPOLL_OUT) | (element->events & COPOLL_OUT ? COPOLL_WERR : 0);
    return events & (element->events | unasked);
}

enum pass { LOOK, ARM, DISARM };

static void mark(const struct thread_block *block, struct port *port, enum pass pass)
{
    uint32_t slot = block->home.owner - 1;
    uint64_t bit = (uint64_t)1 << slot % BITS;
    if (pass == ARM) {
        atomic_fetch_or(&port->waiting[slot / BITS], bit);
        port->armed = 1;
    } else if (pass == DISARM) {
        atomic_fetch_and(&port->waiting[slot / BITS], ~bit);
    }
}

/* Looks at every element: how many have something to report, which is then told, or an error. ARM: how many are rings.
 */
static int64_t go_through(const struct thread_block *block, uint64_t array, uint64_t count, enum pass pass)
{
    int64_t found = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t address = array + i * sizeof(pollcoport_t);
        pollcoport_t element;
        struct port *port;
        if (core_copy(&element, (const void *)address, sizeof element))
            return -EFAULT;
        if (element.events & ~(COPOLL_IN | COPOLL_OUT | COPOLL_CLOSED | COPOLL_RERR | COPOLL_WERR))
            return -EINVAL;
        uint32_t revents = look_at(block, &element, &port);
        if (port && pass != LOOK)
            mark(block, port, pass);
        found += pass == ARM && port && port->type == COCHANNEL;
        if (pass != LOOK)
            continue;
        if (core_copy((void *)(address + offsetof(pollcoport_t, revents)), &revents, sizeof revents))
            return -EFAULT;
        found += revents != 0;
    }
    return found;
}

/* Where another CPU has woken this thread the last time it may do so again soon, and a sleep costs more than this. */
static bool spin(const struct thread_block *block, uint32_t wakes, uint64_t since)
{
    uint32_t waker = block->waker_cpu;
    uint64_t limit = block->waits_long ? SPIN_SHORT : SPIN_LONG;
    if (waker == 0 || waker == this_cpu())
        return false;
    while (__builtin_ia32_rdtsc() - since < limit && !block->force_out && !block->look) {
        if (block->wakes != wakes)
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

static int64_t sleep(struct thread_block *block, uint32_t wakes, uint64_t deadline)
{
    uint64_t since = __builtin_ia32_rdtsc();
    long result = 0;
    if (!spin(block, wakes, since)) {
        block->waits_for_ports = true;
        while (result == 0 && block->wakes == wakes)
            result = futex_wait_until(&block->wakes, wakes, deadline);
        block->waits_for_ports = false;
    }
    block->waits_long = __builtin_ia32_rdtsc() - since > SPIN_LONG;
    return result == -EINTR ? -EINTR : 0;
}

/* A thread that serves a call is waited for: it shall not wait without limit for those who do. What others have no
 * handle to, they cannot send to or close. */
static bool waits_in_vain(const struct thread_block *block, uint64_t array, uint64_t count, uint64_t deadline)
{
    uint64_t claim = block->claim, use;
    pollcoport_t element;
    struct handle handle;
    struct port *port;
    if (count != 1 || deadline != 0 || (claim_state(claim) != CLAIM_LENT && claim_state(claim) != CLAIM_HOME))
        return false;
    return !core_copy(&element, (const void *)array, sizeof element) &&
           !core_port_find(block, element.coport, &handle, &port, &use) &&
           core_waits_for_itself(block, handle.words[1]);
}

static int64_t wait_armed(struct thread_block *block, uint64_t array, uint64_t count, uint32_t wakes, uint64_t deadline)
{
    int64_t rings = go_through(block, array, count, ARM);
    int64_t result = rings < 0 ? rings : 0;
    if (rings > 0)
        barrier_everywhere();
    if (result == 0)
        result = go_through(block, array, count, LOOK);
    if (result == 0 && waits_in_vain(block, array, count, deadline))
        result = -EDEADLK;
    if (result == 0) {
        core_wake_owed(core_running_home(block));
        result = sleep(block, wakes, deadline);
    }
    go_through(block, array, count, DISARM);
    return result;
}

/* arguments: array, how many elements, deadline */
int64_t core_port_wait(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t array = arguments[0], count = arguments[1], deadline = arguments[2];
    if (count > PORTS_MOST)
        return -EINVAL;
    if (!core_in_region(block, array, count * sizeof(pollcoport_t)))
        return -EFAULT;
    uint32_t wakes = block->wakes;
    int64_t result = go_through(block, array, count, LOOK);
    if (result == 0 && wakes == block->wakes_seen && deadline != 0) {
        uint64_t limit = deadline == COMESG_CALL_WITHOUT_LIMIT ? 0 : deadline;
        result = wait_armed(block, array, count, wakes, limit);
        if (result == 0)
            result = go_through(block, array, count, LOOK);
    }
    if (result != -EINTR)
        block->wakes_seen = block->wakes;
    return result;
}
