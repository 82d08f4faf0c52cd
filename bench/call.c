/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Round trips to another co-process. Prints one line per size: name, value, unit.
 */
#include "message.h"

#include <comesg/cocall.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_USAGE = 2, START_TRIES = 10000 };

static union message request, reply;
static cotarget_t service;

static int fail(const char *problem)
{
    fprintf(stderr, "call: %s\n", problem);
    return EXIT_FAILURE;
}

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The number of calls that the service has served, or -1. */
static int64_t served(void)
{
    if (cocall(service, &request, MESSAGE_COUNT_QUESTION, &reply, sizeof reply) != MESSAGE_COUNT_QUESTION)
        return -1;
    return (int64_t)reply.words[0];
}

static bool find_service(void)
{
    for (int i = 0; i < START_TRIES; i++) {
        if (colookup(MESSAGE_SERVICE, &service) == 0 && served() >= 0)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

static uint64_t fill(size_t size)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < size / 8; i++)
        sum += request.words[i] = i == 0 ? 0 : i * 0x9e3779b97f4a7c15;
    return sum;
}

/* Each request differs from the one before, and each answer is checked. */
static bool round_trips(size_t size, uint64_t sum, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        request.words[0] = i;
        if (cocall(service, &request, size, &reply, size) != (ssize_t)size)
            return false;
        if (size && reply.words[0] != sum + i)
            return false;
    }
    return true;
}

/* True if the rest of the last answer is right and the service has served `count` calls since it had served `before`.
 */
static bool check(size_t size, int64_t before, uint64_t count)
{
    if (size && memcmp(&request.words[1], &reply.words[1], size - 8) != 0)
        return false;
    return served() == before + 1 + (int64_t)count;
}

/* Nanoseconds per round trip, or -1. */
static double time_round_trip(size_t size, double duration)
{
    uint64_t sum = fill(size);
    for (uint64_t count = 1024;; count *= 2) {
        int64_t before = served();
        double start = nanoseconds();
        bool good = round_trips(size, sum, count);
        double taken = nanoseconds() - start;
        if (!good || !check(size, before, count))
            return -1;
        if (taken >= duration / 2)
            return taken / (double)count;
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("Usage: comesg run echo : call MILLISECONDS SIZE...\n", stderr);
        return EXIT_USAGE;
    }
    if (!find_service())
        return fail("no service named " MESSAGE_SERVICE "; start echo in the same realm");
    for (int i = 2; i < argc; i++) {
        size_t size = strtoul(argv[i], NULL, 10);
        if (size > MESSAGE_LARGEST || size % 64)
            return fail("a size must be a multiple of 64, at most 4096");
        double result = time_round_trip(size, atof(argv[1]) * 1e6);
        if (result < 0)
            return fail("a wrong answer");
        printf("cocall.roundtrip.%zu %.3f ns\n", size, result);
    }
    return EXIT_SUCCESS;
}
