/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The requester's core has read the program and all that goes with it into the plan; verifying and mapping is done by
 * the worker thread. What the plan says was checked by that core.
 */
#include "host/coexec.h"

#include "host/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The launches of one co-process may hold as much memory as the largest program needs. */
static size_t memory_of(const struct coprocess *coprocess)
{
    size_t sum = 0;
    for (const struct launch *launch = launch_next(NULL); launch; launch = launch_next(launch)) {
        if (launch->requester && launch->requester->coprocess == coprocess)
            sum += launch->plan_size;
    }
    return sum;
}

int64_t coexec_begin(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    uint64_t size = arguments[0];
    if (size == 0 || size > IMAGE_SIZE_MAX || memory_of(requester->coprocess) > IMAGE_SIZE_MAX + LAUNCH_FILE - size)
        return -ENOMEM;
    struct launch *launch = launch_begin(realm, size);
    if (!launch)
        return -ENOMEM;
    launch->requester = requester;
    launch->plan->commit = &requester->launch;
    return (int64_t)launch->plan;
}

static struct launch *find(const struct thread_block *requester, uint64_t plan)
{
    for (struct launch *launch = launch_next(NULL); launch; launch = launch_next(launch)) {
        if (launch->requester == requester && (uint64_t)launch->plan == plan)
            return launch;
    }
    return NULL;
}

/* Takes the next `count` strings of the plan; false if that does not hold so many. */
static bool take_strings(struct launch_plan *plan, uint32_t *position, char **list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char *string = plan->strings + *position;
        size_t left = plan->string_bytes - *position;
        size_t length = strnlen(string, left);
        if (length == left)
            return false;
        list[i] = string;
        *position += (uint32_t)length + 1;
    }
    list[count] = NULL;
    return true;
}

/* The mapping of the plan only: the bytes of the program are not needed any more. */
static void drop_program(struct launch *launch)
{
    munmap((char *)launch->plan + LAUNCH_FILE, launch->plan_size - LAUNCH_FILE);
    launch->plan_size = LAUNCH_FILE;
}

static int map_program(const struct launch *launch, const struct image *image, char **lists)
{
    struct launch_plan *plan = launch->plan;
    char **environment = lists + plan->argument_count + 1;
    uint32_t position = 0;
    if (!take_strings(plan, &position, lists, plan->argument_count) ||
        !take_strings(plan, &position, environment, plan->environment_count))
        return -EINVAL;
    const struct image_start start = {
        .arguments = lists,
        .environment = environment,
        .path = plan->path,
        .uid = plan->uid,
        .euid = plan->uid,
        .gid = plan->gid,
        .egid = plan->gid,
    };
    struct image_error error;
    return launch_prepare(launch, image, &start, &error);
}

static void work(struct job *job)
{
    struct launch *launch = (struct launch *)job;
    const struct launch_plan *plan = launch->plan;
    struct image image;
    struct image_error error;
    char **lists = calloc((size_t)plan->argument_count + plan->environment_count + 2, sizeof *lists);
    if (!lists) {
        launch->result = -ENOMEM;
    } else if (!image_check((uint8_t *)plan + LAUNCH_FILE, launch->plan_size - LAUNCH_FILE, plan->path, &image,
                            &error)) {
        launch->result = -error.number;
    } else {
        launch->result = map_program(launch, &image, lists);
        image_free(&image);
    }
    free(lists);
    drop_program(launch);
}

static void finish(struct job *job)
{
    struct launch *launch = (struct launch *)job;
    struct thread_block *requester = launch->requester;
    int result = launch->result;
    if (result < 0) {
        launch_free(launch);
        if (requester)
            request_answer(requester, result);
        return;
    }
    launch->prepared = true;
    if (requester)
        request_answer(requester, (int64_t)launch->index);
    else
        launch->realm->members[launch->index].reaped = true; /* ends as it would with a process */
}

int64_t coexec_prepare(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    struct launch *launch = find(requester, arguments[0]);
    struct member *launcher = &realm->members[requester->coprocess->index];
    int error = -EINVAL;
    if (!launch || launch->index != SPAN_NO_REGION)
        return error;
    if (realm->ending)
        error = -EAGAIN;
    else if (launcher->children >= requester->coprocess->quota[COQUOTA_COPROCESSES])
        error = -EDQUOT;
    else
        error = launch_allocate(launch);
    if (error) {
        launch_free(launch);
        return error;
    }
    struct member *member = &realm->members[launch->index];
    member->launcher = requester->coprocess->index;
    member->launcher_incarnation = requester->coprocess->incarnation;
    launcher->children++;
    launch->job = (struct job){.work = work, .finish = finish};
    worker_give(&launch->job);
    return REQUEST_LATER;
}

int64_t coexec_cancel(struct host_realm *realm, struct thread_block *requester, const uint64_t *arguments)
{
    struct launch *launch = find(requester, arguments[0]);
    if (!launch)
        return -EINVAL;
    if (!launch->prepared) {
        launch_free(launch);
        return 0;
    }
    launch->cancelled = true;
    realm->members[launch->index].reaped = true;
    return REQUEST_LATER;
}
