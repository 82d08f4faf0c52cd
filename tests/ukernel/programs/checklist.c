/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The check-lists of the prototype that comesg takes its names from (doc/prototype.md), in their order; what is said of
 * each step begins with its number there.
 *
 *   checklist           ports, objects, attachments, the death of a process
 *   checklist child     with a COCARRIER and a COPIPE in its vector: the one that dies
 *   checklist receiver  receives from another program, which it starts
 *   checklist sender    that other program
 */
#include "check.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/comsg.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SENT = 1024, STATUS = 3 };

static const char *self;
static const char text[] = "Testing...";

static struct timespec in_seconds(time_t seconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += seconds;
    return time;
}

static pthread_t start(void *run(void *), void *argument)
{
    pthread_t thread;
    need(pthread_create(&thread, NULL, run, argument) == 0, "a thread");
    return thread;
}

static conamespace_t make_namespace(conamespace_t root)
{
    char name[] = "coproctest0";
    conamespace_t space = 0;
    while (!space && name[sizeof name - 2] < '9') {
        space = cocreate(name, APPLICATION, root);
        name[sizeof name - 2]++;
    }
    return space;
}

static void channel(conamespace_t space)
{
    char buffer[sizeof text] = "";
    coport_t port = open_named_coport("test_coport", COCHANNEL, space);
    check(port != 0, "C3 a COCHANNEL is opened by its name");
    check(cosend(port, text, sizeof text) == sizeof text, "C4 cosend of some bytes");
    check(corecv(port, &(void *){buffer}, sizeof text) == sizeof text && strcmp(buffer, text) == 0,
          "C5 corecv of as many gives the same");
    coobject_t object = coselect("test_coport", COPORT, space);
    check(object && codelete(object, space) == 0, "C6 its object is found, and deleted");
    check(coclose(port) == 0 && failed(cosend(port, text, 1), EPIPE), "C7 the port is closed");
    cohandle_close(port);
}

struct receiver {
    coport_t port;
    char buffer[sizeof text];
    ssize_t length;
};

static void *receive(void *argument)
{
    struct receiver *receiver = argument;
    receiver->length = corecv(receiver->port, &(void *){receiver->buffer}, sizeof receiver->buffer);
    return NULL;
}

static void pipe_by_reservation(conamespace_t space)
{
    coobject_t object = coinsert("test_coport", RESERVATION, 0, space);
    check(object && refused(coselect("test_coport", COPORT, space), ENOENT),
          "C8 a reservation takes the name, which is free again");
    struct receiver receiver = {.port = open_coport(COPIPE)};
    check(receiver.port != 0, "C9 a COPIPE");
    coobject_t updated = coupdate(object, COPORT, receiver.port), found = coselect("test_coport", COPORT, space);
    check(updated && found, "C10 fills the reservation, which is then found as what it is");
    pthread_t thread = start(receive, &receiver);
    check(cosend(receiver.port, text, sizeof text) == sizeof text, "C11 one thread sends what another receives");
    pthread_join(thread, NULL);
    check(receiver.length == sizeof text && strcmp(receiver.buffer, text) == 0, "C12 which is what was sent");
    check(coclose(receiver.port) == 0, "C13 the COPIPE is closed");
    check(codelete(updated, space) == 0 && refused(coselect("test_coport", COPORT, space), ENOENT),
          "C14 the object that was filled is deleted");
    cohandle_close(receiver.port);
}

struct poller {
    coport_t port;
    int events;
    ssize_t length;
    bool same_text;
    struct coattachment attachment;
    struct coattachment_set set;
};

static void *poll_and_receive(void *argument)
{
    struct poller *poller = argument;
    pollcoport_t poll = {poller->port, COPOLL_IN, 0};
    void *message = NULL;
    poller->events = copoll(&poll, 1, -1) == 1 ? (int)poll.revents : -1;
    poller->length = corecv_oob(poller->port, &message, 0, &poller->set);
    poller->same_text = poller->length == sizeof text && strcmp(message, text) == 0;
    coport_msg_free(poller->port, message);
    return NULL;
}

static void carrier(conamespace_t space)
{
    coport_t port = open_coport(COCARRIER);
    check(port != 0, "C15 a COCARRIER");
    coobject_t object = coinsert("test_coport", COPORT, port, space);
    check(object != 0, "C16 is inserted under the name");
    pollcoport_t poll = {port, COPOLL_OUT, 0};
    check(copoll(&poll, 1, 0) == 1 && poll.revents == COPOLL_OUT, "C17 copoll finds room at once");
    struct poller poller = {.port = port};
    poller.set = (struct coattachment_set){.array = &poller.attachment, .capacity = 1};
    pthread_t thread = start(poll_and_receive, &poller);
    const struct coattachment attachment = {.kind = COHANDLE_PORT, .handle = port, .descriptor = -1};
    check(cosend_oob(port, text, sizeof text, &attachment, 1) == sizeof text,
          "C19 a message is sent with the port's own handle attached");
    pthread_join(thread, NULL);
    check(poller.events == COPOLL_IN, "C18 another thread waits in copoll without limit, and is woken");
    check(poller.same_text && poller.set.count == 1 && poller.set.dropped == 0,
          "C20 it receives the message and one attachment");
    check(poller.attachment.kind == COHANDLE_PORT && poller.attachment.handle != port &&
              coport_gettype(poller.attachment.handle) == COCARRIER && cosend(poller.attachment.handle, "to", 2) == 2 &&
              corecv(port, &(void *){NULL}, 0) == 2,
          "C20 a handle of its own to the same port");
    check(codelete(object, space) == 0, "C21 the object is deleted");
    check(coclose(port) == 0 && failed(coclose(poller.attachment.handle), EPIPE),
          "C22 the port is closed, for all handles");
    cohandle_close(poller.attachment.handle);
    cohandle_close(port);
}

/* The slow callback. */
struct callback {
    cotarget_t target;
    _Atomic bool ready;
    _Atomic unsigned count;
    struct coevent_notice notice;
};

static void *serve(void *argument)
{
    struct callback *callback = argument;
    struct coevent_notice notice;
    need(coregister(NULL, NULL, &callback->target) == 0, "coregister");
    callback->ready = true;
    for (;;) {
        if (coaccept_slow(NULL, NULL, 0, &notice, sizeof notice) < 0)
            continue;
        callback->notice = notice;
        callback->count++;
    }
    return NULL;
}

static void death(void)
{
    static struct callback callback;
    char *const arguments[] = {(char *)self, "child", NULL};
    char go[4] = "";
    void *message;
    struct coattachment attachment = {0};
    struct coattachment_set set = {.array = &attachment, .capacity = 1};
    start(serve, &callback);
    while (!callback.ready)
        usleep(1000);
    const cohandle_t vector[] = {open_coport(COCARRIER), open_coport(COPIPE)};
    cocallback_t function = ccb_register(callback.target, CCB_SLOW);
    check(vector[0] && vector[1] && function, "C23 two ports and a slow callback");
    pid_t pid = coexecvec(self, arguments, NULL, vector, 2);
    check(pid > 0, "C23 a child gets both ports in its vector");
    check(corecv(vector[1], &(void *){go}, sizeof go) == sizeof go && strcmp(go, "yes") == 0,
          "C23 it meets us at the COPIPE");
    check(corecv_oob(vector[0], &message, 0, &set) == 6 && set.count == 1 && attachment.kind == COHANDLE_EVENT,
          "C23 the event of its death comes with a message");
    check(ccb_install(function, NULL, attachment.handle) == 0 && callback.count == 0, "C23 the callback is installed");
    check(cosend(vector[1], "die", 4) == 4, "C23 the child is released");
    for (int i = 0; i < 30000 && callback.count == 0; i++)
        usleep(1000);
    check(callback.count == 1 && callback.notice.type == PROCESS_DEATH && callback.notice.pid == pid &&
              callback.notice.status == STATUS << 8,
          "C23 its death is told to the callback, with pid and status");
}

static int child(void)
{
    const struct covector *vector = cogetvec();
    char go[4];
    struct timespec limit = in_seconds(30);
    check(vector->count == 2, "D1 the vector has two handles");
    check(coproc_init() != 0, "D2 the child joins the microkernel");
    coevent_t event = colisten(PROCESS_DEATH, (uint64_t)getpid());
    check(event != 0, "D3 it listens to its own death");
    const struct coattachment attachment = {.handle = event, .descriptor = -1};
    check(cosend_oob(vector->handles[0], "event", 6, &attachment, 1) == 6, "D4 sends the event");
    check(cosend(vector->handles[1], "yes", 4) == 4, "D5 meets the parent at the COPIPE");
    check(corecv_until(vector->handles[1], &(void *){go}, sizeof go, &limit) == 4, "D6 and waits until it is released");
    return failures ? EXIT_FAILURE : STATUS;
}

static int receiver(void)
{
    static unsigned char buffer[SENT];
    char *const arguments[] = {(char *)self, "sender", NULL};
    int ends[2];
    need(pipe(ends) == 0, "a pipe, which the sender leaves when it ends");
    conamespace_t space = cocreate("coport_example_namespace", APPLICATION, coproc_init());
    check(space != 0, "S1 a namespace for two programs");
    coport_t port = open_named_coport("example_copipe", COPIPE, space);
    check(port != 0, "S2 a COPIPE with a name");
    check(coexecve(self, arguments, NULL) > 0, "S3 the sender is started in the same realm");
    close(ends[1]);
    bool good = corecv(port, &(void *){buffer}, sizeof buffer) == SENT;
    for (int i = 0; i < SENT; i++)
        good = good && buffer[i] == (unsigned char)(i * 7);
    check(good, "S4 its 1024 bytes are received");
    while (read(ends[0], buffer, 1) > 0)
        continue;
    check(coclose(port) == 0, "S5 the port is closed");
    coobject_t object = coselect("example_copipe", COPORT, space);
    check(object && codelete(object, space) == 0, "S6 and its name deleted");
    check(codrop(space, coproc_init()) == 0, "S7 and the namespace dropped");
    return failures != 0;
}

static int sender(void)
{
    static unsigned char buffer[SENT];
    for (int i = 0; i < SENT; i++)
        buffer[i] = (unsigned char)(i * 7);
    conamespace_t space = cocreate("coport_example_namespace", APPLICATION, coproc_init());
    check(space != 0, "S8 the sender opens the namespace that there is");
    coport_t port = coobject_subject(coselect("example_copipe", COPORT, space));
    check(port != 0, "S9 and finds the port by its name");
    check(cosend(port, buffer, sizeof buffer) == SENT, "S10 and sends");
    return failures != 0;
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return child();
    if (argc > 1 && strcmp(argv[1], "receiver") == 0)
        return receiver();
    if (argc > 1)
        return sender();
    conamespace_t root;
    while (!(root = coproc_init()) && errno == EAGAIN)
        sleep(1);
    check(root != 0, "C1 the microkernel is joined");
    conamespace_t space = make_namespace(root);
    check(space != 0, "C2 a namespace for an application in the root");
    channel(space);
    pipe_by_reservation(space);
    carrier(space);
    death();
    return failures != 0;
}
