/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcoproc: joining the microkernel.
 */
#include "lib/libcomsg/service_pools.h"
#include "ukernel/protocol/coproc.h"

#include <comesg/abi.h>
#include <comesg/cocall.h>
#include <comesg/coproc.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

/* The root, if the launcher did not choose another namespace. */
static _Atomic conamespace_t root_namespace;

/* Until when to wait while the microkernel starts. */
struct patience {
    bool none;
    const struct timespec *until; /* NULL: without limit */
};

static bool over(const struct patience *patience)
{
    struct timespec now;
    if (!patience->until)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > patience->until->tv_sec ||
           (now.tv_sec == patience->until->tv_sec && now.tv_nsec >= patience->until->tv_nsec);
}

/* Waits a moment for the name to be published, once at the start of a realm. */
static bool pause_for(const struct patience *patience)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    if (patience->none) {
        errno = EAGAIN;
        return false;
    }
    if (over(patience)) {
        errno = ETIMEDOUT;
        return false;
    }
    return nanosleep(&moment, NULL) == 0;
}

static bool find_coprocd(const struct patience *patience, cotarget_t *target)
{
    while (colookup(COPROC_NAME, target)) {
        if (errno != ENOENT || !pause_for(patience))
            return false;
    }
    return true;
}

static ssize_t ask(cotarget_t target, struct coproc_reply *reply, struct cocall_information *information,
                   const struct patience *patience)
{
    const struct coproc_request request = {COPROC_INIT};
    if (patience->none)
        return cocall_oob_nb(target, &request, sizeof request, reply, sizeof *reply, NULL, 0, information);
    return cocall_oob_until(target, &request, sizeof request, reply, sizeof *reply, NULL, 0, information,
                            patience->until);
}

static int drop_all(const struct coattachment_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        cohandle_close(set->array[i].handle);
    return -1;
}

/* What came is what this co-process has from now on. */
static void keep(const struct coattachment_set *set)
{
    cotarget_t pools[SERVICE_COUNT];
    conamespace_t old = root_namespace;
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        pools[i] = set->array[i].handle;
    if (set->count > SERVICE_COUNT &&
        (cohandle_kind(old) == COHANDLE_NAMESPACE ||
         !atomic_compare_exchange_strong(&root_namespace, &old, set->array[SERVICE_COUNT].handle)))
        cohandle_close(set->array[SERVICE_COUNT].handle);
    comesg_join(pools);
}

static int join(const struct patience *patience)
{
    struct coattachment attachments[SERVICE_COUNT + 1];
    struct cocall_information information = {.size = sizeof information,
                                             .attachments = {.array = attachments, .capacity = SERVICE_COUNT + 1}};
    const struct coattachment_set *set = &information.attachments;
    struct coproc_reply reply = {0};
    cotarget_t target;
    if (!find_coprocd(patience, &target))
        return -1;
    ssize_t length = ask(target, &reply, &information, patience);
    if (length < 0)
        return -1;
    if (set->dropped) {
        errno = EDQUOT;
        return drop_all(set);
    }
    if ((size_t)length < sizeof reply || reply.error || set->count < SERVICE_COUNT) {
        errno = reply.error ? reply.error : ENOLINK;
        return drop_all(set);
    }
    keep(set);
    return 0;
}

/* What the launcher chose. The handle may have been closed since. */
static conamespace_t chosen_namespace(conamespace_t chosen)
{
    if (chosen && cohandle_kind(chosen) == COHANDLE_NAMESPACE)
        return chosen;
    errno = EACCES;
    return 0;
}

static conamespace_t init(const struct patience *patience)
{
    conamespace_t chosen = 0;
    bool has_chosen = syscall(COMESG_CALL_COROOT, &chosen) == 1;
    if (comesg_joined()) {
        conamespace_t known = root_namespace;
        if (has_chosen)
            return chosen_namespace(chosen);
        if (known && cohandle_kind(known) == COHANDLE_NAMESPACE)
            return known;
    }
    if (join(patience))
        return 0;
    return has_chosen ? chosen_namespace(chosen) : root_namespace;
}

conamespace_t coproc_init_until(const struct timespec *abs_monotonic)
{
    const struct patience patience = {.until = abs_monotonic};
    if (abs_monotonic && (abs_monotonic->tv_nsec < 0 || abs_monotonic->tv_nsec > 999999999)) {
        errno = EINVAL;
        return 0;
    }
    return init(&patience);
}

conamespace_t coproc_init_nb(void)
{
    return init(&(struct patience){.none = true});
}

conamespace_t coproc_init(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 10;
    conamespace_t result = init(&(struct patience){.until = &until});
    if (!result && errno == ETIMEDOUT)
        errno = EAGAIN;
    return result;
}
