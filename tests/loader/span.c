/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The span: size, alignment, allocation, release, and what its mapping helper refuses.
 */
#include "host/span.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/loader/mappings.h"
#include "tests/loader/tap.h"

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define READ_WRITE (PROT_READ | PROT_WRITE)

static struct span span;

/* From a gap before the core area to a gap behind the last region. */
static bool is_reserved_whole(void)
{
    uintptr_t last = span_region_base(&span, span.region_count - 1);
    return mappings_holes(span.core - SPAN_GAP_SIZE, last + COMESG_REGION_STRIDE) == 0;
}

static int map(size_t region, uint64_t offset, uint64_t size, int protection)
{
    return span_map_fixed(&span, region, offset, size, protection, ANONYMOUS, -1, 0);
}

static void test_size(void)
{
    ok(span_reserve(&span, 10000) == 0 && span.region_count == 10000, "a span holds 10,000 regions");
    uintptr_t last = span_region_base(&span, span.region_count - 1);
    ok(span.core % COMESG_REGION_SIZE == 0 && span.regions % COMESG_REGION_SIZE == 0, "bases are aligned to 4 GiB");
    ok(span.regions - span.core == SPAN_CORE_SIZE + SPAN_GAP_SIZE, "a gap lies between core area and regions");
    ok(last - span.regions == 9999 * COMESG_REGION_STRIDE, "regions lie at the stride");
    ok(mappings_accessible(span.core - SPAN_GAP_SIZE, last + COMESG_REGION_STRIDE, NULL) == 0,
       "nothing is accessible from a gap before the core area to a gap behind the last region");
    ok(is_reserved_whole(), "but all of that is reserved");
    void *other = mmap(NULL, 1UL << 30, READ_WRITE, ANONYMOUS | MAP_NORESERVE, -1, 0);
    uintptr_t address = (uintptr_t)other;
    ok(other != MAP_FAILED &&
           (address >= last + COMESG_REGION_STRIDE || address + (1UL << 30) <= span.core - SPAN_GAP_SIZE),
       "later mappings of the process stay outside");
    munmap(other, 1UL << 30);
}

static void test_release(void)
{
    size_t first = span_region_allocate(&span), second = span_region_allocate(&span);
    ok(first == 0 && second == 1, "regions are allocated in order");
    uint8_t *memory = (uint8_t *)span_region_base(&span, first) + COMESG_IMAGE_START;
    need(map(first, COMESG_IMAGE_START, 0x10000, READ_WRITE) == 0, "mapping");
    memset(memory, 0x5a, 0x10000);
    uintptr_t base = span_region_base(&span, first);
    ok(mappings_accessible(base, base + COMESG_REGION_SIZE, NULL) == 1, "a mapping in a region is there");
    ok(span_region_release(&span, first) == 0, "a region is released");
    ok(mappings_accessible(base, base + COMESG_REGION_SIZE, NULL) == 0, "nothing in it is accessible any more");
    ok(span_region_release(&span, first) == -EINVAL && span_region_release(&span, SIZE_MAX) == -EINVAL,
       "what is not allocated is not released");
    ok(map(first, COMESG_IMAGE_START, 0x1000, PROT_READ) == -EINVAL, "nothing is mapped in a free region");
    ok(span_region_allocate(&span) == first, "it is allocated again");
    need(map(first, COMESG_IMAGE_START, 0x10000, READ_WRITE) == 0, "mapping");
    ok(memory[0] == 0 && memory[0xffff] == 0, "and nothing is left of its contents");
    need(span_unmap_fixed(&span, first, COMESG_IMAGE_START, 0x8000) == 0, "unmapping");
    ok(mappings_accessible(base, base + COMESG_REGION_SIZE, NULL) == 1, "a part of it is given up");
    span_region_release(&span, first);
    span_region_release(&span, second);
    ok(is_reserved_whole(), "none of that leaves a hole");
}

static void test_refusals(void)
{
    size_t region = span_region_allocate(&span);
    ok(map(region, 0, 0x1000, PROT_READ) == -ERANGE, "page 0 is refused");
    ok(map(region, COMESG_IMAGE_START - 0x1000, 0x2000, PROT_READ) == -ERANGE, "the first 64 KiB are refused");
    ok(map(region, COMESG_STACK_TOP, 0x1000, PROT_READ) == -ERANGE, "what lies above the stack is refused");
    ok(map(region, COMESG_STACK_TOP - 0x1000, 0x2000, PROT_READ) == -ERANGE, "also when it begins below");
    ok(map(region, COMESG_REGION_SIZE, 0x1000, PROT_READ) == -ERANGE, "the gap is refused");
    ok(map(region, COMESG_REGION_STRIDE + COMESG_IMAGE_START, 0x1000, PROT_READ) == -ERANGE,
       "the next region is refused");
    ok(map(region, 0 - (uint64_t)COMESG_REGION_STRIDE, 0x1000, PROT_READ) == -ERANGE, "the region before is refused");
    ok(map(region, COMESG_IMAGE_START, COMESG_REGION_STRIDE, PROT_READ) == -ERANGE,
       "a size over the region is refused");
    ok(map(region, COMESG_IMAGE_START, 0 - (uint64_t)0x1000, PROT_READ) == -ERANGE, "a size that overflows is refused");
    ok(map(region, COMESG_IMAGE_START, 0, PROT_READ) == -EINVAL, "an empty range is refused");
    ok(map(region, COMESG_IMAGE_START + 1, 0x1000, PROT_READ) == -EINVAL, "an unaligned start is refused");
    ok(map(region, COMESG_IMAGE_START, 0x1001, PROT_READ) == -EINVAL, "an unaligned size is refused");
    ok(map(region, COMESG_IMAGE_START, 0x1000, PROT_WRITE | PROT_EXEC) == -EINVAL, "write and execute are refused");
    ok(map(span.region_count, COMESG_IMAGE_START, 0x1000, PROT_READ) == -EINVAL, "a region past the last is refused");
    ok(map(region + 1, COMESG_IMAGE_START, 0x1000, PROT_READ) == -EINVAL, "a region that is not allocated is refused");
    uintptr_t base = span_region_base(&span, region);
    ok(mappings_accessible(base - COMESG_REGION_SIZE, base + COMESG_REGION_STRIDE * 2, NULL) == 0,
       "and none of these mapped anything");
    ok(map(region, COMESG_IMAGE_START, COMESG_STACK_TOP - COMESG_IMAGE_START, PROT_READ) == 0,
       "the largest possible mapping is allowed");
    span_region_release(&span, region);
}

static void test_all_regions(void)
{
    size_t allocated = 0;
    bool usable = true;
    for (size_t region; (region = span_region_allocate(&span)) != SPAN_NO_REGION; allocated++) {
        usable = usable && map(region, COMESG_IMAGE_START, 0x1000, READ_WRITE) == 0;
        *(volatile uint64_t *)(span_region_base(&span, region) + COMESG_IMAGE_START) = region;
    }
    bool distinct = true;
    for (size_t region = 0; region < span.region_count; region++)
        distinct = distinct && *(uint64_t *)(span_region_base(&span, region) + COMESG_IMAGE_START) == region;
    ok(allocated == 10000 && usable && distinct, "all 10,000 regions can be used at once");
    bool released = true;
    for (size_t region = 0; region < span.region_count; region++)
        released = released && span_region_release(&span, region) == 0;
    ok(released, "and released");
}

static void test_retired(void)
{
    size_t region = span_region_allocate(&span);
    if (!mappings_exhaust()) {
        ok(true, "# SKIP this system allows too many mappings to use them up");
        return;
    }
    ok(span_region_release(&span, region) == -ENOMEM, "a release that the kernel refuses is reported");
    ok(map(region, COMESG_IMAGE_START, 0x1000, PROT_READ) == -EINVAL, "the region is not usable");
    size_t other = span_region_allocate(&span);
    ok(other != region, "and not allocated again");
    mappings_relax(SIZE_MAX);
    ok(span_region_release(&span, region) == 0 && span_region_allocate(&span) == region,
       "until a later release succeeds");
    span_region_release(&span, region);
    span_region_release(&span, other);
}

static void test_retired_last(void)
{
    struct span single;
    need(span_reserve(&single, 1) == 0 && span_region_allocate(&single) == 0, "a second span");
    if (!mappings_exhaust())
        return;
    ok(span_region_release(&single, 0) == -ENOMEM && span_region_allocate(&single) == SPAN_NO_REGION,
       "the only region is retired");
    mappings_relax(SIZE_MAX);
    ok(span_region_allocate(&single) == 0, "and allocated again when the kernel allows it");
    span_destroy(&single);
}

/* Exit status of a child that reserves a span under an address space limit. */
static int reserve_within(rlim_t limit)
{
    pid_t child = fork();
    if (child == 0) {
        struct span small;
        setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit});
        int error = span_reserve(&small, 10000);
        if (error != 0)
            _exit(error == -ENOMEM && strstr(span_reserve_problem(error), "ulimit -v") != NULL ? 1 : 3);
        _exit(small.region_count > 0 && small.region_count < 10000 ? 0 : 2);
    }
    int status;
    need(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status), "child");
    return WEXITSTATUS(status);
}

static void test_limits(void)
{
    struct span none;
    ok(span_reserve(&none, 0) == -EINVAL && strstr(span_reserve_problem(-EINVAL), "at least one") != NULL,
       "no regions are refused");
    span_destroy(&span);
    ok(reserve_within(1UL << 40) == 0, "with 1 TiB of address space there are fewer regions");
    ok(reserve_within(16UL << 30) == 1, "with 16 GiB there are none, and the message names the cure");
    need(span_reserve(&span, SIZE_MAX) == 0, "no span");
    ok(span.region_count >= 10000, "asking for too many gives what fits: %zu", span.region_count);
    span_destroy(&span);
}

/* Ending co-processes must work above all when there are too many mappings. */
static void test_release_at_the_limit(void)
{
    struct span single;
    need(span_reserve(&single, 1) == 0 && span_region_allocate(&single) == 0, "a second span");
    for (uint64_t offset = COMESG_IMAGE_START; offset < 64 * COMESG_IMAGE_START; offset += 0x2000) {
        need(span_map_fixed(&single, 0, offset, 0x1000, READ_WRITE, ANONYMOUS, -1, 0) == 0, "mapping");
        *(uint8_t *)(span_region_base(&single, 0) + offset) = 1;
    }
    if (!mappings_exhaust())
        return;
    ok(span_region_release(&single, 0) == 0, "a region with mappings is released although the kernel grants no more");
    ok(mappings_accessible(single.regions, single.regions + COMESG_REGION_SIZE, NULL) == 0, "nothing in it is left");
    mappings_relax(SIZE_MAX);
    span_destroy(&single);
}

int main(void)
{
    test_size();
    test_release();
    test_refusals();
    test_all_regions();
    test_retired();
    test_retired_last();
    test_release_at_the_limit();
    test_limits();
    return done_testing();
}
