/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting a program as a co-process: find, verify, map, clone.
 */
#include "host/launch.h"

#include "core/kernel.h"
#include "host/deaths.h"
#include "host/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int complain(const char *name, int error)
{
    fprintf(stderr, "comesg: %s: %s\n", name, strerror(-error));
    return error;
}

/* The first executable regular file of this name on PATH, or NULL. */
static char *search_path(const char *name)
{
    const char *path = getenv("PATH");
    if (strchr(name, '/'))
        return strdup(name);
    while (path && *path) {
        size_t length = strcspn(path, ":");
        char *candidate;
        if (asprintf(&candidate, "%.*s/%s", (int)length, length ? path : ".", name) < 0)
            return NULL;
        if (access(candidate, X_OK) == 0)
            return candidate;
        free(candidate);
        path += length + (path[length] == ':');
    }
    return NULL;
}

int program_load(struct program *program)
{
    const char *name = program->arguments[0];
    program->path = search_path(name);
    if (!program->path) {
        fprintf(stderr, "comesg: %s: in no folder of PATH: write ./%s for one in this folder\n", name, name);
        return -ENOENT;
    }
    int descriptor = open(program->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        int error = complain(program->path, -errno);
        free(program->path);
        return error;
    }
    struct image_error error;
    bool good = image_read(descriptor, program->path, &program->image, &error);
    close(descriptor);
    if (good)
        return 0;
    fprintf(stderr, "comesg: %s\n", error.text);
    free(program->path);
    return -error.number;
}

void program_free(struct program *program)
{
    image_free(&program->image);
    free(program->path);
}

/* The record is filled whole before the process exists; nobody else looks at it until then. */
static void fill_record(const struct launch *launch, const char *path, uint32_t argc_offset)
{
    const struct host_realm *realm = launch->realm;
    const struct launch_plan *plan = launch->plan;
    const struct member *member = &realm->members[launch->index];
    const struct image_layout *layout = &member->layout;
    struct coprocess *coprocess = realm_coprocess(realm, launch->index);
    const char *base = strrchr(path, '/');
    uint32_t incarnation = coprocess->incarnation + 1;
    memset(coprocess, 0, sizeof *coprocess);
    coprocess->incarnation = incarnation ? incarnation : 1;
    coprocess->region_base = span_region_base(&realm->span, launch->index);
    coprocess->index = (uint32_t)launch->index;
    coprocess->realm = realm->shared;
    coprocess->text_start = layout->text_start;
    coprocess->text_end = layout->text_end;
    coprocess->data_start = layout->data_start;
    coprocess->image_end = layout->image_end;
    coprocess->entry = layout->entry;
    coprocess->initial_sp = argc_offset;
    coprocess->memory[0].program_break = layout->image_end;
    coprocess->plan = plan;
    coprocess->system_calls = plan->system_calls;
    coprocess->may_publish = plan->may_publish;
    coprocess->microkernel = plan->microkernel;
    coprocess->namespace_chosen = plan->namespace_chosen;
    coprocess->launcher =
        member->launcher_incarnation ? (uint64_t)member->launcher_incarnation << 32 | member->launcher : 0;
    memcpy(coprocess->quota, plan->quota, sizeof coprocess->quota);
    coprocess->handle_limit =
        (uint32_t)(plan->quota[COQUOTA_HANDLES] < HANDLES_MAX - 1 ? plan->quota[COQUOTA_HANDLES] + 1 : HANDLES_MAX);
    snprintf(coprocess->name, sizeof coprocess->name, "%s", base ? base + 1 : path);
}

static int create_first_thread(struct coprocess *coprocess)
{
    struct thread_block *block = core_slot_take(coprocess);
    if (!block)
        return -ENOMEM;
    core_block_prepare(block, coprocess);
    coprocess->block = block;
    coprocess->threads[0] = block->home.owner;
    core_slot_use(block);
    return 0;
}

int launch_prepare(const struct launch *launch, const struct image *image, const struct image_start *start,
                   struct image_error *error)
{
    struct host_realm *realm = launch->realm;
    struct image_layout *layout = &realm->members[launch->index].layout;
    uint32_t argc_offset;
    if (!image_map(image, &realm->span, launch->index, layout, error))
        return -error->number;
    int failure = 0;
    if (layout->image_end - COMESG_IMAGE_START + COMESG_STACK_SIZE > launch->plan->quota[COQUOTA_MEMORY]) {
        snprintf(error->text, sizeof error->text, "larger than its quota of memory");
        failure = -EDQUOT;
    } else if (!image_stack(start, layout, &realm->span, launch->index, &argc_offset, error)) {
        failure = -error->number;
    } else {
        fill_record(launch, start->path, argc_offset);
        failure = create_first_thread(realm_coprocess(realm, launch->index));
        if (failure)
            snprintf(error->text, sizeof error->text, "not enough memory for another thread");
    }
    if (failure)
        image_layout_release(layout);
    return failure;
}

static struct launch *launches;

struct launch *launch_begin(struct host_realm *realm, size_t size)
{
    static uint32_t number;
    struct launch *launch = malloc(sizeof *launch);
    size_t plan_size = LAUNCH_FILE + size;
    void *plan = launch
                     ? mmap(NULL, plan_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                     : MAP_FAILED;
    if (plan == MAP_FAILED) {
        free(launch);
        return NULL;
    }
    *launch = (struct launch){
        .next = launches, .realm = realm, .plan = plan, .plan_size = plan_size, .index = SPAN_NO_REGION};
    launch->plan->number = ++number;
    launches = launch;
    return launch;
}

int launch_allocate(struct launch *launch)
{
    struct host_realm *realm = launch->realm;
    size_t index = span_region_allocate(&realm->span);
    if (index == SPAN_NO_REGION)
        return -EAGAIN;
    int error = realm_prepare_member(realm, index);
    if (error) {
        span_region_release(&realm->span, index);
        return error;
    }
    realm->members[index] = (struct member){.launch = launch};
    realm->alive++;
    launch->index = index;
    return 0;
}

struct launch *launch_next(const struct launch *launch)
{
    return launch ? launch->next : launches;
}

static void free_plan(struct launch *launch)
{
    struct launch **link = &launches;
    while (*link != launch)
        link = &(*link)->next;
    *link = launch->next;
    munmap(launch->plan, launch->plan_size);
    free(launch);
}

void launch_free(struct launch *launch)
{
    if (launch->index != SPAN_NO_REGION)
        realm_release_member(launch->realm, launch->index);
    free_plan(launch);
}

static struct thread_block *forget_requester(struct launch *launch)
{
    struct thread_block *requester = launch->requester;
    launch->requester = NULL;
    return requester;
}

static bool decide(struct launch *launch, _Atomic uint64_t *word, uint64_t decision)
{
    uint64_t waiting = launch_word(launch->plan->number, LAUNCH_WAITING, 0);
    return atomic_compare_exchange_strong(word, &waiting, decision);
}

bool launch_has_process(const struct host_realm *realm, size_t index, pid_t pid)
{
    const struct member *member = &realm->members[index];
    return member->pid == pid ||
           (member->launch && member->launch->prepared && realm_coprocess(realm, index)->pid == pid);
}

void launches_settle(struct host_realm *realm)
{
    for (struct launch *next, *launch = launches; launch; launch = next) {
        next = launch->next;
        const struct coprocess *coprocess = launch->prepared ? realm_coprocess(realm, launch->index) : NULL;
        if (!coprocess || !coprocess->entered)
            continue;
        struct member *member = &realm->members[launch->index];
        member->pid = coprocess->pid;
        member->launch = NULL;
        if (realm->ending && !member->reaped)
            kill(member->pid, SIGKILL);
        free_plan(launch);
    }
}

/* A process that has been made already, but has not entered its program, will find that nobody waits for it. */
static void abandon(struct launch *launch)
{
    struct thread_block *requester = forget_requester(launch);
    struct member *member = &launch->realm->members[launch->index];
    if (launch->index == SPAN_NO_REGION)
        launch_free(launch);
    else if (!launch->prepared)
        return; /* the job is still being done: what it gives is dropped */
    else if (realm_coprocess(launch->realm, launch->index)->pid == 0)
        member->reaped = true;
    else
        decide(launch, &requester->launch, 0);
}

void launches_abandon(struct host_realm *realm, const struct coprocess *requester)
{
    (void)realm;
    for (struct launch *next, *launch = launches; launch; launch = next) {
        next = launch->next;
        if (launch->requester && launch->requester->coprocess == requester)
            abandon(launch);
    }
}

void launch_ended(struct launch *launch)
{
    struct thread_block *requester = forget_requester(launch);
    uint32_t error = realm_coprocess(launch->realm, launch->index)->start_error;
    if (requester && launch->cancelled)
        request_answer(requester, 0);
    else if (requester &&
             decide(launch, &requester->launch, launch_word(launch->plan->number, LAUNCH_FAILED, error ? error : EIO)))
        futex_wake_all(&requester->launch);
    free_plan(launch);
}

const char *launch_problem(const struct coprocess *coprocess)
{
    switch (coprocess->start_error ? coprocess->start_step : 0) {
    case START_DESCRIPTORS:
        return "the kernel refuses to close the supervisor's descriptors (close_range)";
    case START_PRIVILEGES:
        return "the kernel refuses to bar new privileges (no_new_privs)";
    case START_MEMORY:
        return "no mapping is left for another co-process (vm.max_map_count), or memory may not be promised beyond "
               "what there is (vm.overcommit_memory 2)";
    case START_FILTER:
        return "the kernel refuses a system-call filter (seccomp), and a co-process needs one";
    default:
        return NULL;
    }
}

/* What it keeps for others counts in theirs. */
static void lift_quotas(uint64_t quota[COQUOTA_END])
{
    quota[COQUOTA_HANDLES] = HANDLES_MAX - 1;
    quota[COQUOTA_SHARED_MEMORY] = SPAN_CORE_SIZE;
}

/* The co-processes of the command line have what there is. */
static void fill_plan(struct launch *launch, const struct program *program)
{
    struct host_realm *realm = launch->realm;
    struct launch_plan *plan = launch->plan;
    plan->commit = &realm->members[launch->index].commit;
    plan->system_calls = COEXEC_CALLS_ALL;
    plan->may_publish = true;
    memcpy(plan->quota, realm->quota, sizeof plan->quota);
    plan->microkernel = program->microkernel;
    if (program->microkernel)
        lift_quotas(plan->quota);
}

static int create_process(const struct launch *launch)
{
    struct member *member = &launch->realm->members[launch->index];
    struct thread_block *block = realm_coprocess(launch->realm, launch->index)->block;
    void *stack = (char *)block + TB_PARK_STACK_TOP;
    member->commit = launch_word(launch->plan->number, LAUNCH_WAITING, 0);
    pid_t pid =
        clone(core_start, stack, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, block, NULL, NULL, &block->home.tid_word);
    if (pid < 0)
        return -errno;
    block->home.pid = pid;
    block->home.tid = pid;
    block->coprocess->pid = pid;
    member->pid = pid;
    return 0;
}

/* A member whose record exists, but for which there is no process: it ends like any other. */
static int give_up(struct launch *launch, int error)
{
    launch->realm->members[launch->index].reaped = true;
    return error;
}

ssize_t launch(struct host_realm *realm, const struct program *program, char **environment)
{
    const struct image_start start = {
        .arguments = program->arguments,
        .environment = environment,
        .path = program->path,
        .uid = getuid(),
        .euid = geteuid(),
        .gid = getgid(),
        .egid = getegid(),
    };
    struct image_error problem = {0};
    struct launch *launch = launch_begin(realm, 0);
    int error = launch ? launch_allocate(launch) : -ENOMEM;
    if (!error) {
        fill_plan(launch, program);
        error = launch_prepare(launch, &program->image, &start, &problem);
    }
    if (error) {
        fprintf(stderr, "comesg: %s: %s\n", program->path, problem.text[0] ? problem.text : strerror(-error));
        if (launch)
            launch_free(launch);
        return error;
    }
    launch->prepared = true;
    if (program->privileged)
        error = deaths_give_handle(realm_coprocess(realm, launch->index));
    if (!error)
        error = create_process(launch);
    if (error)
        return give_up(launch, complain(program->path, error));
    return (ssize_t)launch->index;
}
