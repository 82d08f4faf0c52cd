/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File descriptors as attachments.
 *
 *   descriptors serve NAME ROOM     serves NAME, with room for so many attachments; a request says what to do
 *   descriptors pass NAME NEXT FOLDER   serves NAME: passes a file of its own on to NEXT and the reply back
 *   descriptors client FOLDER       prints TAP
 *   descriptors standard WHAT       passes its standard input, prints TAP
 *   descriptors full                receives with a full table of descriptors, prints TAP
 *   descriptors flood NAME FILE     passes FILE, open for writing, to NAME again and again
 *   descriptors start FOLDER        starts programs while another thread passes descriptors, prints their pids
 *   descriptors idle                waits for the end of the realm
 */
#include "support.h"

#include <comesg/coexec.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

enum { TEXT = 64 };

static const char *self;
static char answer[TEXT + 1];

static struct coattachment descriptor(int number)
{
    return (struct coattachment){.kind = COHANDLE_DESCRIPTOR, .descriptor = number};
}

/* A file with this text, removed at once, positioned at its beginning. */
static int make_file(const char *folder, const char *text)
{
    static _Atomic unsigned count;
    char path[300];
    snprintf(path, sizeof path, "%s/%d.%u", folder, getpid(), count++);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text), "a file");
    need(lseek(file, 0, SEEK_SET) == 0 && unlink(path) == 0, "its beginning");
    return file;
}

static bool is_open(int number)
{
    return fcntl(number, F_GETFD) >= 0;
}

/* Obeys a request: what goes back with the reply is written to `reply`, its number returned. */
static size_t obey(char *words, const struct cocall_information *information, struct coattachment *reply)
{
    static int requests;
    const struct coattachment *received = information->attachments.array;
    size_t count = information->attachments.count, descriptors = 0, given = 0;
    char text[TEXT] = "";
    requests++;
    for (size_t i = 0; i < count; i++)
        descriptors += received[i].kind == COHANDLE_DESCRIPTOR && is_open(received[i].descriptor) &&
                       received[i].handle == 0 && fcntl(received[i].descriptor, F_GETFD) == FD_CLOEXEC;
    if (strncmp(words, "read", 4) == 0 && count && read(received[0].descriptor, text, (size_t)atoi(words + 4)) < 0)
        snprintf(text, sizeof text, "%s", strerror(errno));
    else if (strncmp(words, "write", 5) == 0 && count)
        need(write(received[0].descriptor, words + 5, 8) == 8, "write");
    else if (strncmp(words, "kinds", 5) == 0)
        for (size_t i = 0; i < count; i++)
            text[i] = received[i].kind == COHANDLE_DESCRIPTOR ? 'd' : 'h';
    else if (strncmp(words, "sleep", 5) == 0)
        pause_milliseconds(atoi(words + 5));
    if (strncmp(words, "back", 4) == 0)
        for (; given < count; given++)
            reply[given] = received[given];
    snprintf(words, TEXT, "%zu %zu %zu %d %s", count, descriptors, information->attachments.dropped, requests, text);
    return given;
}

static void close_received(const struct coattachment *received, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (received[i].kind == COHANDLE_DESCRIPTOR)
            need(close(received[i].descriptor) == 0, "close");
        else
            need(cohandle_close(received[i].handle) == 0, "cohandle_close");
    }
}

static size_t room;

static _Noreturn void serve(void)
{
    static char words[TEXT];
    static struct coattachment received[COATTACHMENT_MAX], reply[COATTACHMENT_MAX], old[COATTACHMENT_MAX];
    struct cocall_information information = {.size = sizeof information, .attachments = {received, room, 0, 0}};
    size_t given = 0, old_count = 0;
    for (;;) {
        struct timespec soon = in_milliseconds(20);
        ssize_t length = coaccept_oob_until(NULL, words, TEXT, words, TEXT, reply, given, &information, &soon);
        int error = errno;
        close_received(old, old_count);
        given = old_count = 0;
        if (length < 0 && error == ETIMEDOUT)
            continue;
        need(length >= 0, "coaccept");
        given = obey(words, &information, reply);
        old_count = information.attachments.count;
        memcpy(old, received, sizeof old);
    }
}

/* The context was lost with whatever it had received. */
static void serve_again(int error)
{
    (void)error;
    for (int number = 3; number < 1024; number++)
        close(number);
    serve();
}

/* On the kernel thread of its caller, until it passes a descriptor. */
static _Noreturn void pass(const char *name, const char *next, const char *folder)
{
    static char words[TEXT];
    struct coattachment file = descriptor(make_file(folder, "of the one in the middle")), back;
    struct cocall_information information = {.size = sizeof information, .attachments = {&back, 1, 0, 0}};
    cotarget_t target, other = find(next);
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        char text[TEXT] = "";
        need(coaccept(NULL, words, TEXT, words, TEXT) >= 0, "coaccept");
        lseek(file.descriptor, 0, SEEK_SET);
        need(cocall_oob(other, words, TEXT, words, TEXT, &file, 1, &information) == TEXT, "the next one");
        if (information.attachments.count == 1) {
            lseek(back.descriptor, 0, SEEK_SET);
            need(read(back.descriptor, text, sizeof text - 1) > 0 && close(back.descriptor) == 0, "read");
            snprintf(words, TEXT, "back: %s", text);
        }
    }
}

static ssize_t ask(cotarget_t target, const char *request, const struct coattachment *sent, size_t n,
                   struct cocall_information *information)
{
    static char words[TEXT];
    struct timespec limit = in_milliseconds(20000);
    memset(answer, 0, sizeof answer);
    snprintf(words, sizeof words, "%s", request);
    return cocall_oob_until(target, words, TEXT, answer, TEXT, sent, n, information, &limit);
}

static bool answers(cotarget_t target, const char *request, const struct coattachment *sent, size_t n,
                    const char *counts, const char *text)
{
    int end = 0, requests;
    char found[TEXT];
    unsigned count, good, dropped;
    if (ask(target, request, sent, n, NULL) != TEXT)
        return false;
    if (sscanf(answer, "%u %u %u %d %n", &count, &good, &dropped, &requests, &end) < 4)
        return false;
    snprintf(found, sizeof found, "%u %u %u", count, good, dropped);
    return strcmp(found, counts) == 0 && strcmp(answer + end, text) == 0;
}

static int requests_seen(cotarget_t target)
{
    int requests = -1;
    need(ask(target, "none", NULL, 0, NULL) == TEXT, "a call");
    sscanf(answer, "%*u %*u %*u %d", &requests);
    return requests;
}

static bool fails(cotarget_t target, const struct coattachment *sent, size_t n, int error)
{
    return ask(target, "read3", sent, n, NULL) == -1 && errno == error;
}

static void test_kinds(cotarget_t server, const char *folder)
{
    int ends[2], file = make_file(folder, "0123456789");
    char text[16] = "";
    struct coattachment sent = descriptor(file);
    need(read(file, text, 3) == 3, "read");
    ok(answers(server, "read3", &sent, 1, "1 1 0", "345"), "a file goes on where the sender is: %s", answer);
    ok(read(file, text, 3) == 3 && memcmp(text, "678", 3) == 0, "and the sender where the receiver was");
    close(file);
    need(pipe(ends) == 0, "pipe");
    sent = descriptor(ends[1]);
    ok(answers(server, "writehello...", &sent, 1, "1 1 0", ""), "a pipe: %s", answer);
    close(ends[1]);
    ok(read(ends[0], text, sizeof text) == 8 && memcmp(text, "hello...", 8) == 0, "what is written arrives");
    ask(server, "none", NULL, 0, NULL); /* it has closed what it had received */
    ok(read(ends[0], text, sizeof text) == 0, "nobody else has the writing end");
    close(ends[0]);
    int directory = open(folder, O_RDONLY | O_DIRECTORY), null = open("/dev/null", O_RDWR);
    const struct coattachment others[] = {descriptor(directory), {.handle = coseal(1, 1)}, descriptor(null)};
    ok(answers(server, "kinds", others, 3, "3 2 0", "dhd"), "a directory, a handle and a harmless device: %s", answer);
    close(directory);
    close(null);
}

static void test_counts(cotarget_t server, cotarget_t narrow, cotarget_t without, const char *folder)
{
    struct coattachment sent[COATTACHMENT_MAX + 1];
    int file = make_file(folder, "x");
    for (size_t i = 0; i <= COATTACHMENT_MAX; i++)
        sent[i] = descriptor(i % 2 ? dup(file) : file);
    ok(answers(server, "none", sent, COATTACHMENT_MAX, "64 64 0", ""), "64 at once: %s", answer);
    ok(answers(server, "none", sent, COATTACHMENT_MAX, "64 64 0", ""), "and again: %s", answer);
    ok(fails(server, sent, COATTACHMENT_MAX + 1, EINVAL), "not 65");
    close(sent[1].descriptor);
    sent[1] = (struct coattachment){.handle = coseal(1, 1)};
    ok(answers(narrow, "kinds", sent, 10, "4 3 6", "dhdd"), "what finds no room is dropped: %s", answer);
    ok(answers(without, "none", sent, 10, "0 0 10", ""), "no room at all: %s", answer);
    for (size_t i = 3; i < COATTACHMENT_MAX; i += 2)
        close(sent[i].descriptor);
    close(file);
}

static void test_errors(cotarget_t server, const char *folder)
{
    int file = make_file(folder, "x"), before = requests_seen(server);
    struct coattachment sent[2] = {descriptor(file), descriptor(-1)};
    ok(fails(server, sent, 2, EBADF), "no descriptor: -1");
    sent[1] = descriptor(file + 1000000);
    ok(fails(server, sent, 2, EBADF), "no descriptor: not open");
    for (int hidden = 0; hidden < 1200; hidden++) {
        sent[1] = descriptor(hidden);
        if (!is_open(hidden) && !fails(server, sent, 2, EBADF))
            break;
        if (hidden == 1199)
            ok(true, "no descriptor of the core");
    }
    sent[1] = (struct coattachment){.descriptor = file};
    ok(fails(server, sent, 2, EBADF), "the kind has to be said");
    ok(requests_seen(server) == before + 1, "the callee has seen nothing of all that");
    close(file);
}

static void test_replies(cotarget_t server, const char *folder)
{
    struct coattachment sent[3], back[3];
    struct cocall_information information = {.size = sizeof information, .attachments = {back, 3, 0, 0}};
    char text[8] = "";
    int file = make_file(folder, "0123456789"), free = dup(file);
    need(close(free) == 0, "close");
    sent[0] = sent[2] = descriptor(file);
    sent[1] = (struct coattachment){.handle = coseal(7, 1)};
    ok(ask(server, "back", sent, 3, &information) == TEXT && information.attachments.count == 3 &&
           information.attachments.dropped == 0,
       "descriptors come back with a reply: %s", answer);
    ok(back[0].kind == COHANDLE_DESCRIPTOR && back[1].kind == COHANDLE_SEALED && back[2].kind == COHANDLE_DESCRIPTOR &&
           back[1].descriptor == -1 && back[0].handle == 0,
       "in their order, between handles");
    ok(back[0].descriptor == free && fcntl(back[0].descriptor, F_GETFD) == FD_CLOEXEC,
       "the lowest free number, close-on-exec");
    ok(read(back[2].descriptor, text, 2) == 2 && read(file, text + 2, 2) == 2 && strcmp(text, "0123") == 0,
       "of the same open file");
    close_received(back, 3);
    information.attachments.capacity = 1;
    ok(ask(server, "back", sent, 3, &information) == TEXT && information.attachments.count == 1 &&
           information.attachments.dropped == 2,
       "what finds no room is counted");
    close_received(back, 1);
    ok(ask(server, "back", sent, 3, NULL) == TEXT && !is_open(free), "nothing comes for who does not ask");
    char *edge = make_edge(PAGE);
    information.attachments.array = (struct coattachment *)(void *)(edge - sizeof(struct coattachment));
    information.attachments.capacity = 3;
    ok(ask(server, "back", sent, 3, &information) == -1 && errno == EFAULT && !is_open(free),
       "nothing stays if the place for the list faults");
    struct timespec soon = in_milliseconds(30);
    ok(cocall_oob_until(server, "sleep300", 9, answer, TEXT, sent, 3, NULL, &soon) == -1 && errno == ETIMEDOUT,
       "a caller that waits no longer");
    ok(answers(server, "none", sent, 1, "1 1 0", ""), "and calls again: %s", answer);
    close(file);
}

static void test_middle(cotarget_t middle)
{
    char text[TEXT + 1] = "read10", reply[TEXT + 1] = "";
    for (int i = 0; i < 3; i++) {
        ok(call(middle, text, TEXT, reply, TEXT) == TEXT && strstr(reply, "of the one") != NULL,
           "a callee passes on its own: %s", reply);
        strcpy(text, "back");
        ok(call(middle, text, TEXT, reply, TEXT) == TEXT && strcmp(reply, "back: of the one in the middle") == 0,
           "and receives its own: %s", reply);
        strcpy(text, "read10");
    }
}

static struct {
    int first, second;
    _Atomic int number;
    _Atomic bool stop;
} swapped;

static void *swap(void *argument)
{
    while (!swapped.stop) {
        need(dup2(swapped.first, swapped.number) >= 0 && dup2(swapped.second, swapped.number) >= 0, "dup2");
        close(swapped.number);
    }
    return argument;
}

/* Another thread changes what a number stands for, and takes it away. */
static void test_race(cotarget_t server, const char *folder)
{
    pthread_t thread;
    int first = 0, second = 0, none = 0, other = 0;
    swapped.first = make_file(folder, "first");
    swapped.second = make_file(folder, "second");
    swapped.number = dup(swapped.first);
    need(pthread_create(&thread, NULL, swap, NULL) == 0, "pthread_create");
    struct timespec end = in_milliseconds(1500), now;
    do {
        struct coattachment sent = descriptor(swapped.number);
        ssize_t length = ask(server, "read6", &sent, 1, NULL);
        lseek(swapped.first, 0, SEEK_SET);
        lseek(swapped.second, 0, SEEK_SET);
        if (length == -1 && errno == EBADF)
            none++;
        else if (length == TEXT && strstr(answer, "first"))
            first++;
        else if (length == TEXT && strstr(answer, "second"))
            second++;
        else
            other++;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    swapped.stop = true;
    pthread_join(thread, NULL);
    ok(other == 0, "another thread swaps it: %d times the first, %d the second, %d none, %d others", first, second,
       none, other);
    close(swapped.first);
    close(swapped.second);
    close(swapped.number);
}

static cotarget_t busy;

static void *pass_64(void *folder)
{
    struct coattachment sent[COATTACHMENT_MAX];
    int file = make_file(folder, "x");
    for (size_t i = 0; i < COATTACHMENT_MAX; i++)
        sent[i] = descriptor(file);
    while (cocall_oob_until(busy, NULL, 0, NULL, 0, sent, COATTACHMENT_MAX, NULL, NULL) < 0)
        need(errno == EDQUOT, "a call that waits"); /* somebody tries how many it may be */
    close(file);
    return NULL;
}

/* 256 at a time: those of calls that wait count. */
static void test_quota(cotarget_t server, char *folder)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct coattachment sent = descriptor(0);
    need(coregister(NULL, NULL, &busy) == 0, "coregister");
    for (int i = 0; i < THREADS; i++)
        need(pthread_create(&threads[i], NULL, pass_64, folder) == 0, "pthread_create");
    int attempts = 0;
    while ((ask(server, "none", &sent, 1, NULL) != -1 || errno != EDQUOT) && ++attempts < 10000)
        pause_milliseconds(1);
    ok(attempts < 10000, "EDQUOT when others pass 256");
    for (int i = 0; i < THREADS; i++)
        need(coaccept_until(NULL, NULL, 0, NULL, 0, &(struct timespec){INT32_MAX, 0}) == 0, "coaccept");
    coaccept_nb(NULL, NULL, 0, NULL, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ok(answers(server, "none", &sent, 1, "1 1 0", ""), "and not any more when they have: %s", answer);
}

static int count_open(void)
{
    int count = 0;
    for (int number = 0; number < 4096; number++)
        count += is_open(number);
    return count;
}

static int client(char *folder)
{
    cotarget_t server = find("server"), narrow = find("narrow"), without = find("without"), middle = find("middle");
    int before = count_open();
    test_kinds(server, folder);
    test_counts(server, narrow, without, folder);
    test_errors(server, folder);
    test_replies(server, folder);
    test_middle(middle);
    test_quota(server, folder);
    test_race(server, folder);
    ok(count_open() == before, "no descriptor stays open here");
    return done_testing();
}

static int standard(const char *what)
{
    cotarget_t server = find("server");
    struct coattachment sent = descriptor(0);
    char text[16] = "";
    if (strcmp(what, "refused") == 0) {
        ok(fails(server, &sent, 1, EACCES), "it is refused");
        return done_testing();
    }
    ok(answers(server, strcmp(what, "eventfd") ? "write12345678" : "write\1\1\1\1\1\1\1\1", &sent, 1, "1 1 0", ""),
       "it is passed: %s", answer);
    ok(read(0, text, 8) == 8 && (strcmp(text, "12345678") == 0 || strcmp(text, "\1\1\1\1\1\1\1\1") == 0),
       "and is the same there");
    return done_testing();
}

static int give(void)
{
    cotarget_t target, full;
    static char words[TEXT];
    need(coregister("giver", NULL, &target) == 0, "coregister");
    full = find("full");
    struct coattachment sent[3] = {descriptor(0), descriptor(0), descriptor(0)};
    while (call(full, words, TEXT, words, TEXT) == TEXT && words[0] == 'g')
        need(cocall_oob(full, words, TEXT, words, TEXT, sent, 3, NULL) == TEXT, "cocall");
    return 0;
}

/* No more than this limit of descriptors, of which so many are free. */
static void test_full(int free)
{
    static char words[TEXT] = "g";
    struct coattachment received[4];
    struct cocall_information information = {.size = sizeof information, .attachments = {received, 4, 0, 0}};
    need(coaccept(NULL, words, TEXT, words, TEXT) == TEXT, "coaccept");
    words[0] = 'g';
    ssize_t length = coaccept_oob(NULL, words, TEXT, words, TEXT, NULL, 0, &information);
    ok(length == TEXT && information.attachments.count == (size_t)free &&
           information.attachments.dropped == 3 - (size_t)free,
       "%d free: %zu received, %zu dropped", free, information.attachments.count, information.attachments.dropped);
    close_received(received, information.attachments.count);
    words[0] = 'g';
}

static int receive_full(void)
{
    cotarget_t target;
    int last = 0, next;
    need(coregister("full", NULL, &target) == 0, "coregister");
    while ((next = dup(0)) >= 0)
        last = next;
    need(errno == EMFILE && last > 10, "a full table");
    test_full(0);
    close(5);
    close(7);
    test_full(2);
    close(9);
    test_full(3);
    return done_testing();
}

static _Noreturn void flood(const char *name, const char *file)
{
    struct coattachment sent[COATTACHMENT_MAX];
    cotarget_t server = find(name);
    int number = open(file, O_WRONLY);
    need(number >= 0, "open");
    for (size_t i = 0; i < COATTACHMENT_MAX; i++)
        sent[i] = descriptor(number);
    puts("flooding");
    for (unsigned i = 0;; i++) {
        if (ask(server, "back", sent, 1 + i % COATTACHMENT_MAX, NULL) < 0 && errno == ENOLINK)
            server = find(name);
    }
}

static void *flood_thread(void *folder)
{
    struct coattachment sent[8];
    cotarget_t server = find("server");
    int file = make_file(folder, "x");
    for (size_t i = 0; i < 8; i++)
        sent[i] = descriptor(file);
    while (!swapped.stop) {
        need(ask(server, "none", sent, 8, NULL) == TEXT, "a call");
        swapped.number++;
    }
    return NULL;
}

static int start(char *folder)
{
    pthread_t thread;
    pid_t pid;
    char line[8];
    need(pthread_create(&thread, NULL, flood_thread, folder) == 0, "pthread_create");
    while (!swapped.number)
        sched_yield();
    for (int i = 0; i < 20; i++) {
        need((pid = coexecve(self, (char *[]){(char *)self, "idle", NULL}, NULL)) > 0, "coexecve");
        printf("%d\n", pid);
    }
    swapped.stop = true;
    pthread_join(thread, NULL);
    puts("started");
    return read(0, line, sizeof line) < 0;
}

int main(int argc, char **argv)
{
    self = argv[0];
    setvbuf(stdout, NULL, _IONBF, 0);
    const char *mode = argc > 1 ? argv[1] : "";
    cotarget_t target;
    if (strcmp(mode, "serve") == 0) {
        room = (size_t)atoi(argv[3]);
        need(coregister(argv[2], serve_again, &target) == 0, "coregister");
        serve();
    }
    if (strcmp(mode, "pass") == 0)
        pass(argv[2], argv[3], argv[4]);
    if (strcmp(mode, "client") == 0)
        return client(argv[2]);
    if (strcmp(mode, "standard") == 0)
        return standard(argv[2]);
    if (strcmp(mode, "full") == 0)
        return receive_full();
    if (strcmp(mode, "give") == 0)
        return give();
    if (strcmp(mode, "flood") == 0)
        flood(argv[2], argv[3]);
    if (strcmp(mode, "start") == 0)
        return start(argv[2]);
    char byte;
    coregister(NULL, NULL, &target);
    coaccept(NULL, NULL, 0, &byte, 1);
    return 0;
}
