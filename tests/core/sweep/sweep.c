/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A death at every instruction of a call.
 *
 * Walks a kernel thread to the n-th instruction of a call, for each n: the caller's, from its call of cocall to its
 * return, or the callee's own, from its wake-up to its next sleep. There something happens: one of the two is killed or
 * terminated, or the recall signal comes for no reason. Then all go on, and everybody must get what the documentation
 * promises, in time.
 *
 *   sweep [STRIDE [START]]    every STRIDE-th instruction from START on; 1 and 0 if not given. COMESG names the
 * command.
 */
#include "realm.h"
#include "tracer.h"

#include "symbols.h"

#include "comesg/abi.h"
#include "core/layout.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIGNAL_RECALL = 16, STEP_PATIENCE = 5000, VECTOR_BYTES = 16384, NO_LIMIT = 1 << 30, LINGER = 300 };

enum event { KILL_CALLEE, KILL_CALLER, TERMINATE_CALLER, RECALL, STOP_CALLER, STOP_CALLEE, EXPIRE };

struct plan {
    const char *name;
    enum service service;
    bool walk_callee; /* its own kernel thread, not the caller's */
    enum event event;
    bool late; /* the walked thread goes on only when the supervisor has reaped the one who died */
    enum form form;
};

static const struct plan plans[] = {
    {"callee killed", SERVICE_LENT, false, KILL_CALLEE, false, FORM_PLAIN},
    {"callee killed and reaped", SERVICE_LENT, false, KILL_CALLEE, true, FORM_PLAIN},
    {"caller killed", SERVICE_LENT, false, KILL_CALLER, false, FORM_PLAIN},
    {"caller terminated", SERVICE_LENT, false, TERMINATE_CALLER, false, FORM_PLAIN},
    {"recall signal", SERVICE_LENT, false, RECALL, false, FORM_PLAIN},
    {"callee at home killed, caller walked", SERVICE_HOME, false, KILL_CALLEE, false, FORM_PLAIN},
    {"callee at home killed and reaped, caller walked", SERVICE_HOME, false, KILL_CALLEE, true, FORM_PLAIN},
    {"caller of a callee at home killed, caller walked", SERVICE_HOME, false, KILL_CALLER, false, FORM_PLAIN},
    {"caller of a callee at home terminated, caller walked", SERVICE_HOME, false, TERMINATE_CALLER, false, FORM_PLAIN},
    {"recall signal, callee at home, caller walked", SERVICE_HOME, false, RECALL, false, FORM_PLAIN},
    {"callee at home killed, callee walked", SERVICE_HOME, true, KILL_CALLEE, false, FORM_PLAIN},
    {"caller of a callee at home killed, callee walked", SERVICE_HOME, true, KILL_CALLER, false, FORM_PLAIN},
    {"caller of a callee at home killed and reaped, callee walked", SERVICE_HOME, true, KILL_CALLER, true, FORM_PLAIN},
    {"caller of a callee at home terminated, callee walked", SERVICE_HOME, true, TERMINATE_CALLER, false, FORM_PLAIN},
    {"recall signal, callee at home, callee walked", SERVICE_HOME, true, RECALL, false, FORM_PLAIN},
    {"middle of a chain killed", SERVICE_CHAIN, false, KILL_CALLEE, false, FORM_PLAIN},
    {"middle of a chain killed and reaped", SERVICE_CHAIN, false, KILL_CALLEE, true, FORM_PLAIN},
    {"start of a chain terminated", SERVICE_CHAIN, false, TERMINATE_CALLER, false, FORM_PLAIN},
    {"recall signal in a chain", SERVICE_CHAIN, false, RECALL, false, FORM_PLAIN},
    {"callee killed, call with a deadline", SERVICE_LENT, false, KILL_CALLEE, false, FORM_UNTIL},
    {"caller killed, call with a deadline", SERVICE_LENT, false, KILL_CALLER, false, FORM_UNTIL},
    {"recall signal, call with a deadline", SERVICE_LENT, false, RECALL, false, FORM_UNTIL},
    {"deadline passes", SERVICE_LENT, false, EXPIRE, false, FORM_UNTIL},
    {"deadline passes, callee at home", SERVICE_HOME, false, EXPIRE, false, FORM_UNTIL},
    {"deadline passes in a chain", SERVICE_CHAIN, false, EXPIRE, false, FORM_UNTIL},
    {"caller stopped", SERVICE_LENT, false, STOP_CALLER, false, FORM_PLAIN},
    {"caller of a callee at home stopped", SERVICE_HOME, false, STOP_CALLER, false, FORM_PLAIN},
    {"start of a chain stopped", SERVICE_CHAIN, false, STOP_CALLER, false, FORM_PLAIN},
    {"caller stopped, call with a deadline", SERVICE_LENT, false, STOP_CALLER, false, FORM_UNTIL},
    {"caller of a callee at home stopped, callee walked", SERVICE_HOME, true, STOP_CALLER, false, FORM_PLAIN},
    {"callee at home stopped, callee walked", SERVICE_HOME, true, STOP_CALLEE, false, FORM_PLAIN},
    {"deadline passes, callee at home, callee walked", SERVICE_HOME, true, EXPIRE, false, FORM_UNTIL},
    {"callee killed, slow call", SERVICE_LENT, false, KILL_CALLEE, false, FORM_SLOW},
    {"caller killed, slow call", SERVICE_HOME, false, KILL_CALLER, false, FORM_SLOW},
    {"caller terminated, slow call", SERVICE_LENT, false, TERMINATE_CALLER, false, FORM_SLOW},
    {"recall signal, slow call", SERVICE_LENT, false, RECALL, false, FORM_SLOW},
    {"caller of a slow call killed, callee walked", SERVICE_LENT, true, KILL_CALLER, false, FORM_SLOW},
    {"callee killed, pool", SERVICE_LENT, false, KILL_CALLEE, false, FORM_POOL},
    {"caller killed, pool", SERVICE_LENT, false, KILL_CALLER, false, FORM_POOL},
    {"recall signal, pool", SERVICE_LENT, false, RECALL, false, FORM_POOL},
    {"callee killed, caller waits for it", SERVICE_HOME, false, KILL_CALLEE, false, FORM_WAITING},
    {"caller killed, while it waits", SERVICE_LENT, false, KILL_CALLER, false, FORM_WAITING},
    {"caller terminated, while it waits", SERVICE_LENT, false, TERMINATE_CALLER, false, FORM_WAITING},
    {"caller stopped, while it waits", SERVICE_LENT, false, STOP_CALLER, false, FORM_WAITING},
    {"caller killed, callee recovers", SERVICE_MEMORY, false, KILL_CALLER, false, FORM_PLAIN},
    {"callee killed, callee maps memory", SERVICE_MEMORY, false, KILL_CALLEE, false, FORM_PLAIN},
    {"recall signal, callee maps memory", SERVICE_MEMORY, false, RECALL, false, FORM_PLAIN},
    {"recall signal, caller waits", SERVICE_LENT, false, RECALL, false, FORM_WAITING},
    {"caller killed, handles passed", SERVICE_LENT, false, KILL_CALLER, false, FORM_PASS},
    {"callee killed, handles passed", SERVICE_LENT, false, KILL_CALLEE, false, FORM_PASS},
    {"callee killed and reaped, handles passed", SERVICE_LENT, false, KILL_CALLEE, true, FORM_PASS},
    {"caller of a callee at home killed, handles passed, callee walked", SERVICE_HOME, true, KILL_CALLER, false,
     FORM_PASS},
    {"callee at home killed, handles passed, callee walked", SERVICE_HOME, true, KILL_CALLEE, false, FORM_PASS},
    {"killed in codup", SERVICE_LENT, false, KILL_CALLER, false, FORM_DUP},
    {"killed in corestrict", SERVICE_LENT, false, KILL_CALLER, false, FORM_RESTRICT},
    {"killed in cohandle_close", SERVICE_LENT, false, KILL_CALLER, false, FORM_CLOSE},
    {"killed in corevoke", SERVICE_LENT, false, KILL_CALLER, false, FORM_REVOKE},
    {"killed in coseal", SERVICE_LENT, false, KILL_CALLER, false, FORM_SEAL},
    {"recall signal, handles passed", SERVICE_LENT, false, RECALL, false, FORM_PASS},
    {"recall signal, handles passed, callee walked", SERVICE_HOME, true, RECALL, false, FORM_PASS},
    {"caller terminated, handles passed", SERVICE_LENT, false, TERMINATE_CALLER, false, FORM_PASS},
    {"deadline passes, handles passed", SERVICE_LENT, false, EXPIRE, false, FORM_PASS_UNTIL},
    {"deadline passes, handles passed, callee walked", SERVICE_HOME, true, EXPIRE, false, FORM_PASS_UNTIL},
    {"recall signal, handles passed in a chain", SERVICE_SHARE, false, RECALL, false, FORM_PASS},
    {"deadline passes, handles passed in a chain", SERVICE_SHARE, false, EXPIRE, false, FORM_PASS_UNTIL},
    {"recall signal, files passed", SERVICE_LENT, false, RECALL, false, FORM_FILE},
    {"recall signal, files passed, callee walked", SERVICE_LENT, true, RECALL, false, FORM_FILE},
    {"deadline passes, files passed", SERVICE_LENT, false, EXPIRE, false, FORM_FILE_UNTIL},
    {"deadline passes, files passed, callee walked", SERVICE_LENT, true, EXPIRE, false, FORM_FILE_UNTIL},
    {"callee killed, files passed", SERVICE_LENT, false, KILL_CALLEE, false, FORM_FILE},
    {"caller killed, files passed", SERVICE_LENT, false, KILL_CALLER, false, FORM_FILE},
    {"callee killed, files passed, callee walked", SERVICE_LENT, true, KILL_CALLEE, false, FORM_FILE},
    {"caller killed, files passed, callee walked", SERVICE_LENT, true, KILL_CALLER, false, FORM_FILE},
    {"caller stopped, files passed", SERVICE_LENT, false, STOP_CALLER, false, FORM_FILE},
    {"callee stopped, files passed, callee walked", SERVICE_LENT, true, STOP_CALLEE, false, FORM_FILE},
};

static bool recovers(const struct plan *plan)
{
    return plan && plan->service == SERVICE_MEMORY;
}

static bool shares(const struct plan *plan)
{
    return plan && plan->form >= FORM_PASS;
}

static bool passes_files(const struct plan *plan)
{
    return plan->form == FORM_FILE || plan->form == FORM_FILE_UNTIL;
}

static const char *role(const struct plan *plan)
{
    if (shares(plan))
        return plan->form < FORM_DUP ? "hold" : "hold-few"; /* closing goes through all that was ever used of a table */
    return recovers(plan) ? "recover" : "serve";
}

/* An event takes a fraction of a second, or the call many instructions: fewer instructions are visited, unless all are
 * wanted. */
static bool takes_long(const struct plan *plan)
{
    return plan->event == EXPIRE || plan->event == STOP_CALLER || plan->event == STOP_CALLEE ||
           plan->form == FORM_WAITING || recovers(plan) || shares(plan);
}

/* Registers with which cocall returns when nothing happens. */
struct reference {
    struct user_regs_struct registers;
    unsigned char vectors[VECTOR_BYTES];
    size_t vector_bytes;
};

struct sweep {
    const char *comesg, *party;
    const uint64_t *functions; /* by form, as offsets in a region */
    const struct plan *plan;
    struct realm realm;
    bool realm_runs;
    int pair, ended;
    struct reference reference;
    int instructions, limit; /* the callee's thread goes to sleep at `limit` */
    int answered, refused, survived, lost, expired;
    uint32_t milliseconds; /* of a call with a deadline that is to pass, or that the callee serves another */
    bool holds;            /* that other, the bystander, has not been seen to have his answer */
    int first, last;       /* instructions of the others' contexts on the caller's thread */
    bool lingers;          /* the callee does not reply at once */
    int stuck;             /* the step that did not end */
    int64_t callee_room, caller_room, other_room;
    /* Where the walked thread is. */
    struct user_regs_struct at;
    uint64_t return_address;
    uint64_t caller_block; /* its thread block */
    char failure[512];
};

__attribute__((format(printf, 2, 3))) static bool fail(struct sweep *sweep, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!sweep->failure[0])
        vsnprintf(sweep->failure, sizeof sweep->failure, format, arguments);
    va_end(arguments);
    return false;
}

static pid_t caller_pid(struct sweep *sweep)
{
    return caller_of(&sweep->realm, sweep->pair)->pid;
}

static pid_t callee_pid(struct sweep *sweep)
{
    return callee_of(&sweep->realm, sweep->pair)->pid;
}

static pid_t walked_pid(struct sweep *sweep)
{
    return sweep->plan->walk_callee ? callee_pid(sweep) : caller_pid(sweep);
}

static struct order the_call(const struct sweep *sweep)
{
    const struct plan *plan = sweep->plan;
    struct order order = {.service = (uint16_t)plan->service, .form = (uint16_t)plan->form, .number = 12345};
    order.linger = sweep->lingers ? LINGER : 0;
    order.milliseconds = plan->event == EXPIRE && sweep->milliseconds ? sweep->milliseconds : 60000;
    return order;
}

static uint64_t function_of(const struct sweep *sweep)
{
    return sweep->functions[sweep->plan->form];
}

/* As long as the caller is stopped. */
static bool claim_of_callee(struct sweep *sweep, unsigned *state)
{
    uint64_t base, claim, block = sweep->caller_block - CORE_SLOT_SIZE; /* slots are given in order */
    pid_t pid = caller_pid(sweep);
    if (!tracer_read(pid, block + TB_REGION_BASE, &base, sizeof base) ||
        base != callee_of(&sweep->realm, sweep->pair)->base ||
        !tracer_read(pid, block + TB_CLAIM, &claim, sizeof claim))
        return fail(sweep, "the callee's claim word cannot be found");
    *state = claim & 0xff;
    return true;
}

/* Until the bystander's call, which is longer than the walk, has ended, the callee is busy. */
static bool hold_callee(struct sweep *sweep)
{
    struct patience patience = {0};
    const struct order order = {.target = (uint16_t)sweep->pair,
                                .linger = (uint16_t)(sweep->milliseconds ? sweep->milliseconds : 60)};
    unsigned state;
    realm_order(&sweep->realm, BYSTANDER, order);
    sweep->holds = true;
    do {
        if (!claim_of_callee(sweep, &state))
            return false;
    } while (state != CLAIM_HOME && patience_wait(&patience));
    return state == CLAIM_HOME || fail(sweep, "the callee does not go home");
}

/* The caller stops at the first instruction of cocall. */
static bool stop_caller_at_call(struct sweep *sweep)
{
    pid_t pid = caller_pid(sweep);
    uint64_t address = caller_of(&sweep->realm, sweep->pair)->base + function_of(sweep);
    if (!tracer_stop(pid) || !tracer_break_at(pid, address) || !tracer_continue(pid))
        return fail(sweep, "the caller cannot be traced: %s", strerror(errno));
    realm_order(&sweep->realm, sweep->pair, the_call(sweep));
    if (!tracer_await(pid, STEP_PATIENCE) || !tracer_break_at(pid, 0) || !tracer_registers(pid, &sweep->at) ||
        sweep->at.rip != address || !tracer_read(pid, sweep->at.rsp, &sweep->return_address, sizeof(uint64_t)))
        return fail(sweep, "the caller did not come to its call");
    sweep->caller_block = sweep->at.r15;
    return sweep->plan->form != FORM_WAITING || hold_callee(sweep);
}

/* The callee sleeps, and stops when its caller wakes it. */
static bool stop_callee_at_wake(struct sweep *sweep)
{
    pid_t pid = callee_pid(sweep);
    if (!tracer_stop(pid))
        return fail(sweep, "the callee cannot be traced: %s", strerror(errno));
    realm_order(&sweep->realm, sweep->pair, the_call(sweep));
    if (!tracer_step(pid, STEP_PATIENCE) || !tracer_registers(pid, &sweep->at))
        return fail(sweep, "the callee did not wake up");
    return true;
}

static bool start_walk(struct sweep *sweep)
{
    return sweep->plan->walk_callee ? stop_callee_at_wake(sweep) : stop_caller_at_call(sweep);
}

/* Walks `steps` instructions, or fewer if the call is over: *over. False if one takes too long. */
static bool walk(struct sweep *sweep, int steps, bool *over)
{
    pid_t pid = walked_pid(sweep);
    *over = false;
    for (int step = 0; step < steps; step++) {
        if (!tracer_step(pid, STEP_PATIENCE) || !tracer_registers(pid, &sweep->at)) {
            sweep->stuck = step;
            return false;
        }
        *over = !sweep->plan->walk_callee && sweep->at.rip == sweep->return_address;
        if (*over)
            break;
    }
    return true;
}

/* From where the caller stands to its return from cocall. */
static bool run_to_return(struct sweep *sweep, struct reference *found)
{
    pid_t pid = caller_pid(sweep);
    if (!tracer_break_at(pid, sweep->return_address) || !tracer_continue(pid) || !tracer_await(pid, STEP_PATIENCE))
        return fail(sweep, "the call does not return");
    found->vector_bytes = tracer_vectors(pid, found->vectors, sizeof found->vectors);
    return tracer_registers(pid, &found->registers) || fail(sweep, "no registers");
}

/* The header of the state, bytes 512 to 575, tells what is in its initial state, and may differ. */
static bool same_registers(const struct reference *a, const struct reference *b)
{
    struct user_regs_struct x = a->registers, y = b->registers;
    x.orig_rax = y.orig_rax = 0; /* the kernel's own note of the last system call */
    x.eflags &= ~0x10000UL;      /* RF: set by the breakpoint */
    y.eflags &= ~0x10000UL;
    return memcmp(&x, &y, sizeof x) == 0 && a->vector_bytes == b->vector_bytes && a->vector_bytes > 576 &&
           memcmp(a->vectors, b->vectors, 512) == 0 &&
           memcmp(a->vectors + 576, b->vectors + 576, a->vector_bytes - 576) == 0;
}

static bool gone(pid_t pid)
{
    struct patience patience = {0};
    while (kill(pid, 0) == 0) {
        if (!patience_wait(&patience))
            return false;
    }
    return true;
}

static bool let_go(struct sweep *sweep, pid_t reaped_first)
{
    if (reaped_first && sweep->plan->late && !gone(reaped_first))
        return fail(sweep, "the dead one was not reaped");
    return tracer_release(walked_pid(sweep)) || fail(sweep, "the walked thread cannot go on: %s", strerror(errno));
}

/* Calls that find their callee busy are repeated for a while. */
static bool call_when_ready(struct sweep *sweep, int target, enum service service, struct outcome *outcome)
{
    struct patience patience = {0};
    const struct order order = {.target = (uint16_t)target, .service = (uint16_t)service, .number = 777};
    if (sweep->holds && !realm_outcome(&sweep->realm, BYSTANDER, outcome))
        return fail(sweep, "the bystander's call that the caller waits for does not return");
    sweep->holds = false;
    do {
        if (!realm_call(&sweep->realm, BYSTANDER, order, outcome))
            return fail(sweep, "the bystander's call of %s does not return",
                        target == OTHER ? "another" : "the callee");
    } while (outcome->error == EBUSY && patience_wait(&patience));
    return true;
}

static bool others_go_on(struct sweep *sweep)
{
    struct outcome outcome;
    if (!call_when_ready(sweep, OTHER, SERVICE_LENT, &outcome))
        return false;
    return outcome.right || fail(sweep, "the bystander's call of another gives errno %d", outcome.error);
}

static bool room_of(struct sweep *sweep, int target, int64_t *room)
{
    struct outcome outcome;
    if (!call_when_ready(sweep, target, SERVICE_COUNT, &outcome))
        return false;
    *room = outcome.result;
    return outcome.right || fail(sweep, "%s cannot use its table of handles: %ld, errno %d",
                                 target == OTHER ? "another" : "the callee", (long)outcome.result, outcome.error);
}

static bool callee_room(struct sweep *sweep, int64_t *room)
{
    return room_of(sweep, sweep->pair, room);
}

static bool other_room(struct sweep *sweep, int64_t *room)
{
    return room_of(sweep, OTHER, room);
}

static bool caller_room(struct sweep *sweep, int64_t *room)
{
    const struct order order = {.form = FORM_COUNT};
    struct outcome outcome;
    if (!realm_call(&sweep->realm, sweep->pair, order, &outcome))
        return fail(sweep, "the caller cannot use its table of handles");
    *room = outcome.result;
    return outcome.right || fail(sweep, "somebody still has the pipe that was sent, or wrote too much or too little");
}

static bool learn_rooms(struct sweep *sweep)
{
    return callee_room(sweep, &sweep->callee_room) && caller_room(sweep, &sweep->caller_room) &&
           other_room(sweep, &sweep->other_room);
}

/* What the dead one had begun in the table of the other is undone, perhaps a moment later. */
static bool nothing_is_left(struct sweep *sweep, bool (*look)(struct sweep *, int64_t *), int64_t expected)
{
    struct patience patience = {0};
    int64_t room = expected;
    do {
        if (shares(sweep->plan) && !look(sweep, &room))
            return false;
    } while (room != expected && patience_wait(&patience));
    return room == expected ||
           fail(sweep, "%ld are counted of handles and descriptors, not %ld", (long)room, (long)expected);
}

/* Nobody has died: all have what they had before. */
static bool nothing_is_lost(struct sweep *sweep)
{
    return nothing_is_left(sweep, callee_room, sweep->callee_room) &&
           nothing_is_left(sweep, caller_room, sweep->caller_room) &&
           nothing_is_left(sweep, other_room, sweep->other_room);
}

/* For a moment it may still be called: then its process has ended, but not yet its threads' claims. */
static bool callee_is_gone(struct sweep *sweep)
{
    struct patience patience = {0};
    struct outcome outcome;
    do {
        if (!call_when_ready(sweep, sweep->pair, SERVICE_LENT, &outcome))
            return false;
    } while (outcome.right && patience_wait(&patience));
    return outcome.error == ENOLINK || fail(sweep, "the bystander's call of the dead callee gives %ld, errno %d",
                                            (long)outcome.result, outcome.error);
}

static bool callee_serves(struct sweep *sweep)
{
    struct outcome outcome;
    const enum service services[] = {SERVICE_LENT, SERVICE_HOME, SERVICE_MEMORY};
    for (int i = 0; i < 3; i++) {
        enum service service = services[i];
        if (!call_when_ready(sweep, sweep->pair, service, &outcome))
            return false;
        if (!outcome.right)
            return fail(sweep, "the bystander's call of the callee (service %d) gives %ld, errno %d", service,
                        (long)outcome.result, outcome.error);
    }
    return true;
}

/* The call that was under way, and the next ones. */
static bool caller_is_told(struct sweep *sweep)
{
    struct patience patience = {0};
    struct outcome outcome;
    if (!realm_outcome(&sweep->realm, sweep->pair, &outcome))
        return fail(sweep, "the caller's call does not return");
    sweep->answered += outcome.right;
    sweep->refused += outcome.error == ENOLINK;
    while (outcome.right) {
        if (!patience_wait(&patience))
            return fail(sweep, "the caller's calls go on succeeding");
        if (!realm_call(&sweep->realm, sweep->pair, the_call(sweep), &outcome))
            return fail(sweep, "the caller's next call does not return");
    }
    return outcome.error == ENOLINK ||
           fail(sweep, "the caller's call gives %ld, errno %d", (long)outcome.result, outcome.error);
}

/* The handle of a dead target is no more. */
static bool kill_callee(struct sweep *sweep)
{
    pid_t pid = callee_pid(sweep);
    kill(pid, SIGKILL);
    if (sweep->plan->walk_callee ? !tracer_bury(pid) : !let_go(sweep, pid))
        return fail(sweep, "the callee does not die");
    sweep->ended++;
    return caller_is_told(sweep) && nothing_is_left(sweep, caller_room, sweep->caller_room + ROOM_OF_HANDLE) &&
           callee_is_gone(sweep) && others_go_on(sweep) &&
           (realm_says_ended(&sweep->realm, pid, "Killed") || fail(sweep, "the callee's end is not reported"));
}

/* True if the callee's context runs on the caller's kernel thread, which is stopped. */
static bool is_lent(struct sweep *sweep, bool *lent)
{
    unsigned state = CLAIM_HOME;
    bool known = sweep->plan->walk_callee || claim_of_callee(sweep, &state);
    *lent = state == CLAIM_LENT;
    return known;
}

static bool kill_caller(struct sweep *sweep)
{
    pid_t pid = caller_pid(sweep);
    bool lent;
    if (!is_lent(sweep, &lent))
        return false;
    kill(pid, SIGKILL);
    if (sweep->plan->walk_callee ? !let_go(sweep, pid) : !tracer_bury(pid))
        return fail(sweep, "the caller does not die");
    sweep->ended += 1 + (lent && !recovers(sweep->plan));
    sweep->lost += lent;
    sweep->survived += !lent;
    if (!realm_says_ended(&sweep->realm, pid, "Killed"))
        return fail(sweep, "the caller's end is not reported");
    if (!lent || recovers(sweep->plan))
        return callee_serves(sweep) && nothing_is_left(sweep, callee_room, sweep->callee_room) && others_go_on(sweep);
    return callee_is_gone(sweep) && others_go_on(sweep) &&
           (realm_says_ended(&sweep->realm, callee_pid(sweep), "its caller's process was killed while it ran there") ||
            fail(sweep, "the callee's end is not reported"));
}

static bool terminate_caller(struct sweep *sweep)
{
    pid_t pid = caller_pid(sweep);
    kill(pid, SIGTERM);
    if (!let_go(sweep, 0))
        return false;
    sweep->ended++;
    sweep->survived++;
    return callee_serves(sweep) && nothing_is_left(sweep, callee_room, sweep->callee_room) && others_go_on(sweep) &&
           (realm_says_ended(&sweep->realm, pid, "Terminated") || fail(sweep, "the caller's end is not reported")) &&
           (kill(callee_pid(sweep), 0) == 0 || fail(sweep, "the callee is gone"));
}

static bool keeps_time(const struct plan *plan)
{
    return plan->form == FORM_UNTIL || plan->form == FORM_WAITING || plan->form == FORM_PASS_UNTIL ||
           plan->form == FORM_FILE_UNTIL;
}

static bool send_recall(struct sweep *sweep)
{
    static struct reference found;
    struct outcome outcome;
    kill(caller_pid(sweep), SIGNAL_RECALL);
    kill(callee_pid(sweep), SIGNAL_RECALL);
    if (!sweep->plan->walk_callee) {
        if (!run_to_return(sweep, &found))
            return false;
        /* With a deadline the program keeps the time in some of them. */
        if (!keeps_time(sweep->plan) && !same_registers(&found, &sweep->reference))
            return fail(sweep, "cocall returns with other registers than usual");
    }
    if (!let_go(sweep, 0))
        return false;
    if (!realm_outcome(&sweep->realm, sweep->pair, &outcome))
        return fail(sweep, "the call does not return");
    sweep->answered += outcome.right;
    return outcome.right ? nothing_is_lost(sweep) && callee_serves(sweep) && others_go_on(sweep)
                         : fail(sweep, "the call gives %ld, errno %d", (long)outcome.result, outcome.error);
}

/* The other stays stopped until everybody has found that those who can go on without him do. */
static bool stop_one(struct sweep *sweep, pid_t pid, bool callee_goes_on)
{
    struct outcome outcome;
    kill(pid, SIGSTOP);
    if (!let_go(sweep, 0) || (callee_goes_on && !callee_serves(sweep)) || !others_go_on(sweep))
        return false;
    kill(pid, SIGCONT);
    if (!realm_outcome(&sweep->realm, sweep->pair, &outcome))
        return fail(sweep, "the call does not return");
    sweep->answered += outcome.right;
    if (!outcome.right)
        return fail(sweep, "the call gives %ld, errno %d", (long)outcome.result, outcome.error);
    return nothing_is_lost(sweep) && callee_serves(sweep);
}

/* The deadline passes while the caller's kernel thread stands here. */
static bool expire(struct sweep *sweep)
{
    struct outcome outcome;
    const struct timespec pause = {sweep->milliseconds / 1000, sweep->milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
    if (!let_go(sweep, 0))
        return false;
    if (!realm_outcome(&sweep->realm, sweep->pair, &outcome))
        return fail(sweep, "the call does not return");
    sweep->answered += outcome.right;
    sweep->expired += outcome.error == ETIMEDOUT;
    if (!outcome.right && outcome.error != ETIMEDOUT)
        return fail(sweep, "the call gives %ld, errno %d", (long)outcome.result, outcome.error);
    return nothing_is_lost(sweep) && callee_serves(sweep) && others_go_on(sweep);
}

static bool happen(struct sweep *sweep)
{
    switch (sweep->plan->event) {
    case STOP_CALLER:
        return stop_one(sweep, caller_pid(sweep), true);
    case STOP_CALLEE:
        return stop_one(sweep, callee_pid(sweep), false);
    case EXPIRE:
        return expire(sweep);
    case KILL_CALLEE:
        return kill_callee(sweep);
    case KILL_CALLER:
        return kill_caller(sweep);
    case TERMINATE_CALLER:
        return terminate_caller(sweep);
    default:
        return send_recall(sweep);
    }
}

static bool end_realm(struct sweep *sweep)
{
    if (!sweep->realm_runs)
        return true;
    sweep->realm_runs = false;
    int ended = realm_count_ended(&sweep->realm);
    const char *last = realm_last_messages(&sweep->realm);
    if (!realm_end(&sweep->realm))
        return fail(sweep, "the realm does not end well");
    return ended == sweep->ended || fail(sweep, "%d processes were ended, not %d: %s", ended, sweep->ended, last);
}

static bool begin_realm(struct sweep *sweep)
{
    if (sweep->realm_runs)
        return true;
    sweep->pair = 0;
    sweep->ended = 0;
    sweep->realm_runs = true;
    sweep->at = (struct user_regs_struct){0};
    return realm_start(&sweep->realm, sweep->comesg, sweep->party, role(sweep->plan)) ||
           fail(sweep, "the realm does not start: %s", realm_last_messages(&sweep->realm));
}

/* A pair is used again if nobody has died, a realm as long as it has fresh pairs. */
static bool next_pair(struct sweep *sweep)
{
    enum event event = sweep->plan->event;
    bool nobody_died = event == RECALL || event == STOP_CALLER || event == STOP_CALLEE || event == EXPIRE;
    if (!nobody_died && ++sweep->pair == PAIRS)
        return end_realm(sweep);
    return true;
}

/* Walks to where the caller's thread runs the callee, and to where it does not any more. */
static bool find_callee(struct sweep *sweep)
{
    bool over = false;
    sweep->first = sweep->last = 0;
    for (int number = 1; sweep->last == sweep->first; number++) {
        if (!walk(sweep, 1, &over) || over)
            return fail(sweep, "the caller's thread never runs the callee");
        bool others = sweep->at.r15 != sweep->caller_block;
        if (others && !sweep->first)
            sweep->first = sweep->last = number;
        else if (!others && sweep->first)
            sweep->last = number;
    }
    return true;
}

/* How a call goes when nothing happens. The callee's thread is walked until it sleeps: for a while nothing follows. */
static bool learn(struct sweep *sweep)
{
    struct outcome outcome;
    sweep->limit = NO_LIMIT;
    if (!begin_realm(sweep) || !start_walk(sweep))
        return false;
    if (sweep->plan->walk_callee) {
        for (sweep->limit = 0; tracer_step(callee_pid(sweep), 200); sweep->limit++)
            ;
        return realm_outcome(&sweep->realm, sweep->pair, &outcome) && outcome.right &&
               ((tracer_halt(callee_pid(sweep)) && tracer_release(callee_pid(sweep))) ||
                fail(sweep, "the callee cannot go on"));
    }
    bool lends = sweep->plan->event == EXPIRE && !passes_files(sweep->plan);
    return (!lends || find_callee(sweep)) && run_to_return(sweep, &sweep->reference) && let_go(sweep, 0) &&
           realm_outcome(&sweep->realm, sweep->pair, &outcome) && outcome.right &&
           (!sweep->holds || others_go_on(sweep));
}

static uint64_t milliseconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* The callee's thread sleeps in the middle of a step. To stop tracing it then would leave it a trap that ends it: it is
 * woken first. */
static bool finish_step(struct sweep *sweep)
{
    const struct order order = {.target = (uint16_t)sweep->pair, .service = SERVICE_HOME, .number = 777};
    realm_order(&sweep->realm, BYSTANDER, order);
    sweep->holds = true;
    return tracer_await(callee_pid(sweep), STEP_PATIENCE) || fail(sweep, "the callee does not wake up");
}

/* Lets a call end that went another way than it should. */
static bool abandon(struct sweep *sweep)
{
    struct outcome outcome;
    if (sweep->plan->walk_callee && !finish_step(sweep))
        return false;
    return let_go(sweep, 0) &&
           (realm_outcome(&sweep->realm, sweep->pair, &outcome) ||
            fail(sweep, "the call that took too long does not return")) &&
           others_go_on(sweep);
}

/* A call that is to be timed out is so only after the walk; on a busy machine, with more time. */
static bool walk_to(struct sweep *sweep, int number, bool *over)
{
    bool limited = sweep->plan->event == EXPIRE || sweep->plan->form == FORM_WAITING;
    for (uint32_t factor = 1;; factor *= 4) {
        sweep->milliseconds = limited ? (150 + (uint32_t)number / 4) * factor : 0;
        uint64_t start = milliseconds_now();
        if (!start_walk(sweep))
            return false;
        bool done = walk(sweep, number, over);
        bool late = sweep->plan->event == EXPIRE && milliseconds_now() - start >= sweep->milliseconds && factor < 64;
        if (done && !(*over && late))
            return true;
        if (!done && !late)
            return fail(sweep, "step %d was not finished", sweep->stuck);
        if (!abandon(sweep))
            return false;
    }
}

/* True if something happened at instruction `number`; otherwise the call has fewer, *over, or something is wrong. */
static bool visit(struct sweep *sweep, int number, bool *over)
{
    *over = number >= sweep->limit;
    if (*over || !begin_realm(sweep) || !walk_to(sweep, number, over))
        return false;
    if (*over) {
        let_go(sweep, 0);
        return false;
    }
    sweep->instructions++;
    return happen(sweep) && next_pair(sweep);
}

static void explain(struct sweep *sweep, int number)
{
    uint64_t start = load_address(sweep->realm.supervisor), pc = sweep->at.rip;
    char place[160] = "?";
    for (int i = 0; i < MEMBERS; i++) {
        uint64_t base = sweep->realm.members[i].base;
        if (pc - base < COMESG_REGION_SIZE)
            snprintf(place, sizeof place, "%#llx in the %s", (unsigned long long)(pc - base),
                     i % 2 ? "caller" : "callee");
    }
    if (place[0] == '?' && start && pc > start)
        symbol_at(sweep->comesg, pc - start, place, sizeof place);
    fprintf(stderr, "# instruction %d, pc %#llx, %s: %s\n", number, (unsigned long long)pc, place, sweep->failure);
}

/* Where something happens to both in turn, both must have been seen. */
static bool saw_enough(struct sweep *sweep, int stride)
{
    const struct plan *plan = sweep->plan;
    if (sweep->instructions < 100 / stride)
        return fail(sweep, "a call has more instructions than %d", sweep->instructions);
    if (plan->event == EXPIRE && !sweep->expired)
        return fail(sweep, "no call has timed out");
    if (plan->event == KILL_CALLER && plan->service == SERVICE_LENT && plan->form <= FORM_UNTIL &&
        (!sweep->lost || !sweep->survived))
        return fail(sweep, "the callee should be lost in the middle of the call, and only there");
    return true;
}

static bool run_plan(struct sweep *sweep, int stride, int start)
{
    bool over = false;
    int number = start;
    if (takes_long(sweep->plan) && stride > 1)
        stride *= 8;
    if (sweep->plan->form == FORM_WAITING) /* most are those of loops over all threads of the realm */
        stride *= 7;
    if (shares(sweep->plan) && sweep->plan->event == EXPIRE && stride > 1)
        stride *= 4;
    if (sweep->plan->service == SERVICE_SHARE && stride > 1)
        stride *= 2;
    bool good = learn(sweep) && (!shares(sweep->plan) || learn_rooms(sweep)) && next_pair(sweep);
    /* Few of the instructions are those of a callee: a sample may have none of them. Its reply must not come at once,
     * when its deadline has passed, or the caller finds the reply first. */
    sweep->lingers = true;
    for (int i = 1; good && i < 4 && sweep->last; i++) {
        number = sweep->first + (sweep->last - sweep->first) * i / 4;
        good = visit(sweep, number, &over) && !over;
    }
    sweep->lingers = false;
    if (good)
        number = start;
    while (good && visit(sweep, number, &over))
        number += stride;
    good = good && over && saw_enough(sweep, stride);
    if (!good)
        explain(sweep, number);
    if (!end_realm(sweep) && good) {
        good = false;
        explain(sweep, number);
    }
    return good;
}

static void print_counts(const struct sweep *sweep)
{
    const struct plan *plan = sweep->plan;
    printf("%s: %d instructions", plan->name, sweep->instructions);
    if (plan->event == KILL_CALLEE)
        printf(", %d answered, %d ENOLINK", sweep->answered, sweep->refused);
    else if (plan->event == EXPIRE)
        printf(", %d answered, %d ETIMEDOUT", sweep->answered, sweep->expired);
    else if (plan->event == RECALL || plan->event == STOP_CALLER || plan->event == STOP_CALLEE)
        printf(", %d answered", sweep->answered);
    else
        printf(", callee survived %d, lost %d", sweep->survived, sweep->lost);
    putchar('\n');
    fflush(stdout);
}

static bool tracing_is_permitted(struct sweep *sweep)
{
    bool permitted = tracer_stop(caller_pid(sweep)) &&
                     tracer_break_at(caller_pid(sweep), sweep->functions[FORM_PLAIN]) &&
                     tracer_release(caller_pid(sweep));
    return permitted;
}

/* A realm of its own, with the same rights as those of the sweeps. */
static void skip_without_tracing(struct sweep *sweep)
{
    if (!begin_realm(sweep)) {
        printf("Bail out! %s\n", sweep->failure);
        exit(1);
    }
    if (!tracing_is_permitted(sweep)) {
        printf("1..0 # SKIP co-processes cannot be traced here: %s\n", strerror(errno));
        end_realm(sweep);
        exit(0);
    }
    end_realm(sweep);
}

static bool find_functions(const char *party, uint64_t *functions)
{
    static const char *const names[FORM_COUNT] = {
        [FORM_PLAIN] = "cocall",
        [FORM_UNTIL] = "cocall_until",
        [FORM_SLOW] = "cocall_slow",
        [FORM_POOL] = "cocall",
        [FORM_WAITING] = "cocall_until",
        [FORM_PASS] = "cocall_oob",
        [FORM_PASS_UNTIL] = "cocall_oob_until",
        [FORM_FILE] = "cocall_oob",
        [FORM_FILE_UNTIL] = "cocall_oob_until",
        [FORM_DUP] = "codup",
        [FORM_RESTRICT] = "corestrict",
        [FORM_CLOSE] = "cohandle_close",
        [FORM_REVOKE] = "corevoke",
        [FORM_SEAL] = "coseal",
    };
    bool found = true;
    for (int form = 0; form < FORM_COUNT; form++) {
        functions[form] = symbol_value(party, names[form]);
        found = found && functions[form];
    }
    return found;
}

int main(int argc, char **argv)
{
    const char *comesg = getenv("COMESG"), *party = "build/tests/core/sweep/party";
    int stride = argc > 1 ? atoi(argv[1]) : 1, start = argc > 2 ? atoi(argv[2]) : 0, failures = 0;
    size_t first = argc > 3 ? (size_t)atoi(argv[3]) : 1, last = argc > 3 ? first : sizeof plans / sizeof plans[0];
    static struct sweep sweep;
    static uint64_t functions[FORM_COUNT];
    sweep = (struct sweep){.comesg = comesg ? comesg : "build/cli/comesg", .party = party};
    bool found = find_functions(party, functions);
    sweep.functions = functions;
    signal(SIGPIPE, SIG_IGN);
    if (stride < 1 || start < 0 || first < 1 || last > sizeof plans / sizeof plans[0] || !found) {
        printf("Bail out! usage: sweep [STRIDE [START [PLAN]]], after make %s\n", party);
        return 1;
    }
    skip_without_tracing(&sweep);
    printf("1..%zu\n", last - first + 1);
    for (size_t i = first; i <= last; i++) {
        sweep = (struct sweep){.comesg = sweep.comesg, .party = party, .functions = functions, .plan = &plans[i - 1]};
        bool good = run_plan(&sweep, stride, start);
        failures += !good;
        printf("%sok %zu - ", good ? "" : "not ", i - first + 1);
        print_counts(&sweep);
    }
    return failures != 0;
}
