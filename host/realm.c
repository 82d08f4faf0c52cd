/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Core memory of a realm: the realm record, one record per co-process, one slot per kernel thread.
 */
#include "host/realm.h"

#include "core/seals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REGIONS_WANTED = 10000 };

/* Each fallback for an older CPU or kernel can be chosen, so that it is tested: COMESG_WITHOUT names what to do
 * without. */
static bool without(const char *feature)
{
    const char *list = getenv("COMESG_WITHOUT");
    return list && strstr(list, feature);
}

static int make_accessible(uintptr_t address, size_t size)
{
    return mprotect((void *)address, size, PROT_READ | PROT_WRITE) ? -errno : 0;
}

struct coprocess *realm_coprocess(const struct host_realm *realm, size_t index)
{
    return (struct coprocess *)(realm->span.core + CORE_COPROCESSES + index * CORE_COPROCESS_SIZE);
}

int realm_prepare_member(struct host_realm *realm, size_t index)
{
    while (realm->member_limit <= index) {
        int error = make_accessible((uintptr_t)realm_coprocess(realm, realm->member_limit), CORE_COPROCESS_SIZE);
        if (error)
            return error;
        realm->shared->coprocess_limit = (uint32_t)++realm->member_limit;
    }
    return 0;
}

void realm_drop_handles(const struct host_realm *realm, size_t index)
{
    char *record = (char *)realm_coprocess(realm, index);
    madvise(record + COPROCESS_HANDLES, CORE_COPROCESS_SIZE - COPROCESS_HANDLES, MADV_DONTNEED);
}

void realm_signal_thread(const struct thread_block *block, int signal)
{
    if (!core_thread_is_dead(&block->home) && block->home.tid > 0)
        syscall(SYS_tgkill, block->home.pid, block->home.tid, signal);
}

/* The state follows the name, which may contain anything, brackets too. */
char realm_thread_state(const struct kernel_thread *thread)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", thread->pid, thread->tid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    const char *bracket = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    return bracket && bracket[1] == ' ' ? bracket[2] : 0;
}

/* Of whoever has started it, if that is still there. */
static uint32_t *children_of_launcher(struct host_realm *realm, const struct member *member)
{
    if (member->launcher_incarnation == 0 ||
        realm_coprocess(realm, member->launcher)->incarnation != member->launcher_incarnation)
        return NULL;
    return &realm->members[member->launcher].children;
}

void realm_release_member(struct host_realm *realm, size_t index)
{
    struct member *member = &realm->members[index];
    uint32_t *children = children_of_launcher(realm, member);
    if (children && *children)
        --*children;
    span_region_release(&realm->span, index);
    *member = (struct member){0};
    realm->alive--;
}

/* A huge page would take memory for hundreds of records or stacks that are not there. */
static void refuse_huge_pages(const struct span *span)
{
    madvise((void *)span->core, SPAN_CORE_SIZE, MADV_NOHUGEPAGE); /* a kernel without them knows no such advice */
}

/* Nobody may read a co-process's memory through /proc or a core dump: both would show every co-process's. */
static void hide_memory(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (filter >= 0) {
        if (write(filter, "0", 1) != 1)
            perror("comesg: coredump_filter");
        close(filter);
    }
    prctl(PR_SET_DUMPABLE, 0);
}

/* Programs cannot have these numbers; above them they can, so that the kernel's tables of descriptors stay short. */
static int32_t choose_hidden_descriptor(void)
{
    enum { WANTED = 1024 };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= 2 * WANTED + HIDDEN_DESCRIPTORS)
        return WANTED;
    return (int32_t)files.rlim_cur / 4;
}

static bool move_to(int descriptor, int number)
{
    bool moved = dup3(descriptor, number, O_CLOEXEC) == number;
    close(descriptor);
    return moved;
}

/* Every co-process inherits both ends of each. */
static int create_lanes(struct host_realm *realm)
{
    int hidden = choose_hidden_descriptor();
    realm->shared->hidden_descriptor = hidden;
    for (int lane = 0; lane < LANES; lane++) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
            return -errno;
        if (!move_to(ends[0], hidden + 2 * lane) || !move_to(ends[1], hidden + 2 * lane + 1))
            return -errno;
    }
    return 0;
}

/* So that nobody takes what others need without having been given it. Half the machine's memory, at most a region. */
static void set_quotas(uint64_t quota[COQUOTA_END])
{
    static const uint64_t defaults[COQUOTA_END] = {
        [COQUOTA_MAPPINGS] = MEMORY_RANGES,
        [COQUOTA_THREADS] = THREADS_MAX,
        [COQUOTA_HANDLES] = HANDLES_DEFAULT,
        [COQUOTA_COPROCESSES] = 1024,
        [COQUOTA_PORTS] = 1024,
        [COQUOTA_PORT_MEMORY] = 256 << 20,
        [COQUOTA_NAMES] = 1024,
        [COQUOTA_SHARED_MEMORY] = 1 << 30,
        [COQUOTA_EVENTS] = 1024,
        [COQUOTA_SERVICES] = 1024,
    };
    uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * SPAN_PAGE / 2;
    memcpy(quota, defaults, sizeof defaults);
    quota[COQUOTA_MEMORY] = half < COMESG_REGION_SIZE ? half : COMESG_REGION_SIZE;
}

int realm_create(struct host_realm *realm, const char **problem)
{
    *realm = (struct host_realm){.reaping = PTHREAD_MUTEX_INITIALIZER};
    if (access("/proc/thread-self/fd", X_OK)) {
        *problem = "/proc is not mounted, and co-processes need it to open files";
        return -ENOENT;
    }
    int error = span_reserve(&realm->span, REGIONS_WANTED);
    if (error) {
        *problem = span_reserve_problem(error);
        return error;
    }
    hide_memory();
    refuse_huge_pages(&realm->span);
    realm->members = calloc(realm->span.region_count, sizeof *realm->members);
    realm->shared = (struct realm *)realm->span.core;
    error = realm->members ? make_accessible(realm->span.core, sizeof(struct realm)) : -ENOMEM;
    if (!error)
        error = make_accessible(realm->span.core + CORE_POOLS, (size_t)CORE_POOLS_MAX * CORE_POOL_SIZE);
    if (!error)
        error = make_accessible(realm->span.core + CORE_SEALS, CORE_SEALS_MAX * sizeof(struct seal));
    if (error) {
        *problem = "there is not enough memory for the realm's tables";
        return error;
    }
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0)) {
        *problem = "the kernel refuses memory barriers of a process (membarrier), which waiting calls need";
        return -errno;
    }
    error = create_lanes(realm);
    if (error) {
        *problem = "there are not enough descriptors for a realm: raise the limit (ulimit -n)";
        return error;
    }
    set_quotas(realm->quota);
    core_cpu_has_avx = __builtin_cpu_supports("avx");
    struct realm *shared = realm->shared;
    shared->core_area = realm->span.core;
    shared->regions_start = realm->span.regions;
    shared->regions_end = realm->span.regions + realm->span.region_count * COMESG_REGION_STRIDE;
    shared->switcher = core_cpu_has_avx && !without("AVX") ? &core_switcher_avx : &core_switcher_sse;
    shared->supervisor_pid = getpid();
    shared->guard_pages = !without("GUARD_INSTALL");
    return 0;
}
