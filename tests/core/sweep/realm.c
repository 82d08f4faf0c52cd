/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A realm for the sweep.
 */
#include "realm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 12 * PAIRS + 32 };

/* How long what is to happen may take. */
static int seconds(void)
{
    const char *chosen = getenv("SWEEP_SECONDS");
    return chosen ? atoi(chosen) : 5;
}

bool patience_wait(struct patience *patience)
{
    const struct timespec pause = {0, 500000};
    if (patience->left == 0)
        patience->left = seconds() * 2000;
    nanosleep(&pause, NULL);
    return --patience->left > 0;
}

struct words {
    char *list[WORDS];
    int count;
};

__attribute__((format(printf, 2, 3))) static void add(struct words *words, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (words->count == WORDS - 1 || vasprintf(&words->list[words->count++], format, arguments) < 0)
        abort();
    va_end(arguments);
}

static void pipe_path(char path[64], const char *kind, int caller)
{
    snprintf(path, 64, "build/tests/core/sweep/%s.%d.%d", kind, getpid(), caller);
}

static void add_pipes(struct words *words, int caller)
{
    char path[64];
    pipe_path(path, "orders", caller);
    add(words, "%s", path);
    pipe_path(path, "outcomes", caller);
    add(words, "%s", path);
}

static void add_pair(struct words *words, const char *party, int pair, const char *role)
{
    add(words, "%s", party);
    add(words, "%s", role);
    add(words, "callee-%d", pair);
    add(words, ":");
    add(words, "%s", party);
    add(words, "call");
    add_pipes(words, pair);
    add(words, "callee-%d", pair);
    add(words, ":");
}

static void add_bystander(struct words *words, const char *party, const char *role)
{
    add(words, "%s", party);
    add(words, "%s", role);
    add(words, "other");
    add(words, ":");
    add(words, "%s", party);
    add(words, "call");
    add_pipes(words, BYSTANDER);
    for (int pair = 0; pair < PAIRS; pair++)
        add(words, "callee-%d", pair);
    add(words, "other");
}

/* Descriptors other than the three usual ones are not inherited, so these have names. */
static int make_pipe(const char *kind, int caller)
{
    char path[64];
    pipe_path(path, kind, caller);
    unlink(path);
    return mkfifo(path, 0600) ? -1 : open(path, O_RDWR | O_CLOEXEC);
}

static void remove_names(void)
{
    for (int caller = 0; caller <= BYSTANDER; caller++) {
        char path[64];
        pipe_path(path, "orders", caller);
        unlink(path);
        pipe_path(path, "outcomes", caller);
        unlink(path);
    }
}

static bool make_pipes(struct realm *realm)
{
    for (int caller = 0; caller <= BYSTANDER; caller++) {
        realm->orders[caller] = make_pipe("orders", caller);
        realm->outcomes[caller] = make_pipe("outcomes", caller);
        if (realm->orders[caller] < 0 || realm->outcomes[caller] < 0)
            return false;
    }
    return true;
}

static void make_words(struct words *words, const char *comesg, const char *party, const char *role)
{
    add(words, "%s", comesg);
    add(words, "run");
    add(words, "-v");
    add(words, "--bare");
    for (int pair = 0; pair < PAIRS; pair++)
        add_pair(words, party, pair, role);
    add_bystander(words, party, role);
}

static _Noreturn void become(const struct realm *realm, char **words)
{
    int messages = open(realm->messages_path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(messages, STDERR_FILENO);
    dup2(messages, STDOUT_FILENO);
    execv(words[0], words);
    _exit(125);
}

static void read_messages(struct realm *realm)
{
    size_t length = 0;
    int file = open(realm->messages_path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t size = read(file, realm->messages, MESSAGES - 1);
        length = size > 0 ? (size_t)size : 0;
        close(file);
    }
    realm->messages[length] = '\0';
}

static bool read_members(struct realm *realm)
{
    const char *text = realm->messages;
    read_messages(realm);
    for (int i = 0; i < MEMBERS; i++) {
        unsigned long long base;
        text = strstr(text, " started with pid ");
        if (!text || sscanf(text, " started with pid %d at %llx", &realm->members[i].pid, &base) != 2)
            return false;
        realm->members[i].base = base;
        text++;
    }
    return true;
}

bool realm_start(struct realm *realm, const char *comesg, const char *party, const char *role)
{
    static unsigned number;
    struct words words = {0};
    struct outcome outcome;
    struct patience patience = {0};
    *realm = (struct realm){0};
    snprintf(realm->messages_path, sizeof realm->messages_path, "build/tests/core/sweep/messages.%d.%u", getpid(),
             number++);
    if (!make_pipes(realm))
        return false;
    make_words(&words, comesg, party, role);
    realm->supervisor = fork();
    if (realm->supervisor == 0)
        become(realm, words.list);
    for (int i = 0; i < words.count; i++)
        free(words.list[i]);
    if (realm->supervisor < 0)
        return false;
    bool good = true;
    for (int caller = 0; good && caller <= BYSTANDER; caller++)
        good = realm_outcome(realm, caller, &outcome);
    remove_names();
    while (good && !read_members(realm)) /* the supervisor's messages may come last */
        good = patience_wait(&patience);
    return good;
}

static bool ended_well(const struct realm *realm)
{
    struct patience patience = {0};
    int status;
    pid_t reaped;
    while ((reaped = waitpid(realm->supervisor, &status, WNOHANG)) == 0) {
        if (!patience_wait(&patience))
            return false;
    }
    if (reaped != realm->supervisor || !WIFEXITED(status) || WEXITSTATUS(status))
        return false;
    while (kill(-realm->supervisor, 0) == 0) {
        if (!patience_wait(&patience))
            return false;
    }
    return true;
}

bool realm_end(struct realm *realm)
{
    close(realm->orders[BYSTANDER]);
    bool good = realm->supervisor > 0 && ended_well(realm);
    read_messages(realm);
    if (!good && realm->supervisor > 0) {
        kill(-realm->supervisor, SIGKILL);
        waitpid(realm->supervisor, NULL, 0);
    }
    for (int caller = 0; caller <= BYSTANDER; caller++) {
        close(realm->outcomes[caller]);
        if (caller != BYSTANDER)
            close(realm->orders[caller]);
    }
    unlink(realm->messages_path);
    return good;
}

void realm_order(const struct realm *realm, int caller, struct order order)
{
    if (write(realm->orders[caller], &order, sizeof order) != sizeof order)
        perror("# order"); /* the outcome will be missed */
}

bool realm_outcome(const struct realm *realm, int caller, struct outcome *outcome)
{
    struct pollfd ready = {.fd = realm->outcomes[caller], .events = POLLIN};
    return poll(&ready, 1, seconds() * 1000) == 1 &&
           read(realm->outcomes[caller], outcome, sizeof *outcome) == sizeof *outcome;
}

bool realm_call(const struct realm *realm, int caller, struct order order, struct outcome *outcome)
{
    realm_order(realm, caller, order);
    return realm_outcome(realm, caller, outcome);
}

bool realm_says_ended(struct realm *realm, pid_t pid, const char *why)
{
    struct patience patience = {0};
    char message[128];
    snprintf(message, sizeof message, "(pid %d) was ended: %s", pid, why);
    do {
        read_messages(realm);
        if (strstr(realm->messages, message))
            return true;
    } while (patience_wait(&patience));
    return false;
}

const char *realm_last_messages(struct realm *realm)
{
    const size_t tail = 300;
    read_messages(realm);
    size_t length = strlen(realm->messages);
    return realm->messages + (length > tail ? length - tail : 0);
}

int realm_count_ended(struct realm *realm)
{
    int count = 0;
    read_messages(realm);
    for (const char *text = realm->messages; (text = strstr(text, " was ended: ")); text++)
        count++;
    return count;
}
