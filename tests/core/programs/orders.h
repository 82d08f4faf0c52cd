/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the clients of `server` can ask it to do.
 */
#ifndef COMESG_TESTS_CORE_ORDERS_H
#define COMESG_TESTS_CORE_ORDERS_H

#include <stdint.h>

enum order_kind {
    ORDER_ECHO,         /* reply with the request */
    ORDER_REPORT,       /* reply with a struct report about the last coaccept that failed */
    ORDER_REPLY_FROM,   /* reply with `length` bytes from `address`; if that fails, reply with a struct report */
    ORDER_REPLY_EDGE,   /* the same, but `length` bytes of which the last `address` are not mapped */
    ORDER_ACCEPT_EDGE,  /* reply; the buffer for the next request has only `length` mapped bytes */
    ORDER_ACCEPT_AT,    /* accept into `address`, `length`; if that fails, reply with a struct report */
    ORDER_CALL,         /* call the target published as "client" */
    ORDER_REGION,       /* reply with the region base */
    ORDER_MANY_HANDLES, /* register 20 names more */
    ORDER_CRASH,        /* die; `address` says how */
};

/* How to die. */
enum crash {
    CRASH_LOAD,
    CRASH_STORE,
    CRASH_DIVIDE,
    CRASH_DATA_STACK,
    CRASH_CONTROL_STACK,
    CRASH_INVALID,
    CRASH_JUMP,
    CRASH_EXIT,
    CRASH_ABORT,
    CRASH_FLOAT,
};

struct order {
    uint32_t magic;
    uint32_t kind;
    uint32_t move_home; /* make a system call first, which moves the server to its own kernel thread */
    uint32_t unused;
    uint64_t address;
    uint64_t length;
};
enum { ORDER_MAGIC = 0x6f726465 };

struct report {
    int64_t result;
    int64_t error;
};

#endif
