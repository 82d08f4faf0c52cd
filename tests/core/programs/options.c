/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls with options: waiting, time limits, the slow path, attachments, pools.
 *
 *   options serve NAME KIND   publishes NAME and serves: "plain", "slow" or "told" (with attachments in both
 * directions); a request is the name of what to do options client            prints TAP options queue             waits
 * for "first" with cocall_until once it is told to, prints its turn
 */
#include "support.h"

#include <comesg/copool.h>

#include <pthread.h>
#include <sys/mman.h>

enum { TEXT = 64, ROOM = 4, BADGE = 0x1234 };

static char answer[TEXT];

static ssize_t call_gate(cotarget_t target, const char *text, struct comesg_call_options *options)
{
    ssize_t result;
    size_t outlen = strlen(text) + 1; /* before the registers: it is a call */
    register struct comesg_call_options *options_register __asm__("r9") = options;
    register size_t inlen __asm__("r8") = TEXT;
    const void *out = text;
    void *in = answer;
    uint64_t target_register = target;
    __asm__ volatile("pushq %%rbx\n\tpushq %%rbp\n\tpushq %%r12\n\t"
                     "call *0x28(%%r15)\n\t"
                     "popq %%r12\n\tpopq %%rbp\n\tpopq %%rbx"
                     : "=a"(result), "+D"(target_register), "+S"(out), "+d"(outlen), "+c"(in), "+r"(inlen),
                       "+r"(options_register)
                     :
                     : "r10", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
    return result;
}

static uint64_t nanoseconds(struct timespec time)
{
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Only the wait for the callee has a time limit. Gives 0, or why the call failed. */
static int wait_briefly(const char *name)
{
    struct comesg_call_options options = {.size = sizeof options, .flags = COMESG_CALL_UNTIL | COMESG_CALL_WAIT};
    cotarget_t target = find(name);
    options.deadline = nanoseconds(in_milliseconds(100));
    ssize_t result = call_gate(target, "x", &options);
    return result < 0 ? (int)-result : 0;
}

static void obey(char *words, const struct cocall_information *information)
{
    static int waited = -1;
    pid_t caller = 0;
    uint64_t badge = 0;
    const struct coattachment *first = information->attachments.array;
    cogetpid(&caller);
    if (strncmp(words, "sleep", 5) == 0)
        pause_milliseconds(atoi(words + 5));
    if (strncmp(words, "wait ", 5) == 0)
        waited = wait_briefly(words + 5);
    if (information->attachments.count)
        need(counseal(first->handle, &badge, NULL) < 0 && errno == EPERM, "somebody else's object");
    snprintf(words, TEXT, "%d %d %zu %zu %zu %d", getpid(), caller, information->offered,
             information->attachments.count, information->attachments.dropped, waited);
    for (size_t i = 0; i < information->attachments.count; i++)
        need(cohandle_close(first[i].handle) == 0, "close");
}

static _Noreturn void serve(const char *name, const char *kind)
{
    static char words[TEXT];
    struct coattachment received[ROOM];
    struct cocall_information information = {.size = sizeof information, .attachments = {received, ROOM, 0, 0}};
    struct coattachment reply = {.handle = coseal(BADGE, 1)};
    cotarget_t target;
    need(coregister(name, NULL, &target) == 0, "coregister");
    for (;;) {
        ssize_t length;
        if (strcmp(kind, "plain") == 0)
            length = coaccept(NULL, words, TEXT, words, TEXT);
        else if (strcmp(kind, "slow") == 0)
            length = coaccept_slow(NULL, words, TEXT, words, TEXT);
        else
            length = coaccept_oob(NULL, words, TEXT, words, TEXT, &reply, 1, &information);
        need(length >= 0, "coaccept");
        obey(words, &information);
    }
}

static ssize_t ask(cotarget_t target, const char *request)
{
    struct timespec limit = in_milliseconds(10000);
    return cocall_until(target, request, strlen(request) + 1, answer, TEXT, &limit);
}

static bool answered(ssize_t length)
{
    pid_t server, caller;
    return length == TEXT && sscanf(answer, "%d %d", &server, &caller) == 2 && caller == getpid() && server != getpid();
}

static bool failed(ssize_t length, int error)
{
    return length == -1 && errno == error;
}

static void test_limits(cotarget_t target, const char *what)
{
    struct timespec past = {0, 0}, bad = {0, 1000000000}, soon;
    ok(answered(ask(target, "x")), "%s: a call that waits is answered", what);
    ok(answered(cocall_until(target, "x", 2, answer, TEXT, &past)) || failed(-1, ETIMEDOUT),
       "%s: a time in the past is no error if nobody has to be waited for", what);
    ok(failed(cocall_until(target, "x", 2, answer, TEXT, &bad), EINVAL), "%s: EINVAL for no time", what);
    soon = in_milliseconds(20);
    ok(failed(cocall_until(target, "sleep500", 9, answer, TEXT, &soon), ETIMEDOUT),
       "%s: ETIMEDOUT when the callee takes too long", what);
    ok(failed(cocall_nb(target, "x", 2, answer, TEXT), EAGAIN), "%s: EAGAIN while it goes on", what);
    ok(failed(cocall_slow_nb(target, "x", 2, answer, TEXT), EAGAIN), "%s: EAGAIN on the slow path", what);
    ok(failed(cocall(target, "x", 2, answer, TEXT), EBUSY), "%s: EBUSY without waiting", what);
    soon = in_milliseconds(20);
    ok(failed(cocall_until(target, "x", 2, answer, TEXT, &soon), ETIMEDOUT), "%s: ETIMEDOUT while it is busy", what);
    ok(answered(cocall_until(target, "x", 2, answer, TEXT, NULL)), "%s: without limit the wait ends in a call", what);
    ok(answered(cocall_slow(target, "x", 2, answer, TEXT)), "%s: a slow call", what);
    ok(answered(cocall_nb(target, "x", 2, answer, TEXT)), "%s: a call that does not wait", what);
}

/* Somebody below in the chain of calls needs the kernel thread on which a callee waits: that goes on waiting at home.
 */
static void test_wait_at_home(cotarget_t waiter, cotarget_t busy)
{
    struct timespec soon = in_milliseconds(20);
    int error = -1;
    ok(failed(cocall_until(busy, "sleep1000", 10, answer, TEXT, &soon), ETIMEDOUT), "a callee is busy");
    soon = in_milliseconds(20);
    ok(failed(cocall_until(waiter, "wait slow", 10, answer, TEXT, &soon), ETIMEDOUT),
       "ETIMEDOUT while another waits for it on this kernel thread");
    bool good = answered(ask(waiter, "x")) && sscanf(answer, "%*d %*d %*u %*u %*u %d", &error) == 1;
    ok(good && error == ETIMEDOUT, "that wait ends in time as well (%d)", error);
    ok(answered(ask(busy, "x")), "and the busy one serves again");
}

static void test_accepting(void)
{
    cotarget_t self;
    struct timespec soon = in_milliseconds(10), bad = {0, -1};
    ok(failed(coaccept_nb(NULL, NULL, 0, answer, TEXT), EAGAIN), "coaccept_nb: nobody waits");
    ok(failed(coaccept_slow_nb(NULL, NULL, 0, answer, TEXT), EAGAIN), "coaccept_slow_nb: nobody waits");
    ok(failed(coaccept_until(NULL, NULL, 0, answer, TEXT, &soon), ETIMEDOUT), "coaccept_until: nobody comes");
    ok(failed(coaccept_until(NULL, NULL, 0, answer, TEXT, &bad), EINVAL), "coaccept_until: EINVAL for no time");
    need(coregister(NULL, NULL, &self) == 0, "coregister");
    ok(failed(cocall_until(self, NULL, 0, NULL, 0, NULL), EDEADLK), "EDEADLK for a wait for oneself");
}

static size_t counts(size_t *offered, size_t *count, size_t *dropped)
{
    *offered = *count = *dropped = 99;
    return sscanf(answer, "%*d %*d %zu %zu %zu", offered, count, dropped) == 3;
}

static void test_attachments(cotarget_t target)
{
    struct coattachment sent[6] = {{0}}, received[2];
    struct cocall_information information = {.size = sizeof information, .attachments = {received, 2, 0, 0}};
    size_t offered, count, dropped;
    for (int i = 0; i < 6; i++)
        sent[i].handle = coseal((uint64_t)i, 1);
    ssize_t length = cocall_oob(target, "xyz", 4, answer, 10, sent, 6, &information);
    ok(length == 10 && information.offered == TEXT, "the caller is told what was offered");
    ok(information.attachments.count == 1 && information.attachments.dropped == 0 &&
           received[0].kind == COHANDLE_SEALED && received[0].descriptor == -1 &&
           cohandle_kind(received[0].handle) == COHANDLE_SEALED,
       "the handle of the reply is there");
    ok(cohandle_close(received[0].handle) == 0, "and is the caller's own");
    length = cocall_slow_oob(target, "xyz", 4, answer, TEXT, sent, 6, NULL);
    ok(answered(length) && counts(&offered, &count, &dropped) && offered == 4 && count == ROOM && dropped == 2,
       "what finds no room is dropped and counted");
    ok(answered(cocall(target, "x", 2, answer, TEXT)) && counts(&offered, &count, &dropped) && offered == 2 &&
           count == 0 && dropped == 0,
       "a plain call brings none");
    sent[1].kind = COHANDLE_WINDOW;
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, sent, 2, NULL), EBADF), "EBADF for another kind");
    sent[1].kind = COHANDLE_CONTROL + 1;
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, sent, 2, NULL), EINVAL), "EINVAL for no kind");
    sent[1] = (struct coattachment){.handle = 0x12345};
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, sent, 2, NULL), EBADF), "EBADF for no handle");
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, sent, COATTACHMENT_MAX + 1, NULL), EINVAL),
       "EINVAL for too many");
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, (void *)(region_base() - 16), 2, NULL), EFAULT),
       "EFAULT for attachments outside the region");
    information.size = 8;
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, NULL, 0, &information), EINVAL), "EINVAL for a size");
    information.size = sizeof information;
    information.attachments.capacity = SIZE_MAX / 16;
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, NULL, 0, &information), EFAULT), "EFAULT for a huge array");
    information.attachments = (struct coattachment_set){(void *)(region_base() + 8), 1, 0, 0};
    ok(failed(cocall_oob(target, "x", 2, answer, TEXT, NULL, 0, &information), EFAULT),
       "EFAULT for an array that faults");
    ok(answered(ask(target, "x")), "and the callee is well");
}

static const char *request = "x";

static bool gate_refuses(cotarget_t target, struct comesg_call_options *options, int error)
{
    return call_gate(target, request, options) == -error;
}

static void test_wild_options(cotarget_t target)
{
    char *edge = make_edge(PAGE);
    struct comesg_call_options good = {.size = sizeof good}, bad = good;
    struct comesg_call_options *wild[] = {
        NULL,
        (void *)8,
        (void *)(region_base() - 8),
        (void *)(region_base() + REGION_SIZE - 8),
        (void *)(region_base() + REGION_STRIDE),
        (void *)~0UL,
        (void *)(edge - 8),
    };
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++)
        wrong += !gate_refuses(target, wild[i], EFAULT);
    ok(wrong == 0, "EFAULT for options that are not wholly in memory (%u wrong)", wrong);
    bad.size = sizeof bad + 8;
    ok(gate_refuses(target, &bad, EINVAL), "EINVAL for options of another size");
    bad = good;
    bad.flags = 16;
    ok(gate_refuses(target, &bad, EINVAL), "EINVAL for a flag that there is not");
    bad.flags = COMESG_CALL_NB | COMESG_CALL_UNTIL;
    bad.deadline = nanoseconds(in_milliseconds(20));
    request = "sleep300";
    ok(gate_refuses(target, &bad, ETIMEDOUT), "ETIMEDOUT in the middle of a call that would not have waited");
    ok(gate_refuses(target, &bad, EAGAIN), "and EAGAIN when it has to");
    request = "x";
    ok(gate_refuses(0x1234, &good, EBADF), "EBADF for no target");
}

/* Everything of a call with options that lies in memory, for an answer of the server that sends a handle. */
struct places {
    void *options, *information, *sent, *received;
};

/* The handle that was sent has come, and so has that of the answer. */
static bool uses(cotarget_t target, const struct places *places)
{
    struct cocall_information information = {.size = sizeof information,
                                             .attachments = {.array = places->received, .capacity = 1}};
    const struct coattachment sent = {.handle = coseal(BADGE, 1)};
    struct coattachment received;
    const struct comesg_call_options options = {.size = sizeof options,
                                                .attachments = (uintptr_t)places->sent,
                                                .attachment_count = 1,
                                                .information = (uintptr_t)places->information};
    size_t offered, count, dropped;
    memcpy(places->options, &options, sizeof options);
    memcpy(places->information, &information, sizeof information);
    memcpy(places->sent, &sent, sizeof sent);
    bool good = answered(call_gate(target, "x", places->options)) && counts(&offered, &count, &dropped) && count == 1;
    memcpy(&information, places->information, sizeof information);
    memcpy(&received, places->received, sizeof received);
    return good && information.attachments.count == 1 && information.attachments.dropped == 0 &&
           information.offered == TEXT && cohandle_close(received.handle) == 0 && cohandle_close(sent.handle) == 0;
}

static void test_places(cotarget_t target)
{
    static char room[4][TEXT * 2];
    static struct coattachment nothing[1];
    void *const arrays[] = {NULL, (void *)8, (void *)(region_base() - 8), (void *)(region_base() + REGION_SIZE),
                            (void *)~0UL};
    unsigned wrong = !answered(ask(target, "x")); /* it may still be busy */
    for (int shift = 0; shift <= 8; shift++) {
        const struct places odd = {room[0] + shift, room[1] + shift, room[2] + shift, room[3] + shift};
        wrong += !uses(target, &odd);
    }
    ok(wrong == 0, "structures at odd addresses (%u wrong)", wrong);
    const struct places last = {make_edge(PAGE) - sizeof(struct comesg_call_options),
                                make_edge(PAGE) - sizeof(struct cocall_information), make_edge(PAGE) - sizeof nothing,
                                make_edge(PAGE) - sizeof nothing};
    ok(uses(target, &last), "structures that end where memory ends");
    wrong = 0;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        struct cocall_information information = {.size = sizeof information, .attachments = {arrays[i], 0, 7, 7}};
        wrong += !answered(cocall_oob(target, "x", 2, answer, TEXT, NULL, 0, &information)) ||
                 information.attachments.count != 0 || information.attachments.dropped != 1;
        information.attachments.capacity = 1;
        wrong += !failed(cocall_oob(target, "x", 2, answer, TEXT, NULL, 0, &information), EFAULT);
    }
    ok(wrong == 0, "an array without room lies anywhere (%u wrong)", wrong);
}

static cotarget_t own_target;

static void *accept_told(void *page)
{
    struct cocall_information *information = page;
    char text[TEXT];
    *information = (struct cocall_information){.size = sizeof *information};
    need(coregister(NULL, NULL, &own_target) == 0, "coregister");
    ssize_t length = coaccept_oob(NULL, NULL, 0, text, TEXT, NULL, 0, information);
    return failed(length, EFAULT) ? page : NULL;
}

/* Two threads of one co-process: whose memory is at fault is not told by the region. */
static void test_own_thread(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *result = NULL;
    pthread_t thread;
    need(page != MAP_FAILED && pthread_create(&thread, NULL, accept_told, page) == 0, "a thread");
    pause_milliseconds(100);
    need(own_target && mprotect(page, PAGE, PROT_READ) == 0, "a thread that accepts");
    ok(failed(cocall(own_target, "x", 2, answer, TEXT), ENOLINK), "ENOLINK for who calls an own thread");
    ok(pthread_join(thread, &result) == 0 && result == page, "EFAULT for that, whose structure it is");
}

static void test_pool(cotarget_t one, cotarget_t two)
{
    cotarget_t workers[] = {one, two}, pool = copool(workers, 2, COPOOL_FAST), weak, twice[] = {one, one};
    struct timespec soon = in_milliseconds(20);
    ok(pool && cohandle_kind(pool) == COHANDLE_TARGET, "a pool is a target");
    ok(answered(cocall(pool, "x", 2, answer, TEXT)), "a call of it is answered");
    ok(failed(cocall_until(pool, "sleep300", 9, answer, TEXT, &soon), ETIMEDOUT), "one worker is busy");
    ok(answered(cocall(pool, "x", 2, answer, TEXT)), "the other serves");
    soon = in_milliseconds(20);
    ok(failed(cocall_until(pool, "sleep300", 9, answer, TEXT, &soon), ETIMEDOUT), "now both are busy");
    ok(failed(cocall(pool, "x", 2, answer, TEXT), EBUSY), "EBUSY");
    ok(answered(ask(pool, "x")), "whoever waits is served");
    ok(answered(ask(one, "x")) && answered(ask(two, "x")), "workers can be called directly");
    ok(failed(copool_add(pool, one), EINVAL) && failed(copool_add(pool, pool), EINVAL) &&
           failed(copool_add(pool, 77), EBADF) && failed(copool_add(one, two), EBADF),
       "what cannot be added");
    weak = codup(two);
    ok(weak && failed(copool_add(pool, weak), EACCES) && !copool(&weak, 1, 0) && errno == EACCES,
       "EACCES for what whoever gave it could not revoke then");
    cohandle_close(weak);
    weak = corestrict(pool, CORIGHT_CALL);
    ok(weak && failed(copool_remove(weak, one), EACCES) && failed(copool_end(weak), EACCES),
       "EACCES without the right");
    ok(copool_remove(pool, one) == 0 && failed(copool_remove(pool, one), ENOENT), "a worker leaves");
    ok(answered(cocall(weak, "x", 2, answer, TEXT)), "the rest serves");
    ok(copool_remove(pool, two) == 0 && failed(cocall(pool, "x", 2, answer, TEXT), ENOLINK), "ENOLINK without workers");
    ok(copool_add(pool, two) == 0 && answered(cocall(pool, "x", 2, answer, TEXT)), "a new one serves");
    ok(copool_end(pool) == 0 && failed(cocall(weak, "x", 2, answer, TEXT), ENOLINK), "ENOLINK after the end");
    ok(copool(twice, 2, 0) == 0 && errno == EINVAL && copool(workers, 129, 0) == 0 && errno == EINVAL &&
           copool(workers, 2, 2) == 0 && errno == EINVAL && copool((void *)8, 2, 0) == 0 && errno == EFAULT,
       "what cannot be made");
    unsigned made = 0;
    for (int i = 0; i < 300; i++) {
        pool = copool(workers, 2, COPOOL_SLOW);
        made += pool && copool_end(pool) == 0;
    }
    ok(made == 300, "pools are used again (%u)", made);
    for (made = 0; copool(workers, 2, COPOOL_SLOW); made++)
        ;
    ok(made == 64 && errno == EDQUOT, "EDQUOT after 64 (%u)", made);
}

static int run_client(void)
{
    cotarget_t plain = find("plain"), slow = find("slow"), told = find("told");
    test_limits(plain, "plain");
    test_limits(slow, "slow");
    test_limits(told, "told");
    test_wait_at_home(plain, slow);
    test_accepting();
    test_attachments(told);
    test_wild_options(told);
    test_places(told);
    test_own_thread();
    test_pool(plain, slow);
    return done_testing();
}

/* One after the other says that it waits now, which the test spaces out, and then when it has been served. */
static int queue(const char *number)
{
    cotarget_t target = find("plain");
    if (strcmp(number, "0") == 0) {
        struct timespec soon = in_milliseconds(5);
        cocall_until(target, "sleep1000", 10, answer, TEXT, &soon);
    }
    pause_milliseconds(100 * atol(number));
    bool good = answered(cocall_until(target, "sleep20", 8, answer, TEXT, NULL));
    printf("served %s %d\n", number, good);
    fflush(stdout);
    pause_milliseconds(strcmp(number, "4") == 0 ? 0 : 2000);
    return 0;
}

/* Many of these at one server: each call is answered or times out, and each answer is to the caller. */
static int hammer(unsigned calls, unsigned seed)
{
    cotarget_t target = find("plain");
    unsigned right = 0, late = 0;
    for (unsigned i = 0; i < calls; i++) {
        seed = seed * 1664525 + 1013904223;
        struct timespec limit = in_milliseconds(seed >> 30);
        ssize_t length = cocall_until(target, "x", 2, answer, TEXT, seed >> 29 & 1 ? NULL : &limit);
        right += answered(length);
        late += failed(length, ETIMEDOUT);
    }
    printf("hammer: %u calls, %u wrong\n", calls, calls - right - late);
    fflush(stdout);
    pause_milliseconds(300);
    return 0;
}

int main(int argc, char **argv)
{
    need(argc >= 2, "usage");
    if (strcmp(argv[1], "serve") == 0)
        serve(argv[2], argv[3]);
    if (strcmp(argv[1], "queue") == 0)
        return queue(argv[2]);
    return strcmp(argv[1], "hammer") == 0 ? hammer((unsigned)atoi(argv[2]), (unsigned)getpid()) : run_client();
}
