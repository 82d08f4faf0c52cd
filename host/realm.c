/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Core memory of a realm: the realm record, one record per co-process, one slot per kernel thread.
 */
#include "host/realm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

enum { REGIONS_WANTED = 10000 };

struct part {
    uint32_t start, end;
};

/* The accessible parts of a slot, in order; what lies between is a guard. */
static const struct part slot_parts[] = {
    {SLOT_CONTROL_STACK, SLOT_THREAD_BLOCK + 0x1000},
    {SLOT_GATE_STACK, SLOT_GATE_STACK_TOP},
    {SLOT_SIGNAL_STACK, SLOT_SIGNAL_STACK_TOP},
    {SLOT_PARK_STACK, SLOT_PARK_STACK_TOP},
    {SLOT_FRAME, SLOT_FRAME_END},
};
enum { SLOT_PARTS = sizeof slot_parts / sizeof slot_parts[0] };

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

/* One mapping for the whole slot, which merges with its neighbours', and guards inside it. */
static bool guards_inside(uintptr_t slot)
{
    uint32_t start = 0;
    if (without("GUARD_INSTALL") || mprotect((void *)slot, CORE_SLOT_SIZE, PROT_READ | PROT_WRITE))
        return false;
    for (unsigned i = 0; i <= SLOT_PARTS; i++) {
        uint32_t end = i < SLOT_PARTS ? slot_parts[i].start : CORE_SLOT_SIZE;
        if (madvise((void *)(slot + start), end - start, MADV_GUARD_INSTALL))
            return false;
        if (i < SLOT_PARTS)
            start = slot_parts[i].end;
    }
    return true;
}

/* On kernels without guard pages: a mapping for each accessible part. */
static int guards_between(uintptr_t slot)
{
    if (mprotect((void *)slot, CORE_SLOT_SIZE, PROT_NONE))
        return -errno;
    for (unsigned i = 0; i < SLOT_PARTS; i++) {
        int error = make_accessible(slot + slot_parts[i].start, slot_parts[i].end - slot_parts[i].start);
        if (error)
            return error;
    }
    return 0;
}

static uintptr_t slot_of(const struct host_realm *realm, size_t index)
{
    return realm->span.core + CORE_SLOTS + index * CORE_SLOT_SIZE;
}

struct coprocess *realm_coprocess(const struct host_realm *realm, size_t index)
{
    return (struct coprocess *)(realm->span.core + CORE_COPROCESSES + index * CORE_COPROCESS_SIZE);
}

struct thread_block *realm_block(const struct host_realm *realm, size_t index)
{
    return (struct thread_block *)(slot_of(realm, index) + SLOT_THREAD_BLOCK);
}

int realm_prepare_member(struct host_realm *realm, size_t index)
{
    if (index < realm->member_limit)
        return 0;
    for (size_t i = realm->member_limit; i <= index; i++) {
        int error = make_accessible((uintptr_t)realm_coprocess(realm, i), CORE_COPROCESS_SIZE);
        if (!error && !guards_inside(slot_of(realm, i)))
            error = guards_between(slot_of(realm, i));
        if (error)
            return error;
        realm->member_limit = i + 1;
    }
    return 0;
}

void realm_drop_stacks(struct host_realm *realm, size_t index)
{
    uintptr_t slot = slot_of(realm, index);
    madvise((void *)(slot + SLOT_CONTROL_STACK), SLOT_THREAD_BLOCK - SLOT_CONTROL_STACK, MADV_DONTNEED);
    for (unsigned i = 1; i < SLOT_PARTS; i++)
        madvise((void *)(slot + slot_parts[i].start), slot_parts[i].end - slot_parts[i].start, MADV_DONTNEED);
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

int realm_create(struct host_realm *realm, const char **problem)
{
    memset(realm, 0, sizeof *realm);
    int error = span_reserve(&realm->span, REGIONS_WANTED);
    if (error) {
        *problem = span_reserve_problem(error);
        return error;
    }
    hide_memory();
    realm->members = calloc(realm->span.region_count, sizeof *realm->members);
    realm->shared = (struct realm *)realm->span.core;
    error = realm->members ? make_accessible(realm->span.core, sizeof(struct realm)) : -ENOMEM;
    if (error) {
        *problem = "there is not enough memory for the realm's tables";
        return error;
    }
    core_cpu_has_avx = __builtin_cpu_supports("avx");
    *realm->shared = (struct realm){
        .core_area = realm->span.core,
        .regions_start = realm->span.regions,
        .regions_end = realm->span.regions + realm->span.region_count * COMESG_REGION_STRIDE,
        .switcher = core_cpu_has_avx && !without("AVX") ? &core_switcher_avx : &core_switcher_sse,
        .supervisor_pid = getpid(),
    };
    return 0;
}
