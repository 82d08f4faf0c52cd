/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the core offers to the microkernel, from one co-process, in the place of coprocd: seals, vaults, ports, rings
 * and waiting, each with its errors. With the argument "outside" it is an ordinary program, which gets none of what is
 * for members; with "wait" it does nothing.
 */
#include <comesg/copool.h>
#include <comesg/microkernel.h>
#include <comesg/window.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RING = 64, PORT_RIGHTS = CORIGHT_SEND | CORIGHT_RECV };

static unsigned failures;

static void check(bool good, const char *what)
{
    printf("%s %s\n", good ? "good" : "bad", what);
    failures += !good;
}

static bool failed(long result, int error)
{
    return result == -1 && errno == error;
}

static bool none(cohandle_t result, int error)
{
    return result == 0 && errno == error;
}

static uint64_t soon(unsigned milliseconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + milliseconds * UINT64_C(1000000);
}

static void outside(void)
{
    uint64_t word = 0;
    struct cocaller caller = {.size = sizeof caller};
    check(none(comint_seal(COHANDLE_PORT), EPERM), "seals are not for everybody");
    check(none(comint(1, 1, 1, 0), EPERM), "nor what is made with them");
    check(failed(comint_read(1, 1, &word, NULL), EPERM) && failed(comint_survey(1, &word, 64), EPERM) &&
              failed(comint_read_caller(1, 1, &word, NULL), EPERM),
          "nor reading");
    check(none(covault(), EPERM) && failed(covault_put(1, 1, &word), EPERM) && none(covault_get(1, 1, 0), EPERM) &&
              failed(covault_drop(1, 1), EPERM) && failed(covault_list(1, &word, 1), EPERM),
          "nor vaults");
    check(failed(cocaller(&caller), EPERM) && failed(cowake(1), EPERM) && failed(coalive(1), EPERM), "nor others");
    check(none(coport_control(COPIPE, 0), EPERM) && failed(coport_publish(1, 0), EPERM) &&
              failed(coport_shut(1), EPERM),
          "nor the making of ports");
    check(failed(coring_send(1, "", 1), EBADF) && failed(coring_receive(1, &word, 1), EBADF) &&
              failed(coport_type(1), EBADF),
          "a port is for those who have it");
    cotarget_t target;
    check(failed(coregister("coproc", NULL, &target), EEXIST), "nor is the name of the microkernel");
    unsigned names = 0;
    for (char name[] = "a0"; names < 100 && coregister(name, NULL, &target) == 0; names++) {
        name[0] = (char)('a' + (names + 1) / 10);
        name[1] = (char)('0' + (names + 1) % 10);
    }
    check(names == 64 && errno == EDQUOT, "names are counted");
}

static void seals(void)
{
    cohandle_t seal = comint_seal(COHANDLE_NAMESPACE), other = comint_seal(COHANDLE_NAMESPACE), handle, copy;
    uint64_t badge = 0, bits[2] = {0};
    uint32_t rights = 0;
    check(seal && other && cohandle_kind(seal) == COHANDLE_SEAL, "a seal");
    check(none(comint_seal(COHANDLE_MEMORY), EINVAL) && none(comint_seal(COHANDLE_DESCRIPTOR), EINVAL) &&
              none(comint_seal(0), EINVAL),
          "only of the kinds of services");
    handle = comint(seal, 0x500000041, CORIGHT_WR, 0);
    check(handle && cohandle_kind(handle) == COHANDLE_NAMESPACE, "a handle of its kind");
    check(comint_read(seal, handle, &badge, &rights) == 0 && badge == 0x500000041 && rights == CORIGHT_WR, "is read");
    check(failed(comint_read(other, handle, &badge, &rights), EPERM), "not with another seal");
    check(failed(comint_read(handle, handle, &badge, &rights), EBADF), "nor with what is none");
    check(failed(comint_read(seal, seal, &badge, &rights), EPERM), "a seal is not made with a seal");
    check(failed(comint_read(seal, handle, (uint64_t *)8, NULL), EFAULT), "to memory of one's own");
    check(failed(counseal(handle, &badge, &rights), EBADF), "counseal is for others");
    copy = corestrict(handle, CORIGHT_RO);
    check(copy && comint_read(seal, copy, NULL, &rights) == 0 && rights == CORIGHT_RO, "weakened");
    check(none(corestrict(copy, CORIGHT_WR), EACCES), "never strengthened");
    check(none(corestrict(handle, CORIGHT_SEND), EINVAL), "only rights of its kind");
    check(none(comint(seal, 1, CORIGHT_SEND, 0), EINVAL) && none(comint(seal, 1, 0, 0), EINVAL), "also when made");
    check(none(comint(seal, 1, CORIGHT_RO, handle), EINVAL), "it stands for nothing in the core");
    check(comint_survey(seal, bits, 128) == 0 && bits[0] == 0 && bits[1] == 2, "is found wherever it is");
    cohandle_close(handle);
    bits[1] = 0;
    check(comint_survey(seal, bits, 128) == 0 && bits[1] == 2, "as long as there is one");
    cohandle_close(copy);
    bits[1] = 0;
    check(comint_survey(seal, bits, 128) == 0 && bits[1] == 0, "and no longer");
    check(failed(comint_survey(seal, bits, 127), EINVAL) && failed(comint_survey(seal, bits, 131072), EINVAL),
          "surveys have a size");
}

static cohandle_t caller_seal;

/* Is sent handles, and answers with their badges. */
static void *read_badges(void *target)
{
    uint64_t handle = 0, badge = 0;
    cotarget_t own;
    coregister(NULL, NULL, &own);
    if (!failed(comint_read_caller(caller_seal, 1, &badge, NULL), ESRCH))
        return NULL;
    atomic_store((_Atomic cotarget_t *)target, own);
    for (coaccept(NULL, NULL, 0, &handle, sizeof handle);;) {
        badge = comint_read_caller(caller_seal, handle, &badge, NULL) ? (uint64_t)errno : badge;
        coaccept(NULL, &badge, sizeof badge, &handle, sizeof handle);
    }
    return NULL;
}

static void handles_of_callers(void)
{
    const struct timespec without_hurry = {.tv_sec = INT32_MAX};
    _Atomic cotarget_t target = 0;
    pthread_t thread;
    caller_seal = comint_seal(COHANDLE_EVENT);
    cohandle_t handles[] = {comint(caller_seal, 4711, CORIGHT_LISTEN, 0), 12345, caller_seal};
    const uint64_t answers[] = {4711, EBADF, EPERM};
    bool good = true;
    pthread_create(&thread, NULL, read_badges, &target);
    while (!target)
        ;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t answer = 0;
        good &= cocall_until(target, &handles[i], 8, &answer, 8, &without_hurry) == 8 && answer == answers[i];
    }
    check(good, "what a caller names is read in its table");
}

static void *serve(void *target)
{
    char in[16];
    cotarget_t own;
    coregister(NULL, NULL, &own);
    atomic_store((_Atomic cotarget_t *)target, own);
    for (ssize_t length = coaccept(NULL, NULL, 0, in, sizeof in);;)
        length = coaccept(NULL, in, (size_t)length, in, sizeof in);
    return NULL;
}

static void services(void)
{
    _Atomic cotarget_t target = 0;
    pthread_t thread;
    char in[8] = "";
    const struct timespec without_hurry = {.tv_sec = INT32_MAX};
    pthread_create(&thread, NULL, serve, &target);
    while (!target)
        ;
    cotarget_t worker = target, pool = copool(&worker, 1, 0);
    cohandle_t seal = comint_seal(COHANDLE_SERVICE), service = comint(seal, 7, CORIGHT_CALL | CORIGHT_PROVIDE, pool);
    check(service && cohandle_kind(service) == COHANDLE_SERVICE, "a service stands for a pool");
    check(cocall_until(service, "hello", 6, in, sizeof in, &without_hurry) == 6 && strcmp(in, "hello") == 0,
          "and can be called");
    cohandle_t single = comint(seal, 8, CORIGHT_CALL, worker), mute = corestrict(service, CORIGHT_PROVIDE);
    check(cocall_until(single, "there", 6, in, sizeof in, &without_hurry) == 6 && strcmp(in, "there") == 0,
          "or for a thread");
    check(failed(cocall(mute, "", 0, in, sizeof in), EACCES), "with the right to");
    cohandle_t empty = comint(seal, 9, CORIGHT_CALL, 0);
    check(empty && failed(cocall(empty, "", 0, in, sizeof in), EBADF), "one that stands for nothing cannot");
    copool_end(pool);
    check(failed(cocall(service, "", 0, in, sizeof in), ENOLINK), "nor one whose pool has ended");
    corevoke(worker);
    check(failed(cocall(single, "", 0, in, sizeof in), EBADF), "it ends with what it was made from");
}

static void vaults(void)
{
    cohandle_t vault = covault(), other = covault(), sealed = coseal(99, 3), got;
    uint64_t token = 0, tokens[4] = {0}, badge = 0;
    uint32_t rights = 0;
    check(vault && cohandle_kind(vault) == COHANDLE_VAULT, "a vault");
    check(covault_put(vault, sealed, &token) == 0 && token, "keeps a handle");
    cohandle_close(sealed);
    got = covault_get(vault, token, 0);
    check(got && counseal(got, &badge, &rights) == 0 && badge == 99 && rights == 3, "longer than it was had");
    got = covault_get(vault, token, 1);
    check(got && counseal(got, NULL, &rights) == 0 && rights == 1, "gives it with less");
    check(none(covault_get(vault, token, 4), EACCES), "never with more");
    check(none(covault_get(other, token, 0), ENOENT) && failed(covault_drop(other, token), ENOENT), "has its own");
    check(none(covault_get(vault, vault, 0), ENOENT) &&
              none(covault_get(vault, token + (UINT64_C(1) << 32), 0), ENOENT),
          "and only what was put there");
    check(none(covault_get(got, token, 0), EBADF) && failed(covault_put(vault, 12345, &token), EBADF), "EBADF");
    check(covault_list(vault, tokens, 4) == 1 && tokens[0] == token && covault_list(vault, tokens, 0) == 1, "a list");
    check(covault_drop(vault, token) == 0 && failed(covault_drop(vault, token), ENOENT), "dropped once");
    check(covault_list(vault, tokens, 4) == 0, "and gone");
    sealed = coseal(5, 1);
    check(covault_put(vault, sealed, &token) == 0 && corevoke(sealed) == 0 &&
              none(covault_get(vault, token, 0), ENOENT),
          "what is revoked is not kept");
    check(failed(covault_put(vault, coseal(1, 1), (uint64_t *)8), EFAULT) && covault_list(vault, tokens, 4) == 0,
          "a token goes to one's own memory");
}

static cohandle_t port_seal;

static uint32_t events_of(coport_t port, uint32_t events)
{
    pollcoport_t element = {port, events, 0xffff};
    int found = coport_wait(&element, 1, 0);
    return found == (element.revents != 0) ? element.revents : 0xffffffff;
}

static void rings(void)
{
    cohandle_t control = coport_control(COCHANNEL, RING);
    coport_t port = comint(port_seal, 1, PORT_RIGHTS, control), sender = corestrict(port, CORIGHT_SEND),
             receiver = corestrict(port, CORIGHT_RECV);
    char out[2 * RING], in[2 * RING];
    const uint32_t both = COPOLL_IN | COPOLL_OUT;
    for (unsigned i = 0; i < sizeof out; i++)
        out[i] = (char)i;
    check(control && port && cohandle_kind(port) == COHANDLE_PORT && coport_type(port) == COCHANNEL, "a ring");
    check(failed(coring_receive(port, in, 1), EAGAIN), "is empty");
    check(events_of(port, both) == COPOLL_OUT, "has room");
    check(coring_send(sender, out, 20) == 20 && events_of(port, both) == both, "takes bytes");
    check(coring_receive(receiver, in, sizeof in) == 20 && memcmp(in, out, 20) == 0, "and gives them");
    bool good = true;
    for (unsigned i = 0; i < 1000; i++) {
        size_t length = i % 32 + 1;
        memset(in, -1, sizeof in);
        good &= coring_send(sender, out + i % 7, length) == (ssize_t)length;
        good &= coring_receive(receiver, in, RING) == (ssize_t)length && memcmp(in, out + i % 7, length) == 0;
    }
    check(good, "around the end");
    check(coring_send(port, out, 30) == 30 && coring_send(port, out, 32) == 32, "up to half of it at once");
    check(failed(coring_send(port, out, 3), EAGAIN) && events_of(port, both) == COPOLL_IN, "or nothing");
    check(coring_send(port, out, 33) == 2, "or as much as there is room for");
    check(failed(coring_send(port, out, 33), EAGAIN), "or nothing");
    check(coring_receive(port, in, 30) == 30 && coring_receive(port, in, 10) == 10 &&
              coring_receive(port, in, 99) == 24,
          "in pieces");
    check(coring_send(port, out, 0) == 0 && coring_receive(port, in, 0) == 0, "no bytes are no message");
    check(failed(coring_send(receiver, out, 1), EACCES) && failed(coring_receive(sender, in, 1), EACCES), "rights");
    check(events_of(receiver, both) == COPOLL_WERR && events_of(sender, both) == (COPOLL_OUT | COPOLL_RERR),
          "also when polled");
    check(failed(coring_send(port, (void *)8, 8), EFAULT) && failed(coring_send(port, out, SIZE_MAX), EFAULT) &&
              failed(coring_receive(port, (void *)(uintptr_t)0xffffffff0000, 8), EAGAIN) == 0,
          "buffers are one's own");
    coring_send(port, out, 8);
    check(failed(coring_receive(port, (char *)(uintptr_t)rings, 8), EFAULT) && coring_receive(port, in, 9) == 8,
          "a fault takes nothing");
    coring_send(port, out, 5);
    check(coport_shut(control) == 0 && failed(coport_shut(control), EPIPE), "closed once");
    check(failed(coring_send(port, out, 1), EPIPE), "takes nothing more");
    check(events_of(port, both) == (COPOLL_IN | COPOLL_CLOSED | COPOLL_WERR), "says so");
    check(coring_receive(port, in, 99) == 5 && failed(coring_receive(port, in, 99), EPIPE), "gives what is left");
    check(events_of(port, both) == (COPOLL_CLOSED | COPOLL_WERR | COPOLL_RERR), "and says that nothing is");
    check(cohandle_close(control) == 0 && failed(coring_receive(port, in, 1), EPIPE) && coport_type(port) == COCHANNEL,
          "its end is EPIPE");
    check(events_of(port, 0) == (COPOLL_CLOSED | COPOLL_WERR | COPOLL_RERR), "and polled as closed");
    check(none(codup(control), EBADF), "a control is closed once");
}

static void states(void)
{
    cohandle_t control = coport_control(COCARRIER, 0);
    coport_t port = comint(port_seal, 2, PORT_RIGHTS, control);
    char byte;
    check(coport_type(port) == COCARRIER && events_of(port, COPOLL_IN | COPOLL_OUT) == 0, "a carrier's events");
    check(coport_publish(control, COPOLL_OUT) == 0 && events_of(port, COPOLL_IN | COPOLL_OUT) == COPOLL_OUT,
          "are what its service says");
    check(coport_publish(control, COPOLL_IN) == 0 && events_of(port, COPOLL_IN | COPOLL_OUT) == COPOLL_IN, "now");
    check(failed(coport_publish(control, COPOLL_CLOSED), EINVAL), "but for its end");
    check(failed(coring_send(port, "", 1), EOPNOTSUPP) && failed(coring_receive(port, &byte, 1), EOPNOTSUPP),
          "it has no ring");
    check(none(codup(control), EBADF), "a control is not passed on");
    check(none(coport_control(COCHANNEL, 65), EINVAL) && none(coport_control(COCHANNEL, 32), EINVAL) &&
              none(coport_control(COCHANNEL, 2 << 20), EINVAL) && none(coport_control(COPIPE, 64), EINVAL) &&
              none(coport_control(0, 0), EINVAL),
          "ports have types and sizes");
    check(events_of(0, COPOLL_IN) == 0 && events_of(12345, COPOLL_IN) == (COPOLL_RERR | COPOLL_WERR), "no port");
    pollcoport_t element = {port, 64, 0};
    check(failed(coport_wait(&element, 1, 0), EINVAL) && failed(coport_wait(&element, 5000, 0), EINVAL), "EINVAL");
    check(failed(coport_wait((void *)8, 1, 0), EFAULT), "EFAULT");
    cohandle_close(control);
}

static struct {
    coport_t ports[3];
    _Atomic unsigned received;
} shared;

enum { BYTES = 20000 };

static void *drain(void *argument)
{
    char in[RING];
    unsigned expected = 0;
    (void)argument;
    while (expected < BYTES) {
        ssize_t length = coring_receive(shared.ports[0], in, sizeof in);
        pollcoport_t element = {shared.ports[0], COPOLL_IN, 0};
        if (length < 0 && coport_wait(&element, 1, COMESG_CALL_WITHOUT_LIMIT) < 0)
            break;
        for (ssize_t i = 0; i < length; i++, expected++) {
            if (in[i] != (char)expected)
                return NULL;
        }
        shared.received = expected;
    }
    return NULL;
}

static void waiting(void)
{
    cohandle_t control = coport_control(COCHANNEL, RING);
    pthread_t thread;
    shared.ports[0] = comint(port_seal, 3, PORT_RIGHTS, control);
    pollcoport_t element = {shared.ports[0], COPOLL_IN, 0};
    uint64_t before = soon(0);
    check(coport_wait(&element, 1, soon(20)) == 0 && soon(0) - before >= 20000000, "waits until the time is over");
    before = soon(0);
    check(coport_wait(NULL, 0, soon(5)) == 0 && soon(0) - before >= 5000000, "for nothing, too");
    pthread_create(&thread, NULL, drain, NULL);
    unsigned sent = 0;
    while (sent < BYTES) {
        char byte[7];
        for (unsigned i = 0; i < sizeof byte; i++)
            byte[i] = (char)(sent + i);
        size_t length = BYTES - sent < sizeof byte ? BYTES - sent : sizeof byte;
        pollcoport_t room = {shared.ports[0], COPOLL_OUT, 0};
        ssize_t result = coring_send(shared.ports[0], byte, length);
        if (result > 0)
            sent += (unsigned)result;
        else if (coport_wait(&room, 1, COMESG_CALL_WITHOUT_LIMIT) < 0)
            break;
    }
    pthread_join(thread, NULL);
    check(shared.received == BYTES, "both sides wait for each other and lose nothing");
}

static void *shut_later(void *control)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    coport_shut(*(cohandle_t *)control);
    return NULL;
}

static void many(void)
{
    cohandle_t controls[200];
    pollcoport_t elements[200];
    pthread_t thread;
    for (unsigned i = 0; i < 200; i++) {
        controls[i] = coport_control(i % 2 ? COPIPE : COCHANNEL, i % 2 ? 0 : RING);
        elements[i] = (pollcoport_t){comint(port_seal, i, PORT_RIGHTS, controls[i]), COPOLL_IN, 0};
    }
    pthread_create(&thread, NULL, shut_later, &controls[123]);
    check(coport_wait(elements, 200, COMESG_CALL_WITHOUT_LIMIT) == 1 &&
              elements[123].revents == (COPOLL_CLOSED | COPOLL_RERR | COPOLL_WERR),
          "one of many is closed");
    pthread_join(thread, NULL);
    for (unsigned i = 0; i < 200; i++)
        cohandle_close(controls[i]);
    check(coport_wait(elements, 200, 0) == 200, "all have ended");
    unsigned made = 0;
    for (unsigned i = 0; i < 40000; i++) {
        cohandle_t control = coport_control(COCHANNEL, RING);
        made += control != 0;
        cohandle_close(control);
    }
    check(made == 40000, "ports are used again and again");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        sleep(60); /* its realm ends with the other one */
    } else if (argc > 1 && strcmp(argv[1], "outside") == 0) {
        outside();
    } else {
        port_seal = comint_seal(COHANDLE_PORT);
        seals();
        handles_of_callers();
        services();
        vaults();
        rings();
        states();
        waiting();
        many();
    }
    puts("done");
    return failures != 0;
}
