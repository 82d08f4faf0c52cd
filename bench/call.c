/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Round trips to another co-process. Prints one line per size: name, value, unit.
 */
#include "message.h"
#include "sample.h"

#include <comesg/cocall.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_USAGE = 2, START_TRIES = 10000 };

static struct message request, reply;
static cotarget_t service;

static int fail(const char *problem)
{
    fprintf(stderr, "call: %s\n", problem);
    return EXIT_FAILURE;
}

/* The number of calls that the service has served, or -1. */
static int64_t served(void)
{
    if (cocall(service, &request, MESSAGE_COUNT_QUESTION, &reply, sizeof reply) != MESSAGE_COUNT_QUESTION)
        return -1;
    return (int64_t)reply.pairs[0][0];
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

struct load {
    size_t size;
    pair sum; /* of all pairs of the request but the first */
};

static struct load fill(size_t size)
{
    struct load load = {.size = size};
    for (size_t i = 1; i < size / sizeof(pair); i++)
        load.sum += request.pairs[i] = (pair){i * 0x9e3779b97f4a7c15, i};
    return load;
}

/* Each request differs from the one before, and each answer is checked. */
static bool call(const struct load *load, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        request.pairs[0] = (pair){i, i};
        if (cocall(service, &request, load->size, &reply, load->size) != (ssize_t)load->size)
            return false;
        if (load->size && (reply.pairs[0][0] != load->sum[0] + i || reply.pairs[0][1] != load->sum[1] + i))
            return false;
    }
    return true;
}

/* Besides, the rest of the last answer must be right, and the service must have served every call. */
static bool round_trips(void *argument, uint64_t count)
{
    const struct load *load = argument;
    int64_t before = served();
    if (!call(load, count))
        return false;
    if (load->size && memcmp(&request.pairs[1], &reply.pairs[1], load->size - sizeof(pair)) != 0)
        return false;
    return served() == before + 1 + (int64_t)count;
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
        struct load load = fill(size);
        double result = sample(round_trips, &load, atof(argv[1]) * 1e6);
        if (result < 0)
            return fail("a wrong answer");
        printf("cocall.roundtrip.%zu %.3f ns\n", size, result);
    }
    return EXIT_SUCCESS;
}
