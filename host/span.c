/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The reservation of a realm's address space and the life of its regions.
 */
#include "host/span.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(SPAN_GAP_SIZE >= COMESG_REGION_STRIDE - COMESG_REGION_SIZE, "the core area must be as far as a region");

enum region_state { REGION_FREE, REGION_ALLOCATED, REGION_RETIRED };

#define INACCESSIBLE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static size_t span_size(size_t region_count)
{
    return SPAN_CORE_SIZE + SPAN_GAP_SIZE + region_count * COMESG_REGION_STRIDE;
}

/* What alignment costs stays reserved too: two gaps, so that nothing else comes near the core area. */
static size_t reservation_size(size_t region_count)
{
    return span_size(region_count) + 2 * SPAN_GAP_SIZE;
}

/* The kernel grants an address below 2^47 or nothing, so the first success while shrinking is nearly the best. */
static void *reserve_most(size_t *region_count)
{
    while (*region_count > 0) {
        void *address = mmap(NULL, reservation_size(*region_count), PROT_NONE, INACCESSIBLE, -1, 0);
        if (address != MAP_FAILED)
            return address;
        *region_count -= *region_count / 64 + 1;
    }
    return NULL;
}

int span_reserve(struct span *span, size_t max_regions)
{
    size_t count = max_regions < SPAN_REGIONS_MAX ? max_regions : SPAN_REGIONS_MAX;
    if (count == 0)
        return -EINVAL;
    uintptr_t address = (uintptr_t)reserve_most(&count);
    if (address == 0)
        return -ENOMEM;
    uint8_t *states = calloc(count, 1);
    if (states == NULL) {
        munmap((void *)address, reservation_size(count));
        return -ENOMEM;
    }
    uintptr_t core = (address + SPAN_GAP_SIZE + COMESG_REGION_SIZE - 1) & ~((uintptr_t)COMESG_REGION_SIZE - 1);
    *span = (struct span){.reservation = address,
                          .core = core,
                          .regions = core + SPAN_CORE_SIZE + SPAN_GAP_SIZE,
                          .region_count = count,
                          .states = states};
    return 0;
}

const char *span_reserve_problem(int error)
{
    if (error == -EINVAL)
        return "a realm needs at least one region: ask for one or more co-processes";
    return "no room for the address space of a realm, not even with one region: lift the address space limit "
           "(ulimit -v unlimited)";
}

void span_destroy(struct span *span)
{
    munmap((void *)span->reservation, reservation_size(span->region_count));
    free(span->states);
    *span = (struct span){0};
}

uintptr_t span_region_base(const struct span *span, size_t region)
{
    return span->regions + region * COMESG_REGION_STRIDE;
}

/* What kept a release from succeeding, often too many mappings, may be over. */
static void release_retired(struct span *span)
{
    for (size_t region = 0; region < span->region_count; region++)
        if (span->states[region] == REGION_RETIRED)
            span_region_release(span, region);
}

size_t span_region_allocate(struct span *span)
{
    uint8_t *state = memchr(span->states, REGION_FREE, span->region_count);
    if (state == NULL) {
        release_retired(span);
        state = memchr(span->states, REGION_FREE, span->region_count);
    }
    if (state == NULL)
        return SPAN_NO_REGION;
    *state = REGION_ALLOCATED;
    return (size_t)(state - span->states);
}

/* The kernel grants no mmap, not even this one, while there are too many mappings. Inaccessible mappings merge, so
 * mprotect first makes some of them vanish. */
static int make_inaccessible(uintptr_t start, uint64_t size)
{
    void *address = (void *)start;
    if (mmap(address, size, PROT_NONE, INACCESSIBLE | MAP_FIXED, -1, 0) != MAP_FAILED)
        return 0;
    mprotect(address, size, PROT_NONE);
    return mmap(address, size, PROT_NONE, INACCESSIBLE | MAP_FIXED, -1, 0) == MAP_FAILED ? -errno : 0;
}

int span_region_release(struct span *span, size_t region)
{
    if (region >= span->region_count || span->states[region] == REGION_FREE)
        return -EINVAL;
    int error = make_inaccessible(span_region_base(span, region), COMESG_REGION_SIZE);
    span->states[region] = error == 0 ? REGION_FREE : REGION_RETIRED;
    return error;
}

static int check_range(const struct span *span, size_t region, uint64_t offset, uint64_t size)
{
    if (region >= span->region_count || span->states[region] != REGION_ALLOCATED)
        return -EINVAL;
    if (size == 0 || offset % SPAN_PAGE != 0 || size % SPAN_PAGE != 0)
        return -EINVAL;
    if (offset < COMESG_IMAGE_START || offset >= COMESG_STACK_TOP || size > COMESG_STACK_TOP - offset)
        return -ERANGE;
    return 0;
}

int span_map_fixed(const struct span *span, size_t region, uint64_t offset, uint64_t size, int protection, int flags,
                   int fd, off_t file_offset)
{
    int error = check_range(span, region, offset, size);
    if (error != 0)
        return error;
    if ((protection & PROT_WRITE) && (protection & PROT_EXEC))
        return -EINVAL;
    void *address = (void *)(span_region_base(span, region) + offset);
    if (mmap(address, size, protection, flags | MAP_FIXED | MAP_NORESERVE, fd, file_offset) == MAP_FAILED)
        return -errno;
    return 0;
}

int span_unmap_fixed(const struct span *span, size_t region, uint64_t offset, uint64_t size)
{
    int error = check_range(span, region, offset, size);
    return error != 0 ? error : make_inaccessible(span_region_base(span, region) + offset, size);
}
