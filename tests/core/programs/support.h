/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the co-processes of these tests share: TAP output, and calls that wait until the callee is there.
 */
#ifndef COMESG_TESTS_CORE_SUPPORT_H
#define COMESG_TESTS_CORE_SUPPORT_H

#include <comesg/cocall.h>

#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };
#define REGION_SIZE 0x100000000UL
#define REGION_STRIDE 0x200000000UL

static int test_count, test_failures;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool condition, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%sok %d - ", condition ? "" : "not ", ++test_count);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    test_failures += !condition;
    return condition;
}

/* A time for the calls that wait until one. */
__attribute__((unused)) static struct timespec in_milliseconds(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

__attribute__((unused)) static int done_testing(void)
{
    printf("1..%d\n", test_count);
    return test_failures != 0;
}

__attribute__((unused)) static void need(bool condition, const char *what)
{
    if (condition)
        return;
    printf("Bail out! %s (%s)\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

static inline uint64_t region_base(void)
{
    uint64_t base;
    __asm__("movq %%r14, %0" : "=r"(base));
    return base;
}

__attribute__((unused)) static void pause_milliseconds(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* A callee that has been published may not have accepted yet, or be busy with another client. */
__attribute__((unused)) static ssize_t call(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    ssize_t result;
    while ((result = cocall(target, out, outlen, in, inlen)) < 0 && errno == EBUSY)
        sched_yield();
    return result;
}

__attribute__((unused)) static cotarget_t find(const char *name)
{
    cotarget_t target;
    for (int attempt = 0; attempt < 5000; attempt++) {
        if (colookup(name, &target) == 0)
            return target;
        pause_milliseconds(1);
    }
    need(false, name);
    return 0;
}

/* Two pages, the first accessible, the second not: gives the address of the second. */
__attribute__((unused)) static char *make_edge(size_t accessible)
{
    char *pages = mmap(NULL, accessible + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(pages != MAP_FAILED, "mmap");
    need(munmap(pages + accessible, PAGE) == 0, "munmap");
    return pages + accessible;
}

#endif
