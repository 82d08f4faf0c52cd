/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a call costs without comesg: a native function call, the cheapest system call, and round trips between two
 * processes. Prints one line per quantity: name, value, unit.
 */
#include "sample.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: native MILLISECONDS QUANTITY...\n"
    "Measures each QUANTITY for about MILLISECONDS on the first processor that it may use:\n"
    "  call.indirect         call of a function through a pointer\n"
    "  syscall.getppid       system call getppid\n"
    "  pipe.roundtrip.64     64 bytes to another process and 64 back through two pipes, on one core\n"
    "  unix.roundtrip.64     the same through a pair of Unix sockets\n"
    "  pipe.batch32.64       64 bytes to another process through a pipe, 32 messages before it is its turn\n"
    "  pipe.throughput.4096  4096 bytes, 16 messages before it is its turn, and it reads every cache line of them\n"
    "  memcpy.65536, memcpy.1048576   memcpy of so many bytes, used a moment ago\n"
    "  pipe.throughput.1048576.cross   so many bytes to a process on another core, which looks at the first word\n"
    "  pipe.roundtrip.64.cross, unix.roundtrip.64.cross   between two cores\n"
    "Nothing is printed of what needs two cores if there is only one.\n";

enum { MESSAGE_WORDS = 8, MESSAGE_SIZE = 64, EXIT_USAGE = 2 };

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "native: %s failed: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static __attribute__((noinline)) uint64_t add_one(uint64_t value)
{
    return value + 1;
}

static bool call_function(void *argument, uint64_t count)
{
    uint64_t (*volatile * function)(uint64_t) = argument;
    uint64_t value = 0;
    for (uint64_t i = 0; i < count; i++)
        value = (*function)(value);
    return value == count;
}

static bool call_getppid(void *argument, uint64_t count)
{
    (void)argument;
    for (uint64_t i = 0; i < count; i++)
        syscall(SYS_getppid);
    return true;
}

enum { LARGEST_COPY = 1 << 20 };

static _Alignas(4096) char copy_from[LARGEST_COPY], copy_to[LARGEST_COPY];

static bool call_memcpy(void *argument, uint64_t count)
{
    const size_t *size = argument;
    void *(*volatile copy)(void *, const void *, size_t) = memcpy;
    for (uint64_t i = 0; i < count; i++) {
        copy_from[*size - 1] = (char)i;
        copy(copy_to, copy_from, *size);
        if (copy_to[*size - 1] != (char)i)
            return false;
    }
    return true;
}

static double measure_copy(size_t size, double duration)
{
    if (size == 0 || size > LARGEST_COPY)
        return -1;
    memset(copy_from, 1, size);
    memset(copy_to, 1, size);
    return sample(call_memcpy, &size, duration);
}

struct peer {
    int to;
    int from;
    pid_t pid;
};

static bool receive(int descriptor, uint64_t *message)
{
    size_t length = 0;
    while (length < MESSAGE_SIZE) {
        ssize_t part = read(descriptor, (char *)message + length, MESSAGE_SIZE - length);
        if (part <= 0)
            return false;
        length += (size_t)part;
    }
    return true;
}

static void send_message(int descriptor, const uint64_t *message)
{
    if (write(descriptor, message, MESSAGE_SIZE) != MESSAGE_SIZE)
        fail("write");
}

static uint64_t sum(const uint64_t *message)
{
    uint64_t result = 0;
    for (int i = 0; i < MESSAGE_WORDS; i++)
        result += message[i];
    return result;
}

static bool round_trips(void *argument, uint64_t count)
{
    const struct peer *peer = argument;
    uint64_t message[MESSAGE_WORDS];
    for (uint64_t i = 0; i < count; i++) {
        for (uint64_t word = 0; word < MESSAGE_WORDS; word++)
            message[word] = i + word;
        uint64_t expected = sum(message);
        send_message(peer->to, message);
        if (!receive(peer->from, message) || message[0] != expected)
            return false;
    }
    return true;
}

/* The peer answers as bench/echo.c does: the same bytes, the first word replaced by the sum of all. */
_Noreturn static void serve(int from, int to)
{
    uint64_t message[MESSAGE_WORDS];
    while (receive(from, message)) {
        message[0] = sum(message);
        send_message(to, message);
    }
    _exit(EXIT_SUCCESS);
}

static void pin(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        fail("sched_setaffinity");
}

/* The number of the first allowed processor after `previous`, or -1. */
static int allowed_processor(const cpu_set_t *allowed, int previous)
{
    for (int processor = previous + 1; processor < CPU_SETSIZE; processor++) {
        if (CPU_ISSET(processor, allowed))
            return processor;
    }
    return -1;
}

/* One way, for batches: the other process answers with a byte when it has read a message whose first word is LAST. */
#define LAST UINT64_MAX
enum { BATCH = 32, PAGE_BATCH = 16, PAGE = 4096, LARGE = 1 << 20 }; /* a pipe has room for 16 pages */

struct stream {
    struct peer peer;
    size_t size;
    uint64_t batch;
};

static bool read_whole(int descriptor, char *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t part = read(descriptor, buffer + length, size - length);
        if (part <= 0)
            return false;
        length += (size_t)part;
    }
    return true;
}

/* One word of every cache line. */
static void read_lines(const uint64_t *message, size_t size)
{
    for (size_t i = 0; i < size / sizeof *message; i += MESSAGE_WORDS)
        (void)*(const volatile uint64_t *)&message[i];
}

_Noreturn static void acknowledge(int from, int to, size_t size)
{
    static uint64_t message[LARGE / sizeof(uint64_t)];
    while (read_whole(from, (char *)message, size)) {
        if (size <= PAGE)
            read_lines(message, size);
        if (message[0] == LAST && write(to, "", 1) != 1)
            fail("write");
    }
    _exit(EXIT_SUCCESS);
}

static bool send_stream(const struct stream *stream, uint64_t count)
{
    static uint64_t message[LARGE / sizeof(uint64_t)];
    char byte;
    for (uint64_t i = 1; i <= count; i++) {
        message[0] = i == count ? LAST : i;
        if (write(stream->peer.to, message, stream->size) != (ssize_t)stream->size)
            return false;
    }
    return read(stream->peer.from, &byte, 1) == 1;
}

static bool send_batches(void *argument, uint64_t count)
{
    const struct stream *stream = argument;
    for (uint64_t i = 0; i < count; i++) {
        if (!send_stream(stream, stream->batch))
            return false;
    }
    return true;
}

struct ends {
    int our_input, our_output, peer_input, peer_output;
};

static struct ends make_pipes(void)
{
    int request[2], reply[2];
    if (pipe(request) || pipe(reply))
        fail("pipe");
    return (struct ends){reply[0], request[1], request[0], reply[1]};
}

static struct ends make_sockets(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        fail("socketpair");
    int ours = dup(pair[0]), peers = dup(pair[1]);
    if (ours < 0 || peers < 0)
        fail("dup");
    return (struct ends){pair[0], ours, pair[1], peers};
}

static double measure_peer(struct ends ends, int processor, double duration)
{
    struct peer peer = {.to = ends.our_output, .from = ends.our_input, .pid = fork()};
    if (peer.pid < 0)
        fail("fork");
    if (peer.pid == 0) {
        pin(processor);
        close(ends.our_input);
        close(ends.our_output);
        serve(ends.peer_input, ends.peer_output);
    }
    close(ends.peer_input);
    close(ends.peer_output);
    double result = sample(round_trips, &peer, duration);
    close(ends.our_input);
    close(ends.our_output);
    waitpid(peer.pid, NULL, 0);
    return result;
}

/* Per message. */
static double measure_batches(struct ends ends, size_t size, uint64_t batch, int processor, double duration)
{
    struct stream stream = {{.to = ends.our_output, .from = ends.our_input, .pid = fork()}, size, batch};
    if (stream.peer.pid < 0)
        fail("fork");
    if (stream.peer.pid == 0) {
        pin(processor);
        close(ends.our_input);
        close(ends.our_output);
        acknowledge(ends.peer_input, ends.peer_output, size);
    }
    close(ends.peer_input);
    close(ends.peer_output);
    double result = sample(send_batches, &stream, duration) / (double)batch;
    close(ends.our_input);
    close(ends.our_output);
    waitpid(stream.peer.pid, NULL, 0);
    return result;
}

static double measure(const char *name, int here, int elsewhere, double duration)
{
    static uint64_t (*volatile function)(uint64_t) = add_one;
    bool cross = strstr(name, ".cross") != NULL;
    if (strcmp(name, "call.indirect") == 0)
        return sample(call_function, (void *)&function, duration);
    if (strcmp(name, "syscall.getppid") == 0)
        return sample(call_getppid, NULL, duration);
    if (strncmp(name, "memcpy.", 7) == 0)
        return measure_copy(strtoul(name + 7, NULL, 10), duration);
    if (strcmp(name, "pipe.batch32.64") == 0)
        return measure_batches(make_pipes(), MESSAGE_SIZE, BATCH, here, duration);
    if (strcmp(name, "pipe.throughput.4096") == 0)
        return measure_batches(make_pipes(), PAGE, PAGE_BATCH, here, duration);
    if (strcmp(name, "pipe.throughput.1048576.cross") == 0)
        return measure_batches(make_pipes(), LARGE, PAGE_BATCH, elsewhere, duration);
    if (strncmp(name, "pipe.roundtrip.64", 17) == 0)
        return measure_peer(make_pipes(), cross ? elsewhere : here, duration);
    if (strncmp(name, "unix.roundtrip.64", 17) == 0)
        return measure_peer(make_sockets(), cross ? elsewhere : here, duration);
    fprintf(stderr, "native: unknown quantity %s (see native --help)\n", name);
    exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
    cpu_set_t allowed;
    if (argc < 3 || strcmp(argv[1], "--help") == 0) {
        fputs(help, argc < 3 ? stderr : stdout);
        return argc < 3 ? EXIT_USAGE : EXIT_SUCCESS;
    }
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        fail("sched_getaffinity");
    int here = allowed_processor(&allowed, -1), elsewhere = allowed_processor(&allowed, here);
    pin(here);
    for (int i = 2; i < argc; i++) {
        if (strstr(argv[i], ".cross") && elsewhere < 0)
            continue;
        double result = measure(argv[i], here, elsewhere, atof(argv[1]) * 1e6);
        if (result < 0)
            fail(argv[i]);
        printf("%s %.3f ns\n", argv[i], result);
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
