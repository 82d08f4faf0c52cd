/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The address space of a realm: one inaccessible reservation, made before anything else, that holds the core area and
 * all regions.  Everything of the realm is mapped inside it, nothing else ever is.
 *
 *     gap >= 4 GiB | core area 256 GiB | gap 4 GiB | region 0, gap | region 1, gap | ... | last region, gap
 */
#ifndef COMESG_HOST_SPAN_H
#define COMESG_HOST_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "comesg/abi.h"

#define SPAN_CORE_SIZE 0x4000000000UL
#define SPAN_GAP_SIZE 0x100000000UL
#define SPAN_REGIONS_MAX 16000UL
#define SPAN_NO_REGION SIZE_MAX
#define SPAN_PAGE 4096U

/* Region offsets to page boundaries; callers pass at most COMESG_STACK_TOP. */
static inline uint32_t span_page_floor(uint32_t offset)
{
    return offset & ~(SPAN_PAGE - 1);
}

static inline uint32_t span_page_ceiling(uint32_t offset)
{
    return span_page_floor(offset + SPAN_PAGE - 1);
}

struct span {
    uintptr_t reservation; /* where the mapping begins: at least a gap before the core area */
    uintptr_t core;        /* base of the core area, SPAN_CORE_SIZE bytes */
    uintptr_t regions;     /* base of region 0 */
    size_t region_count;   /* may be less than what was asked for */
    uint8_t *states;       /* of each region */
};

/* All functions that return int give 0 or a negative errno. */

/* Reserves the core area and up to max_regions regions; as many as fit, at least one. */
int span_reserve(struct span *span, size_t max_regions);
/* What an error of span_reserve means and what to do about it. */
const char *span_reserve_problem(int error);
/* Gives the whole span back. Only for tests: in a realm the span lives as long as the process. */
void span_destroy(struct span *span);

uintptr_t span_region_base(const struct span *span, size_t region);

/* The lowest free region, inaccessible throughout, or SPAN_NO_REGION. */
size_t span_region_allocate(struct span *span);
/* Makes the region inaccessible again and free for reuse. When that fails the region is retired: it is not allocated
 * again until a later release of it succeeds, which span_region_allocate tries itself when no region is free. */
int span_region_release(struct span *span, size_t region);

/* mmap over part of an allocated region.  Refused with -EINVAL or -ERANGE: not page-aligned, empty, not wholly between
 * COMESG_IMAGE_START and COMESG_STACK_TOP, writable and executable at once.  MAP_FIXED and MAP_NORESERVE are added. */
int span_map_fixed(const struct span *span, size_t region, uint64_t offset, uint64_t size, int protection, int flags,
                   int fd, off_t file_offset);
/* Makes part of an allocated region inaccessible again; same checks. */
int span_unmap_fixed(const struct span *span, size_t region, uint64_t offset, uint64_t size);

#endif
