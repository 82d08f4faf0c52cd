/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Each form of calls, of accepting them and of what else has forms: it does what the others do.
 */
#include "check.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { TEXT = 16 };

static struct timespec soon(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += 30;
    return time;
}

static struct cocall_information room_for(struct coattachment *attachment)
{
    return (struct cocall_information){.size = sizeof(struct cocall_information), .attachments = {attachment, 1, 0, 0}};
}

/* --- accepting --- */

struct acceptance {
    char in[TEXT], out[TEXT]; /* the next request; the reply to the one before */
    size_t length;            /* of the reply */
    struct cocall_information information;
    struct timespec limit;
};

static ssize_t accept_until(struct acceptance *a)
{
    return coaccept_until(NULL, a->out, a->length, a->in, TEXT, &a->limit);
}

static ssize_t accept_nb(struct acceptance *a)
{
    return coaccept_nb(NULL, a->out, a->length, a->in, TEXT);
}

static ssize_t accept_oob(struct acceptance *a)
{
    return coaccept_oob(NULL, a->out, a->length, a->in, TEXT, NULL, 0, &a->information);
}

static ssize_t accept_oob_until(struct acceptance *a)
{
    return coaccept_oob_until(NULL, a->out, a->length, a->in, TEXT, NULL, 0, &a->information, &a->limit);
}

static ssize_t accept_oob_nb(struct acceptance *a)
{
    return coaccept_oob_nb(NULL, a->out, a->length, a->in, TEXT, NULL, 0, &a->information);
}

static ssize_t accept_slow(struct acceptance *a)
{
    return coaccept_slow(NULL, a->out, a->length, a->in, TEXT);
}

static ssize_t accept_slow_until(struct acceptance *a)
{
    return coaccept_slow_until(NULL, a->out, a->length, a->in, TEXT, &a->limit);
}

static ssize_t accept_slow_nb(struct acceptance *a)
{
    return coaccept_slow_nb(NULL, a->out, a->length, a->in, TEXT);
}

static ssize_t accept_slow_oob(struct acceptance *a)
{
    return coaccept_slow_oob(NULL, a->out, a->length, a->in, TEXT, NULL, 0, &a->information);
}

static ssize_t accept_slow_oob_until(struct acceptance *a)
{
    return coaccept_slow_oob_until(NULL, a->out, a->length, a->in, TEXT, NULL, 0, &a->information, &a->limit);
}

static ssize_t accept_slow_oob_nb(struct acceptance *a)
{
    return coaccept_slow_oob_nb(NULL, a->out, a->length, a->in, TEXT, NULL, 0, &a->information);
}

static const struct form {
    const char *what;
    ssize_t (*accept)(struct acceptance *);
    bool attachments;
} forms[] = {
    {"coaccept_until takes a call", accept_until, false},
    {"coaccept_nb takes a call", accept_nb, false},
    {"coaccept_oob takes a call", accept_oob, true},
    {"coaccept_oob_until takes a call", accept_oob_until, true},
    {"coaccept_oob_nb takes a call", accept_oob_nb, true},
    {"coaccept_slow takes a call", accept_slow, false},
    {"coaccept_slow_until takes a call", accept_slow_until, false},
    {"coaccept_slow_nb takes a call", accept_slow_nb, false},
    {"coaccept_slow_oob takes a call", accept_slow_oob, true},
    {"coaccept_slow_oob_until takes a call", accept_slow_oob_until, true},
    {"coaccept_slow_oob_nb takes a call", accept_slow_oob_nb, true},
};
enum { FORMS = sizeof forms / sizeof forms[0] };

static cotarget_t server;
static _Atomic bool ready;

/* One call in each form; the answer is the number of handles that came. */
static void *serve(void *nothing)
{
    need(coregister(NULL, NULL, &server) == 0, "coregister");
    ready = true;
    struct acceptance acceptance = {.length = 0};
    for (size_t i = 0; i < FORMS; i++) {
        struct coattachment attachment;
        ssize_t length;
        acceptance.information = room_for(&attachment);
        acceptance.limit = soon();
        while ((length = forms[i].accept(&acceptance)) < 0)
            need(errno == EAGAIN, forms[i].what);
        snprintf(acceptance.out, TEXT, "%d %d", (int)length & 15,
                 forms[i].attachments && acceptance.information.attachments.count == 1);
        acceptance.length = TEXT;
    }
    coaccept_nb(NULL, acceptance.out, TEXT, NULL, 0);
    return nothing;
}

static void accepting(void)
{
    pthread_t thread;
    const struct coattachment sent = {.handle = coseal(1, 1), .descriptor = -1};
    need(pthread_create(&thread, NULL, serve, NULL) == 0, "a thread");
    while (!ready)
        usleep(1000);
    for (size_t i = 0; i < FORMS; i++) {
        char out[TEXT] = "request", in[TEXT] = "", expected[TEXT];
        struct timespec limit = soon();
        snprintf(expected, sizeof expected, "8 %d", forms[i].attachments);
        ssize_t length = cocall_oob_until(server, out, 8, in, TEXT, &sent, 1, NULL, &limit);
        check(length == TEXT && strcmp(in, expected) == 0, forms[i].what);
    }
    pthread_join(thread, NULL);
}

/* --- calling --- */

static cotarget_t echo;

/* Sends back what came, handles too. */
static void *reflect(void *nothing)
{
    char bytes[TEXT];
    size_t length = 0, count = 0;
    struct coattachment attachment;
    need(coregister(NULL, NULL, &echo) == 0, "coregister");
    for (ready = true;;) {
        struct coattachment given = attachment;
        struct cocall_information information = room_for(&attachment);
        ssize_t got = coaccept_oob(NULL, bytes, length, bytes, sizeof bytes, &given, count, &information);
        need(got >= 0, "echo");
        length = (size_t)got;
        count = information.attachments.count;
    }
    return nothing;
}

static bool echoed(ssize_t length, const char *in)
{
    return length == 8 && strcmp(in, "request") == 0;
}

static bool returned(const struct cocall_information *information)
{
    uint64_t badge;
    return information->attachments.count == 1 &&
           counseal(information->attachments.array[0].handle, &badge, NULL) == 0 && badge == 4711;
}

static void calling(void)
{
    pthread_t thread;
    const struct coattachment sent = {.handle = coseal(4711, 1), .descriptor = -1};
    char in[TEXT] = "";
    struct coattachment received;
    struct cocall_information information;
    struct timespec limit = soon();
    ssize_t length;
    ready = false;
    need(pthread_create(&thread, NULL, reflect, NULL) == 0, "a thread");
    while (!ready)
        usleep(1000);
    check(echoed(cocall_until(echo, "request", 8, in, TEXT, &limit), in), "cocall_until is answered");
    check(echoed(cocall(echo, "request", 8, in, TEXT), in), "cocall is answered");
    check(echoed(cocall_nb(echo, "request", 8, in, TEXT), in), "cocall_nb is answered");
    check(echoed(cocall_slow(echo, "request", 8, in, TEXT), in), "cocall_slow is answered");
    check(echoed(cocall_slow_until(echo, "request", 8, in, TEXT, &limit), in), "cocall_slow_until is answered");
    check(echoed(cocall_slow_nb(echo, "request", 8, in, TEXT), in), "cocall_slow_nb is answered");
    information = room_for(&received);
    length = cocall_oob(echo, "request", 8, in, TEXT, &sent, 1, &information);
    check(echoed(length, in) && returned(&information), "cocall_oob is answered, with the handle");
    information = room_for(&received);
    length = cocall_oob_until(echo, "request", 8, in, TEXT, &sent, 1, &information, &limit);
    check(echoed(length, in) && returned(&information), "cocall_oob_until is answered, with the handle");
    information = room_for(&received);
    length = cocall_oob_nb(echo, "request", 8, in, TEXT, &sent, 1, &information);
    check(echoed(length, in) && returned(&information), "cocall_oob_nb is answered, with the handle");
    information = room_for(&received);
    length = cocall_slow_oob(echo, "request", 8, in, TEXT, &sent, 1, &information);
    check(echoed(length, in) && returned(&information), "cocall_slow_oob is answered, with the handle");
    information = room_for(&received);
    length = cocall_slow_oob_until(echo, "request", 8, in, TEXT, &sent, 1, &information, &limit);
    check(echoed(length, in) && returned(&information), "cocall_slow_oob_until is answered, with the handle");
    information = room_for(&received);
    length = cocall_slow_oob_nb(echo, "request", 8, in, TEXT, &sent, 1, &information);
    check(echoed(length, in) && returned(&information), "cocall_slow_oob_nb is answered, with the handle");
}

/* --- services, ports --- */

static void others(conamespace_t root)
{
    char in[TEXT] = "";
    struct timespec limit = soon();
    void *message;
    coservice_t service = coprovide(&echo, 1, COSERVICE_FAST, 1);
    check(echoed(coservice_call(service, "request", 8, in, TEXT), in), "coservice_call is answered");
    check(echoed(coservice_call_until(service, "request", 8, in, TEXT, &limit), in),
          "coservice_call_until is answered");
    check(echoed(coservice_call_nb(service, "request", 8, in, TEXT), in), "coservice_call_nb is answered");
    const struct coport_options options = {.size = sizeof options, .depth = 1};
    coport_t port = open_named_coport_with("variants", COCARRIER, root, &options), same;
    check(port && cosend(port, "1", 1) == 1 && failed(cosend(port, "2", 1), EAGAIN),
          "open_named_coport_with makes a port as the options say");
    same = open_named_coport_with("variants", COCARRIER, root, NULL);
    check(same && corecv_nb(same, &message, 0) == 1 && coport_msg_free(same, message) == 0,
          "open_named_coport_with opens the port that there is");
    pollcoport_t poll = {port, COPOLL_OUT, 0};
    check(copoll(&poll, 1, -1) == 1 && poll.revents == COPOLL_OUT, "copoll tells what holds");
    check(copoll_until(&poll, 1, &limit) == 1 && poll.revents == COPOLL_OUT, "copoll_until tells what holds");
    check(copoll_nb(&poll, 1) == 1 && poll.revents == COPOLL_OUT, "copoll_nb tells what holds");
    const struct coattachment sent = {.handle = port, .descriptor = -1};
    struct coattachment received;
    struct coattachment_set set = {&received, 1, 0, 0};
    check(cosend_oob(port, "1", 1, &sent, 1) == 1 && corecv_oob(port, &message, 0, &set) == 1 && set.count == 1,
          "cosend_oob and corecv_oob pass a handle");
    check(cosend_oob_until(port, "1", 1, &sent, 1, &limit) == 1 &&
              corecv_oob_until(port, &message, 0, &set, &limit) == 1 && set.count == 1,
          "cosend_oob_until and corecv_oob_until pass a handle");
    check(cosend_oob_nb(port, "1", 1, &sent, 1) == 1 && corecv_oob_nb(port, &message, 0, &set) == 1 && set.count == 1,
          "cosend_oob_nb and corecv_oob_nb pass a handle");
    check(cosend_until(port, "1", 1, &limit) == 1 && corecv_until(port, &message, 0, &limit) == 1,
          "cosend_until and corecv_until pass a message");
    check(cosend_nb(port, "1", 1) == 1 && corecv_nb(port, &message, 0) == 1, "cosend_nb and corecv_nb pass a message");
}

int main(void)
{
    conamespace_t root = coproc_init();
    need(root != 0, "coproc_init");
    accepting();
    calling();
    others(root);
    return failures != 0;
}
