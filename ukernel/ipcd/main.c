/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: the service that keeps ports. COCHANNELs need it only to be opened and closed.
 */
#include "ukernel/ipcd/closings.h"
#include "ukernel/ipcd/ports.h"
#include "ukernel/protocol/coproc.h"

#include <comesg/coexec.h>
#include <comesg/coprivileged.h>

#include <pthread.h>
#include <stdio.h>

cohandle_t port_seal;
static cohandle_t privileged;

static const struct server_operation operations[PORTS_OPERATION_END] = {
    [PORTS_OPEN] = {worker_serve, sizeof(struct ports_open), 0, sizeof(struct ports_reply)},
    [PORTS_CLOSE] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_reply)},
    [PORTS_ARENA] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_arena)},
    [PORTS_SEND] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_reply)},
    [PORTS_RECEIVE] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_message)},
    [PORTS_FREE] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_reply)},
    [PORTS_PIPE_SEND] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_rendezvous)},
    [PORTS_PIPE_RECEIVE] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_rendezvous)},
    [PORTS_PIPE_RESULT] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_rendezvous)},
    [PORTS_DIRECT] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_reply)},
    [PORTS_READER] = {worker_serve, sizeof(struct ports_request), 0, sizeof(struct ports_reply)},
};

/* Tells the worker who has died. Those who died before this ipcd was started have nothing here. */
static void *watch_deaths(void *nothing)
{
    struct codeath record = {.size = sizeof record};
    while (codeath_nb(privileged, record.sequence, &record) == 0)
        ;
    while (codeath(privileged, record.sequence, &record) == 0)
        server_tell_death(record.identity);
    return nothing;
}

static int fail(const char *what)
{
    fprintf(stderr, "ipcd: %s\n", what);
    return 1;
}

int main(void)
{
    const struct covector *vector = cogetvec();
    pthread_t watcher;
    if (vector->count < VECTOR_SIZE)
        return fail("is started by coprocd, not by hand");
    port_seal = vector->handles[PORTS_SEAL_PORT];
    privileged = vector->handles[VECTOR_PRIVILEGED];
    const struct server server = {
        .operations = operations,
        .operation_count = PORTS_OPERATION_END,
        .pool = vector->handles[VECTOR_POOL],
        .recover = worker_recover,
        .died = worker_died,
        .more_threads = SERVER_THREADS - 1,
        .give_up = worker_give_up,
    };
    if (!closings_start(vector->handles[PORTS_CLOSINGS]))
        return fail("cannot attach the memory for closed ports");
    if (!worker_start() || pthread_create(&watcher, NULL, watch_deaths, NULL))
        return fail("cannot start its threads");
    serve(&server);
    return fail("cannot serve");
}
