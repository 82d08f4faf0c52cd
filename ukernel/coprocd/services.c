/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What belongs to a service and outlives it is made here once and given to it at each start, so that the handles of its
 * clients go on working.
 */
#include "ukernel/coprocd/services.h"

#include "ukernel/protocol/closings.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>
#include <comesg/copool.h>
#include <comesg/coprivileged.h>
#include <comesg/microkernel.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* More restarts than this within this time are in vain. */
enum { RESTARTS_MAX = 5, RESTARTS_SECONDS = 10 };

static const struct service_kind {
    const char *program;
    bool has_state;                            /* that survives it */
    uint32_t seals[VECTOR_SIZE - VECTOR_SEAL]; /* what it mints or reads: kinds */
} kinds[SERVICE_COUNT] = {
    [SERVICE_NAMES] = {"nsd", true, {COHANDLE_NAMESPACE, COHANDLE_OBJECT, COHANDLE_RESERVATION}},
    [SERVICE_SERVICES] = {"coserviced", true, {COHANDLE_SERVICE}},
    [SERVICE_EVENTS] = {"coeventd", true, {COHANDLE_EVENT, COHANDLE_CALLBACK, COHANDLE_PORT}},
    [SERVICE_PORTS] = {"ipcd", false, {COHANDLE_PORT}},
};

static struct {
    pid_t pid;
    uint64_t identity; /* of the co-process; 0: it had ended before we could ask */
    cotarget_t client_pool;
    cohandle_t vector[VECTOR_SIZE];
    time_t restarts[RESTARTS_MAX]; /* seconds of CLOCK_MONOTONIC, the oldest one at `next` */
    unsigned next;
} services[SERVICE_COUNT];

static cohandle_t seals[COHANDLE_CALLBACK + 1]; /* by kind */
static conamespace_t root;
static cohandle_t privileged;
static const char *services_folder;
static bool tells;

/* Drops the message if standard error would make us wait: it may be a pipe that a program has filled. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    struct pollfd output = {.fd = STDERR_FILENO, .events = POLLOUT};
    va_list arguments;
    va_start(arguments, format);
    if (poll(&output, 1, 0) == 1 && (output.revents & POLLOUT))
        vdprintf(STDERR_FILENO, format, arguments);
    va_end(arguments);
}

static bool fail(const char *what)
{
    say("coprocd: cannot %s: %s\n", what, strerror(errno));
    return false;
}

static bool make_seals(void)
{
    for (uint32_t kind = COHANDLE_PORT; kind <= COHANDLE_CALLBACK; kind++) {
        seals[kind] = comint_seal(kind);
        if (!seals[kind])
            return false;
    }
    root = comint(seals[COHANDLE_NAMESPACE], ROOT_NAMESPACE_BADGE, CORIGHT_WR, 0);
    return root != 0;
}

static bool prepare(enum service service)
{
    const struct service_kind *kind = &kinds[service];
    cohandle_t *vector = services[service].vector;
    vector[VECTOR_POOL] = copool(NULL, 0, COPOOL_FAST);
    vector[VECTOR_STATE] = kind->has_state ? commap(SERVICE_STATE_SIZE, PROT_READ | PROT_WRITE) : 0;
    vector[VECTOR_VAULT] = covault();
    vector[VECTOR_PRIVILEGED] = privileged;
    for (size_t i = 0; i < VECTOR_SIZE - VECTOR_SEAL; i++)
        vector[VECTOR_SEAL + i] = seals[kind->seals[i]];
    if (!vector[VECTOR_POOL] || !vector[VECTOR_VAULT] || (kind->has_state && !vector[VECTOR_STATE]))
        return false;
    services[service].client_pool = corestrict(vector[VECTOR_POOL], CORIGHT_CALL);
    return services[service].client_pool != 0;
}

/* ipcd and coeventd share a memory object. */
static bool prepare_closings(void)
{
    cohandle_t closings = commap(sizeof(struct port_closings), PROT_READ | PROT_WRITE);
    services[SERVICE_PORTS].vector[PORTS_CLOSINGS] = closings;
    services[SERVICE_EVENTS].vector[EVENTS_CLOSINGS] = closings;
    return closings != 0;
}

bool services_prepare(cohandle_t privileged_handle)
{
    privileged = corestrict(privileged_handle, CORIGHT_DEATHS); /* nobody is to be ended from here */
    if (!privileged || cohandle_close(privileged_handle))
        return fail("use the handle that it was given");
    if (!make_seals()) {
        if (errno == EPERM)
            say("coprocd: a realm has one microkernel, which comesg run starts\n");
        return errno != EPERM && fail("make seals");
    }
    for (enum service service = 0; service < SERVICE_COUNT; service++) {
        if (!prepare(service))
            return fail("make what a service needs");
    }
    return prepare_closings() || fail("make memory for closed ports");
}

/* A service gets nothing but its handles and, for messages, standard error. */
static bool start(enum service service)
{
    static const struct coexec_descriptor messages = {STDERR_FILENO, STDERR_FILENO};
    const struct coexec_options options = {
        .size = sizeof options,
        .flags = COEXEC_MICROKERNEL | COEXEC_NAMESPACE | COEXEC_NO_PUBLISH | COEXEC_SYSTEM_CALLS | COEXEC_DESCRIPTORS,
        .system_calls = COEXEC_CALLS_NONE,
        .descriptors = &messages,
        .descriptor_count = fcntl(STDERR_FILENO, F_GETFD) < 0 ? 0 : 1,
        .handles = services[service].vector,
        .handle_count = VECTOR_SIZE,
    };
    char path[PATH_MAX], *const arguments[] = {(char *)kinds[service].program, NULL};
    snprintf(path, sizeof path, "%s/%s", services_folder, kinds[service].program);
    services[service].pid = coexecve_with(path, arguments, NULL, &options);
    if (services[service].pid < 0)
        return fail(path);
    if (coidentify(privileged, services[service].pid, &services[service].identity))
        services[service].identity = 0;
    if (tells)
        say("coprocd: %s started with pid %d\n", path, services[service].pid);
    return true;
}

/* Waits for its first answer: to a request that it does not know. */
static bool await(enum service service)
{
    enum { MILLISECONDS = 10000 };
    const struct timespec moment = {.tv_nsec = 1000000};
    const uint32_t unknown = UINT32_MAX;
    int32_t reply;
    for (int i = 0; i < MILLISECONDS; i++) {
        if (cocall(services[service].client_pool, &unknown, sizeof unknown, &reply, sizeof reply) >= 0)
            return true;
        nanosleep(&moment, NULL);
    }
    say("coprocd: %s does not serve\n", kinds[service].program);
    return false;
}

bool services_start(const char *folder, bool verbose)
{
    services_folder = folder;
    tells = verbose;
    for (enum service service = 0; service < SERVICE_COUNT; service++) {
        if (!start(service))
            return false;
    }
    for (enum service service = 0; service < SERVICE_COUNT; service++) {
        if (!await(service))
            return false;
    }
    return true;
}

/* False if it has been restarted too often lately. */
static bool note_restart(enum service service)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    time_t *oldest = &services[service].restarts[services[service].next];
    if (*oldest && now.tv_sec - *oldest < RESTARTS_SECONDS)
        return false;
    *oldest = now.tv_sec;
    services[service].next = (services[service].next + 1) % RESTARTS_MAX;
    return true;
}

static bool restart(enum service service)
{
    if (note_restart(service))
        return start(service);
    say("coprocd: %s has ended more than %d times in %d seconds\n", kinds[service].program, RESTARTS_MAX,
        RESTARTS_SECONDS);
    return false;
}

static bool is_of(const struct codeath *record, enum service service)
{
    uint64_t identity = services[service].identity;
    return identity ? identity == record->identity : services[service].pid == record->pid;
}

/* False if a service cannot be started again. Where records are missing, all services are looked at. */
static bool handle_death(const struct codeath *record, bool missing)
{
    for (enum service service = 0; service < SERVICE_COUNT; service++) {
        bool ended = is_of(record, service) ||
                     (missing && services[service].identity && coalive(services[service].identity) == 0);
        if (ended && !restart(service))
            return false;
    }
    return true;
}

void services_watch(void)
{
    struct codeath record = {.size = sizeof record};
    uint64_t seen = 0;
    do {
        if (codeath(privileged, seen, &record)) {
            fail("hear of deaths");
            return;
        }
        bool missing = record.sequence != seen + 1;
        seen = record.sequence;
        if (!handle_death(&record, missing))
            return;
    } while (true);
}

cotarget_t services_pool(enum service service)
{
    return services[service].client_pool;
}

conamespace_t services_root(void)
{
    return root;
}
