/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting for ports.
 *
 * Who waits sets the bit of its thread block in each port, has every CPU pass a barrier, and looks again before it
 * sleeps; who changes a port looks for bits afterwards, and needs no barrier of its own. A wake-up says only that it is
 * worth looking again, so that one too many does no harm; when a kernel thread dies, the supervisor wakes everybody.
 */
#include "core/kernel.h"
#include "core/ports.h"

#include "comesg/call_options.h"
#include "comesg/coport.h"

#include <linux/membarrier.h>
#include <stdatomic.h>

enum { PORTS_MOST = 4096, SPINS = 600, BITS = 64 };

static uint32_t this_cpu(void)
{
    uint32_t cpu = 0;
    kernel3(SYS_getcpu, (long)&cpu, 0, 0);
    return cpu + 1;
}

void core_wake_thread(struct thread_block *block)
{
    block->waker_cpu = this_cpu();
    block->wakes++;
    if (block->waits_for_ports)
        futex_wake_all(&block->wakes);
}

void core_port_wake(struct realm *realm, struct port *port)
{
    uint32_t words = (realm->slot_limit + BITS - 1) / BITS;
    if (!port->armed)
        return;
    port->armed = 0;
    for (uint32_t word = 0; word < words; word++) {
        uint64_t bits = port->waiting[word] ? atomic_exchange(&port->waiting[word], 0) : 0;
        for (; bits; bits &= bits - 1)
            core_wake_thread(core_block_of(realm, word * BITS + (uint32_t)__builtin_ctzll(bits) + 1));
    }
}

int64_t core_wake_cookie(struct thread_block *block, uint64_t cookie)
{
    struct realm *realm = block->coprocess->realm;
    uint32_t owner = (uint32_t)cookie;
    if (owner == 0 || owner > realm->slot_limit || realm->slot_use[owner - 1] == 0 ||
        realm->slot_use[owner - 1] & SLOT_PREPARING)
        return -ESRCH;
    struct thread_block *thread = core_block_of(realm, owner);
    if (thread->cookie != cookie)
        return -ESRCH;
    core_wake_thread(thread);
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

/* Looks at every element: how many have something to report, which is then told, or an error. */
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
        if (pass != LOOK)
            continue;
        if (core_copy((void *)(address + offsetof(pollcoport_t, revents)), &revents, sizeof revents))
            return -EFAULT;
        found += revents != 0;
    }
    return found;
}

/* Where another CPU has woken this thread the last time it may do so again soon, and a sleep costs more than this. */
static bool spin(const struct thread_block *block, uint32_t wakes)
{
    uint32_t waker = block->waker_cpu;
    if (waker == 0 || waker == this_cpu())
        return false;
    for (unsigned i = 0; i < SPINS && !block->force_out && !block->look; i++) {
        if (block->wakes != wakes)
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

static int64_t sleep(struct thread_block *block, uint32_t wakes, uint64_t deadline)
{
    long result = 0;
    if (spin(block, wakes))
        return 0;
    block->waits_for_ports = true;
    while (result == 0 && block->wakes == wakes)
        result = futex_wait_until(&block->wakes, wakes, deadline);
    block->waits_for_ports = false;
    return result == -EINTR ? -EINTR : 0;
}

static int64_t wait_armed(struct thread_block *block, uint64_t array, uint64_t count, uint32_t wakes, uint64_t deadline)
{
    int64_t result = go_through(block, array, count, ARM);
    kernel3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    if (result == 0)
        result = go_through(block, array, count, LOOK);
    if (result == 0)
        result = sleep(block, wakes, deadline);
    go_through(block, array, count, DISARM);
    return result;
}

int64_t core_port_wait(struct thread_block *block, uint64_t array, uint64_t count, uint64_t deadline)
{
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
