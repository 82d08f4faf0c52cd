/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How ipcd tells coeventd of ports that are closed: memory that both have attached. coprocd makes it; it stays when
 * either starts again.
 *
 * A port is named by its badge: its index in the lower half, the generation of the place in the upper one. Of each
 * place, all ports up to the generation in `closed` are closed. ipcd stores there, then has `listener` look.
 */
#ifndef UKERNEL_PROTOCOL_CLOSINGS_H
#define UKERNEL_PROTOCOL_CLOSINGS_H

#include <stdatomic.h>
#include <stdint.h>

/* As many as a realm has ports. */
#define CLOSINGS_MAX 16384

struct port_closings {
    _Atomic uint64_t listener;             /* cookie of a thread of coeventd, for cowake; 0: none */
    _Atomic uint64_t closed[CLOSINGS_MAX]; /* generation << 32 | pid of who called coclose, or 0: nobody did */
    uint32_t given[CLOSINGS_MAX];          /* ipcd's own: the last generation that it gave out */
};

#endif
