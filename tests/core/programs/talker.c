/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A server, caller or main program that is told in words what to do.
 *
 *   talker serve NAME              publishes NAME and does what each request says:
 *                                    echo       reply
 *                                    compute    half a second of work on the caller's thread, then reply
 *                                    brief      some milliseconds of it
 *                                    long       two seconds of it
 *                                    loop       for ever
 *                                    home       a system call, then reply
 *                                  these print "NAME at home" when they are there:
 *                                    home-loop  for ever
 *                                    sleep      in a system call, for ever
 *                                    nap        in a system call, half a second, then reply
 *                                    wait       in a futex, on the caller's thread, for ever
 *                                    wait-awhile   the same, half a second, then reply
 *                                    via NAME REQUEST   calls NAME with REQUEST, replies with the result
 *   talker call NAME REQUEST       prints "calling", then the result, then stays
 *   talker call-slow NAME REQUEST  the same by way of a slow pool
 *   talker listen                  for each line "NAME REQUEST" of its input: calls, prints the result; with the
 * request "until-busy" it waits instead until NAME serves somebody talker crowd SEED NAME...      calls at random until
 * all are gone
 */
#include "support.h"

#include <comesg/copool.h>

enum { WORDS = 256 };

static const char *own_name;

static const char *outcome(ssize_t result)
{
    if (result >= 0)
        return "done";
    return errno == ENOLINK ? "ENOLINK" : errno == EBUSY ? "EBUSY" : strerror(errno);
}

static void compute(long milliseconds)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < milliseconds);
}

static void loop(void)
{
    for (;;)
        __asm__ volatile("");
}

static void say_at_home(void)
{
    printf("%s at home\n", own_name);
    fflush(stdout);
}

/* Found once: a name goes with its co-process. */
static cotarget_t find_once(const char *name)
{
    static struct {
        char name[32];
        cotarget_t target;
    } known[8];
    unsigned i = 0;
    while (i < 8 && known[i].target && strcmp(known[i].name, name) != 0)
        i++;
    need(i < 8, "few names");
    if (!known[i].target) {
        snprintf(known[i].name, sizeof known[i].name, "%.31s", name);
        known[i].target = find(name);
    }
    return known[i].target;
}

static void call_other(char *words, char *reply)
{
    char *rest = strchr(words, ' '), in[WORDS];
    need(rest != NULL, "via NAME REQUEST");
    *rest++ = '\0';
    snprintf(reply, WORDS, "%s", outcome(cocall(find_once(words), rest, strlen(rest) + 1, in, sizeof in)));
}

static void obey(char *words, char *reply)
{
    static uint32_t never;
    snprintf(reply, WORDS, "%s", words);
    if (strcmp(words, "compute") == 0)
        compute(500);
    else if (strcmp(words, "brief") == 0)
        compute(20);
    else if (strcmp(words, "long") == 0)
        compute(2000);
    else if (strcmp(words, "loop") == 0)
        loop();
    else if (strcmp(words, "home-loop") == 0)
        say_at_home(), loop();
    else if (strcmp(words, "sleep") == 0)
        say_at_home(), pause_milliseconds(1000000);
    else if (strcmp(words, "home") == 0)
        getppid();
    else if (strcmp(words, "nap") == 0)
        say_at_home(), pause_milliseconds(500);
    else if (strcmp(words, "wait") == 0)
        while (!never)
            syscall(SYS_futex, &never, 0, 0, NULL, NULL, 0);
    else if (strcmp(words, "wait-awhile") == 0)
        syscall(SYS_futex, &never, 0, 0, &(struct timespec){0, 500000000}, NULL, 0);
    else if (strncmp(words, "via ", 4) == 0)
        call_other(words + 4, reply);
}

static _Noreturn void serve(const char *name)
{
    cotarget_t target;
    static char request[WORDS], reply[WORDS];
    own_name = name;
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        if (coaccept(NULL, reply, strlen(reply) + 1, request, sizeof request - 1) > 0)
            obey(request, reply);
        else
            snprintf(reply, sizeof reply, "%s", "bad request");
    }
}

static void call_once(const char *name, const char *request, bool slow)
{
    char reply[WORDS] = "";
    cotarget_t target = find(name);
    if (slow)
        need((target = copool(&target, 1, COPOOL_SLOW)) != 0, "copool");
    printf("calling %s\n", name);
    fflush(stdout);
    ssize_t result = call(target, request, strlen(request) + 1, reply, sizeof reply);
    printf("%s %s: %s %s\n", name, request, outcome(result), reply);
    fflush(stdout);
}

static const char *until_busy(cotarget_t target)
{
    while (cocall(target, "", 1, NULL, 0) >= 0)
        pause_milliseconds(1);
    return outcome(-1);
}

static void listen(void)
{
    char line[WORDS], reply[WORDS];
    while (fgets(line, sizeof line, stdin)) {
        char *request = strchr(line, ' ');
        line[strcspn(line, "\n")] = '\0';
        if (!request)
            return;
        *request++ = '\0';
        cotarget_t target = find_once(line);
        reply[0] = '\0';
        if (strcmp(request, "until-busy") == 0)
            printf("%s: %s\n", line, until_busy(target));
        else
            printf("%s: %s %s\n", line, outcome(call(target, request, strlen(request) + 1, reply, sizeof reply)),
                   reply);
        fflush(stdout);
    }
}

static void crowd(unsigned seed, unsigned count, char **names)
{
    cotarget_t targets[16];
    unsigned alive = 0;
    for (unsigned i = 0; i < count && i < 16; i++) {
        for (int attempt = 0; attempt < 20 && colookup(names[i], &targets[i]); attempt++)
            pause_milliseconds(1);
        alive += colookup(names[i], &targets[i]) == 0;
    }
    if (alive < count)
        return;
    while (alive > 0) {
        seed = seed * 1664525 + 1013904223;
        unsigned i = (seed >> 8) % count, what = (seed >> 24) % 8;
        char request[WORDS] = "echo", reply[WORDS];
        if (what == 0)
            snprintf(request, sizeof request, "home");
        else if (what < 3 && count > 1)
            snprintf(request, sizeof request, "via %s %s", names[(i + 1) % count], what == 1 ? "echo" : "home");
        if (!targets[i])
            continue;
        if (cocall(targets[i], request, strlen(request) + 1, reply, sizeof reply) >= 0 || errno != ENOLINK)
            continue;
        targets[i] = 0;
        alive--;
    }
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";
    if (strcmp(role, "serve") == 0)
        serve(argv[2]);
    else if (strncmp(role, "call", 4) == 0)
        call_once(argv[2], argv[3], strcmp(role, "call-slow") == 0);
    else if (strcmp(role, "listen") == 0)
        listen();
    else if (strcmp(role, "crowd") == 0)
        crowd((unsigned)atoi(argv[2]), (unsigned)argc - 3, argv + 3);
    if (strncmp(role, "call", 4) == 0)
        pause_milliseconds(1000000);
    return 0;
}
