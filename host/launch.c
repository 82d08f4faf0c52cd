/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting a program as a co-process: find, verify, map, clone.
 */
#include "host/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    if (!program->path)
        return complain(name, -ENOENT);
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

static int map_program(struct host_realm *realm, size_t index, const struct program *program, char **environment,
                       uint32_t *argc_offset)
{
    struct image_layout *layout = &realm->members[index].layout;
    struct image_start start = {
        .arguments = program->arguments,
        .environment = environment,
        .path = program->path,
        .uid = getuid(),
        .euid = geteuid(),
        .gid = getgid(),
        .egid = getegid(),
    };
    struct image_error error;
    if (!image_map(&program->image, &realm->span, index, layout, &error)) {
        fprintf(stderr, "comesg: %s\n", error.text);
        return -error.number;
    }
    if (!image_stack(&start, layout, &realm->span, index, argc_offset, &error)) {
        fprintf(stderr, "comesg: %s\n", error.text);
        image_layout_release(layout);
        return -error.number;
    }
    return 0;
}

/* The record is filled whole before the process exists; nobody else looks at it until then. */
static void fill_record(struct host_realm *realm, size_t index, const struct program *program, uint32_t argc_offset)
{
    const struct image_layout *layout = &realm->members[index].layout;
    struct coprocess *coprocess = realm_coprocess(realm, index);
    const char *base = strrchr(program->path, '/');
    uint32_t incarnation = coprocess->incarnation + 1;
    memset(coprocess, 0, sizeof *coprocess);
    coprocess->incarnation = incarnation ? incarnation : 1;
    coprocess->region_base = span_region_base(&realm->span, index);
    coprocess->index = (uint32_t)index;
    coprocess->realm = realm->shared;
    coprocess->text_start = layout->text_start;
    coprocess->text_end = layout->text_end;
    coprocess->data_start = layout->data_start;
    coprocess->image_end = layout->image_end;
    coprocess->entry = layout->entry;
    coprocess->initial_sp = argc_offset;
    coprocess->handle_limit = HANDLES_DEFAULT + 1;
    coprocess->memory[0].program_break = layout->image_end;
    snprintf(coprocess->name, sizeof coprocess->name, "%s", base ? base + 1 : program->path);
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

static int create_process(struct host_realm *realm, size_t index)
{
    struct thread_block *block = realm_coprocess(realm, index)->block;
    void *stack = (char *)block + TB_PARK_STACK_TOP;
    pid_t pid =
        clone(core_start, stack, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, block, NULL, NULL, &block->home.tid_word);
    if (pid < 0)
        return -errno;
    block->home.pid = pid;
    block->home.tid = pid;
    block->coprocess->pid = pid;
    realm->members[index] = (struct member){.pid = pid, .layout = realm->members[index].layout};
    return 0;
}

ssize_t launch(struct host_realm *realm, const struct program *program, char **environment)
{
    uint32_t argc_offset = 0;
    size_t index = span_region_allocate(&realm->span);
    if (index == SPAN_NO_REGION)
        return complain(program->path, -EAGAIN);
    int error = realm_prepare_member(realm, index);
    if (error)
        complain(program->path, error);
    else
        error = map_program(realm, index, program, environment, &argc_offset);
    if (!error) {
        fill_record(realm, index, program, argc_offset);
        error = create_first_thread(realm_coprocess(realm, index));
        if (!error)
            error = create_process(realm, index);
        if (error) {
            complain(program->path, error);
            core_slots_free(realm_coprocess(realm, index));
            image_layout_release(&realm->members[index].layout);
        }
    }
    if (error) {
        span_region_release(&realm->span, index);
        return error;
    }
    return (ssize_t)index;
}
