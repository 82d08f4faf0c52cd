/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What it takes to start a co-process, up to the answer to the first call to it, and to learn of the death of a callee
 * that is killed. Prints a line for each: name, median, unit. The co-processes that it starts are this program again.
 */
#include "sample.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/window.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 41, DIE = 'd', EXIT_USAGE = 2 };

static double death; /* when the callee was killed; written through a window */

/* The new co-process: answers calls, and is killed in the middle of the one that asks for it. */
static int serve(const char *name)
{
    cotarget_t target;
    char request = 0;
    if (coregister(name, NULL, &target))
        return 1;
    while (coaccept(NULL, &request, 1, &request, 1) >= 0) {
        if (request != DIE)
            continue;
        getpid(); /* from here on it runs on its own kernel thread */
        double now = sample_nanoseconds();
        if (cocopy(cogetvec()->handles[0], 0, COCOPY_OWN, (uintptr_t)&now, sizeof now) != sizeof now)
            return 1;
        kill(getpid(), SIGKILL);
    }
    return 1;
}

static bool reach(const char *name, cotarget_t *target)
{
    while (colookup(name, target)) {
        if (errno != ENOENT)
            return false;
        sched_yield();
    }
    char answer;
    while (cocall(*target, "", 1, &answer, 1) != 1) {
        if (errno != EBUSY)
            return false;
        sched_yield();
    }
    return true;
}

static bool measure(const char *self, int round, cowindow_t window, double *launch, double *report)
{
    char name[32], request = DIE;
    cotarget_t target;
    snprintf(name, sizeof name, "launched%d", round);
    char *const arguments[] = {(char *)self, "serve", name, NULL};
    double start = sample_nanoseconds();
    if (coexecvec(self, arguments, NULL, &window, 1) < 0 || !reach(name, &target))
        return false;
    *launch = sample_nanoseconds() - start;
    ssize_t result = cocall(target, &request, 1, NULL, 0);
    *report = sample_nanoseconds() - death;
    return result == -1 && errno == ENOLINK;
}

int main(int argc, char **argv)
{
    static double launches[ROUNDS + 1], reports[ROUNDS + 1];
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc != 1) {
        fputs("Usage: comesg run launch\n", stderr);
        return EXIT_USAGE;
    }
    cowindow_t window = cowindow(&death, sizeof death, CORIGHT_W, COWINDOW_LASTING);
    for (int round = 0; round <= ROUNDS; round++) {
        if (!window || !measure(argv[0], round, window, &launches[round], &reports[round])) {
            perror("launch");
            return 1;
        }
    }
    /* The first launch is not counted: its program had not been launched before. */
    qsort(launches + 1, ROUNDS, sizeof launches[0], sample_compare);
    qsort(reports + 1, ROUNDS, sizeof reports[0], sample_compare);
    printf("launch.time %.0f ns\ndeath.report %.0f ns\n", launches[1 + ROUNDS / 2], reports[1 + ROUNDS / 2]);
    return 0;
}
