/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages to another co-process through ports: batches of 32, which the other one is then called to receive; large
 * ones, one by one; and a stream to a thread that waits for it. Prints one line per quantity: name, value, unit.
 */
#include "port.h"
#include "sample.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 20, BATCH = 32, EXIT_USAGE = 2, START_TRIES = 10000 };

static _Alignas(4096) char buffer[LARGEST];
static cotarget_t drain;

struct load {
    coport_t port, acknowledge;
    size_t size;
    uint32_t batch;
};

static bool ask(enum drain_operation operation, const struct load *load, uint64_t *answer)
{
    const struct drain_request request = {operation, load->batch, load->size};
    return cocall(drain, &request, sizeof request, answer, sizeof *answer) == sizeof *answer;
}

static bool tell_port(const struct load *load)
{
    const struct drain_request request = {DRAIN_PORT, 0, load->size};
    const struct coattachment attachments[] = {{.handle = load->port}, {.handle = load->acknowledge}};
    uint64_t answer = 1;
    return cocall_oob(drain, &request, sizeof request, &answer, sizeof answer, attachments, load->acknowledge ? 2 : 1,
                      NULL) == sizeof answer &&
           answer == 0;
}

/* Each message differs from the one before; the first words of all are looked at. */
static bool batches(void *argument, uint64_t count)
{
    const struct load *load = argument;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sum = 0, answer;
        for (uint64_t j = 0; j < load->batch; j++) {
            uint64_t word = i + j;
            sum += word;
            memcpy(buffer, &word, sizeof word);
            if (cosend(load->port, buffer, load->size) != (ssize_t)load->size)
                return false;
        }
        if (!ask(DRAIN_COUNT, load, &answer) || answer != sum)
            return false;
    }
    return true;
}

static bool stream(void *argument, uint64_t count)
{
    const struct load *load = argument;
    void *into = &(uint64_t){0};
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t word = i == count ? DRAIN_LAST : i;
        memcpy(buffer, &word, sizeof word);
        if (cosend_until(load->port, buffer, load->size, NULL) != (ssize_t)load->size)
            return false;
    }
    return corecv_until(load->acknowledge, &into, sizeof(uint64_t), NULL) == sizeof(uint64_t);
}

static bool measure(const char *name, int type, size_t size, uint32_t batch, double duration)
{
    struct load load = {.port = open_coport(type), .size = size, .batch = batch};
    double result = load.port && tell_port(&load) ? sample(batches, &load, duration) : -1;
    if (result < 0)
        return false;
    printf("%s.message.%zu %.3f ns\n", name, size, result / batch);
    return cohandle_close(load.port) == 0;
}

static bool measure_stream(const char *name, int type, size_t size, double duration)
{
    struct load load = {.port = open_coport(type), .acknowledge = open_coport(COCHANNEL), .size = size};
    uint64_t answer = 1;
    double result = load.port && tell_port(&load) && ask(DRAIN_THREAD, &load, &answer) && answer == 0
                        ? sample(stream, &load, duration)
                        : -1;
    if (result < 0)
        return false;
    printf("%s.%zu %.3f ns\n", name, size, result);
    return coclose(load.port) == 0 && coclose(load.acknowledge) == 0;
}

/* It may not accept calls yet, though its name is known. */
static bool find_drain(void)
{
    const struct load nothing = {0};
    uint64_t answer;
    for (int i = 0; i < START_TRIES; i++) {
        if (colookup(PORT_DRAIN, &drain) == 0 && ask(DRAIN_NOTHING, &nothing, &answer))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

static bool send_batches(int type, uint64_t count)
{
    struct load load = {.port = open_coport(type), .size = 64, .batch = BATCH};
    return load.port && tell_port(&load) && batches(&load, count);
}

int main(int argc, char **argv)
{
    if (argc != 2 && (argc != 4 || strcmp(argv[1], "--count") != 0)) {
        fputs(
            "Usage: comesg run drain : ports MILLISECONDS\n"
            "       comesg run drain : ports --count TYPE BATCHES   only sends so many, for who counts system calls\n",
            stderr);
        return EXIT_USAGE;
    }
    memset(buffer, 1, sizeof buffer);
    coproc_init();
    if (argc == 4)
        return find_drain() && send_batches(atoi(argv[2]), strtoull(argv[3], NULL, 10)) ? EXIT_SUCCESS : EXIT_FAILURE;
    double duration = atof(argv[1]) * 1e6;
    if (find_drain() && measure("cochannel", COCHANNEL, 64, BATCH, duration) &&
        measure("cocarrier", COCARRIER, 64, BATCH, duration) && measure("cocarrier", COCARRIER, LARGEST, 1, duration) &&
        measure_stream("copipe.message", COPIPE, LARGEST, duration) &&
        measure_stream("cocarrier.throughput", COCARRIER, 4096, duration))
        return EXIT_SUCCESS;
    fprintf(stderr, "ports: a wrong answer (%s)\n", strerror(errno));
    return EXIT_FAILURE;
}
