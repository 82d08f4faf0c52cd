/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes the structures of calls and launches while the core reads them, and where it writes what was received: one
 * thread puts good and wild lengths, addresses and counts into every word of them, another makes the calls. Each call
 * must end with a clean error or a result that makes sense, and nobody else may notice.
 *
 *   structures keep NAME             fills memory with a pattern; a call of NAME compares it, and tells where it is
 *   structures serve NAME            serves with attachments in both directions, of which each is looked at
 *   structures accept NAME           the same, but its own structures change
 *   structures race MILLISECONDS    makes the calls and launches, prints TAP
 *   structures started ...           what race launches: looks at its arguments and its handles
 */
#include "support.h"

#include <comesg/coexec.h>

#include <pthread.h>

enum { TEXT = 64, ROOM = 8, LIST = 8, WORDS = 64, VALUES = 8, KEPT = 4 << 20, ARGUMENT = 40 };

/* libcocall: cocall with options as they are. */
ssize_t comesg_call_with(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                         const struct comesg_call_options *options) __attribute__((visibility("hidden")));

static const char *self;

/* A word that another thread changes, and what it puts there. */
struct word {
    volatile uint64_t *at;
    uint64_t good[VALUES], wild[VALUES];
    unsigned good_count, wild_count;
};
static struct word words[WORDS];
static unsigned word_count;
static volatile bool stop;

static void add_values(volatile void *at, const uint64_t *good, unsigned good_count, const uint64_t *wild,
                       unsigned wild_count)
{
    need(word_count < WORDS && good_count <= VALUES && wild_count <= VALUES, "room for words");
    struct word *word = &words[word_count++];
    *word = (struct word){.at = at, .good_count = good_count, .wild_count = wild_count};
    memcpy(word->good, good, good_count * sizeof *good);
    memcpy(word->wild, wild, wild_count * sizeof *wild);
    *word->at = good[0];
}
#define ADD(at, good, wild) add_values(at, good, sizeof(good) / sizeof(good)[0], wild, sizeof(wild) / sizeof(wild)[0])

/* Mostly it is a good one: only where all are the core goes on to the next structure. */
static void *change(void *argument)
{
    uint32_t random = 12345;
    while (!stop) {
        random = random * 1664525 + 1013904223;
        const struct word *word = &words[(random >> 16) % word_count];
        unsigned number = random >> 24;
        *word->at = (random >> 8) % 16 ? word->good[number % word->good_count] : word->wild[number % word->wild_count];
    }
    return argument;
}

/* Where those who keep something have it: foreign memory that is there. */
static uint64_t kept[2];

static _Noreturn void keep(const char *name)
{
    static unsigned char memory[KEPT];
    const size_t pid = (size_t)getpid();
    cotarget_t target;
    uint64_t reply = 0;
    char request;
    for (size_t i = 0; i < KEPT; i++)
        memory[i] = (unsigned char)(i * 7 + pid);
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        need(coaccept(NULL, &reply, sizeof reply, &request, 1) == 1, "coaccept");
        reply = (uint64_t)memory + KEPT / 2;
        for (size_t i = 0; i < KEPT; i++)
            reply = memory[i] == (unsigned char)(i * 7 + pid) ? reply : 0;
    }
}

/* Where it is, or 0 if it has changed. */
static uint64_t ask_keeper(const char *name)
{
    uint64_t reply = 0;
    need(call(find(name), "", 1, &reply, sizeof reply) == sizeof reply, "a call");
    return reply;
}

/* The last lies before the end of what is accessible. */
static void add_addresses(volatile void *at, const uint64_t *good, unsigned good_count)
{
    const uint64_t base = region_base();
    const uint64_t wild[] = {kept[0],
                             kept[1],
                             base - 8,
                             base + REGION_SIZE - 8,
                             base - (260UL << 30),
                             8,
                             ~0UL,
                             (uint64_t)make_edge(PAGE) - 8};
    add_values(at, good, good_count, wild, sizeof wild / sizeof wild[0]);
}

/* Everything of a call that is not in registers. What is received lands in `received`, between fences. */
static struct {
    struct comesg_call_options options;
    struct cocall_information information;
    struct coattachment sent[LIST];
    uint64_t fence_before[512];
    struct coattachment received[COATTACHMENT_MAX];
    uint64_t fence_behind[512];
} raced;

static const uint64_t counts[] = {COATTACHMENT_MAX + 1, 1UL << 32, 1UL << 60, ~0UL, 1UL << 28, ~0UL / 16};

static uint64_t start_of(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

static void race_attachments(void)
{
    const uint64_t handles[] = {coseal(1, 1)}, sealed = handles[0];
    const uint64_t kinds[] = {0, start_of(COHANDLE_SEALED, (uint32_t)-1)};
    const uint64_t wild_kinds[] = {
        start_of(COHANDLE_DESCRIPTOR, 0),         start_of(COHANDLE_DESCRIPTOR, (uint32_t)-1),
        start_of(COHANDLE_DESCRIPTOR, 1000000),   COHANDLE_CONTROL + 1,
        start_of(COHANDLE_DESCRIPTOR, 0),         COHANDLE_WINDOW,
        start_of(COHANDLE_DESCRIPTOR, 0x7fffffff)};
    const uint64_t wild_handles[] = {0, sealed ^ 1UL << 16, sealed ^ 1UL << 32, sealed | 1UL << 63, ~0UL};
    for (int i = 0; i < LIST; i++) {
        ADD(&raced.sent[i], kinds, wild_kinds);
        ADD(&raced.sent[i].handle, handles, wild_handles);
    }
}

static void race_call(void)
{
    const uint32_t size = sizeof raced.options;
    const uint64_t starts[] = {size, start_of(size, COMESG_CALL_UNTIL), start_of(size, COMESG_CALL_SLOW)};
    const uint64_t wild_starts[] = {0, size + 8, start_of(size, 16), ~0UL, start_of(size, COMESG_CALL_NB)};
    const uint64_t sent[] = {(uint64_t)raced.sent, (uint64_t)&raced.sent[LIST / 2]}, few[] = {0, 1, 2, LIST / 2};
    const uint64_t information[] = {(uint64_t)&raced.information, 0}, sizes[] = {sizeof raced.information};
    const uint64_t wild_sizes[] = {0, sizeof raced.information + (1UL << 32), ~0UL};
    const uint64_t received[] = {(uint64_t)raced.received, (uint64_t)&raced.received[ROOM]};
    const uint64_t capacities[] = {ROOM, 1, 0, COATTACHMENT_MAX - ROOM}, deadlines[] = {~0UL, 1UL << 62};
    const uint64_t past[] = {0, 1};
    race_attachments();
    ADD(&raced.options, starts, wild_starts);
    ADD(&raced.options.deadline, deadlines, past);
    add_addresses(&raced.options.attachments, sent, 2);
    ADD(&raced.options.attachment_count, few, counts);
    add_addresses(&raced.options.information, information, 2);
    ADD(&raced.information.size, sizes, wild_sizes);
    add_addresses(&raced.information.attachments.array, received, 2);
    ADD(&raced.information.attachments.capacity, capacities, counts);
    memset(raced.fence_before, 0x5a, sizeof raced.fence_before);
    memset(raced.fence_behind, 0x5a, sizeof raced.fence_behind);
}

static bool is_fence(const uint64_t *fence)
{
    for (int i = 0; i < 512; i++) {
        if (fence[i] != 0x5a5a5a5a5a5a5a5a)
            return false;
    }
    return true;
}

/* What was received can be used, once, and closed. */
static bool is_sound(struct coattachment received)
{
    if (received.kind == COHANDLE_DESCRIPTOR)
        return received.handle == 0 && received.descriptor > 2 && close(received.descriptor) == 0;
    return received.kind == COHANDLE_SEALED && received.descriptor == -1 &&
           cohandle_kind(received.handle) == COHANDLE_SEALED && cohandle_close(received.handle) == 0;
}

/* Wherever it landed. */
static unsigned close_received(unsigned *strange)
{
    unsigned count = 0;
    for (int i = 0; i < COATTACHMENT_MAX; i++) {
        struct coattachment *received = &raced.received[i];
        if (received->kind == 0 && received->handle == 0)
            continue;
        *strange += !is_sound(*received);
        count++;
        *received = (struct coattachment){0};
    }
    *strange += !is_fence(raced.fence_before) + !is_fence(raced.fence_behind);
    return count;
}

static bool is_clean(int error)
{
    static const int clean[] = {EFAULT, EINVAL, EBADF, EACCES, EBUSY, EAGAIN, ETIMEDOUT, EDQUOT};
    for (size_t i = 0; i < sizeof clean / sizeof clean[0]; i++) {
        if (error == clean[i])
            return true;
    }
    return false;
}

static pthread_t start_change(void)
{
    pthread_t thread;
    stop = false;
    need(pthread_create(&thread, NULL, change, NULL) == 0, "pthread_create");
    return thread;
}

static void end_change(pthread_t thread)
{
    stop = true;
    pthread_join(thread, NULL);
    word_count = 0;
    memset(words, 0, sizeof words);
}

static _Noreturn void serve(const char *name)
{
    static char text[TEXT];
    struct coattachment received[ROOM],
        reply[2] = {{.descriptor = -1, .handle = coseal(1, 1)}, {.kind = COHANDLE_DESCRIPTOR, .descriptor = 0}};
    struct cocall_information information = {.size = sizeof information, .attachments = {received, ROOM, 0, 0}};
    cotarget_t target;
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (unsigned turn = 0;; turn++) {
        ssize_t length = coaccept_oob(NULL, text, TEXT, text, TEXT, reply, turn % 8 == 0 ? 2 : turn % 2, &information);
        need(length == TEXT && information.offered == TEXT, "a whole request");
        need(information.attachments.count + information.attachments.dropped <= COATTACHMENT_MAX, "a number of them");
        for (size_t i = 0; i < information.attachments.count; i++)
            need(is_sound(received[i]), "what was received");
        text[0]++;
    }
}

/* After an error its caller still waits, or has got ENOLINK; the next turn replies. */
static _Noreturn void accept_raced(const char *name)
{
    static char text[TEXT];
    unsigned strange = 0;
    cotarget_t target;
    kept[0] = kept[1] = ask_keeper("below");
    race_call();
    start_change();
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        ssize_t length = comesg_accept_with(NULL, text, TEXT, text, TEXT, &raced.options);
        need(length < 0 ? is_clean(errno) : length == TEXT, "an error that may be");
        close_received(&strange);
        need(strange == 0, "what was received");
        text[0] = (char)(text[0] + (length == TEXT));
    }
}

static bool lasts(const struct timespec *end)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec < end->tv_sec || (now.tv_sec == end->tv_sec && now.tv_nsec < end->tv_nsec);
}

/* A callee whose own structures change may have got EFAULT: then the call gives ENOLINK. */
static void test_calls(const char *name, long milliseconds, bool may_fail)
{
    static char out[TEXT], in[TEXT];
    unsigned answered = 0, refused = 0, received = 0, strange = 0;
    struct timespec end = in_milliseconds(milliseconds);
    cotarget_t target = find(name);
    race_call();
    pthread_t thread = start_change();
    for (unsigned turn = 0; turn % 64 != 0 || lasts(&end); turn++) {
        out[0] = (char)turn;
        ssize_t length = comesg_call_with(target, out, TEXT, in, TEXT, &raced.options);
        answered += length == TEXT;
        refused += length < 0;
        strange += length < 0 ? !is_clean(errno) && !(may_fail && errno == ENOLINK) : length != TEXT;
        received += close_received(&strange);
    }
    end_change(thread);
    ok(answered > 0 && refused > 0 && received > 0, "%s: %s", name,
       "some are answered, some refused, some bring handles");
    ok(strange == 0, "%s: nothing strange", name);
    printf("# %u answered, %u refused, %u received, %u strange\n", answered, refused, received, strange);
    ssize_t length = -1;
    for (int attempt = 0; length != TEXT && attempt < 10000; attempt++) {
        sched_yield();
        length = cocall(target, out, TEXT, in, TEXT);
    }
    ok(length == TEXT && in[0] == (char)(out[0] + 1), "%s: a last call is answered", name);
}

/* What the new one is given. */
static struct {
    const char *argv[LIST + 1], *envp[LIST + 1];
    struct coexec_options options;
    cohandle_t handles[LIST];
    struct coexec_quota quotas[2];
    struct coexec_descriptor descriptors[2];
} launched;

static void race_launch(void)
{
    static char strings[2][ARGUMENT] = {"aaaaaaaaaaaaaaaaaaaaaaaa", "bbbb"};
    static const char mode[] = "started";
    const uint64_t sealed[] = {coseal(1, 1), 0}, wild_handles[] = {1, sealed[0] ^ 1UL << 32, ~0UL};
    const uint64_t text[] = {(uint64_t)strings[0], (uint64_t)strings[1]}, few[] = {LIST, 1, 0};
    const uint64_t handles[] = {(uint64_t)launched.handles}, quotas[] = {(uint64_t)launched.quotas};
    const uint64_t sizes[] = {sizeof launched.options};
    const uint64_t wild_sizes[] = {0, 8, ~0UL, sizeof launched.options + (1UL << 32)};
    const uint64_t flags[] = {start_of(0, 0), start_of(COEXEC_NO_PUBLISH, 0)};
    const uint64_t wild_flags[] = {start_of(COEXEC_MICROKERNEL, 0), ~0UL, start_of(COEXEC_SYSTEM_CALLS, ~0U)};
    const uint64_t many[] = {1025, 1UL << 32, 1UL << 60, ~0UL}, nothing[] = {0};
    launched.argv[0] = self;
    launched.argv[1] = mode;
    launched.envp[0] = strings[0];
    for (int i = 2; i < LIST; i++)
        add_addresses(&launched.argv[i], text, 2);
    for (int i = 1; i < LIST; i++)
        add_addresses(&launched.envp[i], text, 2);
    for (int i = 0; i < LIST; i++)
        ADD(&launched.handles[i], sealed, wild_handles);
    ADD(&launched.options.size, sizes, wild_sizes);
    ADD(&launched.options.flags, flags, wild_flags);
    add_addresses(&launched.options.handles, handles, 1);
    ADD(&launched.options.handle_count, few, many);
    add_addresses(&launched.options.quotas, quotas, 1);
    ADD(&launched.options.quota_count, nothing, many);
    ADD(&launched.options.descriptor_count, nothing, many);
    ADD(&launched.options.group_count, nothing, many);
}

static bool is_clean_for_launch(int error)
{
    return is_clean(error) || error == E2BIG || error == EPERM || error == ENOMEM;
}

static void test_launches(long milliseconds)
{
    unsigned started = 0, refused = 0, strange = 0;
    struct timespec end = in_milliseconds(milliseconds);
    race_launch();
    pthread_t thread = start_change();
    for (unsigned turn = 0; turn < 20000 && ((started == 0 || refused == 0) || lasts(&end)); turn++) {
        pid_t pid = coexecve_with(self, (char *const *)launched.argv, (char *const *)launched.envp, &launched.options);
        started += pid > 0;
        refused += pid < 0;
        strange += pid < 0 && !is_clean_for_launch(errno);
    }
    end_change(thread);
    ok(started > 0 && refused > 0, "launches: some succeed, some are refused");
    ok(strange == 0, "launches: nothing strange");
    printf("# %u started, %u refused\n", started, refused);
}

/* The whole program, and what it says is in its exit status. */
static int look_at_start(int argc, char **argv, char **envp)
{
    const struct covector *vector = cogetvec();
    bool good = vector->count <= LIST;
    for (int i = 2; i < argc; i++)
        good = good && (strspn(argv[i], "a") == strlen(argv[i]) || strspn(argv[i], "b") == strlen(argv[i]));
    for (; *envp; envp++)
        good = good && (strspn(*envp, "a") == strlen(*envp) || strspn(*envp, "b") == strlen(*envp));
    for (size_t i = 0; i < vector->count; i++)
        good = good && (vector->handles[i] == 0 || cohandle_kind(vector->handles[i]) == COHANDLE_SEALED);
    need(good, "what a launch passes");
    return 0;
}

static int race(long milliseconds)
{
    char *const above[] = {(char *)self, "keep", "above", NULL};
    need(coexecve(self, above, NULL) > 0, "coexecve");
    kept[0] = ask_keeper("below");
    kept[1] = ask_keeper("above");
    test_calls("served", milliseconds, false);
    test_calls("accepted", milliseconds, true);
    test_launches(milliseconds);
    ok(ask_keeper("below") == kept[0] && ask_keeper("above") == kept[1], "nobody else's memory has changed");
    return done_testing();
}

int main(int argc, char **argv, char **envp)
{
    const char *mode = argc > 1 ? argv[1] : "";
    self = argv[0];
    if (strcmp(mode, "keep") == 0)
        keep(argv[2]);
    if (strcmp(mode, "serve") == 0)
        serve(argv[2]);
    if (strcmp(mode, "accept") == 0)
        accept_raced(argv[2]);
    if (strcmp(mode, "started") == 0)
        return look_at_start(argc, argv, envp);
    return race(atol(argv[2]));
}
