/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A realm for the sweep: pairs of a callee and a caller, somebody with a service of his own, and a bystander who calls
 * them all and whose end ends the realm.
 */
#ifndef COMESG_TESTS_CORE_SWEEP_REALM_H
#define COMESG_TESTS_CORE_SWEEP_REALM_H

#include "party.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    PAIRS = 16,
    MEMBERS = 2 * PAIRS + 2,
    BYSTANDER = PAIRS, /* as a number of a caller */
    OTHER = PAIRS,     /* as a number of a target of the bystander; the callees come before it */
    MESSAGES = 32768,
};

struct member {
    pid_t pid;
    uint64_t base;
};

struct realm {
    pid_t supervisor;
    struct member members[MEMBERS];
    int orders[PAIRS + 1], outcomes[PAIRS + 1];
    char messages_path[64];
    char messages[MESSAGES];
};

static inline struct member *callee_of(struct realm *realm, int pair)
{
    return &realm->members[2 * pair];
}

static inline struct member *caller_of(struct realm *realm, int pair)
{
    return &realm->members[2 * pair + 1];
}

/* Starts it and waits until all have called each other once. The callees, and who
 * has a service of his own, are what party.c calls `role`. */
bool realm_start(struct realm *realm, const char *comesg, const char *party, const char *role);
/* True if it ends by itself, well and soon, and leaves nothing. In any case nothing is left. */
bool realm_end(struct realm *realm);

void realm_order(const struct realm *realm, int caller, struct order order);
/* How that call ended: false if that is not known in time. */
bool realm_outcome(const struct realm *realm, int caller, struct outcome *outcome);
/* Both. */
bool realm_call(const struct realm *realm, int caller, struct order order, struct outcome *outcome);

/* True if the supervisor says, at the latest in a while, that this process was ended, and why. */
bool realm_says_ended(struct realm *realm, pid_t pid, const char *why);
const char *realm_last_messages(struct realm *realm);
int realm_count_ended(struct realm *realm);

/* Time, bounded: false once there is no more. */
struct patience {
    int left;
};
bool patience_wait(struct patience *patience);

#endif
