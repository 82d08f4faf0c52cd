/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-process that receives what bench/ports sends.
 */
#include "port.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST = 1 << 20 };

static _Alignas(4096) char buffer[LARGEST];
static coport_t port, acknowledge;
static size_t length;
static int type;

/* The first word of the next message, which is there or waited for; LAST also if it went wrong. */
static uint64_t receive(bool wait)
{
    void *message = buffer;
    uint64_t word;
    ssize_t received = wait ? corecv_until(port, &message, length, NULL) : corecv(port, &message, length);
    if (received != (ssize_t)length)
        return DRAIN_LAST;
    memcpy(&word, message, sizeof word);
    if (type == COCARRIER && coport_msg_free(port, message))
        return DRAIN_LAST;
    return word;
}

static void *receive_all(void *nothing)
{
    uint64_t word = 0;
    for (;;) {
        word = receive(true);
        if (word == DRAIN_LAST && cosend_until(acknowledge, &word, sizeof word, NULL) < 0)
            return nothing;
    }
}

static uint64_t serve(const struct drain_request *request, const struct coattachment_set *set)
{
    pthread_t thread;
    uint64_t sum = 0;
    length = request->length;
    switch (request->operation) {
    case DRAIN_PORT:
        port = set->array[0].handle;
        acknowledge = set->count > 1 ? set->array[1].handle : 0;
        type = coport_gettype(port);
        return 0;
    case DRAIN_COUNT:
        for (uint32_t i = 0; i < request->count; i++)
            sum += receive(false);
        return sum;
    case DRAIN_THREAD:
        if (pthread_create(&thread, NULL, receive_all, NULL) == 0)
            return (uint64_t)pthread_detach(thread);
        return 1;
    default:
        return 1;
    }
}

int main(void)
{
    struct coattachment received[2];
    struct cocall_information information = {.size = sizeof information};
    struct drain_request request;
    uint64_t reply = 0;
    cotarget_t target;
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
