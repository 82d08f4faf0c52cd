/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The realm's record of deaths, the part of the core: reading it. Only the supervisor writes it (host/deaths.c).
 */
#include "core/deaths.h"
#include "core/derivation.h"
#include "core/kernel.h"

#include "comesg/call_options.h"

#include <stdatomic.h>

static int64_t check(const struct thread_block *block, uint64_t value, uint32_t right)
{
    struct handle handle;
    if (core_handle_read(block, value, &handle) || handle.kind != HANDLE_KIND_PRIVILEGED)
        return -EBADF;
    return handle.rights & right ? 0 : -EACCES;
}

/* Copies the oldest record behind `after`: false if there is none. What the supervisor has begun to write over is
 * looked for again. */
static bool read_record(const struct realm *realm, uint64_t after, struct codeath *record)
{
    const struct codeath *log = core_death_log(realm);
    for (;;) {
        uint64_t last = realm->deaths;
        if (after >= last)
            return false;
        uint64_t number = last - after > CODEATH_KEPT ? last - CODEATH_KEPT + 1 : after + 1;
        *record = log[number % CODEATH_KEPT];
        atomic_thread_fence(memory_order_acquire);
        if (realm->deaths_begun - number < CODEATH_KEPT)
            return true;
    }
}

/* -EINTR: the call is made again, or the program ends. */
static int64_t wait_for_record(const struct thread_block *block, uint64_t after, uint64_t deadline,
                               struct codeath *record)
{
    const struct realm *realm = block->coprocess->realm;
    for (;;) {
        uint32_t events = realm->death_events;
        if (read_record(realm, after, record))
            return 0;
        if (deadline == 0)
            return -EAGAIN;
        if (block->force_out)
            return -EINTR;
        if (deadline != COMESG_CALL_WITHOUT_LIMIT && core_now() >= deadline)
            return -ETIMEDOUT;
        if (futex_wait_until(&realm->death_events, events, deadline == COMESG_CALL_WITHOUT_LIMIT ? 0 : deadline) ==
            -EINTR)
            return -EINTR;
    }
}

/* arguments: handle, after, record, deadline: 0 does not wait. On the home thread. */
int64_t core_death_read(struct thread_block *block, const uint64_t *arguments)
{
    struct codeath record;
    int64_t error = check(block, arguments[0], CORIGHT_DEATHS);
    if (error)
        return error;
    if (core_fetch(block, &record, arguments[2], sizeof record))
        return -EFAULT;
    if (record.size != sizeof record)
        return -EINVAL;
    error = wait_for_record(block, arguments[1], arguments[3], &record);
    return error ? error : core_put(block, arguments[2], &record, sizeof record);
}

/* The supervisor does it: for it alone no identity becomes another's meanwhile. */
int64_t core_kill(struct thread_block *block, const uint64_t *arguments)
{
    const uint64_t request[REQUEST_ARGUMENTS] = {arguments[1]};
    int64_t error = check(block, arguments[0], CORIGHT_KILL);
    return error ? error : core_request(block, REQUEST_KILL, request);
}

/* arguments: handle, pid, where to store the identity. */
int64_t core_identify(struct thread_block *block, const uint64_t *arguments)
{
    const struct realm *realm = block->coprocess->realm;
    int64_t error = check(block, arguments[0], CORIGHT_DEATHS | CORIGHT_KILL);
    if (error)
        return error;
    for (uint32_t index = 0; index < realm->coprocess_limit; index++) {
        const struct coprocess *coprocess = core_coprocess_at(realm, index);
        uint64_t identity = core_coprocess_identity(coprocess);
        if (coprocess->pid != 0 && coprocess->pid == (int64_t)arguments[1] && coprocess->entered)
            return core_put(block, arguments[2], &identity, sizeof identity);
    }
    return -ESRCH;
}
