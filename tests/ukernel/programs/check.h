/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the programs of these tests share: a line "good WHAT" or "bad WHAT" per statement.
 */
#ifndef COMESG_TESTS_UKERNEL_CHECK_H
#define COMESG_TESTS_UKERNEL_CHECK_H

#include <comesg/handle.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((unused)) static unsigned failures;

__attribute__((unused)) static void check(bool good, const char *what)
{
    int error = errno;
    printf("%s %s\n", good ? "good" : "bad", what);
    if (!good)
        printf("# errno %d (%s)\n", error, strerror(error));
    fflush(stdout);
    failures += !good;
}

__attribute__((unused)) static void need(bool good, const char *what)
{
    if (good)
        return;
    check(false, what);
    exit(1);
}

__attribute__((unused)) static bool refused(cohandle_t result, int error)
{
    return result == 0 && errno == error;
}

__attribute__((unused)) static bool failed(long result, int error)
{
    return result == -1 && errno == error;
}

#endif
