/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File descriptors as attachments of messages.
 *
 *   port-descriptors                 prints TAP
 *   port-descriptors keep            keeps a port named `files`, and empties it at each line that it reads
 *   port-descriptors send FILE       sends FILE, open for writing, and files of its own to `files` again and again
 *   port-descriptors receive         receives them
 *   port-descriptors flood           sends as many as it can to a port that nobody reads; waits
 *   port-descriptors abandon         opens ports, fills them, gives `files` a handle to each, and ends
 *   port-descriptors circle          opens as many ports as it can, each of which has a handle to another, and ends
 *   port-descriptors circles         has many of these, and looks whether there are ports for others; prints TAP
 *   port-descriptors restart         has some queued, reads a line, and looks what is left of them; prints TAP
 */
#include "tests/ukernel/programs/started.h"

#include <comesg/comsg.h>
#include <comesg/window.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/stat.h>

/* A message of LONG bytes is copied while ipcd serves others. */
enum { OF_SENDER = 256, OF_OPENER = 1024, LARGE = 20000, LONG = 200000 };

static conamespace_t root;

static bool failed(ssize_t result, int error)
{
    if (result == -1 && errno == error)
        return true;
    printf("# result %zd, errno %d (%s), not %d\n", result, errno, strerror(errno), error);
    return false;
}

static struct coattachment descriptor(int number)
{
    return (struct coattachment){.kind = COHANDLE_DESCRIPTOR, .descriptor = number};
}

/* A pipe: when nobody has what is written to any more, its reader finds the end. */
struct tube {
    int reader, writer;
};

static struct tube make_tube(void)
{
    int ends[2];
    need(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0, "a pipe");
    return (struct tube){ends[0], ends[1]};
}

/* Closes both ends. True if nobody else has the one for writing; ipcd may still be closing it. */
static bool is_last(struct tube tube)
{
    char byte;
    ssize_t got;
    close(tube.writer);
    for (int i = 0; i < 5000 && ((got = read(tube.reader, &byte, 1)) > 0 || (got < 0 && errno == EAGAIN)); i++)
        pause_milliseconds(1);
    close(tube.reader);
    return got == 0;
}

static bool is_writer(const struct coattachment *attachment, struct tube tube)
{
    char byte = 0;
    return attachment->kind == COHANDLE_DESCRIPTOR && attachment->handle == 0 &&
           attachment->descriptor != tube.writer && fcntl(attachment->descriptor, F_GETFD) == FD_CLOEXEC &&
           write(attachment->descriptor, "b", 1) == 1 && read(tube.reader, &byte, 1) == 1 && byte == 'b';
}

static struct coattachment room[COATTACHMENT_MAX];

static bool takes(coport_t port, size_t capacity, size_t count, size_t dropped)
{
    struct coattachment_set set = {.array = room, .capacity = capacity};
    void *message;
    ssize_t length = corecv_oob(port, &message, 0, &set);
    bool good = length > 0 && coport_msg_free(port, message) == 0 && set.count == count && set.dropped == dropped;
    if (!good)
        printf("# %zd bytes, %zu attachments, %zu dropped (errno %d)\n", length, set.count, set.dropped, errno);
    return good;
}

static void passing(void)
{
    coport_t port = open_coport(COCARRIER), other = open_coport(COCHANNEL);
    struct tube tube = make_tube();
    struct coattachment sent[COATTACHMENT_MAX] = {descriptor(tube.writer), {.handle = other}, descriptor(tube.writer)};
    ok(cosend_oob(port, "x", 1, sent, 1) == 1 && takes(port, 1, 1, 0) && is_writer(&room[0], tube),
       "a descriptor arrives, as another number for the same file");
    close(room[0].descriptor);
    ok(is_last(tube), "and when both have closed theirs, nobody has it");
    tube = make_tube();
    sent[0] = sent[2] = descriptor(tube.writer);
    ok(cosend_oob(port, "x", 1, sent, 3) == 1 && takes(port, 3, 3, 0) && is_writer(&room[0], tube) &&
           is_writer(&room[2], tube) && room[1].kind == COHANDLE_PORT && room[1].descriptor == -1 &&
           cosend(room[1].handle, "h", 1) == 1,
       "descriptors and handles in their order");
    close(room[0].descriptor);
    close(room[2].descriptor);
    cohandle_close(room[1].handle);
    static char large[LONG];
    for (int i = 0; i < COATTACHMENT_MAX; i++)
        sent[i] = descriptor(tube.writer);
    for (int length = LARGE; length <= LONG; length += LONG - LARGE) {
        bool good = cosend_oob(port, large, (size_t)length, sent, COATTACHMENT_MAX - 1) == length &&
                    takes(port, COATTACHMENT_MAX, COATTACHMENT_MAX - 1, 0);
        for (int i = 0; i < COATTACHMENT_MAX - 1; i++)
            good = good && is_writer(&room[i], tube) && close(room[i].descriptor) == 0;
        ok(good, "63 with a message of %d bytes", length);
    }
    bool good =
        cosend_oob(port, "x", 1, sent, COATTACHMENT_MAX) == 1 && takes(port, COATTACHMENT_MAX, COATTACHMENT_MAX, 0);
    for (int i = 0; i < COATTACHMENT_MAX; i++)
        good = good && is_writer(&room[i], tube) && close(room[i].descriptor) == 0;
    ok(good, "64 with a short one");
    bool passed = cosend_oob(port, "x", 1, sent, 1) == 1 && close(tube.writer) == 0 && takes(port, 1, 1, 0);
    tube.writer = -1;
    ok(passed && is_writer(&room[0], tube), "what was sent is held by the message");
    tube.writer = room[0].descriptor;
    ok(is_last(tube), "and by nobody else");
    cohandle_close(port);
    cohandle_close(other);
}

static volatile bool enough;

static void *use_another(void *nothing)
{
    coport_t port = open_coport(COCARRIER);
    void *message;
    while (!enough) {
        if (cosend(port, "x", 1) == 1 && corecv(port, &message, 0) == 1)
            coport_msg_free(port, message);
    }
    cohandle_close(port);
    return nothing;
}

/* Requests with attachments and those that have none come to ipcd in two ways. */
static void meanwhile(void)
{
    enum { HANDLES = 100000, DESCRIPTORS = 3000 };
    coport_t port = open_coport(COCARRIER), other = open_coport(COCHANNEL);
    struct tube tube = make_tube();
    const struct coattachment handle = {.handle = other}, file = descriptor(tube.writer);
    pthread_t thread;
    int passed = 0, written = 0;
    need(pthread_create(&thread, NULL, use_another, NULL) == 0, "a thread");
    while (passed < HANDLES && cosend_oob(port, "x", 1, &handle, 1) == 1 && takes(port, 1, 1, 0)) {
        cohandle_close(room[0].handle);
        passed++;
    }
    ok(passed == HANDLES, "handles arrive while others use their ports");
    while (written < DESCRIPTORS && cosend_oob(port, "x", 1, &file, 1) == 1 && takes(port, 1, 1, 0) &&
           is_writer(&room[0], tube)) {
        close(room[0].descriptor);
        written++;
    }
    ok(written == DESCRIPTORS, "and so do descriptors");
    enough = true;
    pthread_join(thread, NULL);
    ok(is_last(tube), "nobody has them");
    cohandle_close(port);
    cohandle_close(other);
}

static void dropping(void)
{
    coport_t port = open_coport(COCARRIER), other = open_coport(COCHANNEL);
    struct tube tube = make_tube();
    const struct coattachment sent[] = {descriptor(tube.writer), {.handle = other}, descriptor(tube.writer)};
    void *message;
    ok(cosend_oob(port, "x", 1, sent, 3) == 1 && takes(port, 1, 1, 2) && is_writer(&room[0], tube) &&
           close(room[0].descriptor) == 0,
       "what finds no room is counted");
    ok(cosend_oob(port, "x", 1, sent, 3) == 1 && takes(port, 0, 0, 3), "nothing finds room");
    ok(cosend_oob(port, "x", 1, sent, 3) == 1 && corecv_oob(port, &message, 0, NULL) == 1 &&
           coport_msg_free(port, message) == 0,
       "without a set");
    ok(cosend_oob(port, "x", 1, sent, 3) == 1 && corecv(port, &message, 0) == 1 && coport_msg_free(port, message) == 0,
       "corecv drops them");
    ok(cosend_oob(port, "long", 4, sent, 3) == 4 && failed(corecv(port, &message, 3), EMSGSIZE) &&
           failed(corecv_oob(port, &message, 3, NULL), EMSGSIZE) && takes(port, 3, 3, 0),
       "a message that stays queued keeps them");
    close(room[0].descriptor);
    close(room[2].descriptor);
    cohandle_close(room[1].handle);
    int held[COATTACHMENT_MAX * 16], count = 0;
    while (count < COATTACHMENT_MAX * 16 && (held[count] = fcntl(tube.writer, F_DUPFD, 0)) >= 0 && held[count] < 200)
        count++;
    ok(cosend_oob(port, "x", 1, sent, 3) == 1 && takes(port, 3, 3, 0), "with many of one's own");
    close(room[0].descriptor);
    close(room[2].descriptor);
    while (count >= 0)
        close(held[count--]);
    ok(is_last(tube), "nobody has them");
    cohandle_close(port);
    cohandle_close(other);
}

static void revoking(void)
{
    coport_t port = open_coport(COCARRIER), other = open_coport(COCHANNEL), copy = codup(other);
    struct tube tube = make_tube();
    const struct coattachment sent[] = {
        {.handle = copy}, descriptor(tube.writer), {.handle = other}, {.handle = copy}, descriptor(tube.writer)};
    bool queued = cosend_oob(port, "x", 1, sent, 5) == 1 && cosend_oob(port, "x", 1, sent, 1) == 1;
    ok(queued && corevoke(copy) == 0 && takes(port, 5, 3, 0) && is_writer(&room[0], tube) &&
           room[1].kind == COHANDLE_PORT && cosend(room[1].handle, "h", 1) == 1 && is_writer(&room[2], tube),
       "a message arrives without what has been revoked");
    close(room[0].descriptor);
    close(room[2].descriptor);
    cohandle_close(room[1].handle);
    ok(takes(port, 1, 0, 0), "also if that is all");
    ok(is_last(tube), "and nothing stays behind");
    cohandle_close(port);
    cohandle_close(other);
}

static void refusing(void)
{
    static char large[65537];
    const struct coport_options options = {.size = sizeof options, .arena_size = 65536, .depth = 1};
    coport_t port = open_coport_with(COCARRIER, &options), receiver = corestrict(port, CORIGHT_RECV);
    struct tube tube = make_tube();
    struct coattachment sent[2] = {descriptor(tube.writer), descriptor(tube.writer)};
    for (int type = COPIPE; type <= COCHANNEL; type += COCHANNEL - COPIPE) {
        coport_t other = open_coport(type);
        ok(failed(cosend_oob(other, "x", 1, sent, 1), EOPNOTSUPP), "type %d: no attachments", type);
        cohandle_close(other);
    }
    static const int numbers[] = {-1, 999, 1024, 1024 + 100, INT32_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sent[1].descriptor = numbers[i];
        ok(failed(cosend_oob(port, "x", 1, sent, 2), EBADF), "%d is no descriptor", numbers[i]);
    }
    int epoll = epoll_create1(0);
    sent[1].descriptor = epoll;
    ok(epoll >= 0 && failed(cosend_oob(port, "x", 1, sent, 2), EACCES), "one that is not passed on");
    close(epoll);
    ok(failed(cosend_oob(receiver, "x", 1, sent, 1), EACCES), "no right to send");
    sent[1].descriptor = tube.writer;
    ok(failed(cosend_oob(port, large, sizeof large, sent, 1), EMSGSIZE), "a message that is too long");
    ok(failed(cosend_oob(port, (void *)(REGION_SIZE - 1), 2, sent, 1), EFAULT), "a buffer that is none");
    ok(cosend(port, "1", 1) == 1 && failed(cosend_oob(port, "2", 1, sent, 2), EAGAIN), "the queue is full");
    struct timespec soon = in_milliseconds(20);
    ok(failed(cosend_oob_until(port, "2", 1, sent, 2, &soon), ETIMEDOUT), "for some time");
    ok(takes(port, 1, 0, 0) && cosend_oob(port, "2", 1, sent, 2) == 1, "until it is received");
    ok(coclose(port) == 0 && failed(cosend_oob(port, "3", 1, sent, 1), EPIPE), "closed");
    ok(takes(port, 2, 2, 0) && is_writer(&room[0], tube) && is_writer(&room[1], tube), "what was queued is received");
    close(room[0].descriptor);
    close(room[1].descriptor);
    cohandle_close(port);
    cohandle_close(receiver);
    ok(is_last(tube), "of all that nothing stays behind");
}

static void limits(void)
{
    coport_t port = open_coport(COCARRIER), other;
    struct tube tube = make_tube();
    const struct coattachment sent = descriptor(tube.writer);
    int count = 0;
    while (count <= OF_SENDER && cosend_oob(port, "x", 1, &sent, 1) == 1)
        count++;
    ok(count == OF_SENDER && (errno == EDQUOT || errno == EAGAIN), "so many can be queued (%d)", count);
    other = open_coport(COCARRIER);
    ok(failed(cosend_oob(other, "x", 1, &sent, 1), EDQUOT), "wherever");
    const struct coattachment handle = {.handle = coseal(1, 1)};
    ok(cosend(other, "x", 1) == 1 && cosend_oob(other, "x", 1, &handle, 1) == 1, "and others are not concerned");
    ok(takes(port, 1, 1, 0) && close(room[0].descriptor) == 0 && cosend_oob(other, "x", 1, &sent, 1) == 1,
       "one is received, and another sent");
    cohandle_close(port);
    ok(cosend_oob(other, "x", 1, &sent, 1) == 1, "what is left in a port without handles makes room");
    cohandle_close(other);
    while ((other = open_coport(COPIPE)) != 0) /* so that ipcd looks for ports without handles */
        count++;
    ok(is_last(tube), "and is closed");
}

/* --- parties that are killed --- */

enum { FILES = 4 };

static coport_t find_files(void)
{
    coobject_t object;
    while (!(object = coselect("files", COPORT, root)))
        pause_milliseconds(1);
    return coobject_subject(object);
}

static uint64_t identity_of(int file)
{
    struct stat status;
    return fstat(file, &status) ? 0 : (uint64_t)status.st_ino;
}

/* A message says which files come with it. */
static _Noreturn void send_for_ever(const char *path)
{
    coport_t port = find_files();
    for (unsigned round = 0;; round++) {
        struct coattachment sent[FILES + 1];
        static uint64_t says[LONG / sizeof(uint64_t)];
        size_t count = 1 + round % FILES;
        for (size_t i = 0; i < count; i++) {
            int ends[2];
            need(pipe(ends) == 0, "a pipe");
            close(ends[0]);
            int file = i % 2 ? open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK) : ends[1];
            need(file >= 0, "a file");
            if (i % 2)
                close(ends[1]);
            sent[i] = descriptor(file);
            says[i] = identity_of(file);
        }
        sent[count] = (struct coattachment){.handle = port, .descriptor = -1};
        struct timespec soon = in_milliseconds(10);
        cosend_oob_until(port, says, round % 3 ? count * sizeof says[0] : sizeof says, sent, count + round % 2, &soon);
        for (size_t i = 0; i < count; i++)
            close(sent[i].descriptor);
    }
}

static bool close_right_ones(const struct coattachment_set *set, const uint64_t *says, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < set->count; i++) {
        const struct coattachment *attachment = &set->array[i];
        if (attachment->kind != COHANDLE_DESCRIPTOR) {
            good &= attachment->kind == COHANDLE_PORT && cohandle_close(attachment->handle) == 0;
            continue;
        }
        good &= i < count && identity_of(attachment->descriptor) == says[i];
        good &= close(attachment->descriptor) == 0;
    }
    return good;
}

static _Noreturn void receive_for_ever(void)
{
    coport_t port = find_files();
    for (unsigned round = 0;; round++) {
        static const size_t capacities[] = {FILES + 1, FILES + 1, 1, 0, FILES};
        struct coattachment_set set = {.array = room, .capacity = capacities[round % 5]};
        void *message;
        struct timespec soon = in_milliseconds(10);
        ssize_t length = round % 7 ? corecv_oob_until(port, &message, 0, &set, &soon) : corecv(port, &message, 0);
        if (length < 0 && errno != EAGAIN && errno != ETIMEDOUT)
            printf("failed: %s\n", strerror(errno));
        if (length < 0)
            continue;
        if (round % 7 && !close_right_ones(&set, message, (size_t)length / sizeof(uint64_t)))
            printf("wrong\n");
        if (round % 7 && set.count + set.dropped == 0)
            printf("none\n");
        fflush(stdout);
        if (length > 0)
            coport_msg_free(port, message);
    }
}

static int keep(void)
{
    char line[16];
    const struct coport_options options = {.size = sizeof options, .depth = 32};
    coport_t port = open_named_coport_with("files", COCARRIER, root, &options), own = open_coport(COCARRIER);
    struct tube tube = make_tube();
    const struct coattachment sent = descriptor(tube.writer);
    void *message;
    need(port && own, "ports");
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        while (corecv(port, &message, 0) >= 0)
            coport_msg_free(port, message);
        bool works = cosend_oob(own, "x", 1, &sent, 1) == 1 && takes(own, 1, 1, 0) && is_writer(&room[0], tube) &&
                     close(room[0].descriptor) == 0;
        printf("%s\n", works ? "works" : strerror(errno));
        fflush(stdout);
    }
    return 0;
}

static _Noreturn void flood(void)
{
    struct tube tube = make_tube();
    const struct coattachment sent = descriptor(tube.writer);
    int count = 0, error = 0;
    for (coport_t port; error != EDQUOT && error != ENOMEM && (port = open_coport(COCARRIER));) {
        while (cosend_oob(port, "x", 1, &sent, 1) == 1)
            count++;
        error = errno;
    }
    printf("flooded %d %s\n", count, error == EDQUOT ? "EDQUOT" : error == ENOMEM ? "ENOMEM" : strerror(error));
    fflush(stdout);
    for (;;)
        pause_milliseconds(1000);
}

/* What it leaves behind is kept by who has received the handles. */
static int abandon(void)
{
    coport_t port = open_coport(COCARRIER);
    struct tube tube = make_tube();
    struct coattachment sent = descriptor(tube.writer);
    while (cosend_oob(port, "x", 1, &sent, 1) == 1)
        continue;
    bool good = errno == EDQUOT || errno == EAGAIN;
    sent = (struct coattachment){.handle = port, .descriptor = -1};
    good = good && cosend_oob(find_files(), "port", 4, &sent, 1) == 4;
    printf("abandoned %d\n", good);
    fflush(stdout);
    return !good;
}

/* Each is kept by a message in the one before, and the first by one in the last. */
static int circle(void)
{
    const struct coport_options small = {.size = sizeof small, .arena_size = 64 << 10};
    coport_t first = open_coport_with(COCARRIER, &small), last = first, next;
    struct coattachment sent = {.handle = first, .descriptor = -1};
    if (!first)
        return 1;
    while ((next = open_coport_with(COCARRIER, &small)) != 0) {
        sent.handle = next;
        need(cosend_oob(last, "x", 1, &sent, 1) == 1, "a message");
        if (last != first)
            cohandle_close(last);
        last = next;
    }
    sent.handle = first;
    need(cosend_oob(last, "x", 1, &sent, 1) == 1, "the last message");
    return 0;
}

static int circles(const char *path)
{
    enum { MANY = 6 }; /* more COCARRIERs than there is room for */
    coport_t port;
    for (int i = 0; i < MANY; i++)
        await_end(start_program(path, "circle", NULL));
    for (int i = 0; i < 5000 && !(port = open_coport(COCARRIER)); i++)
        pause_milliseconds(1);
    ok(port != 0, "ports that only keep each other are no more");
    const struct coattachment sent = {.handle = port, .descriptor = -1};
    ok(cosend_oob(port, "x", 1, &sent, 1) == 1 && takes(port, 1, 1, 0) && room[0].kind == COHANDLE_PORT,
       "one can have a handle to itself");
    return done_testing();
}

static int restart(void)
{
    char line[16];
    void *message;
    coport_t port = open_coport(COCARRIER), again;
    struct tube tube = make_tube();
    const struct coattachment sent = descriptor(tube.writer);
    for (int i = 0; i < 100; i++)
        need(cosend_oob(port, "x", 1, &sent, 1) == 1, "a descriptor");
    printf("ready\n");
    fflush(stdout);
    need(fgets(line, sizeof line, stdin) != NULL, "a line");
    ok(is_last(tube), "what was queued is gone with ipcd");
    ok(failed(corecv_until(port, &message, 0, NULL), EPIPE), "and so is the port");
    while (!(again = open_coport(COCARRIER)) && (errno == ENOLINK || errno == EBUSY))
        pause_milliseconds(1);
    tube = make_tube();
    const struct coattachment new = descriptor(tube.writer);
    ok(again && cosend_oob(again, "x", 1, &new, 1) == 1 && takes(again, 1, 1, 0) && is_writer(&room[0], tube),
       "a new one carries descriptors");
    close(room[0].descriptor);
    ok(is_last(tube), "and keeps none");
    return done_testing();
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    root = coproc_init();
    need(root != 0, "coproc_init");
    if (strcmp(how, "keep") == 0)
        return keep();
    if (strcmp(how, "send") == 0 && argc > 2)
        send_for_ever(argv[2]);
    if (strcmp(how, "receive") == 0)
        receive_for_ever();
    if (strcmp(how, "flood") == 0)
        flood();
    if (strcmp(how, "abandon") == 0)
        return abandon();
    if (strcmp(how, "circle") == 0)
        return circle();
    if (strcmp(how, "circles") == 0)
        return circles(argv[0]);
    if (strcmp(how, "restart") == 0)
        return restart();
    passing();
    meanwhile();
    dropping();
    revoking();
    refusing();
    limits();
    return done_testing();
}
