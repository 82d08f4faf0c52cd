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
    SERVICE_SHARE,  /* with a call of "other" in which both send a handle */
    SERVICE_GIVE,   /* keeps nothing that it is sent */
    SERVICE_COUNT,  /* gives back all handles that it was sent, revokes what it sent, and counts what it has */
};

/* How the caller calls. */
enum form {
    FORM_PLAIN,
    FORM_UNTIL,   /* with a deadline */
    FORM_SLOW,    /* the callee runs on its own kernel thread */
    FORM_POOL,    /* a pool whose only worker the callee is */
    FORM_WAITING, /* with a deadline, while the callee serves another */
    /* The callee keeps handles. But for the first, these come after a call in which both sent one. */
    FORM_PASS,       /* with a handle attached, and one to the reply */
    FORM_PASS_UNTIL, /* and with a deadline */
    FORM_FILE,       /* with a handle and the writing end of a pipe, which comes back with the reply */
    FORM_FILE_UNTIL,
    FORM_DUP, /* not a call, but codup, of a handle that came from the callee */
    FORM_RESTRICT,
    FORM_CLOSE,  /* of a handle between one of its own and one that the callee has */
    FORM_REVOKE, /* of a handle from which the callee's is derived */
    FORM_SEAL,
    FORM_COUNT, /* only counts what the caller has, and looks whether nobody has the last pipe */
};

/* What is counted: this for each handle that there is room for, and 1 for each open descriptor. */
enum { ROOM_OF_HANDLE = 1000 };

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
    int64_t result; /* SERVICE_COUNT, FORM_COUNT: the number */
    int32_t error;
    int32_t right; /* the reply is what it should be */
};

#endif
