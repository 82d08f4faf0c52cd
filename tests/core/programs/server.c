/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A server that does what it is ordered to, correctly or not. Its argument is the name that it publishes.
 */
#include "orders.h"
#include "support.h"

enum { BUFFER = 2 << 20 };

static char request[BUFFER + 64];
static struct report report;
static char *edge;

static volatile int zero;
static int (*volatile wild_function)(void);

static __attribute__((noinline)) int use_data_stack(int depth)
{
    volatile char frame[65536];
    frame[depth & 0xffff] = 1;
    return use_data_stack(depth + 1) + frame[depth & 0xffff];
}

/* No frame: only the control stack grows. */
void use_control_stack(void);
__asm__(".type use_control_stack, @function\n"
        "use_control_stack:\n\t"
        "call use_control_stack\n\t"
        "ret\n"
        ".size use_control_stack, . - use_control_stack");

static __attribute__((noinline)) void divide_floats(void)
{
    syscall(COMESG_CALL_SETMXCSR, 0x1f80 & ~0x200);
    volatile double none = 0;
    none = 1 / none;
}

static __attribute__((noinline)) void crash(uint64_t how)
{
    switch (how) {
    case CRASH_LOAD:
        zero = *(volatile int *)0x5678;
        break;
    case CRASH_STORE:
        *(volatile int *)0x50000000 = 1;
        break;
    case CRASH_DIVIDE:
        zero = 1234 / zero;
        break;
    case CRASH_DATA_STACK:
        zero = use_data_stack(0);
        break;
    case CRASH_CONTROL_STACK:
        use_control_stack();
        break;
    case CRASH_INVALID:
        __builtin_trap();
    case CRASH_JUMP:
        wild_function = (int (*)(void))(region_base() + REGION_STRIDE + 0x10000);
        wild_function();
        break;
    case CRASH_EXIT:
        _exit(3);
    case CRASH_ABORT:
        abort();
    case CRASH_FLOAT:
        divide_floats();
        break;
    }
}

/* Replies and waits for the next request, which goes to `in`. */
static ssize_t accept_into(const void *out, size_t outlen, void *in, size_t inlen)
{
    ssize_t length = coaccept(NULL, out, outlen, in, inlen);
    if (length < 0)
        report = (struct report){length, errno};
    return length;
}

static ssize_t reply(const void *out, size_t outlen)
{
    return accept_into(out, outlen, request, BUFFER);
}

static ssize_t reply_report(void)
{
    return reply(&report, sizeof report);
}

/* A reply that must fail, so that the caller is still there. */
static ssize_t try_reply(const void *out, size_t outlen)
{
    report = (struct report){0};
    ssize_t length = reply(out, outlen);
    return length < 0 ? reply_report() : length;
}

static ssize_t try_accept(void *in, size_t inlen)
{
    report = (struct report){0};
    ssize_t length = accept_into("in", 2, in, inlen);
    return length < 0 ? reply_report() : length;
}

static ssize_t accept_at_edge(size_t mapped)
{
    report = (struct report){0};
    ssize_t length = accept_into("edge", 4, edge - mapped, mapped + 1000);
    if (length > 0)
        memcpy(request, edge - mapped, (size_t)length < mapped ? (size_t)length : mapped);
    return length;
}

static ssize_t call_client(void)
{
    cotarget_t client;
    report.error = colookup("client", &client) ? errno : 0;
    report.result = report.error ? -1 : cocall(client, NULL, 0, NULL, 0);
    if (report.result < 0 && !report.error)
        report.error = errno;
    return reply_report();
}

static ssize_t register_many(void)
{
    cotarget_t target = 0;
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "extra-%d", i);
        coregister(name, NULL, &target);
    }
    return reply(&target, sizeof target);
}

static ssize_t obey(const struct order *order)
{
    uint64_t base = region_base();
    if (order->move_home)
        getppid();
    switch (order->kind) {
    case ORDER_REPORT:
        return reply_report();
    case ORDER_REPLY_FROM:
        return try_reply((void *)order->address, order->length);
    case ORDER_REPLY_EDGE:
        return try_reply(edge - (order->length - order->address), order->length);
    case ORDER_ACCEPT_EDGE:
        return accept_at_edge(order->length);
    case ORDER_ACCEPT_AT:
        return try_accept((void *)order->address, order->length);
    case ORDER_CALL:
        return call_client();
    case ORDER_REGION:
        return reply(&base, sizeof base);
    case ORDER_MANY_HANDLES:
        return register_many();
    case ORDER_CRASH:
        crash(order->address);
        return reply("alive", 5);
    default:
        return reply("?", 1);
    }
}

int main(int argc, char **argv)
{
    cotarget_t target;
    need(coregister(argc > 1 ? argv[1] : "server", NULL, &target) == 0, "coregister");
    edge = make_edge(8L * PAGE);
    ssize_t length = accept_into(NULL, 0, request, BUFFER);
    for (;;) {
        struct order order = {0};
        if (length >= (ssize_t)sizeof order)
            memcpy(&order, request, sizeof order);
        if (length < 0)
            length = reply(NULL, 0);
        else if (order.magic == ORDER_MAGIC && order.kind != ORDER_ECHO)
            length = obey(&order);
        else if (order.magic == ORDER_MAGIC && order.move_home)
            length = (getppid(), reply(request, (size_t)length));
        else
            length = reply(request, (size_t)length);
    }
}
