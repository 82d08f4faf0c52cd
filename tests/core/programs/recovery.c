/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A server that survives the loss of its context, and its clients.
 *
 *   recovery serve              counts requests; "loop" never replies; its recovery entry goes on serving
 *   recovery call REQUEST       prints "calling", then the reply
 *   recovery wait               calls "count" until the server is free and has recovered, prints the reply
 */
#include "support.h"

static unsigned requests, recoveries;
static _Thread_local unsigned in_thread = 7;

static void serve(void)
{
    char words[64];
    ssize_t length = 0;
    for (;;) {
        if (coaccept(NULL, words, (size_t)length, words, sizeof words) < 0) {
            length = 0;
            continue;
        }
        requests++;
        if (strcmp(words, "loop") == 0)
            for (;;)
                __asm__ volatile("");
        length = snprintf(words, sizeof words, "%u requests, %u recoveries, %u, pid %d", requests, recoveries, in_thread,
                          strcmp(words, "home") == 0 ? getpid() : 0) +
                 1;
    }
}

/* Deep enough to show that the stacks are whole: the control stack holds 130,000 calls. */
static unsigned descend(unsigned depth)
{
    volatile unsigned here = depth;
    return here == 0 ? 0 : descend(here - 1) + 1;
}

static void recover(int error)
{
    need(error == EOWNERDEAD, "EOWNERDEAD");
    need(((uintptr_t)__builtin_frame_address(0) & 15) == 0, "an aligned stack");
    need(descend(50000) == 50000, "whole stacks");
    recoveries++;
    serve();
}

static int client(const char *request, bool patient)
{
    char reply[64];
    cotarget_t target = find("recovery");
    printf("calling\n");
    fflush(stdout);
    for (int tries = 0; tries < 10000; tries++) {
        ssize_t length = cocall(target, request, strlen(request) + 1, reply, sizeof reply);
        if (length >= 0) {
            printf("%s\n", reply);
            if (!patient || strstr(reply, " 1 recoveries"))
                return 0;
        } else {
            need(errno == EBUSY, "EBUSY or an answer");
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    printf("never\n");
    return 1;
}

int main(int argc, char **argv)
{
    cotarget_t target;
    need(argc >= 2, "usage: recovery serve|call REQUEST|wait");
    if (strcmp(argv[1], "serve") == 0) {
        need(coregister("recovery", recover, &target) == 0, "coregister");
        serve();
    }
    return strcmp(argv[1], "wait") == 0 ? client("count", true) : client(argv[2], false);
}
