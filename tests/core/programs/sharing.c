/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Windows and memory objects between co-processes, passed on as attachments of requests and replies. The first one does
 * what is tested itself or has others do it; it is started with the privileged handle and prints TAP.
 *
 *   sharing               starts the others
 *   sharing party NAME    serves orders
 */
#include "support.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>
#include <comesg/coprivileged.h>
#include <comesg/window.h>

#include <pthread.h>
#include <stdatomic.h>

enum { SLOTS = 160, MAPPINGS = 4, LARGE = 1 << 20, AREA = LARGE + 4 * PAGE, TOKENS = 64, PARTIES = 24 };
enum { OWN_MEMORY = 0, SHARED = 1, GIVEN = 2, OTHER = 3, MEMORY = 4, RACED = 64 }; /* slots */
enum { BOTH = CORIGHT_R | CORIGHT_W };

enum operation {
    KEEP,     /* first slot; the handles are attached */
    GIVE,     /* slot; its handle comes with the reply */
    WINDOW,   /* slot, offset in the area, length, rights, flags */
    COPY,     /* slot and offset of the destination, those of the source, length */
    FILL,     /* offset in the area, length, seed */
    SAME,     /* the same: whether it is so filled */
    PROTECT,  /* offset in the area, length, protection */
    RESTRICT, /* slot for the new handle, slot of the old one, rights */
    REVOKE,   /* slot */
    CLOSE,    /* slot */
    LOOP,     /* slot of the destination, that of the source: copies LARGE bytes until it fails */
    PROGRESS, /* how often LOOP has copied */
    ENDED,    /* waits for the end of LOOP: the result of the last copy */
    LATE,     /* copies of LOOP that were begun when shared->over was set and did not fail */
    MAKE,     /* slot, size of a memory object */
    SIZE,     /* slot */
    ATTACH,   /* mapping, slot, protection */
    PEEK,     /* mapping, offset: the byte */
    POKE,     /* mapping, offset, byte */
    RACE,     /* how many take part */
    RAN,      /* waits for the end of RACE: how many tokens the co-process has used */
};

struct order {
    enum operation operation;
    uint64_t arguments[5];
};

struct answer {
    int64_t result;
    int32_t error;
};

/* Memory of all co-processes here, except when they test otherwise. */
struct shared {
    atomic_uint over;
    atomic_uint arrived[TOKENS];
    atomic_uint used[TOKENS];
    atomic_uint refused[TOKENS];
};

static struct shared *shared;
static char *area;
static cohandle_t held[SLOTS];
static char *mapped[MAPPINGS];

static char pattern(uint64_t seed, uint64_t i)
{
    return seed ? (char)(seed + i * 13 + (i >> 8)) : 0;
}

static bool same(uint64_t offset, uint64_t length, uint64_t seed)
{
    for (uint64_t i = 0; i < length; i++)
        if (area[offset + i] != pattern(seed, i))
            return false;
    return true;
}

/* Backwards, to meet a copy that has not ended, instead of running after it. */
static void fill(uint64_t offset, uint64_t length, uint64_t seed)
{
    for (uint64_t i = length; i-- > 0;)
        area[offset + i] = pattern(seed, i);
}

static ssize_t copy_between(uint64_t to, uint64_t doff, uint64_t from, uint64_t soff, size_t length)
{
    return cocopy(held[to], to == OWN_MEMORY ? (uintptr_t)area + doff : doff, held[from],
                  from == OWN_MEMORY ? (uintptr_t)area + soff : soff, length);
}

static struct {
    pthread_t thread;
    uint64_t to, from;
    atomic_ulong copies, late;
    struct answer last;
} loop;

static void *copy_until_failure(void *unused)
{
    for (;;) {
        bool over = shared->over;
        ssize_t result = copy_between(loop.to, 0, loop.from, 0, LARGE);
        loop.last = (struct answer){result, errno};
        if (result != LARGE)
            return unused;
        loop.copies++;
        loop.late += over;
    }
}

static int64_t start_loop(uint64_t to, uint64_t from)
{
    loop.to = to;
    loop.from = from;
    loop.copies = loop.late = 0;
    return pthread_create(&loop.thread, NULL, copy_until_failure, NULL) ? -1 : 0;
}

static struct {
    pthread_t thread;
    uint64_t parties;
    int64_t wins;
} race;

/* For each token all wait for each other. */
static void *run_race(void *unused)
{
    race.wins = 0;
    for (unsigned i = 0; i < TOKENS; i++) {
        char byte = 0;
        shared->arrived[i]++;
        while (shared->arrived[i] < race.parties)
            sched_yield();
        ssize_t result = cocopy(COCOPY_OWN, (uintptr_t)&byte, held[RACED + i], 0, 1);
        if (result == 1 && byte == pattern(7, i)) {
            shared->used[i]++;
            race.wins++;
        } else if (result == COCOPY_SOURCE && errno == EBADF && byte == 0) {
            shared->refused[i]++;
        }
    }
    return unused;
}

static int64_t perform(const struct order *order, const struct coattachment *attached, size_t n, cohandle_t *given)
{
    const uint64_t *arguments = order->arguments;
    char *address;
    char byte;
    switch (order->operation) {
    case KEEP:
        for (size_t i = 0; i < n; i++)
            held[arguments[0] + i] = attached[i].handle;
        return (int64_t)n;
    case GIVE:
        *given = held[arguments[0]];
        return 0;
    case WINDOW:
        held[arguments[0]] =
            cowindow(area + arguments[1], arguments[2], (uint32_t)arguments[3], (uint32_t)arguments[4]);
        return held[arguments[0]] ? 0 : -1;
    case COPY:
        return copy_between(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
    case FILL:
        fill(arguments[0], arguments[1], arguments[2]);
        return 0;
    case SAME:
        return same(arguments[0], arguments[1], arguments[2]);
    case PROTECT:
        return mprotect(area + arguments[0], arguments[1], (int)arguments[2]);
    case RESTRICT:
        held[arguments[0]] = corestrict(held[arguments[1]], (uint32_t)arguments[2]);
        return held[arguments[0]] ? 0 : -1;
    case REVOKE:
        return corevoke(held[arguments[0]]);
    case CLOSE:
        return cohandle_close(held[arguments[0]]);
    case LOOP:
        return start_loop(arguments[0], arguments[1]);
    case PROGRESS:
        return (int64_t)loop.copies;
    case ENDED:
        pthread_join(loop.thread, NULL);
        errno = loop.last.error;
        return loop.last.result;
    case LATE:
        return (int64_t)loop.late;
    case MAKE:
        held[arguments[0]] = commap(arguments[1], PROT_READ | PROT_WRITE);
        return held[arguments[0]] ? 0 : -1;
    case SIZE:
        return comap_size(held[arguments[0]]);
    case ATTACH:
        address = comap_attach(held[arguments[1]], (int)arguments[2]);
        mapped[arguments[0]] = address;
        if (held[arguments[1]] == held[SHARED])
            shared = (struct shared *)address;
        return address ? 0 : -1;
    case PEEK:
        return ((volatile unsigned char *)mapped[arguments[0]])[arguments[1]];
    case POKE:
        byte = (char)arguments[2];
        return cocopy(COCOPY_OWN, (uintptr_t)mapped[arguments[0]] + arguments[1], COCOPY_OWN, (uintptr_t)&byte, 1);
    case RACE:
        race.parties = arguments[0];
        return pthread_create(&race.thread, NULL, run_race, NULL) ? -1 : 0;
    case RAN:
        pthread_join(race.thread, NULL);
        return race.wins;
    }
    errno = ENOSYS;
    return -1;
}

static void make_area(void)
{
    area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(area != MAP_FAILED, "mmap");
}

static _Noreturn void serve(const char *name)
{
    cotarget_t target;
    make_area();
    need(coregister(name, NULL, &target) == 0, "coregister");
    struct answer answer = {0};
    cohandle_t given = 0;
    for (;;) {
        struct order order;
        struct coattachment attached[COATTACHMENT_MAX], back = {.descriptor = -1, .handle = given};
        struct cocall_information information = {sizeof information, 0, {attached, COATTACHMENT_MAX, 0, 0}};
        need(coaccept_oob(NULL, &answer, sizeof answer, &order, sizeof order, &back, given != 0, &information) ==
                 sizeof order,
             "coaccept_oob");
        given = 0;
        answer.result = perform(&order, attached, information.attachments.count, &given);
        answer.error = errno;
    }
}

/* The rest is for the first one. */
static const char *self;
static cohandle_t privileged;
static uint64_t deaths;
static unsigned party_count;
static struct party {
    char name[16];
    cotarget_t target; /* 0 for the first one */
    pid_t pid;
} parties[PARTIES] = {{.name = "the first"}};
enum { FIRST };

/* Errors of the call itself are seen as result -100. */
static struct answer ask_with(unsigned party, struct order order, const cohandle_t *handles, size_t n,
                              cohandle_t *given)
{
    struct coattachment attached[COATTACHMENT_MAX] = {0}, back = {0};
    struct answer answer = {0};
    for (size_t i = 0; i < n; i++)
        attached[i] = (struct coattachment){.descriptor = -1, .handle = handles[i]};
    if (party == FIRST) {
        cohandle_t own = 0;
        answer.result = perform(&order, attached, n, &own);
        answer.error = errno;
        if (given)
            *given = own;
        return answer;
    }
    struct cocall_information information = {sizeof information, 0, {&back, 1, 0, 0}};
    ssize_t length;
    while ((length = cocall_oob(parties[party].target, &order, sizeof order, &answer, sizeof answer, attached, n,
                                &information)) < 0 &&
           errno == EBUSY)
        sched_yield();
    if (length != sizeof answer)
        return (struct answer){-100, errno};
    if (given)
        *given = information.attachments.count == 1 ? back.handle : 0;
    return answer;
}
#define ask(party, operation, ...) ask_with(party, (struct order){operation, {__VA_ARGS__}}, NULL, 0, NULL)

static bool gives(struct answer answer, int64_t result)
{
    if (answer.result != result)
        printf("# %ld (%s)\n", (long)answer.result, answer.result < 0 ? strerror(answer.error) : "");
    return answer.result == result;
}

static bool fails(struct answer answer, int64_t result, int error)
{
    if (answer.result != result || answer.error != error)
        printf("# %ld (%s)\n", (long)answer.result, answer.result < 0 ? strerror(answer.error) : "");
    return answer.result == result && answer.error == error;
}

static bool good(struct answer answer)
{
    return gives(answer, 0);
}

/* A handle goes from one to another, with the reply of the one and the request to the other. */
static bool pass(unsigned from, uint64_t from_slot, unsigned to, uint64_t to_slot)
{
    cohandle_t handle = held[from_slot];
    if (from != FIRST && (!good(ask_with(from, (struct order){GIVE, {from_slot}}, NULL, 0, &handle)) || !handle))
        return false;
    if (!gives(ask_with(to, (struct order){KEEP, {to_slot}}, &handle, 1, NULL), 1))
        return false;
    return from == FIRST || to == FIRST || cohandle_close(handle) == 0;
}

static unsigned start(void)
{
    unsigned number = ++party_count;
    struct party *party = &parties[number];
    need(number < PARTIES, "room for another party");
    snprintf(party->name, sizeof party->name, "party%u", number);
    party->pid = coexecve(self, (char *[]){(char *)self, "party", party->name, NULL}, NULL);
    need(party->pid > 0, "coexecve");
    party->target = find(party->name);
    need(pass(FIRST, SHARED, number, SHARED) && good(ask(number, ATTACH, 0, SHARED, PROT_READ | PROT_WRITE)),
         "shared memory");
    return number;
}

/* SIGKILL; returns when it is dead. */
static void kill_party(unsigned party)
{
    struct codeath record = {.size = sizeof record};
    uint64_t identity;
    need(coidentify(privileged, parties[party].pid, &identity) == 0 && cokill(privileged, identity) == 0, "cokill");
    need(codeath(privileged, deaths, &record) == 0 && record.pid == parties[party].pid, "the record of its death");
    deaths = record.sequence;
}

static const char *who(unsigned owner, unsigned user)
{
    static char text[64];
    snprintf(text, sizeof text, "%s owns, %s copies", parties[owner].name, parties[user].name);
    return text;
}

static struct answer copy(unsigned user, uint64_t to, uint64_t doff, uint64_t from, uint64_t soff, uint64_t length)
{
    return ask(user, COPY, to, doff, from, soff, length);
}

static bool window(unsigned owner, unsigned user, uint64_t slot, uint64_t offset, uint64_t length, uint32_t rights,
                   uint32_t flags)
{
    return good(ask(owner, WINDOW, slot, offset, length, rights, flags)) && pass(owner, slot, user, slot);
}

static bool filled(unsigned party, uint64_t offset, uint64_t length, uint64_t seed)
{
    return good(ask(party, FILL, offset, length, seed));
}

static bool is_filled(unsigned party, uint64_t offset, uint64_t length, uint64_t seed)
{
    return gives(ask(party, SAME, offset, length, seed), 1);
}

static void test_contents(unsigned owner, unsigned user)
{
    const uint64_t at = PAGE + 5, length = 3 * PAGE + 1;
    const char *what = who(owner, user);
    ok(window(owner, user, GIVEN, at, length, BOTH, COWINDOW_LASTING), "%s: a window is passed on", what);
    need(filled(owner, 0, AREA, 0) && filled(user, 0, AREA, 0), "zeros");
    need(filled(owner, at, length, 3), "a pattern");
    ok(gives(copy(user, OWN_MEMORY, 100, GIVEN, 0, length), (int64_t)length) && is_filled(user, 100, length, 3) &&
           is_filled(user, 0, 100, 0) && is_filled(user, 100 + length, 2 * PAGE, 0),
       "%s: from the window come its contents, nothing more", what);
    need(filled(user, 50, 1000, 9) && filled(owner, 0, AREA, 0), "another pattern");
    ok(gives(copy(user, GIVEN, 70, OWN_MEMORY, 50, 1000), 1000) && is_filled(owner, at + 70, 1000, 9) &&
           is_filled(owner, 0, at + 70, 0) && is_filled(owner, at + 1070, 2 * PAGE, 0),
       "%s: to the window go the contents, nothing more", what);
    need(filled(owner, 0, AREA, 4) && filled(user, 0, AREA, 5), "patterns");
    ok(fails(copy(user, GIVEN, 0, OWN_MEMORY, 0, length + 1), COCOPY_DESTINATION, EFAULT) &&
           fails(copy(user, GIVEN, length, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EFAULT) &&
           fails(copy(user, GIVEN, UINT64_MAX, OWN_MEMORY, 0, 2), COCOPY_DESTINATION, EFAULT) &&
           fails(copy(user, GIVEN, -at, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EFAULT) && is_filled(owner, 0, AREA, 4),
       "%s: nothing is written beyond the window", what);
    ok(fails(copy(user, OWN_MEMORY, 0, GIVEN, 1, length), COCOPY_SOURCE, EFAULT) &&
           fails(copy(user, OWN_MEMORY, 0, GIVEN, length, 1), COCOPY_SOURCE, EFAULT) &&
           fails(copy(user, OWN_MEMORY, 0, GIVEN, UINT64_MAX, 2), COCOPY_SOURCE, EFAULT) &&
           fails(copy(user, OWN_MEMORY, 0, GIVEN, -at, 1), COCOPY_SOURCE, EFAULT) && is_filled(user, 0, AREA, 5),
       "%s: nor read", what);
    ok(gives(copy(user, GIVEN, length - 1, OWN_MEMORY, 0, 1), 1) &&
           gives(copy(user, OWN_MEMORY, 0, GIVEN, length - 1, 1), 1),
       "%s: but its last byte", what);
    need(good(ask(owner, REVOKE, GIVEN)), "corevoke");
}

static void test_rights(unsigned owner, unsigned user)
{
    const char *what = who(owner, user);
    need(filled(owner, 0, PAGE, 4) && filled(user, 0, PAGE, 5), "patterns");
    need(window(owner, user, GIVEN, 0, PAGE, CORIGHT_R, 0) && window(owner, user, OTHER, 0, PAGE, CORIGHT_W, 0),
         "windows");
    ok(fails(copy(user, GIVEN, 0, OWN_MEMORY, 0, 10), COCOPY_DESTINATION, EACCES) && is_filled(owner, 0, PAGE, 4),
       "%s: what is passed on to read is not written", what);
    ok(fails(copy(user, OWN_MEMORY, 0, OTHER, 0, 10), COCOPY_SOURCE, EACCES) && is_filled(user, 0, PAGE, 5),
       "%s: nor read what is to write", what);
    ok(fails(ask(user, RESTRICT, OTHER + 1, GIVEN, BOTH), -1, EACCES) &&
           fails(ask(user, RESTRICT, OTHER + 1, OTHER, CORIGHT_R), -1, EACCES),
       "%s: who was given it makes no more of it", what);
    ok(gives(copy(user, OTHER, 20, GIVEN, 10, 5), 5), "%s: both rights are good for what they say", what);
    need(good(ask(owner, REVOKE, GIVEN)) && good(ask(owner, REVOKE, OTHER)), "corevoke");
    need(window(owner, user, GIVEN, 0, PAGE, BOTH, 0) && good(ask(user, RESTRICT, OTHER, GIVEN, CORIGHT_R)), "windows");
    ok(fails(copy(user, OTHER, 0, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EACCES) &&
           gives(copy(user, OWN_MEMORY, 0, OTHER, 0, 1), 1),
       "%s: it can take rights away", what);
    ok(good(ask(owner, CLOSE, GIVEN)) && gives(copy(user, OWN_MEMORY, 0, GIVEN, 0, 1), 1),
       "%s: the owner's close takes nothing away", what);
    need(good(ask(user, CLOSE, GIVEN)) && good(ask(user, CLOSE, OTHER)), "cohandle_close");
}

static void test_faults(unsigned owner, unsigned user)
{
    const char *what = who(owner, user);
    need(filled(owner, 0, 4 * PAGE, 4) && filled(user, 0, 4 * PAGE, 5), "patterns");
    need(window(owner, user, GIVEN, 0, 3 * PAGE, BOTH, 0), "a window");
    need(good(ask(owner, PROTECT, PAGE, PAGE, PROT_NONE)), "mprotect");
    ok(fails(copy(user, GIVEN, 0, OWN_MEMORY, 0, 3 * PAGE), COCOPY_DESTINATION, EFAULT) &&
           fails(copy(user, GIVEN, PAGE, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EFAULT),
       "%s: a fault of the owner as the destination", what);
    ok(fails(copy(user, OWN_MEMORY, 0, GIVEN, 0, 3 * PAGE), COCOPY_SOURCE, EFAULT) &&
           fails(copy(user, OWN_MEMORY, 0, GIVEN, 2 * PAGE - 1, 1), COCOPY_SOURCE, EFAULT),
       "%s: a fault of the owner as the source", what);
    need(good(ask(owner, PROTECT, PAGE, PAGE, PROT_READ)), "mprotect");
    ok(fails(copy(user, GIVEN, PAGE, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EFAULT) &&
           gives(copy(user, OWN_MEMORY, 0, GIVEN, PAGE, 1), 1) && is_filled(owner, PAGE, PAGE, 4 + 13 * PAGE + 16),
       "%s: what its owner may only read is not written", what);
    need(good(ask(owner, PROTECT, PAGE, PAGE, PROT_READ | PROT_WRITE)), "mprotect");
    need(filled(owner, 0, 4 * PAGE, 4) && filled(user, 0, 4 * PAGE, 5), "patterns");
    need(good(ask(user, PROTECT, PAGE, PAGE, PROT_NONE)), "mprotect");
    ok(fails(copy(user, GIVEN, 0, OWN_MEMORY, 0, 3 * PAGE), COCOPY_SOURCE, EFAULT) &&
           fails(copy(user, OWN_MEMORY, 0, GIVEN, 0, 3 * PAGE), COCOPY_DESTINATION, EFAULT),
       "%s: faults of who copies", what);
    ok(is_filled(owner, 2 * PAGE, 2 * PAGE, 4 + 26 * PAGE + 32) &&
           is_filled(user, 2 * PAGE, 2 * PAGE, 5 + 26 * PAGE + 32),
       "%s: nothing behind the fault is written", what);
    need(good(ask(user, PROTECT, PAGE, PAGE, PROT_READ | PROT_WRITE)), "mprotect");
    need(filled(owner, 0, 3 * PAGE, 6), "a pattern");
    ok(gives(copy(user, OWN_MEMORY, 0, GIVEN, 0, 3 * PAGE), 3 * PAGE) && is_filled(user, 0, 3 * PAGE, 6),
       "%s: both go on as before", what);
    need(good(ask(owner, REVOKE, GIVEN)), "corevoke");
}

/* From one owner's window to another's. */
static void test_between(unsigned from, unsigned to, unsigned user)
{
    need(window(from, user, GIVEN, 0, 2 * PAGE, CORIGHT_R, 0) && window(to, user, OTHER, 0, 2 * PAGE, CORIGHT_W, 0),
         "windows");
    need(filled(from, 0, 2 * PAGE, 8) && filled(to, 0, 4 * PAGE, 0), "patterns");
    ok(gives(copy(user, OTHER, 0, GIVEN, 0, 2 * PAGE), 2 * PAGE) && is_filled(to, 0, 2 * PAGE, 8) &&
           is_filled(to, 2 * PAGE, 2 * PAGE, 0),
       "a third one copies from window to window");
    need(good(ask(from, PROTECT, PAGE, PAGE, PROT_NONE)), "mprotect");
    ok(fails(copy(user, OTHER, 0, GIVEN, 0, 2 * PAGE), COCOPY_SOURCE, EFAULT), "the source is at fault");
    need(good(ask(from, PROTECT, PAGE, PAGE, PROT_READ | PROT_WRITE)), "mprotect");
    need(good(ask(to, PROTECT, PAGE, PAGE, PROT_NONE)), "mprotect");
    ok(fails(copy(user, OTHER, 0, GIVEN, 0, 2 * PAGE), COCOPY_DESTINATION, EFAULT), "the destination is at fault");
    need(good(ask(to, PROTECT, PAGE, PAGE, PROT_READ | PROT_WRITE)), "mprotect");
    need(good(ask(from, REVOKE, GIVEN)), "corevoke");
    ok(fails(copy(user, OTHER, 0, GIVEN, 0, 1), COCOPY_SOURCE, EBADF), "a revoked source");
    need(good(ask(to, REVOKE, OTHER)), "corevoke");
    ok(fails(copy(user, OTHER, 0, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EBADF), "a revoked destination");
}

static void test_race(unsigned owner, const unsigned *users, unsigned count)
{
    memset(shared, 0, sizeof *shared);
    need(filled(owner, 0, PAGE, 7), "a pattern");
    bool passed = true;
    for (unsigned i = 0; i < TOKENS; i++)
        for (unsigned user = 0; user < count && passed; user++)
            passed = user == 0 ? window(owner, users[0], RACED + i, i, 1, CORIGHT_R, COWINDOW_SINGLE_USE)
                               : pass(owner, RACED + i, users[user], RACED + i);
    ok(passed, "%s owns: windows for one use are passed on to %u", parties[owner].name, count);
    int64_t wins = 0;
    unsigned once = 0, refused = 0;
    for (unsigned user = 0; user < count; user++)
        need(good(ask(users[user], RACE, count)), "pthread_create");
    for (unsigned user = 0; user < count; user++)
        wins += ask(users[user], RAN).result;
    for (unsigned i = 0; i < TOKENS; i++) {
        once += shared->used[i] == 1;
        refused += shared->refused[i] == count - 1;
    }
    ok(once == TOKENS && refused == TOKENS && wins == TOKENS,
       "%s owns: one of those who want to use a window at the same time does, the others get EBADF (%u, %u)",
       parties[owner].name, once, refused);
    for (unsigned i = 0; i < TOKENS; i++) {
        need(good(ask(owner, REVOKE, RACED + i)), "corevoke");
        held[RACED + i] = 0;
    }
}

/* Who copies is in the middle of it. */
static bool copies(unsigned user)
{
    struct answer answer;
    while ((answer = ask(user, PROGRESS)).result >= 0 && answer.result < 3)
        pause_milliseconds(1);
    return answer.result >= 3;
}

/* The owner takes the window back while it is written or read. */
static void test_revoke(unsigned owner, unsigned user, bool write)
{
    const char *what = who(owner, user), *how = write ? "written" : "read";
    unsigned rounds = 0;
    for (bool right = true; right && rounds < 8; rounds += right) {
        shared->over = 0;
        need(filled(owner, 0, LARGE, 1) && filled(user, 0, LARGE, 2), "patterns");
        need(good(ask(owner, WINDOW, OTHER, 0, LARGE, BOTH, 0)) &&
                 good(ask(owner, RESTRICT, GIVEN, OTHER, write ? CORIGHT_W : CORIGHT_R)) &&
                 pass(owner, GIVEN, user, GIVEN),
             "a window");
        need(good(ask(user, LOOP, write ? GIVEN : OWN_MEMORY, write ? OWN_MEMORY : GIVEN)), "pthread_create");
        right = copies(user) && good(ask(owner, REVOKE, GIVEN));
        shared->over = 1;
        right = right && filled(owner, 0, LARGE, 0); /* nobody may alter or see this any more */
        right = right && fails(ask(user, ENDED), write ? COCOPY_DESTINATION : COCOPY_SOURCE, EBADF) &&
                gives(ask(user, LATE), 0);
        right = right && (write ? is_filled(owner, 0, LARGE, 0) : is_filled(user, 0, LARGE, 1));
        right = right && good(ask(owner, CLOSE, OTHER));
    }
    ok(rounds == 8, "%s: a window is revoked while it is %s; then no copy succeeds and no byte changes", what, how);
}

static void test_death_of_owner(unsigned user, bool write)
{
    unsigned owner = start();
    const char *what = who(owner, user), *how = write ? "written" : "read";
    need(window(owner, user, GIVEN, 0, LARGE, BOTH, 0), "a window");
    need(good(ask(user, LOOP, write ? GIVEN : OWN_MEMORY, write ? OWN_MEMORY : GIVEN)), "pthread_create");
    need(copies(user), "copies");
    kill_party(owner);
    struct answer last = ask(user, ENDED);
    ok(last.result == (write ? COCOPY_DESTINATION : COCOPY_SOURCE) && (last.error == EBADF || last.error == EFAULT),
       "%s: the owner dies while its window is %s: %ld, %s", what, how, (long)last.result, strerror(last.error));
    ok(fails(copy(user, OWN_MEMORY, 0, GIVEN, 0, 1), COCOPY_SOURCE, EBADF) &&
           fails(copy(user, GIVEN, 0, OWN_MEMORY, 0, 1), COCOPY_DESTINATION, EBADF),
       "%s: then it is no window", what);
    need(window(user, FIRST, GIVEN, 0, LARGE, BOTH, 0) && filled(user, 0, LARGE, 3), "a window");
    ok(user == FIRST || (gives(copy(FIRST, OWN_MEMORY, 0, GIVEN, 0, LARGE), LARGE) && is_filled(FIRST, 0, LARGE, 3)),
       "%s: the other goes on", what);
    need(good(ask(user, REVOKE, GIVEN)), "corevoke");
}

static void test_death_of_user(unsigned owner)
{
    unsigned user = start();
    const char *what = who(owner, user);
    need(window(owner, user, GIVEN, 0, LARGE, BOTH, 0) && filled(user, 0, LARGE, 3), "a window");
    need(good(ask(user, LOOP, GIVEN, OWN_MEMORY)) && copies(user), "copies");
    kill_party(user);
    ok(good(ask(owner, REVOKE, GIVEN)), "%s: who copies dies, the window is revoked", what);
    need(filled(owner, 0, LARGE, 0), "zeros");
    pause_milliseconds(5);
    ok(is_filled(owner, 0, LARGE, 0), "%s: no byte changes any more", what);
}

static bool attach(unsigned party, uint64_t mapping, int protection)
{
    return good(ask(party, ATTACH, mapping, MEMORY, (uint64_t)protection));
}

static void test_memory(void)
{
    const int all = PROT_READ | PROT_WRITE;
    unsigned maker = start(), reader = start(), writer = start();
    need(good(ask(maker, MAKE, OTHER, 3 * PAGE)) && good(ask(maker, RESTRICT, MEMORY, OTHER, BOTH)) &&
             good(ask(maker, RESTRICT, GIVEN, MEMORY, CORIGHT_R)),
         "a memory object");
    ok(pass(maker, MEMORY, writer, MEMORY) && pass(maker, GIVEN, reader, MEMORY) && pass(maker, OTHER, FIRST, MEMORY),
       "a memory object is passed on");
    ok(attach(writer, 1, all) && attach(reader, 1, PROT_READ) && attach(FIRST, 1, all) &&
           good(ask(maker, ATTACH, 1, OTHER, all)),
       "it is attached by four, one of them may only read");
    ok(fails(ask(reader, ATTACH, 2, MEMORY, all), -1, EACCES), "and cannot get more");
    ok(gives(ask(writer, POKE, 1, PAGE + 3, 77), 1) && gives(ask(reader, PEEK, 1, PAGE + 3), 77) &&
           gives(ask(maker, PEEK, 1, PAGE + 3), 77) && gives(ask(FIRST, PEEK, 1, PAGE + 3), 77),
       "what one writes all see");
    ok(gives(ask(maker, POKE, 1, 5, 78), 1) && gives(ask(reader, PEEK, 1, 5), 78) && gives(ask(writer, PEEK, 1, 5), 78),
       "also what the maker writes");
    ok(fails(ask(reader, POKE, 1, 5, 79), COCOPY_DESTINATION, EFAULT) && gives(ask(maker, PEEK, 1, 5), 78),
       "who may only read does not write");
    ok(gives(ask(reader, SIZE, MEMORY), 3 * PAGE), "its size");
    ok(good(ask(maker, REVOKE, MEMORY)), "the maker revokes what it has passed on to two");
    bool zero = true;
    for (uint64_t i = 0; i < 3 * PAGE && zero; i += i == 5 ? PAGE - 2 : 5)
        zero = gives(ask(reader, PEEK, 1, i), 0) && gives(ask(writer, PEEK, 1, i), 0);
    ok(zero, "these see zeros");
    ok(gives(ask(writer, POKE, 1, 5, 80), 1) && gives(ask(writer, PEEK, 1, 5), 80) &&
           gives(ask(reader, PEEK, 1, 5), 0) && gives(ask(maker, PEEK, 1, 5), 78) && gives(ask(FIRST, PEEK, 1, 5), 78),
       "and what they write nobody else sees");
    ok(fails(ask(writer, ATTACH, 2, MEMORY, PROT_READ), -1, EBADF) && fails(ask(reader, SIZE, MEMORY), -1, EBADF),
       "their handles are none any more");
    ok(gives(ask(FIRST, POKE, 1, 6, 81), 1) && gives(ask(maker, PEEK, 1, 6), 81), "what is not derived from it stays");
}

static void test_deaths_of_attached(void)
{
    const int all = PROT_READ | PROT_WRITE;
    unsigned maker = start(), one = start(), two = start();
    need(good(ask(maker, MAKE, MEMORY, 2 * PAGE)) && good(ask(maker, ATTACH, 1, MEMORY, all)) &&
             pass(maker, MEMORY, one, MEMORY) && pass(maker, MEMORY, two, MEMORY) && attach(one, 1, all) &&
             attach(two, 1, PROT_READ),
         "a memory object attached by three");
    need(gives(ask(maker, POKE, 1, 9, 90), 1), "a byte");
    kill_party(maker);
    ok(gives(ask(one, PEEK, 1, 9), 90) && gives(ask(two, PEEK, 1, 9), 90), "the death of the maker revokes nothing");
    ok(gives(ask(one, POKE, 1, 10, 91), 1) && gives(ask(two, PEEK, 1, 10), 91), "changes are seen as before");
    ok(pass(one, MEMORY, FIRST, MEMORY) && attach(FIRST, 1, all) && gives(ask(FIRST, PEEK, 1, 10), 91) &&
           gives(ask(two, SIZE, MEMORY), 2 * PAGE),
       "the handles are good, also to pass on");
    kill_party(one);
    ok(gives(ask(FIRST, PEEK, 1, 9), 90) && gives(ask(FIRST, POKE, 1, 11, 92), 1) && gives(ask(two, PEEK, 1, 11), 92),
       "the death of who has attached it leaves the others");
    kill_party(two);
    ok(gives(ask(FIRST, PEEK, 1, 11), 92), "also the last one");
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 3 && strcmp(argv[1], "party") == 0)
        serve(argv[2]);
    need(cogetvec()->count == 1, "the privileged handle");
    privileged = cogetvec()->handles[0];
    make_area();
    held[SHARED] = commap(sizeof *shared, PROT_READ | PROT_WRITE);
    need(held[SHARED] && good(ask(FIRST, ATTACH, 0, SHARED, PROT_READ | PROT_WRITE)), "shared memory");
    unsigned one = start(), two = start();
    const unsigned pairs[][2] = {{FIRST, one}, {one, FIRST}, {one, two}};
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        test_contents(pairs[i][0], pairs[i][1]);
        test_rights(pairs[i][0], pairs[i][1]);
        test_faults(pairs[i][0], pairs[i][1]);
        test_revoke(pairs[i][0], pairs[i][1], true);
        test_revoke(pairs[i][0], pairs[i][1], false);
    }
    test_between(one, two, FIRST);
    test_between(FIRST, one, two);
    test_race(FIRST, (unsigned[]){one, two}, 2);
    test_race(one, (unsigned[]){two, FIRST}, 2);
    test_race(one, (unsigned[]){one, two, FIRST}, 3);
    for (unsigned user = FIRST; user <= one; user++) {
        test_death_of_owner(user, true);
        test_death_of_owner(user, false);
    }
    test_death_of_user(FIRST);
    test_death_of_user(one);
    test_memory();
    test_deaths_of_attached();
    return done_testing();
}
