/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The smallest producer of the Test Anything Protocol: check() per statement, and `return done();` at the end of main.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>

static int checks, failures;

static inline void check_line(bool passed, const char *what, int line)
{
    printf("%sok %d - %s\n", passed ? "" : "not ", ++checks, what);
    if (passed)
        return;
    failures++;
    printf("# failed at line %d\n", line);
}

#define check(condition, what) check_line(condition, what, __LINE__)

static inline int done(void)
{
    printf("1..%d\n", checks);
    return failures != 0;
}

#endif
