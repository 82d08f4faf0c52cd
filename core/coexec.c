/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting a program: the side of the co-process that asks for it.
 *
 * Everything that the program passes is copied once into the plan, memory that the supervisor has mapped and no
 * verified code reaches, and checked there. The file is read with the credentials of the caller, who then makes the new
 * process itself, so that it inherits what processes inherit. It enters its program only if the word `launch` still
 * says that somebody waits for it.
 */
#include "core/derivation.h"
#include "core/kernel.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum { PAGE = 4096, PROGRAM_SIZE_MAX = 1 << 30 };

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Page by page: what lies behind its end need not be accessible. */
int64_t core_fetch_string(const struct thread_block *block, char *to, uint64_t address, uint64_t room)
{
    for (uint64_t done = 0; done < room;) {
        uint64_t size = smaller(room - done, PAGE - (address + done) % PAGE);
        if (core_fetch(block, to + done, address + done, size))
            return -EFAULT;
        for (uint64_t end = done + size; done < end; done++) {
            if (to[done] == '\0')
                return (int64_t)done + 1;
        }
    }
    return 0;
}

static int64_t fetch_path(const struct thread_block *block, char *to, uint64_t address)
{
    int64_t size = core_fetch_string(block, to, address, LAUNCH_PATH);
    return size > 0 ? 0 : size < 0 ? size : -ENAMETOOLONG;
}

/* A list of strings that NULL ends. */
static int64_t fetch_list(const struct thread_block *block, struct launch_plan *plan, uint64_t list, uint32_t *count)
{
    for (;; list += sizeof(uint64_t)) {
        uint64_t string;
        if (core_fetch(block, &string, list, sizeof string))
            return -EFAULT;
        if (string == 0)
            return 0;
        uint64_t used =
            plan->string_bytes + sizeof string * ((uint64_t)plan->argument_count + plan->environment_count + 1);
        if (used >= LAUNCH_STRINGS)
            return -E2BIG;
        int64_t size = core_fetch_string(block, plan->strings + plan->string_bytes, string, LAUNCH_STRINGS - used);
        if (size <= 0)
            return size < 0 ? size : -E2BIG;
        plan->string_bytes += (uint32_t)size;
        ++*count;
    }
}

static int64_t fetch_strings(const struct thread_block *block, struct launch_plan *plan, uint64_t arguments,
                             uint64_t environment)
{
    int64_t error = arguments ? fetch_list(block, plan, arguments, &plan->argument_count) : 0;
    if (!error && plan->argument_count == 0)
        error = -EINVAL;
    if (!error && environment)
        error = fetch_list(block, plan, environment, &plan->environment_count);
    return error;
}

static int64_t fetch_array(const struct thread_block *block, void *to, const void *array, uint64_t count, uint64_t most,
                           uint64_t size)
{
    if (count > most)
        return -EINVAL;
    return core_fetch(block, to, (uint64_t)array, count * size);
}

static int64_t fetch_quotas(const struct thread_block *block, struct launch_plan *plan,
                            const struct coexec_options *options)
{
    struct coexec_quota quotas[LAUNCH_QUOTAS];
    int64_t error = fetch_array(block, quotas, options->quotas, options->quota_count, LAUNCH_QUOTAS, sizeof quotas[0]);
    for (uint64_t i = 0; !error && i < options->quota_count; i++) {
        uint32_t resource = quotas[i].resource;
        if (resource == 0 || resource >= COQUOTA_END || quotas[i].reserved)
            return -EINVAL;
        if (quotas[i].limit > block->coprocess->quota[resource])
            return -EPERM;
        plan->quota[resource] = quotas[i].limit;
    }
    return error;
}

static int64_t fetch_descriptors(const struct thread_block *block, struct launch_plan *plan,
                                 const struct coexec_options *options)
{
    int64_t error = fetch_array(block, plan->descriptors, options->descriptors, options->descriptor_count,
                                LAUNCH_DESCRIPTORS, sizeof plan->descriptors[0]);
    if (error)
        return error;
    for (uint64_t i = 0; i < options->descriptor_count; i++) {
        if (plan->descriptors[i].from < 0 || core_is_hidden(block, (uint64_t)plan->descriptors[i].from))
            return -EBADF;
        if (plan->descriptors[i].to < 0 || plan->descriptors[i].to >= block->coprocess->realm->hidden_descriptor)
            return -EINVAL;
        for (uint64_t other = 0; other < i; other++) {
            if (plan->descriptors[other].to == plan->descriptors[i].to)
                return -EINVAL;
        }
    }
    plan->descriptor_count = (uint32_t)options->descriptor_count;
    return 0;
}

static int64_t fetch_credentials(const struct thread_block *block, struct launch_plan *plan,
                                 const struct coexec_options *options)
{
    const uint32_t nobody = ~(uint32_t)0; /* to the kernel: no change */
    if ((options->flags & COEXEC_UID && options->uid == nobody) ||
        (options->flags & COEXEC_GID && options->gid == nobody))
        return -EINVAL;
    if (options->flags & COEXEC_UID)
        plan->uid = options->uid;
    if (options->flags & COEXEC_GID)
        plan->gid = options->gid;
    if (!(options->flags & COEXEC_GROUPS))
        return 0;
    plan->group_count = (uint32_t)options->group_count;
    return fetch_array(block, plan->groups, options->groups, options->group_count, LAUNCH_GROUPS,
                       sizeof plan->groups[0]);
}

static int64_t fetch_options(const struct thread_block *block, struct launch_plan *plan, uint64_t address)
{
    enum {
        FLAGS = COEXEC_UID | COEXEC_GID | COEXEC_GROUPS | COEXEC_DESCRIPTORS | COEXEC_SYSTEM_CALLS | COEXEC_NAMESPACE |
                COEXEC_NO_PUBLISH | COEXEC_MICROKERNEL
    };
    struct coexec_options options;
    if (core_fetch(block, &options, address, sizeof options))
        return -EFAULT;
    if (options.size != sizeof options || options.flags & ~(uint32_t)FLAGS)
        return -EINVAL;
    plan->flags = options.flags;
    if (options.flags & COEXEC_MICROKERNEL && !block->coprocess->microkernel)
        return -EPERM;
    plan->microkernel = options.flags & COEXEC_MICROKERNEL;
    if (options.flags & COEXEC_NAMESPACE) {
        plan->root = options.root;
        plan->namespace_chosen = true;
    }
    if (options.flags & COEXEC_SYSTEM_CALLS) {
        if (options.system_calls & ~plan->system_calls)
            return -EPERM;
        plan->system_calls = options.system_calls;
    }
    if (options.flags & COEXEC_NO_PUBLISH)
        plan->may_publish = false;
    int64_t error = fetch_credentials(block, plan, &options);
    if (!error && options.flags & COEXEC_DESCRIPTORS)
        error = fetch_descriptors(block, plan, &options);
    if (!error)
        error = fetch_quotas(block, plan, &options);
    if (!error)
        error = fetch_array(block, plan->handles, options.handles, options.handle_count, LAUNCH_HANDLES,
                            sizeof plan->handles[0]);
    if (!error)
        plan->handle_count = (uint32_t)options.handle_count;
    if (!error && options.directory) {
        plan->change_directory = true;
        error = fetch_path(block, plan->directory, (uint64_t)options.directory);
    }
    return error;
}

/* What the new co-process gets if nothing else is said. */
static void inherit(const struct coprocess *coprocess, struct launch_plan *plan)
{
    plan->launcher = coprocess;
    plan->root = coprocess->root;
    plan->namespace_chosen = coprocess->namespace_chosen;
    plan->system_calls = coprocess->system_calls;
    plan->may_publish = coprocess->may_publish;
    plan->uid = (uid_t)kernel3(SYS_geteuid, 0, 0, 0);
    plan->gid = (gid_t)kernel3(SYS_getegid, 0, 0, 0);
    for (unsigned i = 0; i < COQUOTA_END; i++)
        plan->quota[i] = coprocess->quota[i];
}

/* Opens the program for reading, if the caller may execute it: its descriptor or a negative errno. */
static int64_t open_program(struct thread_block *block, const char *path, uint64_t *size)
{
    struct stat status;
    int64_t descriptor = core_open_data(block, path);
    if (descriptor >= 0)
        descriptor = core_hide_descriptor(block, descriptor);
    if (descriptor < 0)
        return descriptor;
    int64_t error = core_kernel(SYS_faccessat2, descriptor, (long)"", X_OK, AT_EMPTY_PATH | AT_EACCESS, 0, 0);
    if (!error)
        error = kernel3(SYS_fstat, descriptor, (long)&status, 0);
    if (!error && !S_ISREG(status.st_mode))
        error = -EACCES;
    if (!error && (status.st_size <= 0 || status.st_size > PROGRAM_SIZE_MAX))
        error = -ENOEXEC;
    if (error) {
        kernel3(SYS_close, descriptor, 0, 0);
        return error;
    }
    *size = (uint64_t)status.st_size;
    return descriptor;
}

static int64_t request(struct thread_block *block, uint32_t operation, uint64_t argument)
{
    const uint64_t arguments[REQUEST_ARGUMENTS] = {argument};
    return core_request(block, operation, arguments);
}

/* The new process is made with all signals blocked, so that none is handled before its handlers can find their thread
 * block. */
static int64_t create_process(struct coprocess *child)
{
    enum { FLAGS = CLONE_VM | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID };
    struct thread_block *thread = child->block;
    uint64_t all = ~(uint64_t)0, mask;
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&mask, sizeof all, 0, 0);
    int64_t pid =
        core_clone(FLAGS, (char *)thread + TB_PARK_STACK_TOP, &child->pid, &thread->home.tid_word, core_start, thread);
    core_kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0, 0);
    return pid;
}

/* Waits until the new process has entered its program or nothing is left of it. */
static int64_t await_launch(struct thread_block *block)
{
    for (;;) {
        uint64_t word = block->launch;
        switch (word & 0xff) {
        case LAUNCH_ENTERED:
            return 0;
        case LAUNCH_FAILED:
            return -(int64_t)(word >> 8 & 0xffffff);
        }
        if (block->force_out) /* not seen: the supervisor decides about the launch when this thread is gone */
            return -EINTR;
        futex_wait(&block->launch, (uint32_t)word);
    }
}

/* Whoever has closed the namespace that it was given itself gives none. */
static int64_t pass_root(struct thread_block *block, const struct launch_plan *plan, struct coprocess *child)
{
    struct handle handle;
    if (plan->root == 0)
        return 0;
    int64_t error = core_handle_read(block, plan->root, &handle);
    if (!error && handle.kind != COHANDLE_NAMESPACE)
        error = -EBADF;
    if (!error)
        error = core_handle_pass(block, block->coprocess, plan->root, child, handle.rights, &child->root);
    return plan->flags & COEXEC_NAMESPACE || error != -EBADF ? error : 0;
}

static int64_t pass_handles(struct thread_block *block, const struct launch_plan *plan, struct coprocess *child)
{
    struct coprocess *own = block->coprocess;
    struct handle handle;
    int64_t error = 0;
    for (uint32_t i = 0; !error && i < plan->handle_count; i++) {
        uint64_t value = plan->handles[i];
        error = value ? core_handle_read(block, value, &handle) : 0;
        if (value && !error)
            error = core_handle_pass(block, own, value, child, handle.rights, &child->vector[i]);
    }
    child->vector_count = plan->handle_count;
    return error ? error : pass_root(block, plan, child);
}

/* From here on there is a co-process, which only lacks a process. */
static int64_t start_process(struct thread_block *block, const struct launch_plan *plan, struct coprocess *child)
{
    int64_t pid = pass_handles(block, plan, child);
    block->launch = launch_word(plan->number, LAUNCH_WAITING, 0);
    if (!pid)
        pid = create_process(child);
    if (pid < 0) {
        int64_t cancelled = request(block, REQUEST_LAUNCH_CANCEL, (uint64_t)plan);
        return cancelled < 0 ? cancelled : pid;
    }
    int64_t error = await_launch(block);
    return error ? error : pid;
}

static int64_t launch(struct thread_block *block, const struct launch_plan *plan)
{
    int64_t index = request(block, REQUEST_LAUNCH_PREPARE, (uint64_t)plan);
    if (index < 0)
        return index;
    return start_process(block, plan, core_coprocess_at(block->coprocess->realm, (uint32_t)index));
}

/* arguments: path, argv, envp, options */
static int64_t fill_plan(struct thread_block *block, struct launch_plan *plan, const uint64_t *arguments)
{
    inherit(block->coprocess, plan);
    int64_t error = arguments[3] ? fetch_options(block, plan, arguments[3]) : 0;
    if (!error)
        error = fetch_strings(block, plan, arguments[1], arguments[2]);
    return error;
}

static void copy_path(char *to, const char *from)
{
    while ((*to++ = *from++))
        ;
}

/* Once the supervisor has begun a launch for us it has to hear of its end. */
static int64_t launch_file(struct thread_block *block, const char *path, int64_t descriptor, uint64_t size,
                           const uint64_t *arguments)
{
    int64_t begun = request(block, REQUEST_LAUNCH_BEGIN, size);
    if (begun < 0)
        return begun;
    struct launch_plan *plan = (struct launch_plan *)begun;
    copy_path(plan->path, path);
    int64_t error = fill_plan(block, plan, arguments);
    int64_t read = error ? error : core_read_file(block, descriptor, (uint64_t)plan + LAUNCH_FILE, size, 0);
    if (read == (int64_t)size)
        return launch(block, plan);
    int64_t cancelled = request(block, REQUEST_LAUNCH_CANCEL, (uint64_t)plan);
    return cancelled < 0 ? cancelled : read < 0 ? read : -ENOEXEC; /* it became shorter */
}

int64_t core_coexec(struct thread_block *block, const uint64_t *arguments)
{
    char path[LAUNCH_PATH];
    uint64_t size = 0;
    if (!(block->coprocess->system_calls & COEXEC_CALLS_FILES))
        return -ENOSYS;
    int64_t error = fetch_path(block, path, arguments[0]);
    if (error)
        return error;
    int64_t descriptor = open_program(block, path, &size);
    if (descriptor < 0)
        return descriptor;
    int64_t result = launch_file(block, path, descriptor, size, arguments);
    kernel3(SYS_close, descriptor, 0, 0);
    return result;
}

/* Gives the namespace that was chosen, if any; 1 if one was, or none. arguments: where it goes */
int64_t core_root(struct thread_block *block, const uint64_t *arguments)
{
    const struct coprocess *coprocess = block->coprocess;
    int64_t error = core_put(block, arguments[0], &coprocess->root, sizeof coprocess->root);
    return error ? error : coprocess->namespace_chosen;
}

/* Gives as much of the vector as there is room for, and its length. arguments: where it goes, room */
int64_t core_vector(struct thread_block *block, const uint64_t *arguments)
{
    const struct coprocess *coprocess = block->coprocess;
    uint64_t size = smaller(arguments[1], coprocess->vector_count) * sizeof coprocess->vector[0];
    int64_t error = core_put(block, arguments[0], coprocess->vector, size);
    return error ? error : coprocess->vector_count;
}
