/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: descriptors that become readable when something holds for a port. Each is the reading end of a pipe. One
 * thread waits for all ports whose descriptors are armed, and for a channel of its own by which it is told of changes.
 */
#include "lib/libcomsg/port.h"

#include <comesg/call_options.h>
#include <comesg/microkernel.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { POLLED_MAX = 1024, RING_SIZE = 64, RETRY = 100000000 };

struct polled {
    int descriptor; /* the program's end */
    int signal;     /* our end */
    coport_t port;  /* 0: free */
    uint32_t events;
    uint32_t use; /* counted up when the place is used again */
    bool armed;
};

static struct polled table[POLLED_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static coport_t changes; /* 0: the thread does not run */

static int failed(int error)
{
    errno = error;
    return -1;
}

static void release(struct polled *polled)
{
    close(polled->signal);
    polled->port = 0;
    polled->armed = false;
    polled->use++;
}

/* It stays readable, and costs nothing any more. */
static void fire(struct polled *polled)
{
    polled->armed = false;
    if (write(polled->signal, "", 1) < 0 && errno == EPIPE)
        release(polled);
}

static uint32_t what_holds(coport_t port, uint32_t events)
{
    pollcoport_t poll = {.coport = port, .events = events};
    return coport_wait(&poll, 1, 0) > 0 ? poll.revents : 0;
}

/* What the thread waits for. Gives the number of ports; places[i] and uses[i] say whose port i is. */
static size_t collect(pollcoport_t *ports, uint32_t *places, uint32_t *uses)
{
    size_t n = 1;
    pthread_mutex_lock(&lock);
    ports[0] = (pollcoport_t){.coport = changes, .events = COPOLL_IN};
    for (uint32_t i = 0; i < POLLED_MAX; i++) {
        if (!table[i].port || !table[i].armed)
            continue;
        places[n] = i;
        uses[n] = table[i].use;
        ports[n++] = (pollcoport_t){.coport = table[i].port, .events = table[i].events};
    }
    pthread_mutex_unlock(&lock);
    return n;
}

/* The channel has gone with its ipcd. */
static void renew_changes(void)
{
    const struct coport_options options = {.size = sizeof options, .ring_size = RING_SIZE};
    coport_t channel = open_coport_with(COCHANNEL, &options);
    if (!channel) {
        nanosleep(&(struct timespec){.tv_nsec = RETRY}, NULL);
        return;
    }
    pthread_mutex_lock(&lock);
    cohandle_close(changes);
    changes = channel;
    pthread_mutex_unlock(&lock);
}

static void *watch(void *nothing)
{
    static pollcoport_t ports[POLLED_MAX + 1];
    static uint32_t places[POLLED_MAX + 1], uses[POLLED_MAX + 1];
    char bytes[RING_SIZE];
    for (;;) {
        size_t n = collect(ports, places, uses);
        if (coport_wait(ports, n, COMESG_CALL_WITHOUT_LIMIT) <= 0)
            continue;
        if (ports[0].revents & (COPOLL_CLOSED | COPOLL_RERR))
            renew_changes();
        else if (ports[0].revents)
            coring_receive(ports[0].coport, bytes, sizeof bytes);
        pthread_mutex_lock(&lock);
        for (size_t i = 1; i < n; i++) {
            struct polled *polled = &table[places[i]];
            if (ports[i].revents && polled->armed && polled->use == uses[i])
                fire(polled);
        }
        pthread_mutex_unlock(&lock);
    }
    return nothing;
}

/* With the lock. The thread takes no signals of the program. */
static int start(void)
{
    const struct coport_options options = {.size = sizeof options, .ring_size = RING_SIZE};
    pthread_t thread;
    sigset_t all, before;
    if (changes)
        return 0;
    changes = open_coport_with(COCHANNEL, &options);
    if (!changes)
        return -1;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(&thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error) {
        pthread_detach(thread);
        return 0;
    }
    cohandle_close(changes);
    changes = 0;
    return failed(ENOMEM);
}

/* With the lock. Places whose descriptor the program has closed. */
static void sweep(void)
{
    for (unsigned i = 0; i < POLLED_MAX; i++) {
        struct pollfd end = {.fd = table[i].signal, .events = 0};
        if (table[i].port && poll(&end, 1, 0) > 0 && end.revents & (POLLERR | POLLNVAL))
            release(&table[i]);
    }
}

static struct polled *find(int descriptor)
{
    for (unsigned i = 0; i < POLLED_MAX; i++) {
        if (table[i].port && table[i].descriptor == descriptor)
            return &table[i];
    }
    return NULL;
}

static struct polled *free_place(void)
{
    for (unsigned i = 0; i < POLLED_MAX; i++) {
        if (!table[i].port)
            return &table[i];
    }
    return NULL;
}

/* With the lock. */
static void arm(struct polled *polled)
{
    if (what_holds(polled->port, polled->events)) {
        fire(polled);
        return;
    }
    polled->armed = true;
    coring_send(changes, "", 1); /* a full channel wakes the thread as well */
}

static int check(coport_t port, uint32_t events)
{
    if (events == 0 || events & ~(COPOLL_IN | COPOLL_OUT))
        return failed(EINVAL);
    if (coport_type(port) < 0)
        return -1;
    uint32_t holds = what_holds(port, events);
    bool refused = ((events & COPOLL_IN) && (holds & COPOLL_RERR)) || ((events & COPOLL_OUT) && (holds & COPOLL_WERR));
    return refused && !(holds & COPOLL_CLOSED) ? failed(EACCES) : 0;
}

/* With the lock. */
static int add(coport_t port, uint32_t events)
{
    int ends[2];
    sweep();
    struct polled *polled = free_place();
    if (!polled)
        return failed(ENOMEM);
    if (start() || pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -1;
    *polled = (struct polled){ends[0], ends[1], port, events, polled->use + 1, false};
    arm(polled);
    return ends[0];
}

int copoll_fd(coport_t port, uint32_t events)
{
    if (check(port, events))
        return -1;
    pthread_mutex_lock(&lock);
    int descriptor = add(port, events);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

/* With the lock. */
static int arm_again(int descriptor)
{
    char bytes[16];
    struct polled *polled = find(descriptor);
    if (!polled)
        return failed(fcntl(descriptor, F_GETFD) < 0 ? EBADF : EINVAL);
    while (read(descriptor, bytes, sizeof bytes) > 0)
        ;
    if (errno == EBADF || coport_type(polled->port) < 0)
        return failed(EBADF);
    arm(polled);
    return 0;
}

int copoll_fd_arm(int descriptor)
{
    pthread_mutex_lock(&lock);
    int result = arm_again(descriptor);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
