/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making and ending the core's part of ports, and what their service says of them.
 */
#include "core/ports.h"

#include "core/kernel.h"
#include "core/seals.h"

#include "comesg/coport.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum { RING_LEAST = 64 };

/* Makes a further place accessible: false if there is none, or no memory. Places stay accessible, and neighbours are
 * one mapping. */
static bool add_place(struct realm *realm, uint32_t index)
{
    struct port *port = core_port_at(realm, index);
    if (index == CORE_PORTS_MAX || kernel3(SYS_mprotect, (long)port, CORE_PORT_SIZE, PROT_READ | PROT_WRITE) ||
        kernel3(SYS_mprotect, (long)core_port_ring(realm, port), CORE_RING_SIZE, PROT_READ | PROT_WRITE))
        return false;
    atomic_compare_exchange_strong(&realm->port_limit, &index, index + 1);
    return true;
}

/* Takes a place, if it is free, and its lock. Whoever worked on the ring of the port that was here is done. */
static bool take_place(const struct thread_block *block, struct port *port, uint64_t *use)
{
    uint32_t unlocked = 0;
    uint64_t free = port->use;
    if ((uint32_t)free != 0 || free >> 32 == UINT32_MAX ||
        !atomic_compare_exchange_strong(&port->lock, &unlocked, claim_owner(block->owner_word)))
        return false;
    *use = ((free >> 32) + 1) << 32 | (block->coprocess->index + 1);
    if (atomic_compare_exchange_strong(&port->use, &free, *use))
        return true;
    port->lock = 0;
    return false;
}

static struct port *take_port(const struct thread_block *block, uint64_t *use)
{
    struct realm *realm = block->coprocess->realm;
    for (uint32_t i = 0; i < realm->port_limit || add_place(realm, i); i++) {
        if (take_place(block, core_port_at(realm, i), use))
            return core_port_at(realm, i);
    }
    return NULL;
}

static void end_port(struct realm *realm, struct port *port, uint64_t use)
{
    uint64_t free = use >> 32 << 32;
    if (port->ring_size)
        kernel3(SYS_madvise, (long)core_port_ring(realm, port), CORE_RING_SIZE, MADV_DONTNEED);
    atomic_compare_exchange_strong(&port->use, &use, free);
    core_port_wake(realm, NULL, port);
}

/* arguments: type, size of the ring */
int64_t core_port_make(struct thread_block *block, const uint64_t *arguments, uint64_t *control)
{
    struct coprocess *coprocess = block->coprocess;
    uint64_t type = arguments[0], ring_size = arguments[1];
    bool ring = type == COCHANNEL;
    bool power_of_two = (ring_size & (ring_size - 1)) == 0;
    uint64_t use;
    if (!(ring || type == COPIPE || type == COCARRIER) || (!ring && ring_size != 0) ||
        (ring && (ring_size < RING_LEAST || ring_size > CORE_RING_SIZE || !power_of_two)))
        return -EINVAL;
    struct port *port = take_port(block, &use);
    if (!port)
        return -ENOMEM;
    port->events = 0;
    port->type = (uint32_t)type;
    port->ring_size = ring_size;
    port->sent = 0;
    port->received = 0;
    port->lock = 0;
    const struct handle handle = {
        .kind = COHANDLE_CONTROL, .rights = UINT32_MAX, .object = port, .incarnation = (uint32_t)(use >> 32)};
    int64_t error = core_handle_make(block, coprocess, &handle, control);
    if (error)
        end_port(coprocess->realm, port, use);
    return error;
}

void core_port_end(struct realm *realm, const struct handle_entry *control)
{
    struct port *port = control->object;
    uint64_t use = port->use;
    if (use >> 32 == control->object_incarnation && (uint32_t)use != 0)
        end_port(realm, port, use);
}

void core_ports_end(const struct coprocess *coprocess)
{
    struct realm *realm = coprocess->realm;
    for (uint32_t i = 0; i < realm->port_limit; i++) {
        struct port *port = core_port_at(realm, i);
        uint64_t use = port->use;
        if ((uint32_t)use == coprocess->index + 1)
            end_port(realm, port, use);
    }
}

void core_ports_recover(struct realm *realm, uint32_t owner)
{
    for (uint32_t i = 0; i < realm->port_limit; i++) {
        uint32_t holder = owner;
        atomic_compare_exchange_strong(&core_port_at(realm, i)->lock, &holder, 0);
    }
}

bool core_holds_port(const struct realm *realm, uint32_t owner)
{
    for (uint32_t i = 0; i < realm->port_limit; i++) {
        if (core_port_at(realm, i)->lock == owner)
            return true;
    }
    return false;
}

uint64_t core_port_reference(const struct realm *realm, const struct handle *control)
{
    uint64_t index = ((uint64_t)control->object - realm->core_area - CORE_PORTS) / CORE_PORT_SIZE;
    const struct port *port = control->object;
    return (uint64_t)control->incarnation << 32 | port->type << 24 | (index + 1);
}

static int64_t find_control(const struct thread_block *block, uint64_t value, struct port **port)
{
    struct handle handle;
    if (core_handle_read(block, value, &handle) || handle.kind != COHANDLE_CONTROL)
        return -EBADF;
    *port = handle.object;
    return (*port)->use >> 32 == handle.incarnation ? 0 : -EBADF;
}

/* arguments: control, events */
int64_t core_port_publish(struct thread_block *block, const uint64_t *arguments)
{
    const uint64_t known = COPOLL_IN | COPOLL_OUT, events = arguments[1];
    struct port *port;
    int64_t error = find_control(block, arguments[0], &port);
    if (error)
        return error;
    if (events & ~known || port->type == COCHANNEL)
        return -EINVAL;
    uint32_t present = port->events;
    while (!atomic_compare_exchange_weak(&port->events, &present, (present & COPOLL_CLOSED) | (uint32_t)events))
        ;
    if (events & ~(uint64_t)present)
        core_port_wake(block->coprocess->realm, block, port);
    return 0;
}

/* arguments: control */
int64_t core_port_shut(struct thread_block *block, const uint64_t *arguments)
{
    struct port *port;
    int64_t error = find_control(block, arguments[0], &port);
    if (error)
        return error;
    if (atomic_fetch_or(&port->events, COPOLL_CLOSED) & COPOLL_CLOSED)
        return -EPIPE;
    core_port_wake(block->coprocess->realm, NULL, port);
    return 0;
}

/* arguments: port */
int64_t core_port_type(struct thread_block *block, const uint64_t *arguments)
{
    struct handle handle;
    struct port *port;
    uint64_t use;
    int64_t error = core_port_find(block, arguments[0], &handle, &port, &use);
    return error ? error : (int64_t)(uint32_t)handle.words[1] >> 24;
}
