/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests to ipcd that libcomsg does not make: random ones, with and without attachments, by both of its ways. It must
 * go on serving, and what others have in a port must stay as it is.
 *
 *   port-fuzz SEED REQUESTS
 */
#include "lib/libcomsg/service_pools.h"
#include "tests/core/programs/support.h"
#include "ukernel/protocol/ports.h"

#include <comesg/comsg.h>
#include <comesg/window.h>

#include <errno.h>
#include <sys/stat.h>

static uint64_t seed;

static uint32_t pick(uint32_t below)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

enum { PORTS = 6, HANDLES = PORTS + 4, FILES = 4 };
static cohandle_t handles[HANDLES];
static struct {
    int descriptor;
    ino_t number;
} files[FILES];
static int strange; /* files that were received and are none of these */
static char memory[70000];

static uint64_t some_number(void)
{
    static const uint64_t edges[] = {0,     1,     63,    64,      127,        128,       4096,
                                     16384, 16385, 65536, 1 << 21, UINT32_MAX, UINT64_MAX};
    switch (pick(4)) {
    case 0:
        return edges[pick(sizeof edges / sizeof edges[0])];
    case 1:
        return pick(512) * 128;
    default:
        return pick(300);
    }
}

struct request {
    struct ports_request head;
    char bytes[PORTS_INLINE_MAX + 100];
};

static size_t make(struct request *request)
{
    request->head = (struct ports_request){
        .operation = pick(50) ? 1 + pick(PORTS_OPERATION_END) : pick(1000),
        .flags = pick(8),
        .port = pick(10) ? handles[pick(HANDLES)] : some_number(),
        .length = some_number(),
        .argument = some_number(),
    };
    if (request->head.operation == PORTS_OPEN && pick(20)) /* else there are soon too many */
        request->head.operation = PORTS_SEND;
    if (request->head.operation == PORTS_CLOSE && pick(50))
        request->head.operation = PORTS_RECEIVE;
    uint64_t length = sizeof request->head + request->head.length;
    return pick(8) && length < sizeof *request ? length : pick(sizeof *request);
}

static struct coattachment some_attachment(void)
{
    if (pick(3))
        return comesg_attach(handles[pick(HANDLES)]);
    return (struct coattachment){.kind = COHANDLE_DESCRIPTOR, .descriptor = files[pick(FILES)].descriptor};
}

static bool is_own(int descriptor)
{
    struct stat status;
    bool own = false;
    need(fstat(descriptor, &status) == 0, "a file");
    for (int i = 0; i < FILES; i++)
        own |= files[i].number == status.st_ino;
    return own;
}

static void close_received(const struct coattachment *received)
{
    if (received->kind != COHANDLE_DESCRIPTOR) {
        cohandle_close(received->handle);
        return;
    }
    strange += !is_own(received->descriptor);
    close(received->descriptor);
}

static void ask(cotarget_t direct)
{
    static struct request request;
    char reply[128];
    size_t length = make(&request);
    struct coattachment attachments[COATTACHMENT_MAX], received[COATTACHMENT_MAX];
    struct coattachment_set set = {.array = received, .capacity = pick(COATTACHMENT_MAX)};
    size_t n = pick(3) ? pick(3) : pick(COATTACHMENT_MAX);
    if (pick(2)) {
        cocall(direct, &request, length, reply, pick(sizeof reply));
        return;
    }
    for (size_t i = 0; i < n; i++)
        attachments[i] = some_attachment();
    if (comesg_call_some(SERVICE_PORTS, &request, length, reply, sizeof reply, attachments, n, &set) == 0) {
        for (size_t i = 0; i < set.count; i++)
            close_received(&received[i]);
    }
}

/* What came with a request is nothing to those that come directly. */
static void test_window(cotarget_t direct, coport_t port)
{
    const struct {
        struct ports_request head;
        char bytes[100];
    } request = {{PORTS_SEND, PORTS_WINDOW, port, 100, 0}, ""};
    struct ports_reply reply = {0};
    void *message;
    ok(cosend(port, memory, sizeof memory) == sizeof memory && corecv(port, &message, 0) == sizeof memory &&
           coport_msg_free(port, message) == 0,
       "a message in a window");
    ok(cocall_until(direct, &request, sizeof request, &reply, sizeof reply, NULL) > 0 && reply.error == EINVAL,
       "there is none in the next request, which comes directly");
    const struct coattachment file = {.kind = COHANDLE_DESCRIPTOR, .descriptor = files[0].descriptor};
    ok(comesg_call_some(SERVICE_PORTS, &request, sizeof request, &reply, sizeof reply, &file, 1, NULL) &&
           errno == EINVAL,
       "and a descriptor is no window");
}

int main(int argc, char **argv)
{
    const struct ports_request question = {.operation = PORTS_DIRECT};
    struct ports_reply answer;
    void *message;
    need(argc == 3 && coproc_init() != 0, "port-fuzz SEED REQUESTS");
    seed = strtoull(argv[1], NULL, 10);
    coport_t own = open_coport(COCARRIER);
    need(own && cosend(own, "own", 3) == 3, "a port of one's own");
    for (int i = 0; i < PORTS; i++)
        handles[i] = open_coport(COPIPE + i % 3);
    handles[PORTS] = cowindow(memory, sizeof memory, CORIGHT_R | CORIGHT_W, COWINDOW_LASTING);
    handles[PORTS + 1] = cowindow(memory + 100, 100, CORIGHT_R, COWINDOW_LASTING);
    handles[PORTS + 2] = corestrict(handles[1], CORIGHT_SEND);
    handles[PORTS + 3] = corestrict(handles[1], CORIGHT_RECV);
    for (int i = 0; i < FILES; i += 2) {
        int ends[2];
        struct stat status;
        need(pipe(ends) == 0 && fstat(ends[0], &status) == 0, "a pipe");
        files[i].descriptor = ends[0];
        files[i + 1].descriptor = ends[1];
        files[i].number = files[i + 1].number = status.st_ino;
    }
    cotarget_t direct =
        comesg_call_for_handle(SERVICE_PORTS, &question, sizeof question, &answer, sizeof answer, NULL, 0);
    need(direct != 0, "the direct way");
    for (int i = atoi(argv[2]); i > 0; i--)
        ask(direct);
    /* The others may have it just now. */
    ok(cocall_until(direct, &question, sizeof question, &answer, sizeof answer, NULL) >= 0, "ipcd lives");
    ok(corecv(own, &message, 0) == 3 && memcmp(message, "own", 3) == 0 && coport_msg_free(own, message) == 0,
       "what is in a port of others stays");
    coport_t port = open_coport(COCARRIER);
    ok(port && cosend(port, "new", 3) == 3 && corecv(port, &message, 0) == 3 && coport_msg_free(port, message) == 0,
       "and new ones work (%s)", strerror(errno));
    ok(strange == 0, "no file of others was received");
    test_window(direct, port);
    return done_testing();
}
