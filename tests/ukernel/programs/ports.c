/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every call on ports, its results and errors, within one co-process; with the argument `named`, those that name ports.
 */
#include "tests/ukernel/programs/started.h"

#include <comesg/coexec.h>
#include <comesg/comsg.h>
#include <comesg/window.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>

static conamespace_t root;

static bool refused(cohandle_t result, int error)
{
    return result == 0 && errno == error;
}

static bool failed(ssize_t result, int error)
{
    if (result == -1 && errno == error)
        return true;
    printf("# result %zd, errno %d (%s), not %d\n", result, errno, strerror(errno), error);
    return false;
}

static struct timespec after(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += milliseconds % 1000 * 1000000;
    time.tv_sec += milliseconds / 1000 + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static const struct timespec no_time = {.tv_sec = 1, .tv_nsec = 1000000000};

static bool receives(coport_t port, const char *expected)
{
    char buffer[256];
    void *into = buffer;
    ssize_t length = corecv_nb(port, &into, sizeof buffer);
    bool same = length == (ssize_t)strlen(expected) && (length == 0 || memcmp(into, expected, (size_t)length) == 0);
    if (length > 0 && into != buffer)
        coport_msg_free(port, into);
    return same;
}

static uint32_t events(coport_t port)
{
    pollcoport_t poll = {.coport = port, .events = COPOLL_IN | COPOLL_OUT};
    return copoll_nb(&poll, 1) < 0 ? UINT32_MAX : poll.revents;
}

static void opening(void)
{
    struct coport_options options = {.size = sizeof options};
    ok(refused(open_coport(0), EINVAL) && refused(open_coport(4), EINVAL), "no such type");
    ok(refused(open_coport_with(COPIPE, &(struct coport_options){.size = 8}), EINVAL), "size of the options");
    ok(refused(open_coport_with(COPIPE, (void *)(REGION_SIZE - 8)), EFAULT), "options outside the region");
    options.ring_size = 63;
    ok(refused(open_coport_with(COCHANNEL, &options), EINVAL), "a ring too small");
    options.ring_size = (1 << 20) + 1;
    ok(refused(open_coport_with(COCHANNEL, &options), EINVAL), "a ring too large");
    options.arena_size = 65535;
    ok(refused(open_coport_with(COCARRIER, &options), EINVAL), "an arena too small");
    options.arena_size = (1UL << 30) + 1;
    ok(refused(open_coport_with(COCARRIER, &options), EINVAL), "an arena too large");
    options.arena_size = 65536;
    options.depth = 65537;
    ok(refused(open_coport_with(COCARRIER, &options), EINVAL), "a queue too deep");
    for (int type = COPIPE; type <= COCHANNEL; type++) {
        coport_t port = open_coport(type);
        ok(port && cohandle_kind(port) == COHANDLE_PORT && coport_gettype(port) == type, "type %d", type);
        ok(refused(corestrict(port, CORIGHT_CALL), EINVAL), "its rights");
        coport_t weak = corestrict(port, CORIGHT_SEND);
        ok(failed(coclose(weak), EACCES), "coclose needs both rights");
        ok(coclose(port) == 0 && failed(coclose(port), EPIPE), "coclose, once");
        ok(events(port) == (COPOLL_CLOSED | COPOLL_RERR | COPOLL_WERR), "what holds then");
        cohandle_close(port);
        ok(coport_gettype(weak) == type && cohandle_close(weak) == 0 && failed(coport_gettype(weak), EBADF),
           "coport_gettype");
    }
    ok(failed(coclose(12345), EBADF) && failed(coport_gettype(root), EBADF), "what is no port");
}

static void named(void)
{
    coport_t one = open_named_coport("one", COCHANNEL, root), two = open_named_coport("one", COCHANNEL, root);
    ok(one && two && one != two && cosend(one, "via", 3) == 3 && receives(two, "via"), "one port by its name");
    ok(refused(open_named_coport("one", COPIPE, root), EEXIST), "not as another type");
    ok(refused(open_named_coport("bad/", COPIPE, root), EINVAL) && refused(open_named_coport("one", 9, root), EINVAL),
       "bad arguments");
    conamespace_t weak = corestrict(root, CORIGHT_RO);
    coport_t three = open_named_coport("one", COCHANNEL, weak);
    ok(three && refused(open_named_coport("new", COCHANNEL, weak), EACCES), "RO opens, and makes none");
    conamespace_t child = cocreate("child", PUBLIC, root);
    ok(child && refused(open_named_coport("child", COCHANNEL, root), EEXIST), "the name of something else");
    coport_t sender = corestrict(one, CORIGHT_SEND);
    coobject_t object = coinsert("sender", COPORT, sender, root);
    coport_t found = open_named_coport("sender", COCHANNEL, root);
    ok(object && found && cosend(found, "x", 1) == 1 && failed(corecv(found, &(void *){NULL}, 1), EACCES),
       "rights as the object gives");
}

static void channel(void)
{
    struct coport_options options = {.size = sizeof options, .ring_size = 100};
    char bytes[256] = "abcdefgh", buffer[256];
    void *into = buffer;
    coport_t port = open_coport_with(COCHANNEL, &options);
    ok(failed(corecv(port, &into, 10), EAGAIN) && events(port) == COPOLL_OUT, "empty");
    ok(cosend(port, bytes, 0) == 0 && corecv(port, &into, 0) == 0, "nothing");
    ok(cosend(port, "abc", 3) == 3 && cosend_nb(port, "def", 3) == 3 && receives(port, "abcdef"), "a stream of bytes");
    ok(cosend(port, bytes, 100) == 100 && cosend(port, bytes, 100) == 28 && failed(cosend(port, bytes, 1), EAGAIN),
       "the size is rounded up; long sends are cut");
    ok(events(port) == COPOLL_IN, "full");
    ok(corecv(port, &into, 64) == 64 && events(port) == (COPOLL_IN | COPOLL_OUT), "half of it");
    struct timespec soon = after(20);
    ok(cosend(port, bytes, 64) == 64 && failed(cosend_until(port, bytes, 1, &soon), ETIMEDOUT), "waiting for room");
    ok(corecv_until(port, &into, 200, &soon) == 128, "the time does not matter where nothing is waited for");
    ok(failed(corecv_until(port, &into, 1, &soon), ETIMEDOUT), "a time in the past");
    ok(failed(corecv_until(port, &into, 1, &no_time), EINVAL) && failed(cosend_until(port, bytes, 1, &no_time), EINVAL),
       "no time");
    ok(failed(cosend_oob(port, bytes, 1, NULL, 0), EOPNOTSUPP) &&
           failed(corecv_oob(port, &into, 1, NULL), EOPNOTSUPP) && failed(coport_msg_free(port, bytes), EOPNOTSUPP),
       "no attachments, nothing to free");
    ok(failed(cosend(port, (void *)(REGION_SIZE - 1), 2), EFAULT), "a buffer that is none");
    ok(cosend(port, "rest", 4) == 4 && coclose(port) == 0 && failed(cosend(port, "x", 1), EPIPE), "closed");
    ok(events(port) == (COPOLL_CLOSED | COPOLL_IN | COPOLL_WERR), "something is left");
    ok(receives(port, "rest") && failed(corecv(port, &into, 1), EPIPE), "then nothing");
    cohandle_close(port);
    ok(failed(cosend(port, "x", 1), EBADF) && failed(corecv(port, &into, 1), EBADF), "no handle");
}

static void carrier(void)
{
    char *large = malloc(COCARRIER_MESSAGE_MAX + 1);
    void *message = large;
    coport_t port = open_coport(COCARRIER);
    need(large != NULL && port, "a carrier");
    memset(large, 'l', COCARRIER_MESSAGE_MAX + 1);
    ok(failed(corecv(port, &message, 0), EAGAIN) && events(port) == COPOLL_OUT, "empty");
    ok(cosend(port, "first", 5) == 5 && cosend_nb(port, NULL, 0) == 0 && cosend(port, "third", 5) == 5, "sent");
    ok(events(port) == (COPOLL_IN | COPOLL_OUT), "what holds");
    ok(failed(corecv(port, &message, 4), EMSGSIZE), "longer than wanted");
    ok(corecv(port, &message, 5) == 5 && memcmp(message, "first", 5) == 0, "it stays queued");
    void *first = message;
    ok(corecv(port, &message, 0) == 0 && message == NULL, "an empty message");
    ok(failed(coport_msg_free(port, (char *)first + 128), EINVAL) &&
           failed(coport_msg_free(port, (char *)first + 1), EINVAL) && failed(coport_msg_free(port, large), EINVAL) &&
           coport_msg_free(port, NULL) == 0,
       "what is not to be freed");
    ok(cocopy(COCOPY_OWN, (uintptr_t)first, COCOPY_OWN, (uintptr_t)large, 1) < 0 && errno == EFAULT,
       "messages cannot be written");
    ok(coport_msg_free(port, first) == 0 && failed(coport_msg_free(port, first), EINVAL), "freed once");
    ok(receives(port, "third"), "the next");
    ok(failed(cosend(port, large, COCARRIER_MESSAGE_MAX + 1), EMSGSIZE), "too long");
    ok(cosend(port, large, COCARRIER_MESSAGE_MAX) == COCARRIER_MESSAGE_MAX &&
           corecv(port, &message, 0) == COCARRIER_MESSAGE_MAX && memcmp(message, large, COCARRIER_MESSAGE_MAX) == 0,
       "the longest");
    large[0] = 'x';
    ok(*(char *)message == 'l', "later changes do not show");
    ok(cosend(port, message, 100000) == 100000, "a message received is sent on");
    void *again = NULL;
    ok(corecv(port, &again, 0) == 100000 && memcmp(again, message, 100000) == 0, "and arrives");
    ok(cosend(port, "constant", 8) == 8 && receives(port, "constant"), "constants are sent");
    coport_msg_free(port, message);
    coport_msg_free(port, again);
    ok(failed(cosend(port, (void *)(REGION_SIZE - 1), 2), EFAULT) &&
           failed(cosend(port, make_edge(PAGE) - 1, 2), EFAULT) &&
           failed(cosend(port, make_edge(32 * PAGE) - 20 * PAGE, 20 * PAGE + 1), EFAULT) && events(port) == COPOLL_OUT,
       "buffers that are none");
    coport_t sender = corestrict(port, CORIGHT_SEND), receiver = corestrict(port, CORIGHT_RECV);
    ok(failed(corecv(sender, &message, 0), EACCES) && failed(cosend(receiver, "x", 1), EACCES) &&
           failed(coport_msg_free(sender, message), EACCES),
       "rights");
    ok(events(sender) == (COPOLL_OUT | COPOLL_RERR) && events(receiver) == COPOLL_WERR, "what holds with few rights");
    ok(cosend(sender, "by two", 6) == 6 && receives(receiver, "by two"), "handles to one port");
    struct timespec soon = after(20);
    ok(failed(corecv_until(port, &message, 0, &soon), ETIMEDOUT), "waiting for a message");
    ok(failed(corecv_until(port, &message, 0, &no_time), EINVAL), "no time");
    ok(cosend(port, "left", 4) == 4 && coclose(port) == 0 && failed(cosend(port, "x", 1), EPIPE), "closed");
    ok(events(port) == (COPOLL_CLOSED | COPOLL_IN | COPOLL_WERR), "something is left");
    ok(corecv(port, &message, 0) == 4 && failed(corecv(port, &again, 0), EPIPE), "then nothing");
    ok(memcmp(message, "left", 4) == 0 && coport_msg_free(port, message) == 0, "its memory stays until it is freed");
    free(large);
}

static void depth_and_arena(void)
{
    struct coport_options options = {.size = sizeof options, .arena_size = 65536, .depth = 3};
    static char block[65537];
    void *message;
    coport_t port = open_coport_with(COCARRIER, &options);
    ok(cosend(port, "1", 1) == 1 && cosend(port, "2", 1) == 1 && cosend(port, "3", 1) == 1 &&
           failed(cosend(port, "4", 1), EAGAIN) && events(port) == COPOLL_IN,
       "the queue is full");
    ok(receives(port, "1") && cosend(port, "4", 1) == 1 && receives(port, "2") && receives(port, "3") &&
           receives(port, "4"),
       "first in, first out");
    ok(failed(cosend(port, block, 65537), EMSGSIZE) && cosend(port, block, 65536) == 65536 &&
           failed(cosend(port, "x", 1), EAGAIN),
       "the arena is full");
    struct timespec soon = after(20);
    ok(failed(cosend_until(port, "x", 1, &soon), ETIMEDOUT), "waiting for room");
    ok(corecv(port, &message, 0) == 65536 && failed(cosend(port, "x", 1), EAGAIN), "also by what is not freed");
    ok(coport_msg_free(port, message) == 0 && cosend(port, block, 65536) == 65536, "room again");
    cohandle_close(port);
    options = (struct coport_options){.size = sizeof options, .arena_size = 16 << 20, .depth = 65536};
    port = open_coport_with(COCARRIER, &options);
    bool good = true;
    for (uint32_t i = 0; good && i < 65536; i++)
        good = cosend(port, &i, sizeof i) == sizeof i;
    ok(good && failed(cosend(port, "x", 1), EAGAIN), "65536 messages");
    for (uint32_t i = 0; good && i < 65536; i++)
        good = corecv(port, &message, 0) == sizeof i && memcmp(message, &i, sizeof i) == 0 &&
               coport_msg_free(port, message) == 0;
    ok(good, "in order");
    cohandle_close(port);
}

static void random_sizes(void)
{
    enum { LIVE = 40, STEPS = 4000 };
    static struct {
        char *message;
        size_t length;
        char fill;
    } live[LIVE];
    static char block[200000];
    uint32_t seed = 12345, refused_sends = 0;
    bool good = true;
    coport_t port = open_coport_with(
        COCARRIER, &(struct coport_options){.size = sizeof(struct coport_options), .arena_size = 1 << 20});
    for (int step = 0; good && step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        unsigned i = seed >> 8 & 31;
        size_t length = seed & 64 ? seed >> 16 : seed >> 24;
        if (live[i].message) {
            for (size_t at = 0; at < live[i].length; at++)
                good = good && live[i].message[at] == live[i].fill;
            good = good && coport_msg_free(port, live[i].message) == 0;
            live[i].message = NULL;
            continue;
        }
        memset(block, (char)step, length);
        ssize_t sent = cosend(port, block, length);
        refused_sends += sent < 0;
        if (sent < 0) {
            good = errno == EAGAIN;
            continue;
        }
        void *message;
        good = corecv(port, &message, 0) == (ssize_t)length;
        live[i].message = message;
        live[i].length = length;
        live[i].fill = (char)step;
    }
    for (unsigned i = 0; i < LIVE; i++) {
        if (live[i].message)
            good = coport_msg_free(port, live[i].message) == 0 && good;
    }
    ok(good, "messages of random sizes keep apart (%u found no room)", refused_sends);
    ok(cosend(port, block, sizeof block) == sizeof block && events(port) == (COPOLL_IN | COPOLL_OUT),
       "all is free again");
    cohandle_close(port);
}

static coport_t small_carrier(void)
{
    const struct coport_options options = {.size = sizeof options, .arena_size = 65536, .depth = 1000};
    return open_coport_with(COCARRIER, &options);
}

static size_t fill_carrier(coport_t port, size_t length)
{
    static const char block[65536];
    size_t count = 0;
    while (cosend(port, block, length) == (ssize_t)length)
        count++;
    return errno == EAGAIN ? count : 0;
}

static bool empty_carrier(coport_t port, size_t count)
{
    void *message;
    while (count > 0 && corecv(port, &message, 0) > 0 && coport_msg_free(port, message) == 0)
        count--;
    return count == 0;
}

static void *send_large(void *port)
{
    static const char block[65536];
    return (void *)(intptr_t)(cosend_until(*(coport_t *)port, block, 50000, NULL) == 50000);
}

/* What a receiver has freed, and not told, is room for whoever sends. */
static void freed(void)
{
    static const size_t lengths[] = {1, 100, 4000, 20000, 32768, 65536};
    void *message, *held, *sent = NULL;
    pthread_t thread;
    bool good = true;
    coport_t port;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        port = small_carrier();
        size_t count = fill_carrier(port, lengths[i]);
        good = good && count >= 65536 / (lengths[i] + 128) && empty_carrier(port, count);
        for (int round = 0; good && round < 5; round++)
            good = fill_carrier(port, lengths[i]) == count && empty_carrier(port, count);
        cohandle_close(port);
    }
    ok(good, "the whole arena is free again and again");
    port = small_carrier();
    coport_t copy = codup(port);
    ok(cosend(port, "a", 1) == 1 && cosend(port, "b", 1) == 1 && corecv(port, &message, 0) == 1 &&
           corecv(port, &held, 0) == 1 && coport_msg_free(port, message) == 0 &&
           failed(coport_msg_free(copy, message), EINVAL) && failed(coport_msg_free(port, message), EINVAL),
       "freed once, by whichever handle");
    ok(cosend(port, "c", 1) == 1 && receives(copy, "c") && memcmp(held, "b", 1) == 0 &&
           coport_msg_free(copy, held) == 0,
       "and not what came after it");
    ok(fill_carrier(port, 20000) == 3 && corecv(port, &message, 0) == 20000 && empty_carrier(port, 2), "one is held");
    need(pthread_create(&thread, NULL, send_large, &port) == 0, "a thread");
    pause_milliseconds(20);
    ok(coport_msg_free(port, message) == 0 && pthread_join(thread, &sent) == 0 && sent && empty_carrier(port, 1),
       "who waits for room goes on when it is freed");
    cohandle_close(copy);
    cohandle_close(port);
    for (int i = 0; good && i < 600; i++) {
        port = small_carrier();
        good = fill_carrier(port, 4000) == 16 && empty_carrier(port, 16) && cohandle_close(port) == 0;
    }
    ok(good, "with more ports, one after the other, than arenas are attached");
}

static cotarget_t callee;

/* Serves calls that name a port: waits for a message there. */
static void *wait_in_call(void *nothing)
{
    int32_t result = 0;
    coport_t port = 0;
    need(coregister(NULL, NULL, &callee) == 0, "a target");
    while (coaccept(NULL, &result, sizeof result, &port, sizeof port) == sizeof port && port) {
        char byte;
        void *into = &byte;
        ssize_t received = corecv_until(port, &into, 1, NULL);
        result = received < 0 ? errno : 0;
        if (received > 0 && into != &byte)
            coport_msg_free(port, into);
    }
    return nothing;
}

static int32_t call_to_wait(coport_t port, bool slow)
{
    int32_t result = -1;
    ssize_t length = slow ? cocall_slow(callee, &port, sizeof port, &result, sizeof result)
                          : cocall(callee, &port, sizeof port, &result, sizeof result);
    return length == sizeof result ? result : -1;
}

static void *send_soon(void *port)
{
    pause_milliseconds(20);
    return (void *)(intptr_t)(cosend_until(*(coport_t *)port, "x", 1, NULL) == 1);
}

/* The caller waits for a callee that waits for a message that nobody else could send. */
static void vain(int type)
{
    pthread_t thread, sender;
    void *sent = NULL;
    coport_t port = open_coport(type);
    cohandle_close(open_coport(COPIPE)); /* ipcd has the handle that it gave last until it is asked again */
    callee = 0;
    need(port && pthread_create(&thread, NULL, wait_in_call, NULL) == 0, "a thread");
    do {
        pause_milliseconds(1);
    } while (!callee || call_to_wait(port, false) == -1);
    ok(call_to_wait(port, false) == EDEADLK && call_to_wait(port, true) == EDEADLK, "type %d: waiting in vain", type);
    need(pthread_create(&sender, NULL, send_soon, &port) == 0, "a thread");
    ok(call_to_wait(port, false) == 0 && pthread_join(sender, &sent) == 0 && sent, "type %d: not if somebody sends",
       type);
    coport_t end = 0;
    cocall(callee, &end, sizeof end, NULL, 0);
    pthread_join(thread, NULL);
    cohandle_close(port);
}

static struct {
    coport_t question, answer;
} exchange;

static bool passes(coport_t port)
{
    const struct timespec limit = after(20000);
    void *message;
    return corecv_until(port, &message, 0, &limit) == 1 && coport_msg_free(port, message) == 0;
}

static void *answer_questions(void *nothing)
{
    while (passes(exchange.question))
        cosend(exchange.answer, "a", 1);
    return nothing;
}

/* Serves calls: asks, and waits for the answer on the kernel thread of its caller. */
static void *ask_in_call(void *nothing)
{
    int32_t good = 0;
    char byte;
    need(coregister(NULL, NULL, &callee) == 0, "a target");
    while (coaccept(NULL, &good, sizeof good, &byte, sizeof byte) == 1)
        good = cosend(exchange.question, "q", 1) == 1 && passes(exchange.answer);
    return nothing;
}

static void callee_asks(void)
{
    enum { ROUNDS = 10 };
    pthread_t asks, answers;
    int count = 0;
    exchange.question = open_coport(COCARRIER);
    exchange.answer = open_coport(COCARRIER);
    callee = 0;
    need(pthread_create(&answers, NULL, answer_questions, NULL) == 0, "a thread");
    need(pthread_create(&asks, NULL, ask_in_call, NULL) == 0, "a thread");
    for (int32_t good = 1; good && count < ROUNDS; count += good) {
        pause_milliseconds(5); /* now who answers sleeps */
        while (!callee || cocall(callee, "q", 1, &good, sizeof good) != sizeof good)
            pause_milliseconds(1);
    }
    ok(count == ROUNDS, "a callee wakes who is to answer before it waits for that");
    cocall(callee, NULL, 0, NULL, 0);
    coclose(exchange.question);
    pthread_join(asks, NULL);
    pthread_join(answers, NULL);
    cohandle_close(exchange.question);
    cohandle_close(exchange.answer);
}

static void attachments(void)
{
    coport_t port = open_coport(COCARRIER), other = open_coport(COCHANNEL);
    struct coattachment sent[2] = {{.handle = other}, {.kind = COHANDLE_PORT, .handle = other}}, received[2];
    struct coattachment_set set = {.array = received, .capacity = 2};
    void *message;
    ok(cosend_oob(port, "with", 4, sent, 2) == 4 && corecv_oob(port, &message, 0, &set) == 4 && set.count == 2 &&
           set.dropped == 0 && memcmp(message, "with", 4) == 0,
       "a message with handles");
    ok(received[0].kind == COHANDLE_PORT && received[0].handle != other && received[0].handle != received[1].handle &&
           cosend(received[0].handle, "there", 5) == 5 && receives(other, "there"),
       "they work");
    coport_msg_free(port, message);
    cohandle_close(received[0].handle);
    cohandle_close(received[1].handle);
    set.capacity = 1;
    ok(cosend_oob(port, "x", 1, sent, 2) == 1 && corecv_oob(port, &message, 0, &set) == 1 && set.count == 1 &&
           set.dropped == 1 && cohandle_close(received[0].handle) == 0,
       "too many");
    coport_msg_free(port, message);
    ok(cosend_oob(port, "y", 1, sent, 2) == 1 && receives(port, "y"), "corecv drops them");
    ok(failed(cosend_oob(port, "x", 1, sent, COATTACHMENT_MAX + 1), EINVAL), "more than a message can carry");
    sent[1].handle = 999;
    ok(failed(cosend_oob(port, "x", 1, sent, 2), EBADF) && events(port) == COPOLL_OUT, "what is no handle");
    coport_t copy = codup(other);
    sent[0].handle = copy;
    set.capacity = 2;
    ok(cosend_oob(port, "held", 4, sent, 1) == 4 && cohandle_close(copy) == 0 &&
           corecv_oob_nb(port, &message, 0, &set) == 4 && set.count == 1 &&
           cosend(received[0].handle, "held", 4) == 4 && receives(other, "held"),
       "what was attached is held by the message");
    bool good = true;
    for (int i = 0; good && i < 5000; i++) {
        sent[0].handle = other;
        good = cosend_oob(port, "again", 5, sent, 1) == 5 && corecv_oob(port, &message, 0, &set) == 5 &&
               set.count == 1 && cohandle_close(received[0].handle) == 0 && coport_msg_free(port, message) == 0;
    }
    ok(good, "nothing of it stays behind");
    cohandle_close(port);
    cohandle_close(other);
}

static void *send_later(void *argument)
{
    pause_milliseconds(20);
    cosend(*(coport_t *)argument, "later", 5);
    return NULL;
}

static void *close_later(void *argument)
{
    pause_milliseconds(20);
    coclose(*(coport_t *)argument);
    return NULL;
}

static void *receive_later(void *argument)
{
    char buffer[100];
    void *into = buffer;
    pause_milliseconds(20);
    ssize_t length = corecv(*(coport_t *)argument, &into, sizeof buffer);
    if (length > 0 && into != buffer)
        coport_msg_free(*(coport_t *)argument, into);
    return NULL;
}

static pthread_t start(void *run(void *), coport_t *port)
{
    pthread_t thread;
    need(pthread_create(&thread, NULL, run, port) == 0, "a thread");
    return thread;
}

static void rendezvous(void)
{
    char buffer[100];
    void *into = buffer;
    coport_t port = open_coport(COPIPE);
    struct timespec soon = after(20);
    ok(failed(cosend_nb(port, "x", 1), EAGAIN) && failed(corecv_nb(port, &into, 1), EAGAIN) && events(port) == 0,
       "nobody is there");
    ok(failed(cosend_until(port, "x", 1, &soon), ETIMEDOUT) && failed(corecv_until(port, &into, 1, &soon), ETIMEDOUT) &&
           events(port) == 0,
       "nobody comes");
    pthread_t thread = start(send_later, &port);
    ok(corecv(port, &into, sizeof buffer) == 5 && memcmp(buffer, "later", 5) == 0, "a receiver waits");
    pthread_join(thread, NULL);
    thread = start(receive_later, &port);
    ok(cosend(port, "late", 4) == 4, "a sender waits");
    pthread_join(thread, NULL);
    thread = start(receive_later, &port);
    while (!(events(port) & COPOLL_OUT))
        sched_yield();
    static char large[101];
    ok(failed(cosend(port, large, 101), EMSGSIZE) && events(port) == COPOLL_OUT, "a message too long");
    ok(cosend_nb(port, NULL, 0) == 0, "the receiver waits still, and gets an empty one");
    pthread_join(thread, NULL);
    thread = start(send_later, &port);
    while (!(events(port) & COPOLL_IN))
        sched_yield();
    ok(corecv_nb(port, &into, 100) == 5, "a sender is there");
    pthread_join(thread, NULL);
    thread = start(send_later, &port);
    while (!(events(port) & COPOLL_IN))
        sched_yield();
    into = (void *)(uintptr_t) "constants cannot be written";
    ok(failed(corecv_nb(port, &into, 20), EFAULT) && events(port) == COPOLL_IN,
       "a buffer at fault; the sender waits still");
    into = buffer;
    ok(corecv_nb(port, &into, 100) == 5, "and finds another receiver");
    pthread_join(thread, NULL);
    ok(failed(cosend(port, (void *)(REGION_SIZE - 1), 2), EFAULT) &&
           failed(corecv(port, &(void *){(void *)(REGION_SIZE - 1)}, 2), EFAULT),
       "buffers that are none");
    thread = start(close_later, &port);
    ok(failed(corecv(port, &into, 10), EPIPE), "closed while a receiver waits");
    pthread_join(thread, NULL);
    ok(failed(cosend(port, "x", 1), EPIPE) && failed(corecv_nb(port, &into, 1), EPIPE), "closed");
    cohandle_close(port);
    port = open_coport(COPIPE);
    thread = start(close_later, &port);
    ok(failed(cosend(port, "x", 1), EPIPE), "closed while a sender waits");
    pthread_join(thread, NULL);
    cohandle_close(port);
}

static void waiting(int type)
{
    char buffer[100];
    void *into = buffer;
    coport_t port = open_coport(type);
    struct timespec long_time = after(20000);
    pthread_t thread = start(send_later, &port);
    ok(corecv_until(port, &into, 100, &long_time) == 5 && memcmp(into, "later", 5) == 0, "type %d: a message comes",
       type);
    pthread_join(thread, NULL);
    thread = start(close_later, &port);
    ok(failed(corecv_until(port, &into, 100, NULL), EPIPE), "the port is closed meanwhile");
    pthread_join(thread, NULL);
    cohandle_close(port);
    port = open_coport_with(
        type, &(struct coport_options){.size = sizeof(struct coport_options), .depth = 1, .ring_size = 64});
    static char full[64];
    cosend(port, full, 64);
    thread = start(receive_later, &port);
    ok(cosend_until(port, "room", 4, &long_time) == 4, "room comes");
    pthread_join(thread, NULL);
    while (cosend(port, full, 64) > 0)
        ;
    thread = start(close_later, &port);
    ok(failed(cosend_until(port, full, 1, NULL), EPIPE), "the port is closed while a sender waits");
    pthread_join(thread, NULL);
    cohandle_close(port);
}

static void polling(void)
{
    coport_t channel_port = open_coport(COCHANNEL), carrier_port = open_coport(COCARRIER),
             pipe_port = open_coport(COPIPE);
    pollcoport_t polls[4] = {
        {channel_port, COPOLL_IN, 9}, {carrier_port, COPOLL_IN, 9}, {pipe_port, COPOLL_IN, 9}, {0, COPOLL_IN, 9}};
    ok(copoll(polls, 4, 0) == 0 && polls[0].revents == 0 && polls[3].revents == 0, "nothing holds");
    struct timespec before = after(0), soon = after(30);
    ok(copoll(polls, 4, 30) == 0, "nothing comes");
    struct timespec now = after(0);
    ok((now.tv_sec - before.tv_sec) * 1000000000L + now.tv_nsec - before.tv_nsec >= 29000000, "after the time");
    ok(copoll_until(polls, 4, &soon) == 0 && failed(copoll_until(polls, 4, &no_time), EINVAL), "copoll_until");
    ok(failed(copoll_nb(&(pollcoport_t){channel_port, 1024, 0}, 1), EINVAL), "no such event");
    ok(failed(copoll_nb((void *)(REGION_SIZE - 4), 1), EFAULT), "no array");
    coport_t *ports[] = {&channel_port, &carrier_port, &pipe_port};
    for (int i = 0; i < 3; i++) {
        pthread_t thread = start(send_later, ports[i]);
        ok(copoll(polls, 4, -1) == 1 && polls[i].revents == COPOLL_IN, "port %d becomes readable", i);
        ok(receives(*ports[i], "later"), "and is read");
        pthread_join(thread, NULL);
    }
    pthread_t thread = start(close_later, &carrier_port);
    ok(copoll(polls, 4, -1) == 1 && polls[1].revents == (COPOLL_CLOSED | COPOLL_RERR | COPOLL_WERR), "one is closed");
    pthread_join(thread, NULL);
    polls[1].coport = 999;
    ok(copoll_nb(polls, 4) == 1 && polls[1].revents == (COPOLL_RERR | COPOLL_WERR), "what is no port");
    cohandle_close(channel_port);
    cohandle_close(carrier_port);
    cohandle_close(pipe_port);
}

enum { TURNS = 3000 };

struct turn {
    coport_t in, out;
    bool good;
};

/* Without a time limit: a wake-up that is lost stops all. */
static void *take_turns(void *argument)
{
    struct turn *turn = argument;
    uint32_t number = 0;
    turn->good = true;
    while (turn->good && number < TURNS) {
        pollcoport_t poll_this = {.coport = turn->in, .events = COPOLL_IN};
        uint32_t received = UINT32_MAX;
        void *into = &received;
        turn->good = copoll(&poll_this, 1, -1) == 1 && corecv_nb(turn->in, &into, sizeof received) == sizeof received;
        if (turn->good && into != &received) {
            memcpy(&received, into, sizeof received);
            turn->good = coport_msg_free(turn->in, into) == 0;
        }
        turn->good = turn->good && received == number && cosend(turn->out, &number, sizeof number) == sizeof number;
        number++;
    }
    return NULL;
}

static void turns(int type)
{
    struct turn one = {.in = open_coport(type), .out = open_coport(type)}, other = {.in = one.out};
    coport_t last = open_coport(COCHANNEL);
    pthread_t thread;
    uint32_t number = 0;
    other.out = last;
    need(pthread_create(&thread, NULL, take_turns, &other) == 0, "a thread");
    pthread_t second;
    need(pthread_create(&second, NULL, take_turns, &one) == 0, "a thread");
    bool good = true;
    for (; good && number < TURNS; number++) {
        uint32_t answer = UINT32_MAX;
        good = cosend(one.in, &number, sizeof number) == sizeof number &&
               corecv_until(last, &(void *){&answer}, sizeof answer, NULL) == sizeof answer && answer == number;
    }
    pthread_join(thread, NULL);
    pthread_join(second, NULL);
    ok(good && one.good && other.good, "type %d: no wake-up is lost", type);
    cohandle_close(one.in);
    cohandle_close(one.out);
    cohandle_close(last);
}

static bool readable(int descriptor, int milliseconds)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0);
    bool result = epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0 &&
                  epoll_wait(set, &event, 1, milliseconds) == 1 && event.events & EPOLLIN;
    close(set);
    return result;
}

static void descriptors(void)
{
    coport_t port = open_coport(COCARRIER);
    ok(failed(copoll_fd(port, 0), EINVAL) && failed(copoll_fd(port, 64), EINVAL) &&
           failed(copoll_fd(999, COPOLL_IN), EBADF),
       "wrong arguments");
    coport_t sender = corestrict(port, CORIGHT_SEND);
    ok(failed(copoll_fd(sender, COPOLL_IN), EACCES), "no right");
    int descriptor = copoll_fd(port, COPOLL_IN);
    ok(descriptor >= 0 && !readable(descriptor, 20), "nothing holds");
    ok(fcntl(descriptor, F_GETFD) == FD_CLOEXEC, "close-on-exec");
    pthread_t thread = start(send_later, &port);
    ok(readable(descriptor, 10000), "it becomes readable");
    pthread_join(thread, NULL);
    ok(receives(port, "later") && readable(descriptor, 0), "and stays so");
    ok(copoll_fd_arm(descriptor) == 0 && !readable(descriptor, 20), "until it is armed again");
    cosend(port, "x", 1);
    ok(readable(descriptor, 10000) && copoll_fd_arm(descriptor) == 0 && readable(descriptor, 0), "level-triggered");
    int second = copoll_fd(port, COPOLL_IN);
    ok(second >= 0 && readable(second, 0), "it begins readable if something holds");
    receives(port, "x");
    ok(copoll_fd_arm(descriptor) == 0 && copoll_fd_arm(second) == 0 && !readable(second, 0), "armed both");
    coclose(port);
    ok(readable(descriptor, 10000) && readable(second, 10000), "closed");
    ok(failed(copoll_fd_arm(0), EINVAL) && failed(copoll_fd_arm(1000), EBADF), "what is none");
    close(descriptor);
    close(second);
    bool good = true;
    for (int i = 0; good && i < 1500; i++) {
        descriptor = copoll_fd(port, COPOLL_IN);
        good = descriptor >= 0 && readable(descriptor, 0) && close(descriptor) == 0;
    }
    ok(good, "closed ones leave nothing behind");
    cohandle_close(port);
    cohandle_close(sender);
}

static void many(void)
{
    static coport_t ports[3000];
    bool good = true;
    for (int round = 0; good && round < 20; round++) {
        for (int i = 0; good && i < 150; i++)
            good = (ports[i] = open_coport(COPIPE + i % 3)) != 0;
        for (int i = 0; i < 150; i++)
            good = cohandle_close(ports[i]) == 0 && good;
    }
    ok(good, "what has no handle any more makes room (%s)", strerror(errno));
    int count = 0;
    while (count < 3000 && (ports[count] = open_coport(COCARRIER)))
        count++;
    int error = errno;
    ok(count > 0 && (count == 3000 || error == EDQUOT || error == ENOMEM), "%d carriers at once (%s)", count,
       strerror(error));
    void *message;
    good = true;
    for (int i = 0; good && i < count; i += 7)
        good = cosend(ports[i], "mine", 4) == 4 && corecv(ports[i], &message, 0) == 4 &&
               coport_msg_free(ports[i], message) == 0;
    ok(good || errno == EDQUOT || errno == ENOMEM, "each works");
    for (int i = 0; i < count; i++)
        cohandle_close(ports[i]);
    coport_t port = open_coport(COCARRIER);
    ok(port != 0 && cohandle_close(port) == 0, "room again");
}

/* Leaves a message in a port of its own and one that it has received and not freed, and ends when it is told to. */
static int opener(void)
{
    char byte;
    void *message;
    coport_t go = open_named_coport("go", COCHANNEL, root), port = open_coport(COCARRIER);
    bool good = go && port && cosend(port, "kept", 4) == 4 && corecv(port, &message, 0) == 4 &&
                cosend(port, "left", 4) == 4 && cosend(port, "also", 4) == 4 && coinsert("childs", COPORT, port, root);
    return good && corecv_until(go, &(void *){&byte}, 1, NULL) == 1 ? 0 : 1;
}

static void opener_ends(const char *path)
{
    coport_t go = open_named_coport("go", COCHANNEL, root), port;
    coobject_t object;
    void *message;
    struct started child = start_program(path, "opener", NULL);
    need(child.pid > 0, "a child");
    while (!(object = coselect("childs", COPORT, root)))
        pause_milliseconds(1);
    port = coobject_subject(object);
    pollcoport_t poll_this = {.coport = port, .events = COPOLL_IN};
    ok(port && copoll(&poll_this, 1, -1) == 1 && corecv_until(port, &message, 0, NULL) == 4 &&
           coport_msg_free(port, message) == 0,
       "a port of somebody else");
    cosend(go, "x", 1);
    await_end(child);
    do {
        pause_milliseconds(1);
        copoll(&poll_this, 1, -1);
    } while (!(poll_this.revents & COPOLL_CLOSED));
    ok(failed(cosend(port, "x", 1), EPIPE), "it is closed when its opener ends");
    ok(receives(port, "also") && failed(corecv(port, &message, 0), EPIPE), "what was queued is received");
}

/* Has received a message and freed it, and one that it has not freed, when it ends. */
static int reader(void)
{
    void *message;
    coport_t port = open_named_coport("read", COCARRIER, root);
    return port && corecv(port, &message, 0) == 20000 && coport_msg_free(port, message) == 0 &&
                   corecv(port, &message, 0) == 20000
               ? 0
               : 1;
}

static void reader_ends(const char *path)
{
    static const char block[65536];
    const struct coport_options options = {.size = sizeof options, .arena_size = sizeof block};
    const struct timespec soon = after(20000);
    coport_t port = open_named_coport_with("read", COCARRIER, root, &options);
    ok(port && cosend(port, block, 20000) == 20000 && cosend(port, block, 20000) == 20000, "messages for somebody");
    struct started child = start_program(path, "reader", NULL);
    need(child.pid > 0, "a child");
    await_end(child);
    ok(cosend_until(port, block, sizeof block, &soon) == sizeof block,
       "all that it had received is free when it has ended");
    cohandle_close(port);
}

int main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "opener") == 0 || strcmp(argv[1], "reader") == 0)) {
        root = coproc_init();
        return strcmp(argv[1], "opener") == 0 ? opener() : reader();
    }
    ok(refused(open_coport(COPIPE), ENOTCONN), "before coproc_init");
    root = coproc_init();
    ok(root != 0, "coproc_init");
    if (argc > 1 && strcmp(argv[1], "named") == 0) {
        named();
        opener_ends(argv[0]);
        reader_ends(argv[0]);
        return done_testing();
    }
    opening();
    channel();
    carrier();
    depth_and_arena();
    random_sizes();
    freed();
    vain(COPIPE);
    vain(COCARRIER);
    vain(COCHANNEL);
    callee_asks();
    attachments();
    rendezvous();
    waiting(COCHANNEL);
    waiting(COCARRIER);
    polling();
    turns(COCHANNEL);
    turns(COCARRIER);
    descriptors();
    many();
    return done_testing();
}
