/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The record of deaths and the privileged handle.
 *
 *   deaths            has the privileged handle, starts others, prints TAP
 *   deaths without    has none, prints TAP
 */
#include "support.h"

#include <comesg/coexec.h>
#include <comesg/coprivileged.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static const char *self;
static cohandle_t privileged;
static uint64_t seen;

static pid_t start_with(const char *what, const char *argument, const cohandle_t *handles, size_t n)
{
    pid_t pid = coexecvec(self, (char *[]){(char *)self, (char *)what, (char *)argument, NULL}, NULL, handles, n);
    need(pid > 0, "coexecvec");
    return pid;
}

static pid_t start(const char *what, const char *argument)
{
    return start_with(what, argument, NULL, 0);
}

static bool failed(int64_t result, int error)
{
    return result == -1 && errno == error;
}

/* The next record, which is to come soon. */
static struct codeath next(void)
{
    struct codeath record = {.size = sizeof record};
    struct timespec limit = in_milliseconds(20000);
    need(codeath_until(privileged, seen, &record, &limit) == 0, "a record");
    need(record.sequence == seen + 1, "the next record");
    seen = record.sequence;
    return record;
}

__attribute__((noipa)) static void fault_here(volatile char *pointer)
{
    *pointer = 1;
}

static void test_ends(void)
{
    pid_t pid = start("exit", "7");
    struct codeath record = next();
    ok(record.pid == pid && WIFEXITED(record.status) && WEXITSTATUS(record.status) == 7 && record.signal == 0 &&
           record.function[0] == '\0' && strcmp(record.name, "deaths") == 0,
       "an exit: pid %d, status %#x of %s", record.pid, record.status, record.name);
    uint64_t before = record.identity;
    pid = start("fault", NULL);
    record = next();
    ok(record.pid == pid && WIFSIGNALED(record.status) && WTERMSIG(record.status) == SIGSEGV &&
           record.signal == SIGSEGV,
       "a fault: pid %d, status %#x, signal %d", record.pid, record.status, record.signal);
    ok(strcmp(record.function, "fault_here") == 0 && record.offset > 0x10000 && record.function_offset < 100 &&
           (uint32_t)record.address == 0x1234,
       "at %s+%#lx, %#lx, address %#lx", record.function, (unsigned long)record.function_offset,
       (unsigned long)record.offset, (unsigned long)record.address);
    ok(record.identity != before, "each has an identity of its own");
}

static uint64_t identity_of(pid_t pid)
{
    uint64_t identity = 0;
    need(coidentify(privileged, pid, &identity) == 0, "coidentify");
    return identity;
}

static void test_kill(void)
{
    struct codeath record = {.size = sizeof record};
    struct timespec soon = in_milliseconds(20);
    uint64_t none;
    pid_t first = start("sleep", NULL), second = start("sleep", NULL);
    uint64_t identity = identity_of(first), other = identity_of(second);
    ok(failed(codeath_nb(privileged, seen, &record), EAGAIN), "nobody has died");
    ok(failed(codeath_until(privileged, seen, &record, &soon), ETIMEDOUT), "nor until later");
    ok(failed(cokill(privileged, UINT64_MAX), ESRCH) && failed(cokill(privileged, 0), ESRCH) &&
           failed(cokill(privileged, identity + (UINT64_C(1) << 32)), ESRCH),
       "ESRCH for whoever there is not");
    ok(cokill(privileged, identity) == 0, "one is killed");
    record = next();
    ok(record.pid == first && record.identity == identity && WIFSIGNALED(record.status) &&
           WTERMSIG(record.status) == SIGKILL,
       "and the record says so: pid %d, status %#x", record.pid, record.status);
    ok(failed(cokill(privileged, identity), ESRCH) && failed(coidentify(privileged, first, &none), ESRCH),
       "then it is not there any more");
    ok(failed(codeath_nb(privileged, seen, &record), EAGAIN) && identity_of(second) == other, "but the other one is");
    ok(cokill(privileged, other) == 0 && next().identity == other, "until it is killed too");
}

/* A callee that is killed while it computes on the kernel thread of its caller. */
static void test_kill_callee(void)
{
    cotarget_t own;
    char byte;
    need(coregister(NULL, NULL, &own) == 0, "coregister");
    pid_t server = start_with("serve", "server", &own, 1);
    need(coaccept(NULL, NULL, 0, &byte, 1) == 1 && failed(coaccept_nb(NULL, NULL, 0, &byte, 1), EAGAIN), "it is there");
    uint64_t identity = identity_of(server);
    const cohandle_t handles[] = {corestrict(privileged, CORIGHT_KILL), 0};
    char number[32];
    cotarget_t target = find("server");
    ok(cocall_until(target, "x", 1, &byte, 1, NULL) == 1, "a server serves");
    snprintf(number, sizeof number, "%lu", (unsigned long)identity);
    pid_t killer = start_with("kill", number, handles, 2);
    ok(failed(cocall_until(target, "loop", 4, &byte, 1, NULL), ENOLINK), "it is killed: ENOLINK");
    struct codeath one = next(), two = next();
    ok((one.pid == killer && two.pid == server) || (one.pid == server && two.pid == killer), "both records are there");
    ok((one.pid == killer ? one : two).status == 0, "who had been given the handle has done it");
    ok((one.pid == server ? one : two).identity == identity, "to the right one");
}

static void test_rights(void)
{
    struct codeath record = {.size = sizeof record};
    cohandle_t deaths = corestrict(privileged, CORIGHT_DEATHS), kill = corestrict(privileged, CORIGHT_KILL);
    ok(deaths && kill && cohandle_kind(deaths) == COHANDLE_PRIVILEGED, "the handle can be weakened");
    ok(codeath_nb(deaths, 0, &record) == 0 && record.sequence == 1, "the right to read");
    ok(failed(cokill(deaths, 1), EACCES), "is not that to kill");
    ok(failed(codeath_nb(kill, 0, &record), EACCES) && failed(cokill(kill, 1), ESRCH), "nor the other way round");
    ok(failed((int64_t)corestrict(privileged, CORIGHT_CALL) - 1, EINVAL), "it has no other rights");
    cohandle_t copy = codup(deaths);
    need(corevoke(deaths) == 0, "corevoke");
    ok(failed(codeath_nb(copy, 0, &record), EBADF), "it can be revoked");
    ok(failed(codeath_nb(coseal(1, 1), 0, &record), EBADF), "EBADF for another handle");
    record.size = 8;
    ok(failed(codeath_nb(privileged, 0, &record), EINVAL), "EINVAL for a size");
    ok(failed(codeath_nb(privileged, 0, NULL), EFAULT), "EFAULT for no place");
    ok(failed(coidentify(privileged, getpid(), NULL), EFAULT), "nor for an identity");
    for (uint64_t place = region_base() - REGION_STRIDE; place != region_base() + 3 * REGION_STRIDE;
         place += PAGE << 16)
        if (place != region_base() && !failed(codeath_nb(privileged, 0, (void *)(place + 0x20000)), EFAULT))
            ok(false, "EFAULT for %#lx", (unsigned long)place);
}

static void *wait_for_death(void *argument)
{
    struct codeath *record = argument;
    record->size = sizeof *record;
    return codeath(privileged, record->sequence, record) == 0 ? argument : NULL;
}

/* Several threads wait for the same. */
static void test_waiting(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct codeath records[THREADS];
    int same = 0;
    for (int i = 0; i < THREADS; i++) {
        records[i].sequence = seen;
        need(pthread_create(&threads[i], NULL, wait_for_death, &records[i]) == 0, "pthread_create");
    }
    pid_t pid = start("exit", "3");
    struct codeath record = next();
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        same += memcmp(&record, &records[i], sizeof record) == 0;
    }
    ok(record.pid == pid && same == THREADS, "%d threads have waited for it", same);
}

/* More than are kept: the gap shows in the numbers. Many end at the same time. */
static void test_many(void)
{
    enum { AT_ONCE = 50, TIMES = 90 };
    struct codeath record = {.size = sizeof record};
    uint64_t first = seen;
    for (int i = 0; i < TIMES; i++) {
        for (int n = 0; n < AT_ONCE; n++)
            start("exit", "0");
        printf("# %d have been started\n", (i + 1) * AT_ONCE); /* who reads this waits only for some time */
        while (codeath_nb(privileged, first + (uint64_t)(i * AT_ONCE), &record) != 0)
            pause_milliseconds(1);
    }
    uint64_t last = first + AT_ONCE * TIMES;
    while (codeath_nb(privileged, last - 1, &record) != 0)
        pause_milliseconds(1);
    ok(record.sequence == last, "%d have ended, the last one has the number %lu", AT_ONCE * TIMES,
       (unsigned long)record.sequence);
    uint64_t expected = last - CODEATH_KEPT + 1;
    need(codeath_nb(privileged, seen, &record) == 0, "a record");
    ok(record.sequence == expected, "the oldest that is kept says how many are lost: %lu",
       (unsigned long)(record.sequence - seen - 1));
    int wrong = 0;
    for (uint64_t number = expected; number <= last; number++)
        wrong += codeath_nb(privileged, number - 1, &record) != 0 || record.sequence != number || record.status != 0;
    ok(wrong == 0, "all that are kept can be read, again and again");
    ok(failed(codeath_nb(privileged, last, &record), EAGAIN), "and no more");
}

static int without(void)
{
    struct codeath record = {.size = sizeof record};
    int found = 0;
    ok(cogetvec()->count == 0, "nobody else gets the handle");
    for (uint64_t handle = 0; handle < 4096; handle++)
        for (uint64_t generation = 0; generation < 4; generation++)
            found += codeath_nb(generation << 32 | handle, 0, &record) == 0 ||
                     cokill(generation << 32 | handle, UINT64_C(1) << 32) == 0;
    ok(found == 0, "nor guesses one");
    return done_testing();
}

static _Noreturn void serve(const char *name)
{
    char bytes[8];
    cotarget_t target, launcher = cogetvec()->handles[0];
    need(coregister(name, NULL, &target) == 0, "coregister");
    call(launcher, "x", 1, NULL, 0);
    for (;;) {
        if (coaccept(NULL, "x", 1, bytes, sizeof bytes) == 4)
            for (volatile bool forever = true; forever;)
                ;
    }
}

/* When its server has become busy. */
static int kill_busy(uint64_t identity)
{
    cotarget_t server = find("server");
    while (cocall(server, NULL, 0, NULL, 0) >= 0 || errno != EBUSY)
        sched_yield();
    return cokill(cogetvec()->handles[0], identity) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    self = argv[0];
    setvbuf(stdout, NULL, _IONBF, 0);
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "exit") == 0)
        _exit(atoi(argv[2]));
    if (strcmp(mode, "fault") == 0)
        fault_here((char *)0x1234);
    if (strcmp(mode, "serve") == 0)
        serve(argv[2]);
    if (strcmp(mode, "kill") == 0)
        return kill_busy(strtoul(argv[2], NULL, 10));
    while (strcmp(mode, "sleep") == 0)
        pause_milliseconds(1000);
    if (strcmp(mode, "without") == 0)
        return without();
    need(cogetvec()->count == 1, "the handle");
    privileged = cogetvec()->handles[0];
    test_ends();
    test_kill();
    test_kill_callee();
    test_rights();
    test_waiting();
    test_many();
    return done_testing();
}
