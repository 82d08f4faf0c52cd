/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the loader's tests need of the Test Anything Protocol.
 */
#ifndef COMESG_TESTS_LOADER_TAP_H
#define COMESG_TESTS_LOADER_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_count, tap_failures;

__attribute__((format(printf, 2, 3))) static inline bool ok(bool condition, const char *format, ...)
{
    printf("%sok %d - ", condition ? "" : "not ", ++tap_count);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    tap_failures += !condition;
    return condition;
}

/* For set-up that must work before anything can be tested. */
static inline void need(bool condition, const char *what)
{
    if (condition)
        return;
    printf("Bail out! %s\n", what);
    exit(1);
}

static inline int done_testing(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures == 0 ? 0 : 1;
}

#endif
