/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's list of mappings, for tests.
 */
#include "tests/loader/mappings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/loader/tap.h"

#define PAGE 4096UL

/* Alternate pages of this area become readable, each a mapping of its own. */
static uint8_t *filler;
static size_t filler_next, filler_pages;

size_t mappings_accessible(uintptr_t start, uintptr_t end, char rights[5])
{
    FILE *maps = fopen("/proc/self/maps", "r");
    need(maps != NULL, "cannot read /proc/self/maps");
    size_t count = 0;
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t first, last;
        char mode[5];
        need(sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &first, &last, mode) == 3, "cannot parse /proc/self/maps");
        if (first >= end || last <= start || memcmp(mode, "---", 3) == 0)
            continue;
        count++;
        if (rights != NULL)
            memcpy(rights, mode, 5);
    }
    fclose(maps);
    return count;
}

size_t mappings_holes(uintptr_t start, uintptr_t end)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    need(maps != NULL, "cannot read /proc/self/maps");
    size_t holes = end - start;
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t first, last;
        need(sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &first, &last) == 2, "cannot parse /proc/self/maps");
        if (first < end && last > start)
            holes -= (last < end ? last : end) - (first > start ? first : start);
    }
    fclose(maps);
    return holes;
}

static size_t mapping_limit(void)
{
    size_t limit = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (file != NULL && fscanf(file, "%zu", &limit) != 1)
        limit = 0;
    if (file != NULL)
        fclose(file);
    return limit;
}

bool mappings_exhaust(void)
{
    size_t limit = mapping_limit();
    if (limit == 0 || limit > 300000)
        return false;
    filler_pages = limit + 16;
    filler = mmap(NULL, filler_pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    need(filler != MAP_FAILED, "no room to exhaust mappings");
    filler_next = 0;
    while (filler_next < filler_pages && mprotect(filler + filler_next * PAGE, PAGE, PROT_READ) == 0)
        filler_next += 2;
    return filler_next < filler_pages;
}

void mappings_relax(size_t count)
{
    for (; count > 0 && filler_next > 0; count--) {
        filler_next -= 2;
        need(mprotect(filler + filler_next * PAGE, PAGE, PROT_NONE) == 0, "cannot give a mapping back");
    }
    if (filler_next == 0)
        munmap(filler, filler_pages * PAGE);
}
