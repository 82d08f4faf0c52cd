/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ipcd: the service that keeps ports. COCHANNELs need it only to be opened and closed.
 */
#include "ukernel/ipcd/ports.h"
#include "ukernel/protocol/coproc.h"

#include <comesg/coexec.h>

#include <stdio.h>

cohandle_t port_seal;

static const struct server_operation operations[PORTS_OPERATION_END] = {
    [PORTS_OPEN] = {port_open, sizeof(struct ports_open), 0, sizeof(struct ports_reply)},
    [PORTS_CLOSE] = {port_close, sizeof(struct ports_request), 1, sizeof(struct ports_reply)},
    [PORTS_ARENA] = {carrier_arena, sizeof(struct ports_request), 1, sizeof(struct ports_arena)},
    [PORTS_SEND] = {carrier_send, sizeof(struct ports_request), 1, sizeof(struct ports_reply)},
    [PORTS_RECEIVE] = {carrier_receive, sizeof(struct ports_request), 1, sizeof(struct ports_message)},
    [PORTS_FREE] = {carrier_free, sizeof(struct ports_request), 1, sizeof(struct ports_reply)},
    [PORTS_PIPE_SEND] = {pipe_send, sizeof(struct ports_request), 1, sizeof(struct ports_rendezvous)},
    [PORTS_PIPE_RECEIVE] = {pipe_receive, sizeof(struct ports_request), 1, sizeof(struct ports_rendezvous)},
    [PORTS_PIPE_RESULT] = {pipe_result, sizeof(struct ports_request), 0, sizeof(struct ports_rendezvous)},
};

static void recover(void)
{
    state_rollback(&ipcd.state);
    if (!ipcd.state.format)
        table_start();
    held_recover();
    if (ipcd.dirty)
        port_changed(&ipcd.ports[ipcd.dirty], true);
}

static void died(uint64_t identity)
{
    client_ended(identity);
    ports_reclaim();
}

int main(void)
{
    const struct covector *vector = cogetvec();
    if (vector->count < VECTOR_SIZE) {
        fputs("ipcd: is started by coprocd, not by hand\n", stderr);
        return 2;
    }
    port_seal = vector->handles[PORTS_SEAL_PORT];
    const struct server server = {
        .operations = operations,
        .operation_count = PORTS_OPERATION_END,
        .pool = vector->handles[VECTOR_POOL],
        .recover = recover,
        .died = died,
    };
    int error = serve(&server);
    fprintf(stderr, "ipcd: cannot serve: error %d\n", error);
    return 1;
}
