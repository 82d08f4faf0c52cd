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

#include <stdatomic.h>
#include <sys/mman.h>

#define PAGE 0x1000UL
#define HEAP_LIMIT 0x60000000UL
#define MAPPINGS_START (HEAP_LIMIT + PAGE)
#define MAPPINGS_END (COMESG_STACK_TOP - COMESG_STACK_SIZE - COMESG_STACK_GUARD)

/* Beyond the protection of a range: a memory object is attached there. */
#define RANGE_ATTACHED 0x100

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

/* The memory of a co-process while one of its threads changes it. Whoever holds the lock works on a copy of the table:
 * should its kernel thread die, the old one is still valid, and the supervisor frees the lock. */
struct change {
    struct coprocess *coprocess;
    struct memory_table *table;
};

static void copy_table(struct memory_table *to, const struct memory_table *from)
{
    to->program_break = from->program_break;
    to->count = from->count;
    for (uint32_t i = 0; i < from->count; i++)
        to->ranges[i] = from->ranges[i];
}

/* 0, or -EINTR: not seen by the program, because its context has to leave this kernel thread. */
static int64_t lock_memory(struct thread_block *block)
{
    struct coprocess *coprocess = block->coprocess;
    uint32_t owner = claim_owner(block->owner_word), holder;
    for (;;) {
        holder = 0;
        if (atomic_compare_exchange_strong(&coprocess->memory_lock, &holder, owner))
            return 0;
        if (block->force_out || core_must_leave(block))
            return -EINTR;
        coprocess->memory_waiting++;
        futex_wait(&coprocess->memory_lock, holder);
        coprocess->memory_waiting--;
    }
}

static void unlock_memory(struct coprocess *coprocess)
{
    coprocess->memory_lock = 0;
    if (coprocess->memory_waiting)
        futex_wake_all(&coprocess->memory_lock);
}

static int64_t begin_change(struct thread_block *block, struct change *change)
{
    struct coprocess *coprocess = block->coprocess;
    int64_t error = lock_memory(block);
    if (error)
        return error;
    uint32_t valid = coprocess->memory_valid;
    *change = (struct change){coprocess, &coprocess->memory[!valid]};
    copy_table(change->table, &coprocess->memory[valid]);
    return 0;
}

/* Makes the new table the valid one unless there was an error, which it hands on. */
static int64_t end_change(const struct change *change, int64_t error)
{
    struct coprocess *coprocess = change->coprocess;
    if (error >= 0)
        coprocess->memory_valid = !coprocess->memory_valid;
    unlock_memory(coprocess);
    return error;
}

/* Index of the first range that ends after `offset`. */
static uint32_t range_after(const struct memory_table *table, uint64_t offset)
{
    uint32_t index = 0;
    while (index < table->count && table->ranges[index].end <= offset)
        index++;
    return index;
}

static void remove_range(struct memory_table *table, uint32_t index)
{
    table->count--;
    for (; index < table->count; index++)
        table->ranges[index] = table->ranges[index + 1];
}

static void insert_range(struct memory_table *table, uint32_t index, struct memory_range range)
{
    for (uint32_t i = table->count++; i > index; i--)
        table->ranges[i] = table->ranges[i - 1];
    table->ranges[index] = range;
}

/* Takes [start, end) out of the ranges. There must be room for one more: the middle of a range may go. */
static void forget(struct memory_table *table, uint64_t start, uint64_t end)
{
    uint32_t index = range_after(table, start);
    while (index < table->count && table->ranges[index].start < end) {
        struct memory_range range = table->ranges[index];
        remove_range(table, index);
        if (range.start < start)
            insert_range(table, index++, (struct memory_range){range.start, start, range.protection});
        if (range.end > end)
            insert_range(table, index++, (struct memory_range){end, range.end, range.protection});
    }
}

/* True if some of [start, end) is an attached memory object: that stays as it is until it is detached. */
static bool attached(const struct memory_table *table, uint64_t start, uint64_t end)
{
    for (uint32_t index = range_after(table, start); index < table->count && table->ranges[index].start < end;
         index++) {
        if (table->ranges[index].protection & RANGE_ATTACHED)
            return true;
    }
    return false;
}

/* Each attached memory object is a mapping of its own. */
static bool joins(const struct memory_range *left, const struct memory_range *right)
{
    return !(left->protection & RANGE_ATTACHED) && left->end == right->start && left->protection == right->protection;
}

/* Makes [start, end) one range. There must be room for two more. */
static void remember(struct memory_table *table, uint64_t start, uint64_t end, uint64_t protection)
{
    struct memory_range range = {start, end, protection};
    forget(table, start, end);
    uint32_t index = range_after(table, start);
    if (index < table->count && joins(&range, &table->ranges[index])) {
        range.end = table->ranges[index].end;
        remove_range(table, index);
    }
    if (index > 0 && joins(&table->ranges[index - 1], &range))
        table->ranges[index - 1].end = range.end;
    else
        insert_range(table, index, range);
}

static bool room_for_ranges(const struct change *change, uint32_t more)
{
    uint64_t quota = change->coprocess->quota[COQUOTA_MAPPINGS];
    return change->table->count + more <= (quota < MEMORY_RANGES ? quota : MEMORY_RANGES);
}

/* Bytes of heap and mappings in [start, end). */
static uint64_t bytes_between(const struct memory_table *table, uint64_t start, uint64_t end)
{
    uint64_t sum = 0;
    for (uint32_t i = range_after(table, start); i < table->count && table->ranges[i].start < end; i++) {
        const struct memory_range *range = &table->ranges[i];
        sum += (range->end < end ? range->end : end) - (range->start > start ? range->start : start);
    }
    return sum;
}

/* True if all memory of the co-process stays within its quota when [start, end) becomes accessible. */
static bool within_quota(const struct change *change, uint64_t start, uint64_t end)
{
    const struct coprocess *coprocess = change->coprocess;
    uint64_t fixed = coprocess->image_end - COMESG_IMAGE_START + COMESG_STACK_SIZE;
    uint64_t rest = bytes_between(change->table, 0, COMESG_REGION_SIZE) - bytes_between(change->table, start, end);
    return fixed + rest + (end - start) <= coprocess->quota[COQUOTA_MEMORY];
}

/* The highest free place for `length` bytes, or 0. */
static uint64_t find_place(const struct memory_table *table, uint64_t length)
{
    uint64_t end = MAPPINGS_END;
    for (uint32_t index = table->count; index-- > 0;) {
        const struct memory_range *range = &table->ranges[index];
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
static bool owned(const struct memory_table *table, uint64_t start, uint64_t end)
{
    for (uint32_t index = range_after(table, start); index < table->count; index++) {
        const struct memory_range *range = &table->ranges[index];
        if (range->start > start)
            return false;
        if (range->end >= end)
            return true;
        start = range->end;
    }
    return false;
}

/* Of memory whose protection or content is to change. */
static int64_t check_owned(const struct memory_table *table, uint64_t start, uint64_t end)
{
    if (!owned(table, start, end))
        return -ENOMEM;
    return attached(table, start, end) ? -EBUSY : 0;
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

/* The end of the piece of memory that begins at `start` and may be used so, or a negative errno. */
static int64_t allowed_until(const struct coprocess *coprocess, uint64_t start, bool write)
{
    const struct memory_table *table = &coprocess->memory[coprocess->memory_valid];
    if (start >= COMESG_STACK_TOP - COMESG_STACK_SIZE)
        return start < COMESG_STACK_TOP ? (int64_t)COMESG_STACK_TOP : -EFAULT;
    if (start < coprocess->image_end) {
        if (start >= coprocess->data_start)
            return (int64_t)coprocess->image_end;
        bool before = start < coprocess->text_start;
        if (start < COMESG_IMAGE_START || (!before && start < coprocess->text_end))
            return -EFAULT;
        return write ? -EACCES : (int64_t)(before ? coprocess->text_start : coprocess->data_start);
    }
    uint32_t index = range_after(table, start);
    if (index == table->count || table->ranges[index].start > start)
        return -EFAULT;
    uint64_t protection = table->ranges[index].protection;
    if (protection & RANGE_ATTACHED)
        return -EINVAL;
    if (!(protection & (write ? PROT_WRITE : PROT_READ)))
        return -EACCES;
    return (int64_t)table->ranges[index].end;
}

int64_t core_memory_allows(struct thread_block *block, uint64_t start, uint64_t end, bool write)
{
    int64_t error = lock_memory(block);
    if (error)
        return error;
    while (start < end && error >= 0) {
        error = allowed_until(block->coprocess, start, write);
        start = (uint64_t)error;
    }
    unlock_memory(block->coprocess);
    return error < 0 ? error : 0;
}

/* Makes [start, end) fresh zero pages. */
static int64_t map_range(const struct change *change, uint64_t start, uint64_t end, uint64_t protection)
{
    if (!room_for_ranges(change, 2) || !within_quota(change, start, end))
        return -ENOMEM;
    int64_t error = give_up(change->coprocess, start, end - start);
    if (!error)
        error = protect(change->coprocess, start, end - start, protection);
    if (!error)
        remember(change->table, start, end, protection);
    return error;
}

/* True if [start, end) lies in the middle of one range, of which two would be left. */
static bool splits(const struct memory_table *table, uint64_t start, uint64_t end)
{
    uint32_t index = range_after(table, start);
    return index < table->count && table->ranges[index].start < start && table->ranges[index].end > end;
}

static int64_t unmap_range(const struct change *change, uint64_t start, uint64_t end)
{
    if (splits(change->table, start, end) && !room_for_ranges(change, 1))
        return -ENOMEM;
    int64_t error = give_up(change->coprocess, start, end - start);
    if (!error)
        forget(change->table, start, end);
    return error;
}

static int64_t move_break(const struct change *change, uint64_t old_end, uint64_t new_end)
{
    if (new_end > old_end)
        return map_range(change, old_end, new_end, PROT_READ | PROT_WRITE);
    return new_end < old_end ? unmap_range(change, new_end, old_end) : 0;
}

/* Gives the break as it is then: unchanged if the wish cannot be granted. */
int64_t shim_brk(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t wanted = arguments[0] - block->region_base, present;
    struct change change;
    int64_t error = begin_change(block, &change);
    if (error)
        return error;
    present = change.table->program_break;
    error = -ENOMEM;
    if (wanted >= change.coprocess->image_end && wanted <= HEAP_LIMIT)
        error = move_break(&change, page_ceiling(present), page_ceiling(wanted));
    if (!error)
        change.table->program_break = present = wanted;
    end_change(&change, error);
    return (int64_t)(block->region_base + present);
}

static int64_t choose_place(const struct thread_block *block, const struct memory_table *table,
                            const uint64_t *arguments, uint64_t length, uint64_t *start)
{
    uint64_t flags = arguments[3], end;
    if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
        *start = find_place(table, length);
        return *start ? 0 : -ENOMEM;
    }
    if (!to_offsets(block, arguments[0], length, start, &end) || !in_mappings(*start, end))
        return -EINVAL;
    if (attached(table, *start, end))
        return -EBUSY;
    uint32_t next = range_after(table, *start);
    bool taken = next < table->count && table->ranges[next].start < end;
    return taken && (flags & MAP_FIXED_NOREPLACE) ? -EEXIST : 0;
}

/* Gives the region offset of a new mapping, or a negative errno. */
static int64_t map_anonymous(struct thread_block *block, const uint64_t *arguments, uint64_t length,
                             uint64_t protection)
{
    struct change change;
    uint64_t start = 0;
    int64_t error = begin_change(block, &change);
    if (error)
        return error;
    error = choose_place(block, change.table, arguments, length, &start);
    if (!error)
        error = map_range(&change, start, start + length, protection);
    error = end_change(&change, error);
    return error ? error : (int64_t)start;
}

/* A private copy of the file's bytes, so that no page of a region depends on a file. The lock is not held while it is
 * read, which may take long: what other threads do with this memory meanwhile is the program's own affair. */
static int64_t map_file(struct thread_block *block, const uint64_t *arguments, uint64_t length)
{
    int64_t start = map_anonymous(block, arguments, length, PROT_READ | PROT_WRITE);
    if (start < 0)
        return start;
    uint64_t address = block->region_base + (uint64_t)start;
    const uint64_t mapping[] = {address, length, arguments[2]};
    int64_t read = core_read_file(block, (int)arguments[4], address, arguments[1], arguments[5]);
    int64_t error = read < 0 ? read : 0;
    if (!error && arguments[2] != (PROT_READ | PROT_WRITE))
        error = shim_mprotect(block, mapping);
    if (error)
        shim_munmap(block, mapping);
    return error ? error : start;
}

int64_t shim_mmap(struct thread_block *block, const uint64_t *arguments)
{
    enum { ADMITTED = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_NORESERVE | MAP_STACK };
    uint64_t protection = arguments[2], flags = arguments[3];
    if (arguments[1] == 0 || arguments[1] >= COMESG_REGION_SIZE || arguments[5] % PAGE != 0)
        return arguments[1] >= COMESG_REGION_SIZE ? -ENOMEM : -EINVAL;
    if (flags & ~(uint64_t)ADMITTED || !(flags & MAP_PRIVATE))
        return -EOPNOTSUPP;
    if (protection & ~(uint64_t)(PROT_READ | PROT_WRITE))
        return -EACCES;
    uint64_t length = page_ceiling(arguments[1]);
    if (!(flags & MAP_ANONYMOUS) && core_is_hidden(block, arguments[4]))
        return -EBADF;
    int64_t start = flags & MAP_ANONYMOUS ? map_anonymous(block, arguments, length, protection)
                                          : map_file(block, arguments, length);
    return start < 0 ? start : (int64_t)block->region_base + start;
}

int64_t shim_munmap(struct thread_block *block, const uint64_t *arguments)
{
    struct change change;
    uint64_t start, end;
    if (!to_offsets(block, arguments[0], arguments[1], &start, &end) || !in_mappings(start, end))
        return -EINVAL;
    int64_t error = begin_change(block, &change);
    if (error)
        return error;
    return end_change(&change, attached(change.table, start, end) ? -EBUSY : unmap_range(&change, start, end));
}

/* Of heap and mappings only: image and stack keep their protection. */
int64_t shim_mprotect(struct thread_block *block, const uint64_t *arguments)
{
    struct change change;
    uint64_t start, end, protection = arguments[2];
    if (arguments[1] == 0)
        return 0;
    if (!to_offsets(block, arguments[0], arguments[1], &start, &end))
        return -ENOMEM;
    int64_t error = begin_change(block, &change);
    if (error)
        return error;
    error = check_owned(change.table, start, end);
    if (!error && protection & ~(uint64_t)(PROT_READ | PROT_WRITE))
        error = -EACCES;
    if (!error && !room_for_ranges(&change, 2))
        error = -ENOMEM;
    if (!error)
        error = protect(change.coprocess, start, end - start, protection);
    if (!error)
        remember(change.table, start, end, protection);
    return end_change(&change, error);
}

int64_t shim_madvise(struct thread_block *block, const uint64_t *arguments)
{
    uint64_t start, end;
    if (!to_offsets(block, arguments[0], arguments[1], &start, &end))
        return -ENOMEM;
    int64_t error = lock_memory(block);
    if (error)
        return error;
    error = check_owned(&block->coprocess->memory[block->coprocess->memory_valid], start, end);
    if (!error && arguments[2] != MADV_DONTNEED && arguments[2] != MADV_FREE)
        error = -EINVAL;
    if (!error)
        error = kernel3(SYS_madvise, (long)arguments[0], (long)(end - start), (long)arguments[2]);
    unlock_memory(block->coprocess);
    return error;
}

int64_t core_memory_reserve(struct thread_block *block, uint64_t length, uint64_t protection)
{
    struct change change;
    int64_t error = begin_change(block, &change);
    if (error)
        return error;
    uint64_t start = find_place(change.table, length);
    if (!room_for_ranges(&change, 2) || !within_quota(&change, start, start + length))
        error = -EDQUOT;
    else if (start == 0)
        error = -ENOMEM;
    else
        remember(change.table, start, start + length, protection | RANGE_ATTACHED);
    error = end_change(&change, error);
    return error ? error : (int64_t)start;
}

int64_t core_memory_unreserve(struct thread_block *block, uint64_t start)
{
    struct change change;
    int64_t error = begin_change(block, &change);
    if (error)
        return error;
    uint32_t index = range_after(change.table, start);
    if (index == change.table->count || change.table->ranges[index].start != start ||
        !(change.table->ranges[index].protection & RANGE_ATTACHED))
        error = -EINVAL;
    else
        remove_range(change.table, index);
    return end_change(&change, error);
}
