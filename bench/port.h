/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What bench/ports says to bench/drain: the port in question is attached.
 */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

#include <stdint.h>

#define PORT_DRAIN "bench-drain"

enum drain_operation {
    DRAIN_NOTHING = 0,
    DRAIN_PORT = 1, /* the port to receive from; the second attachment, if any, is the one for acknowledgements. `count`
                       is not 0: every cache line of a message is read, else only its first word */
    DRAIN_COUNT = 2,  /* receive so many messages: the answer is the sum of their first words */
    DRAIN_THREAD = 3, /* receive on a thread, until the port is closed; after each message whose first word is LAST,
                         acknowledge it */
    DRAIN_ECHO = 4 /* receive on a thread, until the port is closed; send each message back through the second port */
};

struct drain_request {
    uint32_t operation;
    uint32_t count;
    uint64_t length;
};

#define DRAIN_LAST UINT64_MAX

#endif
