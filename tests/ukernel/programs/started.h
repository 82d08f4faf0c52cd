/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting another program of the tests, and waiting for its end.
 */
#ifndef COMESG_TESTS_UKERNEL_STARTED_H
#define COMESG_TESTS_UKERNEL_STARTED_H

#include "tests/core/programs/support.h"

#include <comesg/coexec.h>

struct started {
    pid_t pid;
    int descriptor; /* ends when the other end is gone, which only the started program has */
};

/* The program gets one more descriptor. */
static inline struct started start_program(const char *path, const char *how, const struct coexec_options *options)
{
    char *const arguments[] = {(char *)path, (char *)how, NULL}, *const environment[] = {NULL};
    int ends[2];
    fflush(stdout);
    need(pipe(ends) == 0, "pipe");
    struct started started = {coexecve_with(path, arguments, environment, options), ends[0]};
    int error = errno;
    close(ends[1]);
    errno = error;
    return started;
}

static inline void await_end(struct started started)
{
    char byte;
    while (read(started.descriptor, &byte, 1) > 0)
        continue;
    close(started.descriptor);
}

#endif
