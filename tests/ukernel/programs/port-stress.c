/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Many senders and receivers of one port, of which some are killed.
 *
 *   port-stress TYPE SENDERS RECEIVERS MESSAGES   starts the others, a new one for each that was killed, and checks
 * that every message has arrived once; prints a line `pid PID` for each
 *
 * Who was killed may have held one message: as sender it is not known whether that was sent, as receiver it is lost.
 */
#include "tests/ukernel/programs/started.h"

#include <comesg/comsg.h>

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>

enum { SENDERS_MAX = 8, RECEIVERS_MAX = 8, MESSAGES_MAX = 20000, FRAME = 32, LARGEST = 200000 };

struct shared {
    _Atomic uint32_t told[SENDERS_MAX]; /* messages that were begun */
    _Atomic uint32_t sent[SENDERS_MAX]; /* messages up to here were sent, or skipped */
    _Atomic uint32_t wrong;             /* messages with wrong bytes, or out of order */
    _Atomic uint8_t skipped[SENDERS_MAX][MESSAGES_MAX];
    _Atomic uint8_t seen[SENDERS_MAX][MESSAGES_MAX];
};

struct frame {
    uint32_t sender, number, length, sum;
};

static struct shared *shared;
static coport_t port;
static int type;
static uint32_t messages;
static _Alignas(64) char buffer[LARGEST];

static uint32_t length_of(uint32_t sender, uint32_t number)
{
    uint32_t random = (sender * 7919 + number) * 2654435761U;
    if (type == COCHANNEL)
        return FRAME;
    return FRAME + (random >> 30 ? random >> 24 : random % (LARGEST - FRAME));
}

static void fill(uint32_t sender, uint32_t number)
{
    struct frame frame = {sender, number, length_of(sender, number), 0};
    memset(buffer, (char)(number + sender), frame.length);
    frame.sum = frame.sender ^ frame.number ^ frame.length;
    memcpy(buffer, &frame, sizeof frame);
}

static bool right(const char *message, ssize_t length, struct frame *frame)
{
    memcpy(frame, message, sizeof *frame);
    if (length < (ssize_t)sizeof *frame || frame->sender >= SENDERS_MAX || frame->number >= MESSAGES_MAX ||
        frame->length != length || frame->sum != (frame->sender ^ frame->number ^ frame->length))
        return false;
    for (ssize_t i = sizeof *frame; i < length; i += 61) {
        if (message[i] != (char)(frame->number + frame->sender))
            return false;
    }
    return true;
}

static int fail(const char *what)
{
    fprintf(stderr, "port-stress: %s: %s\n", what, strerror(errno));
    return 3;
}

static int send_all(uint32_t sender)
{
    uint32_t number = shared->sent[sender];
    if (shared->told[sender] > number) { /* the one before was killed with it */
        shared->skipped[sender][number] = 1;
        shared->sent[sender] = ++number;
    }
    for (; number < messages; number++) {
        fill(sender, number);
        shared->told[sender] = number + 1;
        ssize_t length = length_of(sender, number), sent;
        while ((sent = cosend_until(port, buffer, (size_t)length, NULL)) < 0 && (errno == EBUSY || errno == EINTR))
            ;
        if (sent != length)
            return fail("cosend");
        shared->sent[sender] = number + 1;
    }
    return 0;
}

static int receive_all(bool alone)
{
    static uint32_t next[SENDERS_MAX];
    for (;;) {
        void *message = buffer;
        struct frame frame;
        ssize_t length = corecv_until(port, &message,
                                      type == COCARRIER   ? 0
                                      : type == COCHANNEL ? FRAME
                                                          : LARGEST,
                                      NULL);
        if (length < 0 && errno == EPIPE)
            return 0;
        if (length < 0 && (errno == EBUSY || errno == EINTR))
            continue;
        if (length < 0)
            return fail("corecv");
        if (!right(message, length, &frame) || (alone && frame.number < next[frame.sender]))
            shared->wrong++;
        else
            shared->seen[frame.sender][frame.number]++;
        next[frame.sender % SENDERS_MAX] = frame.number + 1;
        if (type == COCARRIER && coport_msg_free(port, message))
            return fail("coport_msg_free");
    }
}

/* The parts that are started again. */
struct part {
    struct started started;
    bool ended;
};

static comemory_t object;

static struct part start(const char *path, char role, unsigned index, unsigned receivers)
{
    cohandle_t handles[] = {port, object};
    char how[64];
    const struct coexec_options options = {.size = sizeof options, .handles = handles, .handle_count = 2};
    snprintf(how, sizeof how, "%c %d %u %u %u", role, type, index, receivers, messages);
    struct part part = {start_program(path, how, &options), false};
    need(part.started.pid > 0, "a part");
    fcntl(part.started.descriptor, F_SETFL, O_NONBLOCK);
    printf("pid %d\n", part.started.pid);
    fflush(stdout);
    return part;
}

static bool has_ended(struct part *part)
{
    char byte;
    if (part->ended || read(part->started.descriptor, &byte, 1) != 0)
        return part->ended;
    close(part->started.descriptor);
    return part->ended = true;
}

/* Starts what was killed again until all is sent. Gives the number of receivers that were killed. */
static unsigned look_after(const char *path, struct part *senders, unsigned sender_count, struct part *receivers,
                           unsigned receiver_count)
{
    unsigned killed = 0;
    for (;;) {
        bool all = true;
        for (unsigned i = 0; i < sender_count; i++) {
            bool complete = shared->sent[i] == messages;
            if (has_ended(&senders[i]) && !complete)
                senders[i] = start(path, 's', i, receiver_count);
            all = all && complete;
        }
        for (unsigned i = 0; i < receiver_count; i++) {
            if (!has_ended(&receivers[i]))
                continue;
            killed++;
            receivers[i] = start(path, 'r', i, receiver_count);
        }
        if (all)
            return killed;
        pause_milliseconds(2);
    }
}

static int control(const char *path, char **argv)
{
    struct part senders[SENDERS_MAX], receivers[RECEIVERS_MAX];
    unsigned sender_count = (unsigned)atoi(argv[2]), receiver_count = (unsigned)atoi(argv[3]), killed, lost = 0,
             twice = 0;
    struct timespec pause = {.tv_nsec = 2000000};
    type = atoi(argv[1]);
    messages = (uint32_t)atoi(argv[4]);
    need(coproc_init() != 0, "coproc_init");
    object = commap(sizeof *shared, PROT_READ | PROT_WRITE);
    port = open_coport(type);
    need(object && port && (shared = comap_attach(object, PROT_READ | PROT_WRITE)), "port and memory");
    for (unsigned i = 0; i < receiver_count; i++)
        receivers[i] = start(path, 'r', i, receiver_count);
    for (unsigned i = 0; i < sender_count; i++)
        senders[i] = start(path, 's', i, receiver_count);
    killed = look_after(path, senders, sender_count, receivers, receiver_count);
    printf("sent\n");
    fflush(stdout);
    need(coclose(port) == 0, "coclose");
    for (unsigned i = 0; i < receiver_count; i++) {
        while (!has_ended(&receivers[i]))
            nanosleep(&pause, NULL);
    }
    for (unsigned i = 0; i < sender_count; i++) {
        for (uint32_t number = 0; number < messages; number++) {
            lost += shared->seen[i][number] == 0 && !shared->skipped[i][number];
            twice += shared->seen[i][number] > 1;
        }
    }
    ok(twice == 0, "no message arrives twice (%u)", twice);
    ok(lost <= killed, "none is lost but with its receiver (%u lost, %u receivers killed)", lost, killed);
    ok(shared->wrong == 0, "all are right and in order (%u)", shared->wrong);
    return done_testing();
}

static int take_part(const char *how)
{
    const struct covector *vector = cogetvec();
    unsigned index, receivers;
    char role;
    if (sscanf(how, "%c %d %u %u %u", &role, &type, &index, &receivers, &messages) != 5 || vector->count != 2)
        return 2;
    coproc_init();
    port = vector->handles[0];
    shared = comap_attach(vector->handles[1], PROT_READ | PROT_WRITE);
    if (!shared)
        return fail("comap_attach");
    return role == 's' ? send_all(index) : receive_all(receivers == 1);
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return control(argv[0], argv);
    return argc == 2 ? take_part(argv[1]) : 2;
}
