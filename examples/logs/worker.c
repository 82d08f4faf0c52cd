/* SPDX-License-Identifier: BSD-2-Clause
 *
 * worker: a program that does something and logs it.
 */
#include "logs.h"

#include <comesg/comsg.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] = "Usage: worker NAME LINES [MILLISECONDS]\n"
                           "\n"
                           "Logs so many lines under this name, one every so many milliseconds (0), and ends.\n";

/* A full ring is waited for: a slow collector slows the worker down, and loses nothing. */
static bool log_line(coport_t port, const char *line)
{
    return cosend_until(port, line, strlen(line), NULL) >= 0;
}

/* The port's name goes with this program: until then somebody has to have found it, and what was logged. */
static bool await_collector(coport_t port)
{
    enum { PATIENCE_MS = 10000 };
    const struct timespec pause = {.tv_nsec = 1000000};
    pollcoport_t element = {.coport = port};
    coclose(port);
    for (unsigned i = 0; i < PATIENCE_MS; i++) {
        if (copoll_nb(&element, 1) < 0)
            return false;
        if (element.revents & COPOLL_RERR) /* closed, and empty */
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

int main(int argc, char **argv)
{
    unsigned long lines = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long milliseconds = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    const struct timespec pause = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    if (lines == 0 || argc > 4) {
        fputs(help, stderr);
        return 2;
    }
    conamespace_t root = coproc_init();
    conamespace_t logs = root ? cocreate(LOGS_NAMESPACE, APPLICATION, root) : 0;
    coport_t port = logs ? open_named_coport(argv[1], COCHANNEL, logs) : 0;
    if (!port) {
        fprintf(stderr, "worker: cannot open %s/%s: %s\n", LOGS_NAMESPACE, argv[1], strerror(errno));
        return EXIT_FAILURE;
    }
    for (unsigned long i = 1; i <= lines; i++) {
        char line[LOGS_LINE_MAX];
        snprintf(line, sizeof line, "step %lu of %lu\n", i, lines);
        if (!log_line(port, line)) {
            fprintf(stderr, "worker: cannot log: %s\n", strerror(errno));
            return EXIT_FAILURE;
        }
        if (milliseconds)
            nanosleep(&pause, NULL);
    }
    if (!await_collector(port)) {
        fputs("worker: nobody collects what was logged; start collector\n", stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
