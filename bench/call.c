/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Round trips to another co-process. Prints one line per size: name, value, unit; then the same for calls of 64 bytes
 * to a pool of workers, and for calls with a handle attached, which the receiver closes again. Or only round trips of
 * 64 bytes to a service that it discovers.
 */
#include "message.h"
#include "sample.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>
#include <comesg/copool.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_USAGE = 2, START_TRIES = 10000 };

static struct message request, reply;
static cotarget_t service, receiver;

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

static bool find_services(void)
{
    for (int i = 0; i < START_TRIES; i++) {
        if (colookup(MESSAGE_SERVICE, &service) == 0 && served() >= 0 && colookup(MESSAGE_RECEIVER, &receiver) == 0 &&
            cocall(receiver, NULL, 0, NULL, 0) == 0)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

struct load {
    cotarget_t target;
    size_t size;
    pair sum; /* of all pairs of the request but the first */
};

static struct load fill(cotarget_t target, size_t size)
{
    struct load load = {.target = target, .size = size};
    for (size_t i = 1; i < size / sizeof(pair); i++)
        load.sum += request.pairs[i] = (pair){i * 0x9e3779b97f4a7c15, i};
    return load;
}

/* Each request differs from the one before, and each answer is checked. */
static bool call(const struct load *load, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        request.pairs[0] = (pair){i, i};
        if (cocall(load->target, &request, load->size, &reply, load->size) != (ssize_t)load->size)
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

/* The receiver says with each answer how many handles it has closed. */
static bool attached_calls(void *argument, uint64_t count)
{
    static uint64_t closed;
    const struct coattachment attachment = {.handle = *(const cosealed_t *)argument};
    for (uint64_t i = 0; i < count; i++) {
        struct receipt receipt;
        if (cocall_oob(receiver, &i, sizeof i, &receipt, sizeof receipt, &attachment, 1, NULL) != sizeof receipt ||
            receipt.closed != ++closed || receipt.request != i)
            return false;
    }
    return true;
}

static bool print(const char *name, double nanoseconds)
{
    if (nanoseconds < 0)
        return false;
    printf("%s %.3f ns\n", name, nanoseconds);
    return true;
}

static bool measure_pool(double duration)
{
    cotarget_t pool = copool(&service, 1, COPOOL_FAST);
    struct load load = fill(pool, 64);
    return pool && print("cocall.roundtrip.pool", sample(round_trips, &load, duration)) && copool_end(pool) == 0;
}

static bool measure_attached(double duration)
{
    cosealed_t object = coseal(1, 1);
    return object && print("cocall.roundtrip.attach1", sample(attached_calls, &object, duration));
}

/* It is there when its name is. */
static bool discover(const char *name)
{
    conamespace_t root = coproc_init();
    for (int i = 0; root && i < START_TRIES; i++) {
        coobject_t object = coselect(name, COSERVICE, root);
        if (object && codiscover(object, &service) && served() >= 0)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

static bool measure_service(const char *name, double duration)
{
    if (!discover(name))
        return false;
    struct load load = fill(service, 64);
    return print("service.roundtrip.64", sample(round_trips, &load, duration));
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("Usage: comesg run echo : receive : call MILLISECONDS SIZE...\n"
              "       comesg run echo NAME : call --service NAME MILLISECONDS\n",
              stderr);
        return EXIT_USAGE;
    }
    if (argc == 4 && strcmp(argv[1], "--service") == 0)
        return measure_service(argv[2], atof(argv[3]) * 1e6) ? EXIT_SUCCESS
                                                             : fail("no such service, or a wrong answer");
    double duration = atof(argv[1]) * 1e6;
    if (!find_services())
        return fail("no service named " MESSAGE_SERVICE " or " MESSAGE_RECEIVER
                    "; start echo and receive in the same realm");
    for (int i = 2; i < argc; i++) {
        size_t size = strtoul(argv[i], NULL, 10);
        if (size > MESSAGE_LARGEST || size % 64)
            return fail("a size must be a multiple of 64, at most 4096");
        struct load load = fill(service, size);
        char name[32];
        snprintf(name, sizeof name, "cocall.roundtrip.%zu", size);
        if (!print(name, sample(round_trips, &load, duration)))
            return fail("a wrong answer");
    }
    if (!measure_pool(duration) || !measure_attached(duration))
        return fail("a wrong answer of a pool, or to an attachment");
    return EXIT_SUCCESS;
}
