/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the sweep and the co-processes that it watches tell each other.
 */
#ifndef COMESG_TESTS_CORE_SWEEP_PARTY_H
#define COMESG_TESTS_CORE_SWEEP_PARTY_H

#include <stdint.h>

/* How the callee serves the call. */
enum service {
    SERVICE_LENT,   /* on the caller's kernel thread throughout */
    SERVICE_HOME,   /* with a system call that only its own kernel thread can make */
    SERVICE_CHAIN,  /* with a call of "other" */
    SERVICE_MEMORY, /* on the caller's kernel thread, where it maps and unmaps memory */
};

/* How the caller calls. */
enum form {
    FORM_PLAIN,
    FORM_UNTIL,   /* with a deadline */
    FORM_SLOW,    /* the callee runs on its own kernel thread */
    FORM_POOL,    /* a pool whose only worker the callee is */
    FORM_WAITING, /* with a deadline, while the callee serves another */
};

/* What a caller is ordered to do: one call. */
struct order {
    uint16_t target; /* which of its targets */
    uint16_t service;
    uint16_t form;
    uint16_t linger; /* milliseconds that the callee sleeps, at home, before it replies */
    uint32_t number;
    uint32_t milliseconds; /* until the call's deadline */
};

struct outcome {
    int64_t result;
    int32_t error;
    int32_t right; /* the reply is what it should be */
};

#endif
