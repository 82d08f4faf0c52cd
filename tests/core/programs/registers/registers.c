/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What one side of a crossing leaves in its registers is not seen on the other, and every side keeps its own rounding
 * mode. Arguments: server NAME [with] | client; a client waits before the last call until its input ends. `with`: it
 * accepts with options.
 */
#include "tests/core/programs/support.h"

enum { SERVER_MXCSR = 0x3f80, CLIENT_MXCSR = 0x5f80, ROUNDING = 0x6000, EXCEPTIONS = 0x3f, INEXACT = 0x20 };

struct seen {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12;
    uint8_t overflow, carry, zero, sign, parity, unused[27];
    uint8_t vectors[16][32];
};
extern struct seen spy_seen;

long spy_cocall(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);
long spy_coaccept(int unused, const void *out, size_t outlen, void *in, size_t inlen);
long spy_cocall_with(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                     const struct comesg_call_options *options);
long spy_coaccept_with(const struct comesg_call_options *options, const void *out, size_t outlen, void *in,
                       size_t inlen);
long spy_system_call(long number);
long spy_wait(const uint32_t *word, const struct timespec *time);
void spy_crash_invalid(void);
void spy_crash_load(void);
void spy_crash_divide(void);
void spy_crash_jump(void);
void spy_crash_spin(void);

/* How many registers are not clear, but for those that carry results. */
static unsigned dirty_registers(bool cookie, bool kept)
{
    const struct seen *s = &spy_seen;
    unsigned dirty = 0;
    const uint64_t general[] = {s->rcx, s->rsi, s->rdi, s->r8, s->r9, s->r10, s->r11, cookie ? 0 : s->rdx};
    const uint64_t callee_saved[] = {s->rbx, s->rbp, s->r12};
    for (unsigned i = 0; i < sizeof general / sizeof general[0]; i++)
        dirty += general[i] != 0;
    for (unsigned i = 0; i < 3; i++)
        dirty += callee_saved[i] != (kept ? 0x5ec4e75ec4e75ec4 : 0);
    dirty += s->overflow || s->carry || s->sign || !s->zero || !s->parity;
    for (unsigned i = 0; i < 16; i++) {
        bool clear = true;
        for (unsigned byte = 0; byte < 32; byte++)
            clear = clear && s->vectors[i][byte] == 0;
        dirty += !clear;
    }
    return dirty;
}

static bool rounds(unsigned mxcsr)
{
    volatile double one = 1, three = 3, third = one / three;
    bool up = third * 3 > 1;
    return (syscall(COMESG_CALL_GETMXCSR) & ROUNDING) == (mxcsr & ROUNDING) && up == (mxcsr == CLIENT_MXCSR);
}

struct reply {
    uint32_t dirty, wrong_rounding;
};

/* What has been found since the caller has given up. */
static struct reply late;

static void make_calls(void)
{
    struct timespec end = in_milliseconds(300), now;
    do {
        for (int i = 0; i < 100; i++) {
            spy_system_call(SYS_sched_yield);
            late.dirty += dirty_registers(false, true);
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

/* The exceptions that the program has raised stay raised, too. */
static void wait_for_nothing(void)
{
    static uint32_t never;
    static const struct timespec time = {0, 300000000};
    syscall(COMESG_CALL_SETMXCSR, SERVER_MXCSR);
    late.wrong_rounding += !rounds(SERVER_MXCSR);
    long result = spy_wait(&never, &time);
    late.dirty += dirty_registers(false, true);
    late.wrong_rounding += (syscall(COMESG_CALL_GETMXCSR) & EXCEPTIONS) != INEXACT || result != -ETIMEDOUT;
}

static void obey(char order, struct reply *reply)
{
    switch (order) {
    case 'y':
        make_calls();
        break;
    case 'w':
        wait_for_nothing();
        break;
    case 'l':
        reply->dirty += late.dirty;
        reply->wrong_rounding += late.wrong_rounding;
        late = (struct reply){0};
        break;
    case 'h':
        getppid();
        break;
    case 's':
        spy_system_call(SYS_sched_yield);
        reply->dirty += dirty_registers(false, true);
        spy_system_call(SYS_getppid);
        reply->dirty += dirty_registers(false, true);
        spy_system_call(SYS_ptrace);
        reply->dirty += dirty_registers(false, true);
        break;
    case 'e':
        spy_coaccept(0, (void *)8, 8, NULL, 0);
        reply->dirty += dirty_registers(false, false);
        break;
    case '0':
        spy_crash_invalid();
        break;
    case '1':
        spy_crash_load();
        break;
    case '2':
        spy_crash_divide();
        break;
    case '3':
        spy_crash_jump();
        break;
    case '4':
        spy_crash_spin();
        break;
    default:
        break;
    }
}

static _Noreturn void serve(const char *name, bool with)
{
    cotarget_t target;
    static char request[64];
    struct reply reply = {0};
    struct coattachment received;
    struct cocall_information information = {.size = sizeof information, .attachments = {&received, 1, 0, 0}};
    const struct comesg_call_options options = {.size = sizeof options, .information = (uintptr_t)&information};
    need(coregister(name, NULL, &target) == 0, "coregister");
    syscall(COMESG_CALL_SETMXCSR, SERVER_MXCSR);
    for (;;) {
        long length = with ? spy_coaccept_with(&options, &reply, sizeof reply, request, sizeof request)
                           : spy_coaccept(0, &reply, sizeof reply, request, sizeof request);
        reply.dirty = dirty_registers(length >= 0, false);
        reply.wrong_rounding = !rounds(SERVER_MXCSR);
        if (length > 0)
            obey(request[length - 1], &reply);
        reply.wrong_rounding += !rounds(SERVER_MXCSR);
    }
}

static cotarget_t server;

static bool with_options;

static long call_server(const void *out, size_t outlen, void *in, size_t inlen)
{
    struct cocall_information information = {.size = sizeof information};
    const struct comesg_call_options options = {.size = sizeof options, .information = (uintptr_t)&information};
    return with_options ? spy_cocall_with(server, out, outlen, in, inlen, &options)
                        : spy_cocall(server, out, outlen, in, inlen);
}

/* Of odd lengths, since each length is copied through other registers. */
static void exchange(char order, size_t length, const char *what)
{
    char request[64];
    struct reply reply = {1, 1};
    memset(request, 'x', sizeof request);
    request[length - 1] = order;
    long result;
    unsigned dirty = 0, wrong = 0;
    for (int i = 0; i < 100; i++) {
        while ((result = call_server(request, length, &reply, sizeof reply)) == -EBUSY)
            sched_yield();
        dirty += dirty_registers(false, false);
        wrong += !rounds(CLIENT_MXCSR) + reply.wrong_rounding;
        dirty += reply.dirty;
    }
    ok(result == sizeof reply && dirty == 0 && wrong == 0,
       "%s, %zu bytes: result %ld, %u registers not clear, %u wrong rounding modes", what, length, result, dirty,
       wrong);
}

/* The kernel thread is needed below while the callee makes a system call, which goes on at home. */
static void leave(char order, const char *what)
{
    const char name[] = {order, 0};
    cotarget_t target = find(name);
    unsigned dirty = 0, wrong = 0, timed_out = 0;
    for (int i = 0; i < 3; i++) {
        struct reply reply = {1, 1};
        struct timespec soon = in_milliseconds(10);
        timed_out += cocall_until(target, &order, 1, NULL, 0, &soon) == -1 && errno == ETIMEDOUT;
        wrong += cocall_until(target, "l", 1, &reply, sizeof reply, NULL) != sizeof reply;
        dirty += reply.dirty;
        wrong += reply.wrong_rounding;
    }
    ok(timed_out > 0 && dirty == 0 && wrong == 0, "%s: %u registers not as they were, %u wrong floating-point controls",
       what, dirty, wrong);
}

static void fail_call(cotarget_t target, const void *out, size_t length, long expected, const char *what)
{
    char in[8] = "";
    long result;
    while ((result = spy_cocall(target, out, length, in, sizeof in)) == -EBUSY)
        sched_yield();
    unsigned dirty = dirty_registers(false, false);
    ok(result == expected && dirty == 0 && rounds(CLIENT_MXCSR), "%s: result %ld, %u registers not clear", what, result,
       dirty);
}

static void call_system(long number, const char *what)
{
    spy_system_call(number);
    unsigned dirty = dirty_registers(false, true);
    ok(dirty == 0 && rounds(CLIENT_MXCSR), "%s: %u registers not clear", what, dirty);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "server") == 0)
        serve(argv[2], argc > 3);
    syscall(COMESG_CALL_SETMXCSR, CLIENT_MXCSR);
    server = find("plain");
    static const size_t sizes[] = {1, 2, 3, 4, 8, 15, 16, 24, 32, 33, 64};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        exchange('n', sizes[i], "a call");
    exchange('h', 1, "a call that moves home");
    exchange('s', 1, "system calls of a callee");
    exchange('e', 1, "an error of coaccept");
    leave('y', "a callee leaves at the end of a system call");
    leave('w', "a callee leaves in the middle of a system call");
    cotarget_t plain = server;
    server = find("with");
    exchange('n', 16, "an accept with options");
    with_options = true;
    exchange('n', 16, "both with options");
    exchange('h', 1, "both with options, and the callee moves home");
    exchange('e', 1, "a call with options");
    server = plain;
    exchange('n', 16, "a call with options of a callee without");
    with_options = false;
    char *edge = make_edge(PAGE);
    fail_call(12345, "x", 1, -EBADF, "a forged target");
    fail_call(server, (void *)8, 8, -EFAULT, "a wild request");
    fail_call(server, edge - 24, 48, -EFAULT, "a request that faults");
    call_system(SYS_getppid, "getppid");
    call_system(SYS_sched_yield, "sched_yield");
    call_system(SYS_ptrace, "a call that is not admitted");
    call_system(COMESG_CALL_GETMXCSR, "a call of the core");
    static const char *const crashes[] = {"0", "1", "2", "3"};
    static const char *const names[] = {"an invalid instruction", "a wild load", "a division by zero",
                                        "a wild longjmp"};
    for (unsigned i = 0; i < 4; i++)
        fail_call(find(crashes[i]), crashes[i], 1, -ENOLINK, names[i]);
    server = find("4");
    ok(syscall(COMESG_CALL_SETMXCSR, 0x10000L) == -1 && errno == EINVAL, "reserved bits of MXCSR are refused");
    ok(syscall(COMESG_CALL_SETMXCSR, 0x100001f80) == -1 && errno == EINVAL, "whole, not truncated");
    printf("# spinning\n");
    fflush(stdout);
    fail_call(server, "4", 1, -ENOLINK, "forced out of a callee that is killed");
    return done_testing();
}
