/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Behaviours of the prototype (doc/prototype.md) that no other test shows; what is said of each begins with its number.
 */
#include "check.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/comsg.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { RING = 4096, DEPTH = 256, ARENA = 4 << 20, WORKERS = 3 };

static const char *self;

/* --- calls and services --- */

struct worker {
    pthread_t thread;
    cotarget_t target;
    _Atomic bool ready, hold;
    _Atomic unsigned calls;
    bool once; /* ends with its first call */
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    unsigned char bytes[64];
    ssize_t length = 0;
    need(coregister(NULL, NULL, &worker->target) == 0, "coregister");
    worker->ready = true;
    do {
        length = coaccept(NULL, bytes, length > 0 ? (size_t)length : 0, bytes, sizeof bytes);
        worker->calls++;
        for (ssize_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)(bytes[i] * 3 + 1);
        while (worker->hold)
            usleep(1000);
    } while (!worker->once);
    return NULL;
}

static void start_worker(struct worker *worker)
{
    need(pthread_create(&worker->thread, NULL, work, worker) == 0, "a thread");
    while (!worker->ready)
        usleep(1000);
}

static void slow_and_fast(void)
{
    static struct worker worker;
    unsigned char in[64], fast[64], slow[64];
    bool same = true;
    start_worker(&worker);
    for (size_t length = 0; length <= sizeof in; length++) {
        for (size_t i = 0; i < length; i++)
            in[i] = (unsigned char)(length + i);
        ssize_t one = cocall_until(worker.target, in, length, fast, sizeof fast, NULL);
        ssize_t two = cocall_slow_until(worker.target, in, length, slow, sizeof slow, NULL);
        same = same && one == (ssize_t)length && two == one && memcmp(fast, slow, length) == 0;
    }
    check(same, "P4 the slow path gives what the fast one gives");
}

struct client {
    coservice_t service;
    ssize_t length;
};

static void *call(void *argument)
{
    struct client *client = argument;
    unsigned char byte = 1;
    client->length = coservice_call(client->service, &byte, 1, &byte, 1);
    return NULL;
}

/* As many callers at a time as there are workers reach all of them. */
static void pool(void)
{
    static struct worker workers[WORKERS];
    struct client clients[WORKERS];
    pthread_t threads[WORKERS];
    cotarget_t targets[WORKERS];
    bool served = true, all = true;
    char byte;
    for (int i = 0; i < WORKERS; i++) {
        start_worker(&workers[i]);
        targets[i] = workers[i].target;
        workers[i].hold = true;
    }
    coservice_t service = coprovide(targets, WORKERS, COSERVICE_FAST, 7);
    for (int i = 0; i < WORKERS; i++) {
        clients[i] = (struct client){.service = service};
        need(pthread_create(&threads[i], NULL, call, &clients[i]) == 0, "a thread");
    }
    for (int i = 0; i < WORKERS; i++) {
        while (workers[i].calls == 0) /* whoever is not called hangs the test */
            usleep(1000);
    }
    check(failed(coservice_call_nb(service, "", 1, NULL, 0), EAGAIN),
          "P23 as many callers as workers keep all of them busy");
    for (int i = 0; i < WORKERS; i++)
        workers[i].hold = false;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        served = served && clients[i].length == 1;
        all = all && workers[i].calls == 1;
    }
    check(served && all, "P23 each worker has served one of them");
    for (int i = 0; i < 100; i++)
        served = served && coservice_call(service, "x", 1, &byte, 1) == 1;
    unsigned sum = 0;
    for (int i = 0; i < WORKERS; i++)
        sum += workers[i].calls;
    check(served && sum == WORKERS + 100, "P23 one caller after the other is served, by whoever is free");
}

/* --- ports --- */

static unsigned char pattern(unsigned position)
{
    return (unsigned char)(position * 31 + position / 251);
}

static void ring(void)
{
    static unsigned char bytes[RING + 1], received[RING + 1];
    coport_t port = open_coport(COCHANNEL);
    check(cosend(port, bytes, RING + 1) == RING && failed(cosend(port, bytes, 1), EAGAIN),
          "P12 a COCHANNEL holds 4096 bytes");
    check(corecv(port, &(void *){received}, RING + 1) == RING && failed(corecv(port, &(void *){received}, 1), EAGAIN),
          "P12 and gives them back");
    unsigned sent = 0, got = 0, seed = 1;
    bool good = true;
    for (int round = 0; good && round < 20000; round++) {
        seed = seed * 1664525 + 1013904223;
        size_t length = 1 + (seed >> 16) % (RING / 2), limit = 1 + (seed >> 8) % RING;
        for (size_t i = 0; i < length; i++)
            bytes[i] = pattern(sent + (unsigned)i);
        ssize_t result = cosend(port, bytes, length);
        good = result == (ssize_t)length || (result == -1 && errno == EAGAIN);
        sent += result > 0 ? (unsigned)result : 0;
        result = corecv(port, &(void *){received}, limit);
        for (ssize_t i = 0; i < result; i++)
            good = good && received[i] == pattern(got++);
        good = good && (result > 0 || errno == EAGAIN) && sent - got <= RING;
    }
    check(good && sent > 100 * RING, "P12 bytes stay in order around the end of the ring, whatever the sizes");
}

static void queue(void)
{
    static char large[COCARRIER_MESSAGE_MAX];
    coport_t port = open_coport(COCARRIER), other = open_coport(COCARRIER);
    void *message;
    int count = 0;
    bool good = true;
    while (count < 1000 && cosend(port, &count, sizeof count) == sizeof count)
        count++;
    check(count == DEPTH && errno == EAGAIN, "P13 a COCARRIER holds 256 messages");
    for (int i = 0; i < count; i++)
        good = good && corecv(port, &message, 0) == sizeof i && memcmp(message, &i, sizeof i) == 0 &&
               coport_msg_free(port, message) == 0;
    check(good && failed(corecv(port, &message, 0), EAGAIN), "P13 and gives them in order");
    for (count = 0; cosend(other, large, sizeof large) > 0; count++)
        continue;
    check(count == ARENA / COCARRIER_MESSAGE_MAX && errno == EAGAIN, "P13 or 4 MiB of them");
}

static void attachments(conamespace_t root)
{
    conamespace_t space = cocreate("prototype", PRIVATE, root);
    coport_t port = open_coport(COCARRIER);
    coobject_t reservation = coinsert("later", RESERVATION, 0, space), filled;
    coevent_t event = colisten(PROCESS_DEATH, 0);
    const struct coattachment sent[] = {{.handle = reservation, .descriptor = -1}, {.handle = event, .descriptor = -1}};
    struct coattachment received[2];
    struct coattachment_set set = {.array = received, .capacity = 2};
    void *message;
    need(space && port && reservation && event, "what is attached");
    check(cosend_oob(port, "x", 1, sent, 2) == 1 && corecv_oob(port, &message, 0, &set) == 1 && set.count == 2 &&
              received[0].kind == COHANDLE_RESERVATION && received[1].kind == COHANDLE_EVENT,
          "P16 a reservation and an event travel with a message");
    filled = coupdate(received[0].handle, COPORT, port);
    check(filled && coselect("later", COPORT, space), "P16 the receiver fills the reservation");
    check(refused(coupdate(reservation, COPORT, port), ENODEV), "P20 which is then filled for all");
}

/* --- events --- */

static void events(void)
{
    static struct worker gone = {.once = true}, other;
    char *const arguments[] = {(char *)"prototype", (char *)"ends", NULL};
    start_worker(&gone);
    start_worker(&other);
    cocallback_t first = ccb_register(gone.target, CCB_FAST), second = ccb_register(other.target, CCB_FAST);
    pid_t pid = coexecve(self, arguments, NULL);
    coevent_t event = colisten(PROCESS_DEATH, (uint64_t)pid);
    need(pid > 0 && event && first && second, "an event");
    need(ccb_install(first, NULL, event) == 0 && ccb_install(second, NULL, event) == 0, "two callbacks");
    cocall_until(gone.target, "", 1, NULL, 0, NULL); /* it ends */
    pthread_join(gone.thread, NULL);
    cotarget_t child;
    while (colookup("prototype-child", &child) != 0)
        usleep(1000);
    cocall_until(child, "", 1, NULL, 0, NULL);
    for (int i = 0; i < 15000 && other.calls == 0; i++)
        usleep(1000);
    check(other.calls == 1, "P24 a callback whose thread has ended keeps no other from being called");
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1) {
        cotarget_t target;
        char byte;
        need(coregister("prototype-child", NULL, &target) == 0, "coregister");
        coaccept(NULL, NULL, 0, &byte, 1);
        return 0;
    }
    conamespace_t root = coproc_init();
    need(root != 0, "coproc_init");
    slow_and_fast();
    pool();
    ring();
    queue();
    attachments(root);
    events();
    return failures != 0;
}
