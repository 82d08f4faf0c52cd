/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages to another co-process through ports: batches of 32 or, of pages, of 16, which the other one is then called
 * to receive; large ones, one by one; a stream to a thread that receives all the time; messages to a thread that sends
 * them back. Prints one line per quantity: name, value, unit.
 */
#include "port.h"
#include "sample.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 20, BATCH = 32, PAGE_BATCH = 16, EXIT_USAGE = 2, START_TRIES = 10000 };

static _Alignas(4096) char buffer[LARGEST];
static cotarget_t drain;

struct load {
    coport_t port, acknowledge;
    size_t size;
    uint32_t batch;
    int type;
    bool reads; /* the other side reads every cache line */
};

static bool ask(enum drain_operation operation, const struct load *load, uint64_t *answer)
{
    const struct drain_request request = {operation, load->batch, load->size};
    return cocall_until(drain, &request, sizeof request, answer, sizeof *answer, NULL) == sizeof *answer;
}

static bool tell_port(const struct load *load)
{
    const struct drain_request request = {DRAIN_PORT, load->reads, load->size};
    const struct coattachment attachments[] = {{.handle = load->port}, {.handle = load->acknowledge}};
    uint64_t answer = 1;
    return cocall_oob_until(drain, &request, sizeof request, &answer, sizeof answer, attachments,
                            load->acknowledge ? 2 : 1, NULL, NULL) == sizeof answer &&
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

/* There and back; the other side waits for it. */
static bool ping_pong(void *argument, uint64_t count)
{
    const struct load *load = argument;
    for (uint64_t i = 1; i <= count; i++) {
        static char answer[64];
        void *message = answer;
        uint64_t word = i, back;
        memcpy(buffer, &word, sizeof word);
        if (cosend_until(load->port, buffer, load->size, NULL) != (ssize_t)load->size ||
            corecv_until(load->acknowledge, &message, load->size, NULL) != (ssize_t)load->size)
            return false;
        memcpy(&back, message, sizeof back);
        if (back != word || (load->type == COCARRIER && coport_msg_free(load->acknowledge, message)))
            return false;
    }
    return true;
}

/* The time that a sender spends if a receiver is there already: it has parked, and a little later is where it looks
 * whether there is something before it sleeps. */
static double parked(const struct load *load, uint64_t count)
{
    double taken = 0;
    for (uint64_t i = 1; i <= count; i++) {
        pollcoport_t poll = {.coport = load->port, .events = COPOLL_OUT};
        memcpy(buffer, &i, sizeof i);
        while (copoll(&poll, 1, 0) == 0)
            ;
        double start = sample_nanoseconds();
        if (poll.revents != COPOLL_OUT || cosend_until(load->port, buffer, load->size, NULL) != (ssize_t)load->size)
            return -1;
        taken += sample_nanoseconds() - start;
    }
    return taken / (double)count;
}

static bool measure(const char *name, int type, size_t size, uint32_t batch, bool reads, double duration)
{
    struct load load = {.port = open_coport(type), .size = size, .batch = batch, .reads = reads};
    double result = load.port && tell_port(&load) ? sample(batches, &load, duration) : -1;
    if (result < 0)
        return false;
    printf("%s.%zu %.3f ns\n", name, size, result / batch);
    return cohandle_close(load.port) == 0;
}

static bool open_pair(struct load *load, int type, int acknowledge, size_t size, enum drain_operation operation)
{
    uint64_t answer = 1;
    *load =
        (struct load){.port = open_coport(type), .acknowledge = open_coport(acknowledge), .size = size, .type = type};
    return load->port && load->acknowledge && tell_port(load) && ask(operation, load, &answer) && answer == 0;
}

static bool finish(const struct load *load, const char *name, const char *where, double result)
{
    if (result < 0)
        return false;
    printf("%s.%zu%s %.3f ns\n", name, load->size, where, result);
    return coclose(load->port) == 0 && coclose(load->acknowledge) == 0;
}

static bool measure_stream(const char *name, int type, size_t size, double duration)
{
    struct load load;
    return open_pair(&load, type, COCHANNEL, size, DRAIN_THREAD) &&
           finish(&load, name, "", sample(stream, &load, duration));
}

static bool measure_ping_pong(const char *name, int type, const char *where, double duration)
{
    struct load load;
    return open_pair(&load, type, type, 64, DRAIN_ECHO) &&
           finish(&load, name, where, sample(ping_pong, &load, duration));
}

static bool measure_ping_pongs(const char *where, double duration)
{
    return measure_ping_pong("cochannel.pingpong", COCHANNEL, where, duration) &&
           measure_ping_pong("cocarrier.pingpong", COCARRIER, where, duration) &&
           measure_ping_pong("copipe.pingpong", COPIPE, where, duration);
}

static bool measure_parked(double duration)
{
    struct load load;
    double times[SAMPLE_BATCHES];
    if (!open_pair(&load, COPIPE, COCHANNEL, LARGEST, DRAIN_THREAD))
        return false;
    for (int i = 0; i < SAMPLE_BATCHES; i++) {
        times[i] = parked(&load, 1 + (uint64_t)(duration / SAMPLE_BATCHES / 1e5));
        if (times[i] < 0)
            return false;
    }
    qsort(times, SAMPLE_BATCHES, sizeof times[0], sample_compare);
    return finish(&load, "copipe.message", "", times[SAMPLE_BATCHES / 2]);
}

static bool measure_one_core(double duration)
{
    return measure("cochannel.message", COCHANNEL, 64, BATCH, false, duration) &&
           measure("cocarrier.message", COCARRIER, 64, BATCH, false, duration) &&
           measure("cocarrier.message", COCARRIER, LARGEST, 1, false, duration) &&
           measure("cocarrier.throughput", COCARRIER, 4096, PAGE_BATCH, true, duration) &&
           measure_ping_pongs("", duration);
}

static bool measure_two_cores(double duration)
{
    return measure_parked(duration) && measure_stream("copipe.throughput", COPIPE, LARGEST, duration) &&
           measure_ping_pongs(".cross", duration);
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
    bool counts = argc == 4 && strcmp(argv[1], "--count") == 0;
    bool cross = argc == 3 && strcmp(argv[1], "--cross") == 0;
    if (argc != 2 && !counts && !cross) {
        fputs(
            "Usage: comesg run drain : ports MILLISECONDS\n"
            "       comesg run drain : ports --cross MILLISECONDS   what is measured with drain on another core\n"
            "       comesg run drain : ports --count TYPE BATCHES   only sends so many, for who counts system calls\n",
            stderr);
        return EXIT_USAGE;
    }
    memset(buffer, 1, sizeof buffer);
    coproc_init();
    if (counts)
        return find_drain() && send_batches(atoi(argv[2]), strtoull(argv[3], NULL, 10)) ? EXIT_SUCCESS : EXIT_FAILURE;
    double duration = atof(argv[argc - 1]) * 1e6;
    if (find_drain() && (cross ? measure_two_cores(duration) : measure_one_core(duration)))
        return EXIT_SUCCESS;
    fprintf(stderr, "ports: a wrong answer (%s)\n", strerror(errno));
    return EXIT_FAILURE;
}
