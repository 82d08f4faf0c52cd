/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writing the record of deaths. Readers look at both counts: what is older than the one that has been begun by the
 * length of the log is being written over.
 */
#include "host/deaths.h"

#include "core/deaths.h"
#include "core/handles.h"
#include "core/kernel.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

int deaths_prepare(const struct host_realm *realm)
{
    return mprotect(core_death_log(realm->shared), CODEATH_KEPT * sizeof(struct codeath), PROT_READ | PROT_WRITE)
               ? -errno
               : 0;
}

int deaths_give_handle(struct coprocess *coprocess)
{
    const struct handle handle = {.kind = HANDLE_KIND_PRIVILEGED, .rights = CORIGHT_DEATHS | CORIGHT_KILL};
    int64_t error = core_handle_make(NULL, coprocess, &handle, &coprocess->vector[0]);
    if (!error)
        coprocess->vector_count = 1;
    return (int)error;
}

const struct symbol *deaths_function(const struct member *member, uint64_t offset)
{
    return offset <= UINT32_MAX ? symbols_find(member->layout.symbols, (uint32_t)offset) : NULL;
}

static void describe_fault(struct codeath *record, const struct member *member, const struct fault_record *fault)
{
    const struct symbol *function = deaths_function(member, fault->pc);
    record->signal = fault->signal;
    record->address = fault->address;
    record->offset = fault->pc;
    if (!function)
        return;
    record->function_offset = fault->pc - function->start;
    snprintf(record->function, sizeof record->function, "%.*s", (int)sizeof record->function - 1, function->name);
}

void deaths_record(struct host_realm *realm, size_t index)
{
    struct realm *shared = realm->shared;
    const struct coprocess *coprocess = realm_coprocess(realm, index);
    const struct member *member = &realm->members[index];
    uint64_t number = shared->deaths + 1;
    struct codeath *record = &core_death_log(shared)[number % CODEATH_KEPT];
    if (!coprocess->entered)
        return;
    shared->deaths_begun = number;
    *record = (struct codeath){
        .size = sizeof *record,
        .sequence = number,
        .identity = core_coprocess_identity(coprocess),
        .pid = member->pid,
        .status = member->wait_status,
        .flags = coprocess->context_lost ? CODEATH_CONTEXT_LOST : 0,
    };
    snprintf(record->name, sizeof record->name, "%s", coprocess->name);
    if (coprocess->fault.signal && coprocess->dying)
        describe_fault(record, member, &coprocess->fault);
    shared->deaths = number;
    shared->death_events++;
    futex_wake_all(&shared->death_events);
}

/* arguments: identity. */
int64_t deaths_kill(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    uint32_t index = (uint32_t)arguments[0];
    (void)requester;
    if (index >= realm->member_limit)
        return -ESRCH;
    struct coprocess *coprocess = realm_coprocess(realm, index);
    const struct member *member = &realm->members[index];
    if (core_coprocess_identity(coprocess) != arguments[0] || !coprocess->pid || !coprocess->entered || member->reaped)
        return -ESRCH;
    coprocess->dying = 1;
    realm->pursuing = true;
    return 0;
}
