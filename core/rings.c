/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The ring of a COCHANNEL: bytes in core memory, put in and taken out by whoever has a handle with the right.
 *
 * One at a time works on a ring. The lock names the kernel thread that holds it, so that the supervisor frees it when
 * that dies; what it was doing has then not happened, because sending and receiving each take effect with one store at
 * the end.
 */
#include "core/kernel.h"
#include "core/ports.h"
#include "core/words.h"

#include "comesg/coport.h"

#include <stdatomic.h>

enum { PAGE = 4096, SPINS = 64 };

/* A buffer may lie on pages that are yet to be filled: not while others wait for the lock. */
static inline bool touch(uint64_t address, uint64_t length)
{
    uint64_t word, last = (address + length - 1) & ~(uint64_t)(PAGE - 1);
    if (!core_fetch_word(&word, address & -sizeof word))
        return false;
    for (uint64_t page = address & ~(uint64_t)(PAGE - 1); page < last; page += PAGE) {
        if (!core_fetch_word(&word, page + PAGE))
            return false;
    }
    return true;
}

/* 0, -EINTR if this kernel thread is needed elsewhere, or -EPIPE if the port has ended. */
static int64_t lock(struct thread_block *block, struct port *port, uint64_t use)
{
    uint32_t owner = claim_owner(block->owner_word), unlocked = 0;
    for (unsigned tries = 1; !atomic_compare_exchange_strong(&port->lock, &unlocked, owner); tries++, unlocked = 0) {
        if (tries % SPINS != 0) {
            __builtin_ia32_pause();
            continue;
        }
        if (block->force_out || core_must_leave(block))
            return -EINTR;
        kernel3(SYS_sched_yield, 0, 0, 0);
    }
    if (!core_port_ended(port, use))
        return 0;
    atomic_store_explicit(&port->lock, 0, memory_order_release);
    return -EPIPE;
}

/* Only a change is worth a wake-up: or those who find nothing would wake each other for ever. */
static void unlock(struct realm *realm, struct port *port, bool changed)
{
    atomic_store_explicit(&port->lock, 0, memory_order_release);
    if (changed && atomic_load_explicit(&port->armed, memory_order_relaxed)) /* who waits has made a barrier */
        core_port_wake(realm, NULL, port);
}

/* Copies between the program and the ring, from byte `position` of all that ever go through it. */
static inline __attribute__((always_inline)) bool copy(const struct realm *realm, const struct port *port,
                                                       uint64_t position, uint64_t address, uint64_t length, bool into)
{
    uint8_t *ring = core_port_ring(realm, port), *program = (uint8_t *)address;
    uint64_t offset = position & (port->ring_size - 1), room = port->ring_size - offset;
    uint64_t first = length < room ? length : room, rest = length - first;
    if (into ? core_copy(ring + offset, program, first) : core_copy(program, ring + offset, first))
        return false;
    if (likely(rest == 0))
        return true;
    return !(into ? core_copy(ring, program + first, rest) : core_copy(program + first, ring, rest));
}

static int64_t send(const struct realm *realm, struct port *port, uint64_t address, uint64_t length)
{
    uint64_t sent = port->sent, room = port->ring_size - (sent - port->received);
    if (port->events & COPOLL_CLOSED)
        return -EPIPE;
    if (room < length && (room == 0 || length <= port->ring_size / 2))
        return -EAGAIN;
    if (length > room)
        length = room;
    if (!copy(realm, port, sent, address, length, true))
        return -EFAULT;
    atomic_store_explicit(&port->sent, sent + length, memory_order_release);
    return (int64_t)length;
}

static int64_t receive(const struct realm *realm, struct port *port, uint64_t address, uint64_t length)
{
    uint64_t received = port->received, there = port->sent - received;
    if (there == 0)
        return port->events & COPOLL_CLOSED ? -EPIPE : -EAGAIN;
    if (length > there)
        length = there;
    if (!copy(realm, port, received, address, length, false))
        return -EFAULT;
    atomic_store_explicit(&port->received, received + length, memory_order_release);
    return (int64_t)length;
}

/* 0 and the port, or why it cannot be used. */
static int64_t find(const struct thread_block *block, uint64_t value, uint32_t right, struct port **port, uint64_t *use)
{
    struct handle handle;
    int64_t error = core_port_find(block, value, &handle, port, use);
    if (error)
        return error;
    if (!(handle.rights & right))
        return -EACCES;
    if (*use == 0)
        return -EPIPE;
    return (*port)->type == COCHANNEL ? 0 : -EOPNOTSUPP;
}

typedef int64_t transfer(const struct realm *, struct port *, uint64_t address, uint64_t length);

/* arguments: port, buffer, length. The port is locked when the buffer is ready. */
static inline __attribute__((always_inline)) int64_t
transfer_bytes(struct thread_block *block, const uint64_t *arguments, uint32_t right, transfer *how)
{
    struct realm *realm = block->coprocess->realm;
    uint64_t address = arguments[1], length = arguments[2], use;
    struct port *port;
    int64_t result = find(block, arguments[0], right, &port, &use);
    if (result)
        return result;
    if (!core_in_region(block, address, length) ||
        (length && !touch(address, length < port->ring_size ? length : port->ring_size)))
        return -EFAULT;
    result = lock(block, port, use);
    if (result)
        return result;
    result = length ? how(realm, port, address, length) : 0;
    unlock(realm, port, result > 0);
    return result;
}

int64_t core_ring_send(struct thread_block *block, const uint64_t *arguments)
{
    return transfer_bytes(block, arguments, CORIGHT_SEND, send);
}

int64_t core_ring_receive(struct thread_block *block, const uint64_t *arguments)
{
    return transfer_bytes(block, arguments, CORIGHT_RECV, receive);
}
