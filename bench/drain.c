/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-process that receives what bench/ports sends. With an argument, it begins when its standard input ends.
 */
#include "port.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 20, LINE = 64 };

static _Alignas(4096) char buffer[LARGEST];

/* Where messages come from, and what is sent in return. */
struct source {
    coport_t port, acknowledge;
    size_t length;
    int type;
    bool reads; /* every cache line, not only the first word */
};
static struct source present;

/* One byte of every cache line. */
static void read_lines(const char *message, size_t size)
{
    for (size_t offset = 0; offset < size; offset += LINE)
        (void)*(const volatile char *)(message + offset);
}

/* Receives a message, which is there or waited for, and gives its first word. */
static bool receive(const struct source *source, bool wait, uint64_t *word)
{
    void *message = buffer;
    ssize_t received = wait ? corecv_until(source->port, &message, source->length, NULL)
                            : corecv(source->port, &message, source->length);
    if (received != (ssize_t)source->length)
        return false;
    memcpy(word, message, sizeof *word);
    if (source->reads)
        read_lines(message, source->length);
    return source->type != COCARRIER || coport_msg_free(source->port, message) == 0;
}

static void *receive_all(void *argument)
{
    struct source *source = argument;
    uint64_t word;
    while (receive(source, true, &word)) {
        if (word == DRAIN_LAST && cosend_until(source->acknowledge, &word, sizeof word, NULL) < 0)
            break;
    }
    free(source);
    return NULL;
}

static void *echo_all(void *argument)
{
    struct source *source = argument;
    bool good = true;
    while (good) {
        void *message = buffer;
        good = corecv_until(source->port, &message, source->length, NULL) == (ssize_t)source->length &&
               cosend_until(source->acknowledge, message, source->length, NULL) == (ssize_t)source->length &&
               (source->type != COCARRIER || coport_msg_free(source->port, message) == 0);
    }
    free(source);
    return NULL;
}

static uint64_t start(void *(*function)(void *))
{
    pthread_t thread;
    struct source *source = malloc(sizeof *source);
    if (!source)
        return 1;
    *source = present;
    return pthread_create(&thread, NULL, function, source) || pthread_detach(thread);
}

static uint64_t count_words(uint32_t count)
{
    uint64_t sum = 0, word;
    while (count-- > 0)
        sum += receive(&present, false, &word) ? word : DRAIN_LAST;
    return sum;
}

static uint64_t serve(const struct drain_request *request, const struct coattachment_set *set)
{
    switch (request->operation) {
    case DRAIN_PORT:
        present = (struct source){
            .port = set->array[0].handle,
            .acknowledge = set->count > 1 ? set->array[1].handle : 0,
            .length = request->length,
            .type = coport_gettype(set->array[0].handle),
            .reads = request->count,
        };
        return 0;
    case DRAIN_COUNT:
        return count_words(request->count);
    case DRAIN_THREAD:
        return start(receive_all);
    case DRAIN_ECHO:
        return start(echo_all);
    default:
        return 1;
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    struct coattachment received[2];
    struct cocall_information information = {.size = sizeof information};
    struct drain_request request;
    uint64_t reply = 0;
    cotarget_t target;
    while (argc > 1 && getchar() != EOF)
        ;
    coproc_init();
    if (coregister(PORT_DRAIN, NULL, &target)) {
        perror("drain: cannot register");
        return 1;
    }
    memset(buffer, 1, sizeof buffer);
    for (;;) {
        information.attachments = (struct coattachment_set){.array = received, .capacity = 2};
        if (coaccept_oob(NULL, &reply, sizeof reply, &request, sizeof request, NULL, 0, &information) < 0) {
            perror("drain: coaccept");
            return 1;
        }
        reply = serve(&request, &information.attachments);
    }
}
