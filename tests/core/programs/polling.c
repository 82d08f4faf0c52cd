/* SPDX-License-Identifier: BSD-2-Clause
 *
 * poll, select and epoll: what they tell, their time limits, and what they must not touch.
 */
#include "support.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum { SOON = 20, NEVER = 60000 }; /* milliseconds */

static int ends[2], hidden_descriptor;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void *write_soon(void *argument)
{
    pause_milliseconds(SOON);
    need(write(ends[1], "x", 1) == 1, "write");
    return argument;
}

static int select_until(int milliseconds, bool *ready)
{
    fd_set set;
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    int count = select(ends[0] + 1, &set, NULL, NULL, milliseconds < 0 ? NULL : &limit);
    *ready = FD_ISSET(ends[0], &set);
    return count;
}

static int pselect_until(int milliseconds, bool *ready)
{
    fd_set set;
    const struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    int count = pselect(ends[0] + 1, &set, NULL, NULL, milliseconds < 0 ? NULL : &limit, NULL);
    *ready = FD_ISSET(ends[0], &set);
    return count;
}

static int poll_until(int milliseconds, bool *ready)
{
    struct pollfd list = {.fd = ends[0], .events = POLLIN};
    int count = poll(&list, 1, milliseconds);
    *ready = list.revents == POLLIN;
    return count;
}

static int epoll_until(int milliseconds, bool *ready)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abcdef0}, events[4];
    int set = epoll_create1(EPOLL_CLOEXEC);
    need(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0, "epoll_ctl");
    int count = epoll_wait(set, events, 4, milliseconds);
    *ready = count == 1 && events[0].events == EPOLLIN && events[0].data.u64 == event.data.u64;
    close(set);
    return count;
}

static void test(const char *name, int (*wait)(int milliseconds, bool *ready))
{
    bool ready;
    char byte;
    pthread_t writer;
    ok(wait(0, &ready) == 0 && !ready, "%s: nothing is ready", name);
    int64_t start = now();
    ok(wait(SOON, &ready) == 0 && !ready && now() - start >= SOON - 1, "%s waits until its time is over", name);
    need(pthread_create(&writer, NULL, write_soon, NULL) == 0, "a thread");
    ok(wait(NEVER, &ready) == 1 && ready, "or until something is ready");
    pthread_join(writer, NULL);
    ok(wait(-1, &ready) == 1 && ready, "which it stays");
    need(read(ends[0], &byte, 1) == 1, "read");
}

static long last_error(long result)
{
    return result == -1 ? errno : 0;
}

static void test_refused(void)
{
    static char buffer[4096];
    struct epoll_event event = {.events = EPOLLIN};
    const uint64_t foreign[] = {8, region_base() - 8, region_base() + REGION_SIZE - 4,
                                region_base() + REGION_STRIDE + 65536, UINT64_MAX - 7};
    int set = epoll_create1(0), wrong = 0;
    need(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event) == 0, "epoll_ctl");
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        for (long argument = 1; argument <= 3; argument++) {
            uint64_t a[4] = {64, 0, 0, 0};
            a[argument] = foreign[i];
            wrong += last_error(syscall(SYS_select, a[0], a[1], a[2], a[3], 0)) != EFAULT;
            wrong += last_error(syscall(SYS_pselect6, a[0], a[1], a[2], a[3], 0, 0)) != EFAULT;
        }
        wrong += last_error(syscall(SYS_select, 0, 0, 0, 0, foreign[i])) != EFAULT;
        wrong += last_error(syscall(SYS_pselect6, 0, 0, 0, 0, foreign[i], 0)) != EFAULT;
        wrong += last_error(syscall(SYS_epoll_ctl, set, EPOLL_CTL_MOD, ends[1], foreign[i])) != EFAULT;
        wrong += foreign[i] != 8 && last_error(syscall(SYS_epoll_pwait, set, foreign[i], 1, 0, 0, 8)) != EFAULT;
    }
    ok(wrong == 0, "EFAULT for every foreign pointer");
    ok(last_error(syscall(SYS_epoll_pwait, set, buffer, 0, 0, 0, 8)) == EINVAL &&
           last_error(syscall(SYS_epoll_pwait, set, buffer, 1L << 28, 0, 0, 8)) == EINVAL &&
           last_error(syscall(SYS_epoll_pwait, set, buffer, -1, 0, 0, 8)) == EINVAL &&
           last_error(syscall(SYS_select, -1, 0, 0, 0, 0)) == EINVAL &&
           last_error(syscall(SYS_select, 1 << 20, buffer, 0, 0, 0)) == EINVAL,
       "EINVAL for numbers that cannot be");
    close(set);
}

/* The first number that no file can be put under. */
static int find_hidden(void)
{
    int descriptor = ends[1] + 1;
    for (; dup2(2, descriptor) == descriptor; descriptor++)
        close(descriptor);
    return descriptor;
}

static volatile bool stop;

static void *change_number(void *argument)
{
    struct pollfd *list = argument;
    while (!stop) {
        *(volatile int *)&list->fd = ends[0];
        *(volatile int *)&list->fd = hidden_descriptor;
    }
    return NULL;
}

/* Nothing can be written to the end of a pipe that is read; to the core's sockets it can. */
static void test_changed(void)
{
    struct pollfd list = {.fd = ends[0], .events = POLLOUT};
    pthread_t thread;
    int seen = 0, closed = 0;
    hidden_descriptor = find_hidden();
    need(pthread_create(&thread, NULL, change_number, &list) == 0, "a thread");
    for (int i = 0; i < 200000 || (closed == 0 && i < 20000000); i++) {
        poll(&list, 1, 0);
        seen += (list.revents & POLLOUT) != 0;
        closed += (list.revents & POLLNVAL) != 0;
    }
    stop = true;
    pthread_join(thread, NULL);
    ok(seen == 0 && closed > 0, "nor by changing numbers meanwhile (%d)", seen);
}

/* One that is not open is an error, or not looked at. */
static bool is_selected(int descriptor)
{
    fd_set readable, writable;
    struct timeval limit = {0, 0};
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(descriptor, &readable);
    FD_SET(descriptor, &writable);
    return select(descriptor + 1, &readable, &writable, NULL, &limit) > 0;
}

/* The sockets of the core are open all the time: nobody may keep an eye on them. */
static void test_hidden(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0), hidden = 0, watched = 0, polled = 0, selected = 0;
    for (int descriptor = 0; descriptor < 65536; descriptor++) {
        struct pollfd list = {.fd = descriptor, .events = POLLIN | POLLOUT};
        if (descriptor <= 2 || descriptor == set || descriptor == ends[0] || descriptor == ends[1])
            continue;
        hidden += fcntl(descriptor, F_GETFD) == -1 && errno == EBADF;
        watched += epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0;
        polled += poll(&list, 1, 0) != 1 || list.revents != POLLNVAL || list.fd != descriptor;
        selected += descriptor < FD_SETSIZE && is_selected(descriptor);
    }
    ok(watched == 0 && hidden > 0, "no descriptor of the core can be watched");
    ok(polled == 0, "or polled (%d)", polled);
    ok(selected == 0, "or selected (%d)", selected);
    close(set);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    need(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    test("poll", poll_until);
    test("select", select_until);
    test("pselect", pselect_until);
    test("epoll", epoll_until);
    test_refused();
    test_hidden();
    test_changed();
    return done_testing();
}
