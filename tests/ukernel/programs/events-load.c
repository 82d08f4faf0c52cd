/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starts programs until its standard input ends, has a thread told of the end of each, and counts: while the service of
 * events is killed.
 */
#include "check.h"

#include <comesg/cocall.h>
#include <comesg/coevent.h>
#include <comesg/coexec.h>
#include <comesg/coproc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAMS_MAX = 4096, KILLS = 3, WAIT_SECONDS = 20 };

static _Atomic bool ready, stopped;
static cotarget_t target;
static _Atomic unsigned told[PROGRAMS_MAX], total;
static unsigned unsure;

static void *listen_for_ever(void *argument)
{
    struct coevent_notice notice;
    unsigned number;
    need(coregister(NULL, NULL, &target) == 0, "coregister");
    ready = true;
    for (;;) {
        if (coaccept(NULL, NULL, 0, &notice, sizeof notice) < 0)
            continue;
        memcpy(&number, notice.arguments, sizeof number);
        told[number]++;
        total++;
    }
    return argument;
}

static void *wait_for_end(void *argument)
{
    while (getchar() != EOF)
        ;
    stopped = true;
    return argument;
}

/* The service is away for a moment: what was asked for may have been done or not. */
static bool is_away(void)
{
    if (errno != ENOLINK && errno != EBUSY)
        return false;
    usleep(500);
    return true;
}

/* False if it has ended before it could be asked for. An installation is not tried again when its answer is lost: it
 * may have been made, and its callback called. */
static bool install(cocallback_t callback, pid_t pid, unsigned number)
{
    const struct ccb_arguments arguments = {&number, sizeof number};
    coevent_t event;
    while (!(event = colisten(PROCESS_DEATH, (uint64_t)pid)) && is_away())
        ;
    if (!event)
        return false;
    int error;
    do
        error = ccb_install(callback, &arguments, event) ? errno : 0;
    while (error == EBUSY);
    need(error == 0 || error == ENOLINK, "installing");
    unsure += error != 0;
    cohandle_close(event);
    return true;
}

int main(int argc, char **argv)
{
    char *const arguments[] = {argv[0], "end", NULL};
    unsigned installed = 0, twice = 0, never = 0;
    pthread_t thread;
    cocallback_t callback;
    need(coproc_init() != 0, "joining");
    if (argc > 1)
        return 0;
    need(pthread_create(&thread, NULL, listen_for_ever, NULL) == 0 &&
             pthread_create(&thread, NULL, wait_for_end, NULL) == 0,
         "threads");
    while (!ready)
        usleep(100);
    while (!(callback = ccb_register(target, CCB_FAST)) && is_away())
        ;
    printf("ready\n");
    fflush(stdout);
    while (!stopped && installed < PROGRAMS_MAX) {
        pid_t pid = coexecve(argv[0], arguments, NULL);
        need(pid > 0, "starting a program");
        installed += install(callback, pid, installed);
        usleep(1000);
    }
    for (unsigned i = 0; i < WAIT_SECONDS * 100 && total < installed - unsure; i++)
        usleep(10000);
    for (unsigned i = 0; i < installed; i++) {
        twice += told[i] > 1;
        never += told[i] == 0;
    }
    printf("# installed %u, unsure %u, told %u, twice %u, never %u\n", installed, unsure, total, twice, never);
    check(twice == 0, "nothing is told twice");
    check(never <= KILLS + unsure, "at most what the service was about to tell when it was killed is not told");
    return failures != 0;
}
