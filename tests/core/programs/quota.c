/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starts itself with small quotas. The new co-process takes what it can get, says how much that was, and waits to be
 * answered; meanwhile the first one takes more than that.
 *
 * With "fill" it maps and uses many pages one by one, so that they lie side by side in the end.
 */
#include "support.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>

#include <pthread.h>

struct taken {
    uint64_t count;
    int32_t error;      /* of the first that was refused */
    int32_t again;      /* whether one can be had after one was given back; -1: cannot be tried */
    int32_t more_error; /* of starting a co-process with more than the own quota */
};

#define PIECE (1UL << 20)

static const char *self;

static struct taken take_memory(uint64_t most)
{
    struct taken taken = {0};
    char *last = NULL, *memory;
    while (taken.count < most &&
           (memory = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED) {
        last = memory;
        taken.count++;
    }
    taken.error = taken.count < most ? errno : 0;
    if (last)
        munmap(last, PIECE);
    taken.again = mmap(NULL, PIECE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    return taken;
}

/* Neighbours differ, so that they stay mappings of their own. */
static struct taken take_mappings(uint64_t most)
{
    struct taken taken = {0};
    char *area = mmap(NULL, 2 * most * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(area != MAP_FAILED, "mmap");
    while (taken.count < most && mprotect(area + 2 * taken.count * PAGE, PAGE, PROT_READ) == 0)
        taken.count++;
    taken.error = taken.count < most ? errno : 0;
    taken.again = munmap(area, 4UL * PAGE) == 0 &&
                  mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    return taken;
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_end(void *argument)
{
    pthread_mutex_lock(&held);
    pthread_mutex_unlock(&held);
    return argument;
}

static struct taken take_threads(uint64_t most)
{
    enum { THREADS = 64 };
    struct taken taken = {0};
    pthread_t threads[THREADS];
    need(most <= THREADS, "room for threads");
    pthread_mutex_lock(&held);
    while (taken.count < most && (taken.error = pthread_create(&threads[taken.count], NULL, wait_for_end, NULL)) == 0)
        taken.count++;
    pthread_mutex_unlock(&held);
    for (uint64_t i = 0; i < taken.count; i++)
        pthread_join(threads[i], NULL);
    taken.again = pthread_create(&threads[0], NULL, wait_for_end, NULL) == 0;
    if (taken.again)
        pthread_join(threads[0], NULL);
    return taken;
}

static struct taken take_handles(uint64_t most)
{
    struct taken taken = {0};
    cohandle_t last = 0, handle;
    cotarget_t target;
    need(coregister(NULL, NULL, &target) == 0, "coregister");
    while (taken.count < most && (handle = codup(target)) != 0) {
        last = handle;
        taken.count++;
    }
    taken.error = taken.count < most ? errno : 0;
    taken.again = cohandle_close(last) == 0 && codup(target) != 0;
    return taken;
}

static struct taken take_shared_memory(uint64_t most)
{
    struct taken taken = {0};
    comemory_t last = 0, object;
    while (taken.count < most && (object = commap(PIECE, PROT_READ | PROT_WRITE)) != 0) {
        last = object;
        taken.count++;
    }
    taken.error = taken.count < most ? errno : 0;
    taken.again = cohandle_close(last) == 0 && commap(PIECE, PROT_READ) != 0;
    return taken;
}

static pid_t start(const char *what, const struct coexec_options *options)
{
    return coexecve_with(self, (char *[]){(char *)self, (char *)what, NULL}, NULL, options);
}

static struct taken take_coprocesses(uint64_t most)
{
    struct taken taken = {.again = -1};
    while (taken.count < most && start("idle", NULL) > 0)
        taken.count++;
    taken.error = taken.count < most ? errno : 0;
    return taken;
}

static const struct resource {
    const char *name;
    struct taken (*take)(uint64_t most);
    uint32_t number;
    uint64_t quota, least, most; /* and what that gives; the first co-process takes as much again */
    int error;
} resources[] = {
    {"memory", take_memory, COQUOTA_MEMORY, 64 * PIECE, 40, 64, ENOMEM},
    {"mappings", take_mappings, COQUOTA_MAPPINGS, 60, 10, 60, ENOMEM},
    {"threads", take_threads, COQUOTA_THREADS, 4, 3, 3, EAGAIN},
    {"handles", take_handles, COQUOTA_HANDLES, 20, 10, 20, EDQUOT},
    {"shared-memory", take_shared_memory, COQUOTA_SHARED_MEMORY, 8 * PIECE, 8, 8, EDQUOT},
    {"co-processes", take_coprocesses, COQUOTA_COPROCESSES, 2, 2, 2, EDQUOT},
};
enum { RESOURCES = sizeof resources / sizeof resources[0] };

static int try_more(const struct resource *resource)
{
    const struct coexec_quota more = {resource->number, 0, resource->quota + 1};
    const struct coexec_options options = {.size = sizeof options, .quotas = &more, .quota_count = 1};
    return start("idle", &options) < 0 ? errno : 0;
}

static _Noreturn void idle(void)
{
    cotarget_t target;
    coregister(NULL, NULL, &target);
    coaccept(NULL, NULL, 0, NULL, 0);
    exit(0);
}

/* The new co-process. Passes on what it has, if it is to have another one do it. */
static _Noreturn void exceed(const struct resource *resource, bool pass_on)
{
    cohandle_t first = cogetvec()->handles[0];
    if (pass_on) {
        const struct coexec_options options = {.size = sizeof options, .handles = &first, .handle_count = 1};
        need(start(resource->name, &options) > 0, "the next one");
        idle();
    }
    int more_error = try_more(resource);
    struct taken taken = resource->take(200 < resource->most * 10 ? resource->most * 10 : 60);
    taken.more_error = more_error;
    call(first, &taken, sizeof taken, NULL, 0);
    exit(0);
}

static void check(const struct resource *resource, cotarget_t own, bool pass_on)
{
    char what[64];
    struct taken taken;
    const struct coexec_quota quota = {resource->number, 0, resource->quota};
    const struct coexec_options options = {
        .size = sizeof options, .quotas = &quota, .quota_count = 1, .handles = &own, .handle_count = 1};
    snprintf(what, sizeof what, "%s%s", pass_on ? "+" : "", resource->name);
    need(start(what, &options) > 0, "start");
    need(coaccept(NULL, NULL, 0, &taken, sizeof taken) == sizeof taken, "coaccept");
    const char *who = pass_on ? "by who was started without a quota" : "by who has the quota";
    ok(taken.count >= resource->least && taken.count <= resource->most, "%s taken %s: %lu", resource->name, who,
       taken.count);
    ok(taken.error == resource->error, "then: %s", strerror(taken.error));
    if (taken.again >= 0)
        ok(taken.again == 1, "what is given back can be taken again");
    ok(taken.more_error == EPERM, "more cannot be passed on: %s", strerror(taken.more_error));
    taken = resource->take(resource->most + 2);
    ok(taken.count == resource->most + 2, "somebody else takes %lu", taken.count);
}

static void use_page(char *area, size_t number)
{
    char *page =
        mmap(area + number * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    need(page != MAP_FAILED, "mmap");
    *page = 1;
}

static int fill(void)
{
    enum { PAGES = 400 };
    char *area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(area != MAP_FAILED && munmap(area, PAGES * PAGE) == 0, "a place");
    for (size_t i = 0; i < PAGES; i += 2)
        use_page(area, i);
    for (size_t i = 1; i < PAGES; i += 2)
        use_page(area, i);
    printf("filled\n");
    getchar();
    return 0;
}

int main(int argc, char **argv)
{
    cotarget_t own;
    self = argv[0];
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1 && strcmp(argv[1], "idle") == 0)
        idle();
    if (argc > 1 && strcmp(argv[1], "fill") == 0)
        return fill();
    for (size_t i = 0; argc > 1 && i < RESOURCES; i++) {
        bool pass_on = argv[1][0] == '+';
        if (strcmp(argv[1] + pass_on, resources[i].name) == 0)
            exceed(&resources[i], pass_on);
    }
    need(coregister(NULL, NULL, &own) == 0, "coregister");
    for (size_t i = 0; i < RESOURCES; i++)
        check(&resources[i], own, false);
    for (size_t i = 0; i < RESOURCES; i++)
        check(&resources[i], own, true);
    return done_testing();
}
