/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every call of coevent.h. Started with a word, it is one of those whose end is waited for.
 */
#include "check.h"

#include <comesg/cocall.h>
#include <comesg/coevent.h>
#include <comesg/coexec.h>
#include <comesg/copool.h>
#include <comesg/coport.h>
#include <comesg/coproc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOTICES_MAX = 64, WAIT_SECONDS = 15 };

/* A thread that is called back, and what it was told. */
struct listener {
    pthread_t thread;
    cotarget_t target;
    _Atomic bool ready;
    _Atomic unsigned count;
    _Atomic bool busy; /* it stays in its call while this is set */
    struct coevent_notice notices[NOTICES_MAX];
    cohandle_t received; /* an attachment that came with a call */
};

static const char *self;

static void *listen_for_ever(void *argument)
{
    struct listener *listener = argument;
    need(coregister(NULL, NULL, &listener->target) == 0, "coregister");
    listener->ready = true;
    for (;;) {
        struct coevent_notice notice;
        struct coattachment attachment = {0};
        struct cocall_information information = {.size = sizeof information, .attachments = {&attachment, 1, 0, 0}};
        ssize_t length = coaccept_oob(NULL, NULL, 0, &notice, sizeof notice, NULL, 0, &information);
        if (length < 0)
            continue;
        if (information.attachments.count > 0)
            listener->received = attachment.handle;
        while (listener->busy)
            usleep(1000);
        listener->notices[listener->count % NOTICES_MAX] = notice;
        listener->count++;
    }
    return NULL;
}

static struct listener *start_listener(void)
{
    struct listener *listener = calloc(1, sizeof *listener);
    need(listener && pthread_create(&listener->thread, NULL, listen_for_ever, listener) == 0, "a thread");
    while (!listener->ready)
        usleep(100);
    return listener;
}

static bool comes_to(const struct listener *listener, unsigned count)
{
    for (unsigned i = 0; i < WAIT_SECONDS * 1000 && listener->count < count; i++)
        usleep(1000);
    return listener->count == count;
}

/* That nothing more comes can only be seen for a while. */
static bool stays_at(const struct listener *listener, unsigned count)
{
    usleep(50000);
    return listener->count == count;
}

static pid_t start(const char *part, const cohandle_t *handles, size_t n)
{
    char *const arguments[] = {(char *)self, (char *)part, NULL};
    pid_t pid = coexecvec(self, arguments, NULL, handles, n);
    need(pid > 0, "starting a program");
    return pid;
}

/* It ends, with status 7, when this target is called. */
static pid_t start_waiting(const char *part, cotarget_t *ending)
{
    struct listener *listener = start_listener();
    pid_t pid = start(part, &listener->target, 1);
    need(comes_to(listener, 1) && listener->received, "its target");
    *ending = listener->received;
    return pid;
}

static bool is_death(const struct coevent_notice *notice, pid_t pid, int status, const char *arguments)
{
    return notice->type == PROCESS_DEATH && notice->pid == pid && notice->status == status &&
           notice->length == strlen(arguments) && memcmp(notice->arguments, arguments, notice->length) == 0;
}

static const struct ccb_arguments words = {"some words", 10};

static void deaths(void)
{
    struct listener *listener = start_listener();
    cotarget_t ending;
    pid_t pid = start_waiting("wait", &ending);
    coevent_t event = colisten(PROCESS_DEATH, (uint64_t)pid), again = colisten(PROCESS_DEATH, (uint64_t)pid);
    cocallback_t callback = ccb_register(listener->target, CCB_FAST), slow;
    check(event && cohandle_kind(event) == COHANDLE_EVENT, "an event");
    check(callback && cohandle_kind(callback) == COHANDLE_CALLBACK, "a callback");
    check(ccb_install(callback, &words, event) == 0, "is installed on it");
    check(failed(ccb_install(callback, NULL, event), EEXIST) && failed(ccb_install(callback, NULL, again), EEXIST),
          "once");
    check(stays_at(listener, 0), "and not called before it happens");
    slow = ccb_register(listener->target, CCB_SLOW);
    check(slow && ccb_install(slow, NULL, event) == 0, "another one is, too");
    cocall(ending, "end", 4, NULL, 0);
    check(comes_to(listener, 2), "both are called");
    unsigned first = listener->notices[0].length ? 0 : 1;
    check(is_death(&listener->notices[first], pid, 7 << 8, "some words") &&
              is_death(&listener->notices[1 - first], pid, 7 << 8, ""),
          "and told who, how, and what was left for them");
    check(stays_at(listener, 2), "once");
    check(failed(ccb_remove(callback, event), ENOENT), "what has been called cannot be taken back");
    check(ccb_install(callback, NULL, again) == 0 && comes_to(listener, 3) &&
              is_death(&listener->notices[2], pid, 7 << 8, ""),
          "who comes late is called at once");
    check(refused(colisten(PROCESS_DEATH, (uint64_t)pid), ESRCH), "nobody has the pid any more");
}

static void removing(void)
{
    struct listener *listener = start_listener();
    cotarget_t ending;
    pid_t pid = start_waiting("wait", &ending);
    coevent_t event = colisten(PROCESS_DEATH, (uint64_t)pid);
    cocallback_t one = ccb_register(listener->target, CCB_FAST), two = ccb_register(listener->target, CCB_FAST);
    check(failed(ccb_remove(one, event), ENOENT), "what is not installed");
    need(ccb_install(one, NULL, event) == 0 && ccb_install(two, &words, event) == 0, "two");
    check(ccb_remove(one, event) == 0 && failed(ccb_remove(one, event), ENOENT), "what is, once");
    cocall(ending, "end", 4, NULL, 0);
    check(comes_to(listener, 1) && listener->notices[0].length == words.length && stays_at(listener, 1),
          "only the other is called");
}

static void busy(void)
{
    struct listener *listener = start_listener(), *other = start_listener();
    cocallback_t callback = ccb_register(listener->target, CCB_FAST), free_one = ccb_register(other->target, CCB_FAST);
    cotarget_t endings[3];
    pid_t pids[3];
    listener->busy = true;
    for (unsigned i = 0; i < 3; i++) {
        pids[i] = start_waiting("wait", &endings[i]);
        coevent_t event = colisten(PROCESS_DEATH, (uint64_t)pids[i]);
        need(ccb_install(callback, NULL, event) == 0 && ccb_install(free_one, NULL, event) == 0, "installing");
        cohandle_close(event);
    }
    for (unsigned i = 0; i < 3; i++)
        cocall(endings[i], "end", 4, NULL, 0);
    check(comes_to(other, 3), "while one stays in its first call another is told of all");
    check(listener->count == 0, "which it does");
    listener->busy = false;
    check(comes_to(listener, 3) && stays_at(listener, 3), "and then is told of all, too");
    unsigned found = 0;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned j = 0; j < 3; j++)
            found += listener->notices[i].pid == pids[j];
    }
    check(found == 3, "of each once");
}

static void passing(void)
{
    struct listener *receiver = start_listener(), *listener = start_listener();
    pid_t pid = start("give", &receiver->target, 1);
    check(comes_to(receiver, 1) && cohandle_kind(receiver->received) == COHANDLE_EVENT, "an event is passed on");
    cocallback_t callback = ccb_register(listener->target, CCB_FAST);
    check(ccb_install(callback, NULL, receiver->received) == 0 && comes_to(listener, 1) &&
              listener->notices[0].pid == pid,
          "by one who tells of his own end");
}

static void ports(void)
{
    struct listener *listener = start_listener(), *receiver = start_listener();
    cocallback_t callback = ccb_register(listener->target, CCB_FAST);
    coport_t port = open_coport(COCHANNEL);
    coevent_t event = colisten(PORT_CLOSED, corestrict(port, CORIGHT_SEND));
    check(event && ccb_install(callback, &words, event) == 0 && stays_at(listener, 0), "an open port");
    check(coclose(port) == 0 && comes_to(listener, 1), "is closed");
    const struct coevent_notice *notice = &listener->notices[0];
    check(notice->type == PORT_CLOSED && notice->pid == getpid() && notice->length == words.length, "by whom is told");
    check(ccb_install(callback, NULL, event) == 0 && comes_to(listener, 2), "or at once, if it is closed already");
    event = colisten(PORT_CLOSED, port);
    check(event && ccb_install(callback, NULL, event) == 0 && comes_to(listener, 3), "also to who asks only then");
    start("open", &receiver->target, 1);
    need(comes_to(receiver, 1) && receiver->received, "a port");
    event = colisten(PORT_CLOSED, receiver->received);
    check(event && ccb_install(callback, NULL, event) == 0 && comes_to(listener, 4) && listener->notices[3].pid == 0,
          "a port goes with who opened it, closed by nobody");
    port = open_coport(COPIPE);
    event = colisten(PORT_CLOSED, port);
    check(event && stays_at(listener, 4), "the next port is open");
    check(refused(colisten(PORT_CLOSED, 0), EBADF) && refused(colisten(PORT_CLOSED, event), EBADF), "no port");
}

/* Whether a program ends with status 0, as is told, when it has been asked this. */
static bool ends_well(const char *part, const char *question)
{
    struct listener *listener = start_listener();
    cotarget_t ending;
    pid_t pid = start_waiting(part, &ending);
    coevent_t event = colisten(PROCESS_DEATH, (uint64_t)pid);
    cocallback_t callback = ccb_register(listener->target, CCB_FAST);
    if (!event || ccb_install(callback, NULL, event) != 0)
        return false;
    cocall(ending, question, strlen(question) + 1, NULL, 0);
    return comes_to(listener, 1) && listener->notices[0].status == 0;
}

static void refusals(void)
{
    struct listener *listener = start_listener();
    coevent_t event = colisten(PROCESS_DEATH, 0);
    cocallback_t callback = ccb_register(listener->target, CCB_FAST);
    const struct ccb_arguments large = {"", CCB_ARGUMENTS_MAX + 1}, wild = {(void *)0xfffff000, 8};
    cotarget_t pool = copool(&listener->target, 1, COPOOL_FAST);
    check(event && callback && pool, "one's own end");
    check(refused(colisten(0, 0), EINVAL) && refused(colisten(3, 0), EINVAL), "no such type");
    check(refused(colisten(PROCESS_DEATH, (uint64_t)getppid()), ESRCH) &&
              refused(colisten(PROCESS_DEATH, UINT64_MAX), ESRCH),
          "no co-process");
    check(refused(ccb_register(listener->target, 1), EINVAL) && refused(ccb_register(listener->target, 4), EINVAL),
          "no such flag");
    check(refused(ccb_register(0, 0), EBADF) && refused(ccb_register(event, 0), EBADF) &&
              refused(ccb_register(pool, 0), EINVAL),
          "no thread");
    check(failed(ccb_install(callback, &large, event), EINVAL), "too many bytes");
    check(failed(ccb_install(callback, &wild, event), EFAULT) &&
              failed(ccb_install(callback, (const void *)0xfffff000, event), EFAULT),
          "that cannot be read");
    check(failed(ccb_install(event, NULL, callback), EBADF) && failed(ccb_install(callback, NULL, 0), EBADF) &&
              failed(ccb_remove(0, event), EBADF) && failed(ccb_remove(callback, callback), EBADF),
          "other handles");
    char number[16];
    snprintf(number, sizeof number, "%d", getpid());
    check(ends_well("register", ""), "others' threads are refused");
    check(ends_well("listen", number), "and pids of those whom one has not started");
}

/* Handles that are closed count no more. */
static void quota(void)
{
    enum { MANY = 20000 };
    struct listener *listener = start_listener();
    static cocallback_t callbacks[MANY];
    unsigned count = 0;
    while (count < MANY && (callbacks[count] = ccb_register(listener->target, CCB_FAST)))
        count++;
    check(count > 100 && count < MANY && errno == EDQUOT, "callbacks are counted");
    for (unsigned i = 0; i < count; i++)
        cohandle_close(callbacks[i]);
    check(ccb_register(listener->target, CCB_FAST) && colisten(PROCESS_DEATH, 0), "until their handles are closed");
}

/* The service is killed between installing and the event; the test tells when. */
static int survive(void)
{
    struct listener *listener = start_listener();
    cotarget_t ending;
    pid_t pid = start_waiting("wait", &ending);
    coevent_t event = colisten(PROCESS_DEATH, (uint64_t)pid);
    coport_t port = open_coport(COCHANNEL);
    coevent_t closing = colisten(PORT_CLOSED, port);
    cocallback_t callback = ccb_register(listener->target, CCB_FAST);
    need(ccb_install(callback, &words, event) == 0 && ccb_install(callback, NULL, closing) == 0, "installing");
    printf("installed\n");
    fflush(stdout);
    getchar();
    cocall(ending, "end", 4, NULL, 0);
    check(comes_to(listener, 1) && is_death(&listener->notices[0], pid, 7 << 8, "some words"), "a death is told");
    check(coclose(port) == 0 && comes_to(listener, 2) && listener->notices[1].type == PORT_CLOSED, "and a closed port");
    int error = 0;
    while (ccb_install(callback, NULL, event) != 0 && ((error = errno) == ENOLINK || error == EBUSY))
        usleep(1000);
    check(comes_to(listener, 3), "and handles go on working");
    return failures != 0;
}

static void send_to_starter(cohandle_t handle)
{
    const struct coattachment attachment = {.descriptor = -1, .handle = handle};
    cocall_oob_until(cogetvec()->handles[0], "", 1, NULL, 0, &attachment, 1, NULL, NULL);
}

/* One of those whose end is waited for. */
static int play(const char *part)
{
    char request[16];
    cotarget_t target;
    if (strcmp(part, "give") == 0) {
        send_to_starter(colisten(PROCESS_DEATH, 0));
        return 0;
    }
    if (strcmp(part, "open") == 0) {
        send_to_starter(open_coport(COCHANNEL));
        return 0;
    }
    need(coregister(NULL, NULL, &target) == 0, "coregister");
    send_to_starter(target);
    coaccept(NULL, NULL, 0, request, sizeof request);
    if (strcmp(part, "register") == 0)
        _exit(!refused(ccb_register(cogetvec()->handles[0], 0), EINVAL));
    if (strcmp(part, "listen") == 0)
        _exit(!refused(colisten(PROCESS_DEATH, strtoul(request, NULL, 10)), EACCES));
    _exit(7);
}

int main(int argc, char **argv)
{
    self = argv[0];
    need(coproc_init() != 0, "joining");
    if (argc > 1 && strcmp(argv[1], "survive") == 0)
        return survive();
    if (argc > 1)
        return play(argv[1]);
    deaths();
    removing();
    busy();
    passing();
    ports();
    refusals();
    quota();
    return failures != 0;
}
