/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports, the part of the core: what can be seen of a port from outside its service, the ring of a COCHANNEL, and who
 * waits for it (comesg/microkernel.h).
 */
#ifndef COMESG_CORE_PORTS_H
#define COMESG_CORE_PORTS_H

#include "core/core.h"
#include "core/seals.h"

/* Type-stable. The thread that makes one of a free place holds its lock, and so does whoever works on the ring: so that
 * nobody works on the ring of one port who began with another. */
struct port {
    _Atomic uint64_t use;    /* incarnation << 32 | index + 1 of the co-process that made it; low half 0: free */
    _Atomic uint32_t lock;   /* the kernel thread that holds it, as in a claim word; 0: none */
    _Atomic uint32_t events; /* COPOLL_CLOSED; and for others than a COCHANNEL, COPOLL_IN and COPOLL_OUT */
    _Atomic uint32_t armed;  /* somebody may wait: look at `waiting` */
    uint32_t type;
    uint64_t ring_size; /* a power of two */
    /* Bytes that were ever sent and received. Changed under the lock, each by one store when the bytes are there. */
    _Atomic uint64_t sent, received;
    _Atomic uint64_t waiting[SLOTS_MAX / 64]; /* a bit per thread block, by slot */
};
_Static_assert(sizeof(struct port) <= CORE_PORT_SIZE, "a port fits its place");

#pragma GCC visibility push(hidden)

/* ports.c */
core_maker core_port_make;
core_operation core_port_publish, core_port_shut, core_port_type;
/* The control is being closed: the port ends. */
void core_port_end(struct realm *, const struct handle_entry *);
/* For the supervisor: the co-process has ended. */
void core_ports_end(const struct coprocess *);
/* For the supervisor: the kernel thread is dead. */
void core_ports_recover(struct realm *, uint32_t owner);
bool core_holds_port(const struct realm *, uint32_t owner);
/* What a handle says of a port. */
uint64_t core_port_reference(const struct realm *, const struct handle *control);

/* rings.c */
core_operation core_ring_send, core_ring_receive;

/* poll.c */
/* Somebody may be glad of what has changed. */
/* On behalf of this context perhaps only when this is left, or its kernel thread sleeps; NULL: at once. */
void core_port_wake(struct realm *, const struct thread_block *actor, struct port *);
void core_wake_thread(struct thread_block *);
core_operation core_wake_cookie, core_port_wait;

#pragma GCC visibility pop

/* What a handle says of a port: incarnation, type in bits 24-31, place + 1 in bits 0-23. */
static inline uint32_t core_port_place(const struct handle *handle)
{
    return (uint32_t)handle->words[1] & 0xffffff;
}

static inline struct port *core_port_at(const struct realm *realm, uint32_t index)
{
    return (struct port *)(realm->core_area + CORE_PORTS + (uint64_t)index * CORE_PORT_SIZE);
}

/* 0 and the port that the handle stands for, with *use as long as it exists: or -EBADF. A handle that names no port of
 * the core is none that anybody could use. A port that has ended has another `use`. */
static inline int64_t core_port_find(const struct thread_block *block, uint64_t value, struct handle *handle,
                                     struct port **port, uint64_t *use)
{
    const struct coprocess *coprocess = block->coprocess;
    if (!core_handle_copy_of(coprocess, value, handle) || handle->kind != COHANDLE_PORT ||
        core_seal_ended(handle->object, handle->incarnation) || core_port_place(handle) == 0)
        return -EBADF;
    *port = core_port_at(coprocess->realm, core_port_place(handle) - 1);
    uint64_t present = (*port)->use;
    *use = present >> 32 == handle->words[1] >> 32 ? present : 0;
    return 0;
}

static inline bool core_port_ended(const struct port *port, uint64_t use)
{
    return port->use != use || (uint32_t)use == 0;
}

static inline uint8_t *core_port_ring(const struct realm *realm, const struct port *port)
{
    uint64_t index = ((uint64_t)port - realm->core_area - CORE_PORTS) / CORE_PORT_SIZE;
    return (uint8_t *)(realm->core_area + CORE_RINGS + index * CORE_RING_SIZE);
}

#endif
