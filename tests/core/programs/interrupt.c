/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sleeps, polls and reads while somebody sends signals that concern it no longer: prints what it got.
 */
#include "support.h"

#include <poll.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    char byte = 0;
    printf("ready\n");
    fflush(stdout);
    double start = now();
    int result = nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    printf("nanosleep %d, %s\n", result, now() - start >= 0.2 ? "slept" : "too short");
    start = now();
    result = clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){.tv_nsec = 200000000}, NULL);
    printf("clock_nanosleep %d, %s\n", result, now() - start >= 0.2 ? "slept" : "too short");
    start = now();
    result = poll(NULL, 0, 200);
    printf("poll %d, %s\n", result, now() - start >= 0.199 ? "slept" : "too short");
    printf("reading\n");
    fflush(stdout);
    ssize_t length = read(0, &byte, 1);
    printf("read %zd, %c\n", length, byte);
    return 0;
}
