/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory inside the region. The kernel joins neighbouring mappings only if they share what it calls an anon_vma; so all
 * of this is made by changing the protection of one mapping that had it from the start. Then the ranges that are
 * counted here bound the mappings that the kernel has, and the region never has a hole into which it could put
 * something else.
 *
 * Region offsets: image | heap, below HEAP_LIMIT | a page that is never mapped | mappings, placed from the top down |
 * guard | data stack.
 */
#include "core/shim/shim.h"

#include <sys/mman.h>

#define PAGE 0x1000UL
#define HEAP_LIMIT 0x60000000UL
#define MAPPINGS_START (HEAP_LIMIT + PAGE)
#define MAPPINGS_END (COMESG_STACK_TOP - COMESG_STACK_SIZE - COMESG_STACK_GUARD)

static uint64_t page_ceiling(uint64_t length)
{
    return (length + PAGE - 1) & ~(PAGE - 1);
}

static int64_t protect(const struct coprocess *coprocess, uint64_t offset, uint64_t length, uint64_t protection)
{
    if (offset < coprocess->image_end || offset > MAPPINGS_END || length > MAPPINGS_END - offset)
        return -EFAULT; /* the callers' arithmetic has failed: nothing may be touched */
    return kernel3(SYS_mprotect, (long)(coprocess->region_base + offset), (long)length, (long)protection);
}

/* Gives pages up: their content goes, and they become inaccessible. */
static int64_t give_up(const struct coprocess *coprocess, uint64_t offset, uint64_t length)
{
    int64_t error = protect(coprocess, offset, length, PROT_NONE);
    if (!error)
        kernel3(SYS_madvise, (long)(coprocess->region_base + offset), (long)length, MADV_DONTNEED);
    return error;
}

/* Fresh zero pages. */
static int64_t map_fresh(const struct coprocess *coprocess, uint64_t offset, uint64_t length, uint64_t protection)
{
    int64_t error = give_up(coprocess, offset, length);
    return error ? error : protect(coprocess, offset, length, protection);
}

/* Touches a page while heap and mappings are one mapping, so that all its later parts have the same anon_vma. The last
 * one: around it there is no room for a huge page. */
int64_t core_prepare_memory(const struct coprocess *coprocess)
{
    uint64_t length = MAPPINGS_END - coprocess->image_end;
    int64_t error = protect(coprocess, coprocess->image_end, length, PROT_READ | PROT_WRITE);
    if (error)
        return error;
    *(volatile char *)(coprocess->region_base + MAPPINGS_END - PAGE) = 0;
    return give_up(coprocess, coprocess->image_end, length);
}

/* Index of the first range that ends after `offset`. */
static uint32_t range_after(const struct coprocess *coprocess, uint64_t offset)
{
    uint32_t index = 0;
    while (index < coprocess->range_count && coprocess->ranges[index].end <= offset)
        index++;
    return index;
}

static void remove_range(struct coprocess *coprocess, uint32_t index)
{
    coprocess->range_count--;
    for (; index < coprocess->range_count; index++)
        coprocess->ranges[index] = coprocess->ranges[index + 1];
}

static void insert_range(struct coprocess *coprocess, uint32_t index, struct memory_range range)
{
    for (uint32_t i = coprocess->range_count++; i > index; i--)
        coprocess->ranges[i] = coprocess->ranges[i - 1];
    coprocess->ranges[index] = range;
}

/* Takes [start, end) out of the ranges. There must be room for one more: the middle of a range may go. */
static void forget(struct coprocess *coprocess, uint64_t start, uint64_t end)
{
    uint32_t index = range_after(coprocess, start);
    while (index < coprocess->range_count && coprocess->ranges[index].start < end) {
        struct memory_range range = coprocess->ranges[index];
        remove_range(coprocess, index);
        if (range.start < start)
            insert_range(coprocess, index++, (struct memory_range){range.start, start, range.protection});
        if (range.end > end)
            insert_range(coprocess, index++, (struct memory_range){end, range.end, range.protection});
    }
}

static bool joins(const struct memory_range *left, const struct memory_range *right)
{
    return left->end == right->start && left->protection == right->protection;
}

/* Makes [start, end) one range. There must be room for two more. */
static void remember(struct coprocess *coprocess, uint64_t start, uint64_t end, uint64_t protection)
{
    struct memory_range range = {start, end, protection};
    forget(coprocess, start, end);
    uint32_t index = range_after(coprocess, start);
    if (index < coprocess->range_count && joins(&range, &coprocess->ranges[index])) {
        range.end = coprocess->ranges[index].end;
        remove_range(coprocess, index);
    }
    if (index > 0 && joins(&coprocess->ranges[index - 1], &range))
        coprocess->ranges[index - 1].end = range.end;
    else
        insert_range(coprocess, index, range);
}

static bool room_for_ranges(const struct coprocess *coprocess)
{
    return coprocess->range_count + 2 <= MEMORY_RANGES;
}

/* The highest free place for `length` bytes, or 0. */
static uint64_t find_place(const struct coprocess *coprocess, uint64_t length)
{
    uint64_t end = MAPPINGS_END;
    for (uint32_t index = coprocess->range_count; index-- > 0;) {
        const struct memory_range *range = &coprocess->ranges[index];
        if (range->start < MAPPINGS_START)
            break;
        if (end - range->end >= length)
            return end - length;
        end = range->start;
    }
    return end >= MAPPINGS_START + length ? end - length : 0;
}

/* True if [start, end) lies in what mmap may give out. */
static bool in_mappings(uint64_t start, uint64_t end)
{
    return start >= MAPPINGS_START && start < end && end <= MAPPINGS_END;
}

/* True if all of [start, end) is heap or mappings. */
static bool owned(const struct coprocess *coprocess, uint64_t start, uint64_t end)
{
    for (uint32_t index = range_after(coprocess, start); index < coprocess->range_count; index++) {
        const struct memory_range *range = &coprocess->ranges[index];
        if (range->start > start)
            return false;
        if (range->end >= end)
            return true;
        start = range->end;
    }
    return false;
}

/* Turns address and length into page-aligned region offsets; false if they are not wholly in the region. */
static bool to_offsets(const struct thread_block *block, uint64_t address, uint64_t length, uint64_t *start,
                       uint64_t *end)
{
    if (address % PAGE != 0 || length == 0 || !core_in_region(block, address, length))
        return false;
    *start = address - block->region_base;
    *end = *start + page_ceiling(length);
    return true;
}

static int64_t move_break(struct coprocess *coprocess, uint64_t old_end, uint64_t new_end)
{
    int64_t error = 0;
    if (new_end == old_end)
        return 0;
    if (!room_for_ranges(coprocess))
        return -ENOMEM;
    if (new_end > old_end)
        error = map_fresh(coprocess, old_end, new_end - old_end, PROT_READ | PROT_WRITE);
    else
        error = give_up(coprocess, new_end, old_end - new_end);
    if (error < 0)
        return error;
    if (new_end > old_end)
        remember(coprocess, old_end, new_end, PROT_READ | PROT_WRITE);
    else
        forget(coprocess, new_end, old_end);
    return 0;
}

/* Gives the break as it is then: unchanged if the wish cannot be granted. */
int64_t shim_brk(struct thread_block *block, const uint64_t *arguments)
{
    struct coprocess *coprocess = block->coprocess;
    uint64_t wanted = arguments[0] - block->region_base;
    if (wanted >= coprocess->image_end && wanted <= HEAP_LIMIT &&
        !move_break(coprocess, page_ceiling(coprocess->program_break), page_ceiling(wanted)))
        coprocess->program_break = wanted;
    return (int64_t)(block->region_base + coprocess->program_break);
}

/* Fills the new mapping with the file's bytes: a private copy, so that no page of a region depends on a file. */
static int64_t fill_from_file(uint64_t address, uint64_t length, int descriptor, uint64_t position)
{
    while (length > 0) {
        long count = core_kernel(SYS_pread64, descriptor, (long)address, (long)length, (long)position, 0, 0);
        if (count == -EINTR)
            continue;
        if (count <= 0)
            return count;
        address += (uint64_t)count;
        position += (uint64_t)count;
        length -= (uint64_t)count;
    }
    return 0;
}

static int64_t choose_place(const struct thread_block *block, const uint64_t *arguments, uint64_t length,
                            uint64_t *start)
{
    uint64_t flags = arguments[3], end;
    if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
        *start = find_place(block->coprocess, length);
        return *start ? 0 : -ENOMEM;
    }
    if (!to_offsets(block, arguments[0], length, start, &end) || !in_mappings(*start, end))
        return -EINVAL;
    uint32_t next = range_after(block->coprocess, *start);
    bool taken = next < block->coprocess->range_count && block->coprocess->ranges[next].start < end;
    return taken && (flags & MAP_FIXED_NOREPLACE) ? -EEXIST : 0;
}

int64_t shim_mmap(struct thread_block *block, const uint64_t *arguments)
{
    enum { ADMITTED = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_NORESERVE | MAP_STACK };
    struct coprocess *coprocess = block->coprocess;
    uint64_t protection = arguments[2], flags = arguments[3], start;
    if (arguments[1] == 0 || arguments[1] >= COMESG_REGION_SIZE || arguments[5] % PAGE != 0)
        return arguments[1] >= COMESG_REGION_SIZE ? -ENOMEM : -EINVAL;
    if (flags & ~(uint64_t)ADMITTED || !(flags & MAP_PRIVATE))
        return -EOPNOTSUPP;
    if (protection & ~(uint64_t)(PROT_READ | PROT_WRITE))
        return -EACCES;
    if (!room_for_ranges(coprocess))
        return -ENOMEM;
    uint64_t length = page_ceiling(arguments[1]);
    int64_t error = choose_place(block, arguments, length, &start);
    if (error)
        return error;
    bool anonymous = flags & MAP_ANONYMOUS;
    error = map_fresh(coprocess, start, length, anonymous ? protection : PROT_READ | PROT_WRITE);
    if (error)
        return error;
    remember(coprocess, start, start + length, protection);
    uint64_t address = coprocess->region_base + start;
    if (!anonymous) {
        error = fill_from_file(address, arguments[1], (int)arguments[4], arguments[5]);
        if (error < 0) {
            give_up(coprocess, start, length);
            forget(coprocess, start, start + length);
            return error;
        }
        protect(coprocess, start, length, protection);
    }
    return (int64_t)address;
}

/* True if [start, end) lies in the middle of one range, of which two would be left. */
static bool splits(const struct coprocess *coprocess, uint64_t start, uint64_t end)
{
    uint32_t index = range_after(coprocess, start);
    return index < coprocess->range_count && coprocess->ranges[index].start < start &&
           coprocess->ranges[index].end > end;
}

int64_t shim_munmap(struct thread_block *block, const uint64_t *arguments)
{
    struct coprocess *coprocess = block->coprocess;
    uint64_t start, end;
    if (!to_offsets(block, arguments[0], arguments[1], &start, &end) || !in_mappings(start, end))
        return -EINVAL;
    if (coprocess->range_count == MEMORY_RANGES && splits(coprocess, start, end))
        return -ENOMEM;
    int64_t error = give_up(coprocess, start, end - start);
    if (!error)
        forget(coprocess, start, end);
    return error;
}

/* Of heap and mappings only: image and stack keep their protection. */
int64_t shim_mprotect(struct thread_block *block, const uint64_t *arguments)
{
    struct coprocess *coprocess = block->coprocess;
    uint64_t start, end, protection = arguments[2];
    if (arguments[1] == 0)
        return 0;
    if (!to_offsets(block, arguments[0], arguments[1], &start, &end) || !owned(coprocess, start, end))
        return -ENOMEM;
    if (protection & ~(uint64_t)(PROT_READ | PROT_WRITE))
        return -EACCES;
    if (!room_for_ranges(coprocess))
        return -ENOMEM;
    int64_t error = protect(coprocess, start, end - start, protection);
    if (!error)
        remember(coprocess, start, end, protection);
    return error;
}

int64_t shim_madvise(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t start, end;
    if (!to_offsets(block, arguments[0], arguments[1], &start, &end) || !owned(block->coprocess, start, end))
        return -ENOMEM;
    if (arguments[2] != MADV_DONTNEED && arguments[2] != MADV_FREE)
        return -EINVAL;
    return kernel3(SYS_madvise, (long)arguments[0], (long)(end - start), (long)arguments[2]);
}
