/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What services and clients of the stress test have in common.
 */
#ifndef COMESG_TESTS_CORE_STRESS_MEMBER_H
#define COMESG_TESTS_CORE_STRESS_MEMBER_H

#include "message.h"
#include "tests/core/programs/support.h"

#include <comesg/commap.h>
#include <comesg/copool.h>
#include <comesg/window.h>

/* Of each thread its own, like all that is written while it calls. */
static _Thread_local uint64_t random_state;

static inline uint64_t any(uint64_t below)
{
    return random_next(&random_state) % below;
}

static inline uint64_t nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* One line, at once; what is wrong is looked for by who runs this. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length > 0)
        (void)!write(1, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

/* Every member has a pipe with its pid in it, under the same numbers: whoever makes a system call as somebody else, on
 * whichever kernel thread, takes another's. */
static pid_t own_pid;
enum { OWN_READ = 3, OWN_WRITE = 4 };

static inline void take_identity(void)
{
    int ends[2];
    own_pid = getpid();
    if (pipe(ends) || ends[0] != OWN_READ || ends[1] != OWN_WRITE ||
        write(OWN_WRITE, &own_pid, sizeof own_pid) != sizeof own_pid)
        say("WRONG: %d: its pipe, errno %d\n", own_pid, errno);
}

/* One thread at a time. */
static inline void check_identity(void)
{
    pid_t found = 0, pid = getpid();
    if (read(OWN_READ, &found, sizeof found) != sizeof found || write(OWN_WRITE, &found, sizeof found) != sizeof found)
        say("WRONG: %d: using its pipe gave errno %d\n", own_pid, errno);
    if (found != own_pid || pid != own_pid)
        say("WRONG: %d: makes system calls as %d, with the files of %d\n", own_pid, pid, found);
}

/* A service by its number; it may have been started again since it was looked up. */
static _Thread_local cotarget_t targets[SERVICES];

static inline cotarget_t service(unsigned number)
{
    char name[16];
    snprintf(name, sizeof name, "service-%u", number);
    if (!targets[number] && colookup(name, &targets[number]))
        targets[number] = 0;
    return targets[number];
}

enum kind {
    CALL_PLAIN,
    CALL_UNTIL,
    CALL_NB,
    CALL_SLOW,
    CALL_SLOW_UNTIL,
    CALL_KINDS, /* from here on only those of clients: services must not wait for each other */
    CALL_POOL = CALL_KINDS,
    CALL_POOL_UNTIL,
    CALL_WITH_WINDOW,
    CALL_WITH_MEMORY,
    CLIENT_KINDS
};

/* A pool of all services that are known, made anew now and then: some have died and been started again. */
static inline cotarget_t pool_of_services(void)
{
    static _Thread_local cotarget_t pool;
    cotarget_t workers[SERVICES];
    size_t count = 0;
    if (pool && any(20))
        return pool;
    if (pool && copool_end(pool))
        say("WRONG: ending a pool gave errno %d\n", errno);
    if (pool && cohandle_close(pool))
        say("WRONG: closing the handle of a pool gave errno %d\n", errno);
    for (unsigned i = 0; i < SERVICES; i++) {
        if (service(i))
            workers[count++] = service(i);
    }
    pool = copool(workers, count, any(3) ? COPOOL_FAST : COPOOL_SLOW);
    if (!pool && errno != EBADF)
        say("WRONG: making a pool gave errno %d\n", errno);
    return pool;
}

/* With a memory object that begins with the first word of the request. */
static inline ssize_t call_with_memory(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    static _Thread_local comemory_t object;
    static _Thread_local uint64_t *memory;
    if (!object) {
        object = commap(PAGE, PROT_READ | PROT_WRITE);
        memory = object ? comap_attach(object, PROT_READ | PROT_WRITE) : NULL;
    }
    if (!memory) {
        say("WRONG: a memory object gave errno %d\n", errno);
        return -1;
    }
    memcpy(memory, out, sizeof *memory);
    struct coattachment attachment = {.handle = corestrict(object, CORIGHT_R)};
    if (!attachment.handle)
        say("WRONG: restricting a memory object gave errno %d\n", errno);
    ssize_t result = cocall_oob(target, out, outlen, in, inlen, &attachment, 1, NULL);
    int error = errno;
    if (any(2) ? corevoke(attachment.handle) : cohandle_close(attachment.handle))
        say("WRONG: ending a handle to memory gave errno %d\n", errno);
    errno = error;
    return result;
}

/* With a window into the request itself, which is revoked or closed afterwards. */
static inline ssize_t call_with_window(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    struct coattachment attachment = {
        .handle = cowindow((void *)(uintptr_t)out, sizeof(uint64_t), CORIGHT_R, COWINDOW_LASTING)};
    if (!attachment.handle)
        say("WRONG: cowindow gave errno %d\n", errno);
    ssize_t result = cocall_oob(target, out, outlen, in, inlen, &attachment, 1, NULL);
    int error = errno;
    if (any(2) ? corevoke(attachment.handle) : cohandle_close(attachment.handle))
        say("WRONG: ending a window gave errno %d\n", errno);
    errno = error;
    return result;
}

static inline ssize_t call_kind(enum kind kind, unsigned number, const void *out, size_t outlen, void *in, size_t inlen,
                                uint64_t deadline)
{
    const struct timespec time = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
    bool pooled = kind == CALL_POOL || kind == CALL_POOL_UNTIL;
    cotarget_t target = pooled ? pool_of_services() : service(number);
    ssize_t result;
    if (!target) {
        errno = ENOENT;
        return -1;
    }
    switch (kind) {
    case CALL_UNTIL:
    case CALL_POOL_UNTIL:
        result = cocall_until(target, out, outlen, in, inlen, &time);
        break;
    case CALL_NB:
        result = cocall_nb(target, out, outlen, in, inlen);
        break;
    case CALL_SLOW:
        result = cocall_slow(target, out, outlen, in, inlen);
        break;
    case CALL_SLOW_UNTIL:
        result = cocall_slow_until(target, out, outlen, in, inlen, &time);
        break;
    case CALL_WITH_WINDOW:
        result = call_with_window(target, out, outlen, in, inlen);
        break;
    case CALL_WITH_MEMORY:
        result = call_with_memory(target, out, outlen, in, inlen);
        break;
    default:
        result = cocall(target, out, outlen, in, inlen);
        break;
    }
    if (result < 0 && errno == ENOLINK)
        targets[number] = 0;
    return result;
}

/* True if a call of this kind may fail so. */
static inline bool may_fail(enum kind kind, int error, uint64_t deadline)
{
    switch (error) {
    case ENOLINK:
    case ENOENT:
        return true;
    case EBUSY:
        return kind == CALL_PLAIN || kind == CALL_SLOW || kind == CALL_POOL || kind == CALL_WITH_WINDOW ||
               kind == CALL_WITH_MEMORY;
    case EAGAIN:
        return kind == CALL_NB;
    case ETIMEDOUT:
        return (kind == CALL_UNTIL || kind == CALL_SLOW_UNTIL || kind == CALL_POOL_UNTIL) && nanoseconds() >= deadline;
    default:
        return false;
    }
}

#endif
