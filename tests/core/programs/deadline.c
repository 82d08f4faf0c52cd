/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls whose deadline passes while the callee does all kinds of things.
 *
 *   deadline serve NAME   serves what struct task says
 *   deadline test         TAP; needs the servers that deadline.t starts
 */
#include "support.h"

#include <comesg/call_options.h>

enum { NAME = 16, CHAIN = 8, TAKES = 1200, GIVEN = 50, LIMIT = 60000 };

enum kind {
    TASK_REPORT, /* replies with what the last task has come to */
    TASK_SPIN,   /* on the caller's thread */
    TASK_CALLS,  /* system calls on the caller's thread, nearly all the time */
    TASK_COPY,   /* long copies on the caller's thread, nearly all the time: to `next` and back */
    TASK_SLEEP,  /* in a system call at home */
    TASK_NAP,    /* a little of it, then on */
    TASK_WAIT,   /* in a futex, on the caller's thread */
    TASK_VIA,    /* calls the first of `next` with the rest of the chain; the last of them does `last` */
    TASK_QUEUE,  /* calls link-NEXT if that accepts before `deadline`, which is that of the wait only */
    TASK_ECHO,
};

struct task {
    uint32_t kind, last;
    uint64_t milliseconds, deadline; /* deadline of the call of TASK_VIA, from now on, or 0 */
    uint32_t next, end;              /* the chain: link-NEXT up to link-END */
};

struct report {
    uint64_t done; /* tasks other than TASK_REPORT */
    int64_t result;
    int64_t error;
    uint64_t milliseconds;
};

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static ssize_t call_until(cotarget_t target, const struct task *task, struct report *report, uint64_t milliseconds)
{
    if (!milliseconds)
        return cocall(target, task, sizeof *task, report, sizeof *report);
    uint64_t deadline = now() + milliseconds * 1000000;
    struct timespec time = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
    return cocall_until(target, task, sizeof *task, report, sizeof *report, &time);
}

static void spin(uint64_t milliseconds)
{
    for (uint64_t end = now() + milliseconds * 1000000; now() < end;) {
        for (volatile int i = 0; i < 3000000; i++)
            ;
    }
}

static void make_calls(uint64_t milliseconds)
{
    for (uint64_t end = now() + milliseconds * 1000000; now() < end;) {
        for (int i = 0; i < 1000; i++)
            sched_yield();
    }
}

static cotarget_t link_of_chain(uint32_t number)
{
    char name[NAME];
    snprintf(name, sizeof name, "link-%u", number);
    return find(name);
}

static void copy(uint64_t milliseconds, uint32_t next)
{
    static char buffer[32 << 20];
    cotarget_t target = link_of_chain(next);
    for (uint64_t end = now() + milliseconds * 1000000; now() < end;)
        cocall(target, buffer, sizeof buffer, buffer, sizeof buffer);
}

/* The whole time must pass, whatever interrupts the wait. */
static void wait_in_place(uint64_t milliseconds, struct report *report)
{
    static uint32_t never;
    struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    report->result = syscall(SYS_futex, &never, 0, 0, &time, NULL, 0);
    report->error = errno;
}

static void call_next(const struct task *task, struct report *report)
{
    struct task next = *task;
    struct report answer;
    next.next++;
    if (task->next == task->end) {
        next.kind = task->last;
        next.deadline = 0;
    }
    report->result = call_until(link_of_chain(task->next), &next, &answer, task->deadline);
    report->error = report->result < 0 ? errno : 0;
}

ssize_t comesg_call_with(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                         const struct comesg_call_options *options) __attribute__((visibility("hidden")));

static void queue(const struct task *task, struct report *report)
{
    const struct task next = {.kind = TASK_REPORT};
    struct comesg_call_options options = {
        .size = sizeof options,
        .flags = COMESG_CALL_UNTIL | COMESG_CALL_WAIT,
        .deadline = now() + task->deadline * 1000000,
    };
    struct report answer;
    report->result = comesg_call_with(link_of_chain(task->next), &next, sizeof next, &answer, sizeof answer, &options);
    report->error = report->result < 0 ? errno : 0;
}

static void obey(const struct task *task, struct report *report)
{
    uint64_t start = now();
    switch (task->kind) {
    case TASK_SPIN:
        spin(task->milliseconds);
        break;
    case TASK_CALLS:
        make_calls(task->milliseconds);
        break;
    case TASK_COPY:
        copy(task->milliseconds, task->next);
        break;
    case TASK_SLEEP:
        pause_milliseconds((long)task->milliseconds);
        break;
    case TASK_NAP:
        pause_milliseconds(5);
        spin(task->milliseconds);
        break;
    case TASK_WAIT:
        wait_in_place(task->milliseconds, report);
        break;
    case TASK_VIA:
        call_next(task, report);
        break;
    case TASK_QUEUE:
        queue(task, report);
        break;
    }
    report->milliseconds = (now() - start) / 1000000;
    report->done++;
}

static _Noreturn void serve(const char *name)
{
    static struct report report;
    static char request[32 << 20];
    cotarget_t target;
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        struct task task = {0};
        ssize_t length = coaccept(NULL, &report, sizeof report, request, sizeof request);
        if (length == sizeof task)
            memcpy(&task, request, sizeof task);
        if (task.kind != TASK_REPORT && task.kind != TASK_ECHO)
            obey(&task, &report);
    }
}

/* The call ends in time with ETIMEDOUT, and the reply buffer stays as it is; the target, whose task has not ended. */
static cotarget_t times_out(const char *name, const struct task *task, const char *what)
{
    cotarget_t target = find(name);
    struct report report = {.done = 4711};
    uint64_t start = now();
    ssize_t result = call_until(target, task, &report, GIVEN);
    int error = errno;
    uint64_t took = (now() - start) / 1000000;
    if (!ok(result == -1 && error == ETIMEDOUT && report.done == 4711, "%s: ETIMEDOUT", what))
        printf("# %ld, errno %d, %lu\n", (long)result, error, (unsigned long)report.done);
    result = cocall(target, task, sizeof *task, NULL, 0);
    if (!ok(took >= GIVEN && result == -1 && errno == EBUSY,
            "%s: when the deadline has passed, and before the callee has finished", what))
        printf("# %lu milliseconds, then %ld, errno %d\n", (unsigned long)took, (long)result, errno);
    return target;
}

/* The callee has finished what it did, once, and serves again. */
static struct report finishes(cotarget_t target, uint64_t count, const char *what)
{
    struct report report = {0};
    const struct task task = {.kind = TASK_REPORT};
    ssize_t result = -1;
    for (uint64_t end = now() + 10000000000; result < 0 && now() < end;) {
        result = cocall(target, &task, sizeof task, &report, sizeof report);
        if (result < 0 && errno != EBUSY)
            break;
        pause_milliseconds(1);
    }
    if (!ok(result == sizeof report && report.done == count, "%s: the callee has finished and serves again", what))
        printf("# %ld, errno %d, %lu tasks\n", (long)result, errno, (unsigned long)report.done);
    return report;
}

static void single_callees(void)
{
    static const struct {
        enum kind kind;
        const char *name, *what;
    } cases[] = {
        {TASK_SPIN, "spin", "a callee that computes"},
        {TASK_CALLS, "calls", "a callee that makes system calls in place"},
        {TASK_COPY, "copy", "a callee that copies"},
        {TASK_SLEEP, "sleep", "a callee that sleeps in a system call"},
        {TASK_NAP, "nap", "a callee that computes at home"},
        {TASK_WAIT, "wait", "a callee that waits in place"},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    cotarget_t targets[CASES];
    for (int i = 0; i < CASES; i++) {
        const struct task task = {.kind = cases[i].kind, .milliseconds = TAKES, .next = 9};
        targets[i] = times_out(cases[i].name, &task, cases[i].what);
    }
    for (int i = 0; i < CASES; i++) {
        struct report report = finishes(targets[i], 1, cases[i].what);
        ok(report.milliseconds >= TAKES, "%s: it has taken its time", cases[i].what);
        if (cases[i].kind == TASK_WAIT)
            ok(report.result == -1 && report.error == ETIMEDOUT, "%s: it has seen no interruption", cases[i].what);
    }
}

static void chains(void)
{
    static const enum kind kinds[] = {TASK_SPIN, TASK_SLEEP, TASK_WAIT};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char what[64];
        struct report report;
        struct task task = {.kind = TASK_VIA, .last = kinds[i], .milliseconds = TAKES / 2, .next = 2, .end = CHAIN};
        snprintf(what, sizeof what, "a chain of %d, the end of which does task %d", CHAIN, kinds[i]);
        cotarget_t target = times_out("link-1", &task, what);
        report = finishes(target, 3 * i + 1, what);
        ok(report.result == sizeof report && report.milliseconds >= TAKES / 2, "%s: the calls in it have succeeded",
           what);

        task = (struct task){
            .kind = TASK_VIA, .last = kinds[i], .milliseconds = TAKES / 2, .next = 2, .end = 2, .deadline = GIVEN / 2};
        snprintf(what, sizeof what, "the inner deadline first, task %d", kinds[i]);
        report = (struct report){0};
        ssize_t result = call_until(target, &task, &report, LIMIT);
        ok(result == sizeof report && report.result == -1 && report.error == ETIMEDOUT, "%s: the inner call ends",
           what);
        finishes(link_of_chain(2), 3 * i + 2, what);

        task.deadline = TAKES / 4;
        snprintf(what, sizeof what, "the outer deadline first, task %d", kinds[i]);
        times_out("link-1", &task, what);
        report = finishes(target, 3 * i + 3, what);
        ok(report.result == -1 && report.error == ETIMEDOUT, "%s: the inner call ends too", what);
        finishes(link_of_chain(2), 3 * i + 3, what);
    }
}

static uint64_t tasks_of(const char *name)
{
    const struct task task = {.kind = TASK_REPORT};
    struct report report = {0};
    cocall(find(name), &task, sizeof task, &report, sizeof report);
    return report.done;
}

/* While the callee waits for another one, until a time limit of that wait, its caller's deadline passes: the wait goes
 * on at home, with the same limit. */
static void waits_in_a_queue(void)
{
    const struct task busy = {.kind = TASK_SPIN, .milliseconds = TAKES},
                      queues = {.kind = TASK_QUEUE, .deadline = 2 * GIVEN, .next = 8};
    uint64_t done = tasks_of("link-8"), before = tasks_of("link-7");
    cotarget_t target = times_out("link-8", &busy, "one that is waited for");
    times_out("link-7", &queues, "a callee that waits for it");
    struct report report = finishes(find("link-7"), before + 1, "a callee that waits for it");
    ok(report.result == -1 && report.error == ETIMEDOUT, "its own time limit ends the wait");
    finishes(target, done + 1, "one that is waited for");
}

/* Deadlines that do not pass do nothing, and none outlives its call. */
static void in_time(void)
{
    cotarget_t target = link_of_chain(9);
    const struct task quick = {.kind = TASK_REPORT}, slow = {.kind = TASK_SPIN, .milliseconds = 3 * GIVEN};
    struct report report;
    unsigned wrong = 0;
    for (int i = 0; i < 1000; i++)
        wrong += call_until(target, &quick, &report, i % 2 ? 1 : GIVEN) != sizeof report;
    ok(wrong == 0, "a thousand calls in time (%u wrong)", wrong);
    ok(call_until(target, &quick, &report, GIVEN) == sizeof report &&
           call_until(target, &slow, &report, 0) == sizeof report,
       "a deadline is over with its call");
    ok(call_until(target, &slow, &report, 60 * GIVEN) == sizeof report, "a long call in time");
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        serve(argv[2]);
    if (argc != 2)
        return 2;
    in_time();
    single_callees();
    chains();
    waits_in_a_queue();
    return done_testing();
}
