/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Does what is asked for on standard input, as often as is asked for: lines "WHAT ROUNDS". Answers each with "done", or
 * with what has failed.
 */
#include "check.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { TEXT = 64 };

static conamespace_t root, space;
static cotarget_t worker;
static _Atomic bool worker_ready;
static coservice_t lasting;
static coport_t channel, carrier, go, come;
static coevent_t own_end;

static void *work(void *nothing)
{
    char bytes[TEXT];
    need(coregister(NULL, NULL, &worker) == 0, "coregister");
    worker_ready = true;
    for (ssize_t length = 0;;)
        length = coaccept(NULL, bytes, length > 0 ? (size_t)length : 0, bytes, sizeof bytes);
    return nothing;
}

/* The other end of the COPIPEs. */
static void *reflect(void *nothing)
{
    char bytes[TEXT];
    void *buffer = bytes;
    for (;;) {
        ssize_t length = corecv(go, &buffer, sizeof bytes);
        need(length >= 0 && cosend(come, bytes, (size_t)length) == length, "the other end");
    }
    return nothing;
}

static bool names(void)
{
    coobject_t reservation = coinsert("reserved", RESERVATION, 0, space), found;
    coobject_t object = coinsert("object", COPORT, channel, space);
    conamespace_t child = cocreate("child", PRIVATE, space);
    uint64_t position = 0;
    struct coname listed[8];
    bool good = reservation && object && child && (found = coselect("object", COPORT, space)) &&
                cohandle_close(found) == 0 && colist(space, &position, listed, 8) == 3 &&
                (reservation = coupdate(reservation, COPORT, channel)) != 0;
    cohandle_t subject = coobject_subject(reservation);
    return good && subject && cohandle_close(subject) == 0 && codelete(reservation, space) == 0 &&
           codelete(object, space) == 0 && codrop(child, space) == 0 && cohandle_close(reservation) == 0 &&
           cohandle_close(object) == 0 && cohandle_close(child) == 0;
}

static bool services(void)
{
    char request[TEXT] = "text", reply[TEXT];
    uint32_t op;
    coservice_t service = coprovide(&worker, 1, COSERVICE_FAST, 7);
    return service && coservice_operation(service, &op) == 0 && op == 7 &&
           coservice_call(service, request, TEXT, reply, TEXT) == TEXT &&
           coservice_call(lasting, request, TEXT, reply, TEXT) == TEXT && coretire(service) == 0 &&
           cohandle_close(service) == 0;
}

static bool events(void)
{
    coevent_t event = colisten(PORT_CLOSED, channel);
    cocallback_t callback = ccb_register(worker, CCB_FAST);
    return event && callback && ccb_install(callback, NULL, event) == 0 && ccb_install(callback, NULL, own_end) == 0 &&
           ccb_remove(callback, event) == 0 && ccb_remove(callback, own_end) == 0 && cohandle_close(callback) == 0 &&
           cohandle_close(event) == 0;
}

static bool opening(void)
{
    coport_t port = open_coport(COCHANNEL), pipe = open_coport(COPIPE);
    return port && pipe && coclose(port) == 0 && cohandle_close(port) == 0 && cohandle_close(pipe) == 0;
}

static bool ports(void)
{
    char bytes[TEXT] = "text";
    void *buffer = bytes, *message;
    pollcoport_t polled[] = {{channel, COPOLL_IN, 0}, {carrier, COPOLL_IN, 0}};
    return cosend(channel, bytes, TEXT) == TEXT && cosend(carrier, bytes, TEXT) == TEXT && copoll(polled, 2, 0) == 2 &&
           corecv(channel, &buffer, TEXT) == TEXT && corecv(carrier, &message, 0) == TEXT &&
           coport_msg_free(carrier, message) == 0;
}

static bool pipes(void)
{
    char bytes[TEXT] = "text";
    void *buffer = bytes;
    return cosend(go, bytes, TEXT) == TEXT && corecv(come, &buffer, TEXT) == TEXT;
}

/* The control: the supervisor makes memory objects. */
static bool memory(void)
{
    comemory_t object = commap(4096, PROT_READ);
    return object && cohandle_close(object) == 0;
}

static const struct kind {
    const char *name;
    bool (*round)(void);
} kinds[] = {{"names", names}, {"services", services}, {"events", events}, {"opening", opening},
             {"ports", ports}, {"pipes", pipes},       {"memory", memory}};

static void prepare(void)
{
    pthread_t thread;
    root = coproc_init();
    need(root != 0, "coproc_init");
    space = cocreate("space", PRIVATE, root);
    channel = open_coport(COCHANNEL);
    carrier = open_coport(COCARRIER);
    go = open_coport(COPIPE);
    come = open_coport(COPIPE);
    own_end = colisten(PROCESS_DEATH, 0);
    need(space && channel && carrier && go && come && own_end, "what is used");
    need(pthread_create(&thread, NULL, work, NULL) == 0 && pthread_create(&thread, NULL, reflect, NULL) == 0,
         "threads");
    while (!worker_ready)
        usleep(1000);
    lasting = coprovide(&worker, 1, COSERVICE_FAST, 1);
    need(lasting != 0, "coprovide");
}

static void run(const char *name, unsigned rounds)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].name) != 0)
            continue;
        for (unsigned round = 0; round < rounds; round++) {
            if (kinds[i].round())
                continue;
            printf("%s: round %u: %s\n", name, round, strerror(errno));
            return;
        }
        puts("done");
        return;
    }
    printf("%s: unknown\n", name);
}

int main(void)
{
    char name[16];
    unsigned rounds;
    setvbuf(stdout, NULL, _IOLBF, 0);
    prepare();
    while (scanf("%15s %u", name, &rounds) == 2)
        run(name, rounds);
    return 0;
}
