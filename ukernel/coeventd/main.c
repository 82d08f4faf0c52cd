/* SPDX-License-Identifier: BSD-2-Clause
 *
 * coeventd, the event service: calls back, once, when a co-process has died or a port was closed.
 */
#include "ukernel/coeventd/own.h"
#include "ukernel/coeventd/requests.h"
#include "ukernel/common/vault.h"
#include "ukernel/protocol/coproc.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct events) <= SERVICE_STATE_SIZE, "the tables have room");

static struct coeventd coeventd;

static void forget(uint64_t token)
{
    covault_drop(coeventd.vault, token);
}

static void recover(void)
{
    static uint64_t tokens[EVENTS_MAX];
    size_t count = 0;
    events_recover(coeventd.events);
    for (uint32_t index = 0; index < coeventd.events->callback_table.used; index++) {
        if (coeventd.events->callbacks[index].place.used)
            tokens[count++] = coeventd.events->callbacks[index].token;
    }
    vault_keep_only(coeventd.vault, tokens, count);
}

/* Whom the process before this one was calling back when it ended, has been called. */
static void end_old_calls(void)
{
    for (uint32_t index = 0; index < coeventd.events->installation_table.used; index++) {
        const struct installation *installation = &coeventd.events->installations[index];
        if (installation->place.used && installation->state == INSTALLATION_CALLED)
            installation_remove(coeventd.events, index);
    }
}

static int fail(const char *what, int error)
{
    fprintf(stderr, "coeventd: %s: %s\n", what, strerror(error));
    return 1;
}

int main(void)
{
    const struct covector *vector = cogetvec();
    if (vector->count != VECTOR_SIZE) {
        fputs("coeventd: a service of the microkernel, started by coprocd: use comesg run\n", stderr);
        return 2;
    }
    cohandle_t pool = vector->handles[VECTOR_POOL];
    coeventd = (struct coeventd){
        .events = comap_attach(vector->handles[VECTOR_STATE], PROT_READ | PROT_WRITE),
        .closings = comap_attach(vector->handles[EVENTS_CLOSINGS], PROT_READ | PROT_WRITE),
        .privileged = vector->handles[VECTOR_PRIVILEGED],
        .vault = vector->handles[VECTOR_VAULT],
        .event_seal = vector->handles[EVENTS_SEAL_EVENT],
        .callback_seal = vector->handles[EVENTS_SEAL_CALLBACK],
        .port_seal = vector->handles[EVENTS_SEAL_PORT],
    };
    if (!coeventd.events || !coeventd.closings)
        return fail("cannot attach its state", errno);
    events_begin(coeventd.events, forget);
    events_recover(coeventd.events);
    end_old_calls();
    requests_begin(&coeventd);
    int error = deliver_begin(pool, coeventd.vault);
    if (!error)
        error = deaths_take_in(pool, vector->handles[VECTOR_PRIVILEGED], coeventd.events->deaths);
    if (error)
        return fail("cannot start a thread", error);
    const struct server server = {
        .operations = requests_operations,
        .operation_count = requests_operation_count,
        .pool = pool,
        .recover = recover,
    };
    return fail("cannot serve", serve(&server));
}
