/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The heap: bins of free blocks, the top that grows, mappings.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fork_impl.h"
#include "heap.h"
#include "lock.h"
#include "syscall.h"

#define PAGE 4096
#define GROWTH ((size_t)256 << 10)           /* so much more than needed */
#define MAPPING_MIN_LIMIT ((size_t)32 << 20) /* blocks from here on are mappings, whatever has been freed */
#define SEARCHED 16                          /* so many blocks of a bin that holds smaller ones, too */

hidden struct heap __heap = {.mapping_min = (size_t)128 << 10};

#define heap __heap

static size_t round_up(size_t size, size_t to)
{
    return (size + to - 1) & -to;
}

static struct block *block_at(const struct block *block, size_t offset)
{
    return (struct block *)((char *)block + offset);
}

/* The end of a part of the heap that is not followed by another. */
static int is_fence(const struct block *block)
{
    return block_size(block) < SMALLEST;
}

static int is_free(const struct block *block)
{
    return !is_fence(block) && !(block_at(block, block_size(block))->size & PREVIOUS_IN_USE);
}

static int bin_of(size_t size)
{
    int power;

    if (size < EXACT_BINS * GRAIN)
        return (int)(size / GRAIN);
    power = 63 - __builtin_clzl(size);
    return EXACT_BINS + (power - 10) * 8 + (int)(size >> (power - 3) & 7);
}

static void unlink_block(struct block *block)
{
    int bin = bin_of(block_size(block));

    if (block->next)
        block->next->last = block->last;
    if (block->last)
        block->last->next = block->next;
    else if (!(heap.bins[bin] = block->next))
        heap.filled[bin / 64] &= ~(1ull << bin % 64);
}

/* The block in front is in use: free blocks never touch. */
static void put_into_bin(struct block *block, size_t size)
{
    struct block *behind = block_at(block, size);
    int bin = bin_of(size);

    block->size = size | PREVIOUS_IN_USE;
    behind->previous = size;
    behind->size &= ~(size_t)PREVIOUS_IN_USE;
    block->last = NULL;
    block->next = heap.bins[bin];
    if (block->next)
        block->next->last = block;
    heap.bins[bin] = block;
    heap.filled[bin / 64] |= 1ull << bin % 64;
}

static struct block *search_bin(int bin, size_t size)
{
    struct block *block = heap.bins[bin];

    for (int i = 0; block && i < SEARCHED; i++, block = block->next)
        if (block_size(block) >= size)
            return block;
    return NULL;
}

static struct block *first_of_bins(int from)
{
    for (int word = from / 64; word < BINS / 64 + 1; word++) {
        uint64_t filled = heap.filled[word];
        if (word == from / 64)
            filled &= -1ull << from % 64;
        if (filled)
            return heap.bins[word * 64 + __builtin_ctzll(filled)];
    }
    return NULL;
}

static struct block *find_free(size_t size)
{
    int bin = bin_of(size);
    struct block *block = search_bin(bin, size);

    return block ? block : first_of_bins(bin + 1);
}

static size_t top_size(void)
{
    return heap.top ? block_size(heap.top) : 0;
}

static void set_top(struct block *top)
{
    heap.top = top;
    top->size = (size_t)(heap.end - (char *)top) | PREVIOUS_IN_USE;
}

static void trim(void)
{
    size_t size = top_size(), keep = heap.mapping_min > GROWTH ? heap.mapping_min : GROWTH;
    char *end = (char *)round_up((uintptr_t)heap.top + keep, PAGE);

    if (!heap.in_break || size < 4 * keep || __syscall(SYS_brk, 0) != (long)heap.end ||
        __syscall(SYS_brk, end) != (long)end)
        return;
    heap.end = end;
    if (heap.used > end)
        heap.used = end;
    set_top(heap.top);
}

/* Merges a block, which is in use, with its free neighbours. */
static void release(struct block *block)
{
    size_t size = block_size(block);
    struct block *behind = block_at(block, size);

    if (!(block->size & PREVIOUS_IN_USE)) {
        size += block->previous;
        block = block_at(block, -block->previous);
        unlink_block(block);
    }
    if (behind == heap.top) {
        set_top(block);
        trim();
        return;
    }
    if (is_free(behind)) {
        size += block_size(behind);
        unlink_block(behind);
    }
    put_into_bin(block, size);
}

static int release_kept(void)
{
    struct block *block = heap.kept;

    heap.kept = NULL;
    if (block)
        release(block);
    return block != NULL;
}

/* Returns whether there was any. */
static int release_cached(void)
{
    int some = release_kept();

    for (int class = 0; class < CLASSES; class ++)
        while (heap.small[class]) {
            struct block *block = heap.small[class];
            heap.small[class] = block->next;
            release(block);
            some = 1;
        }
    return some;
}

/* Ends the part of the heap that the top is in; what is left of it is free. */
static void close_top(void)
{
    struct block *top = heap.top;
    size_t size = top_size();

    if (!top)
        return;
    if (size < SMALLEST + GRAIN) {
        top->size = GRAIN | (top->size & PREVIOUS_IN_USE);
        return;
    }
    block_at(top, size - GRAIN)->size = GRAIN;
    put_into_bin(top, size - GRAIN);
}

static void open_part(char *start, size_t size, int in_break)
{
    close_top();
    heap.end = start + size;
    heap.used = start;
    heap.in_break = in_break;
    set_top((struct block *)start);
}

static int grow_by_break(size_t size)
{
    char *present = (char *)__syscall(SYS_brk, 0), *start = present;

    if (heap.in_break && present == heap.end)
        size -= top_size();
    else
        start = (char *)round_up((uintptr_t)present, PAGE);
    size = round_up(size, PAGE);
    if (__syscall(SYS_brk, start + size) != (long)(start + size))
        return 0;
    if (!heap.in_break || present != heap.end) {
        open_part(start, size, 1);
    } else {
        heap.end += size;
        set_top(heap.top);
    }
    return 1;
}

/* So that a block of this size can be cut from the top. */
static int grow(size_t size)
{
    size_t least = round_up(size + SMALLEST, PAGE), wanted = least + GROWTH;
    char *part;

    if ((heap.in_break || !heap.top) && (grow_by_break(wanted) || grow_by_break(least)))
        return 1;
    part = mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED)
        return 0;
    open_part(part, wanted, 0);
    return 1;
}

static void raise_top(struct block *top)
{
    set_top(top);
    heap.used_before = heap.used;
    if (heap.used < (char *)top + GRAIN)
        heap.used = (char *)top + GRAIN;
}

static struct block *cut_from_top(size_t size)
{
    struct block *block = heap.top;

    if (top_size() < size + GRAIN)
        return NULL;
    raise_top(block_at(block, size));
    block->size = size | PREVIOUS_IN_USE;
    return block;
}

/* Gives what a block in use has beyond a size back. */
static void cut_tail(struct block *block, size_t size)
{
    size_t rest = block_size(block) - size;
    struct block *tail = block_at(block, size);

    if (rest < SMALLEST)
        return;
    block->size -= rest;
    tail->size = rest | PREVIOUS_IN_USE;
    release(tail);
}

static struct block *cut_from_bin(size_t size)
{
    struct block *block = find_free(size);
    size_t rest;

    if (!block)
        return NULL;
    unlink_block(block);
    rest = block_size(block) - size;
    if (rest < SMALLEST) {
        block_at(block, block_size(block))->size |= PREVIOUS_IN_USE;
        return block;
    }
    block->size = size | PREVIOUS_IN_USE;
    put_into_bin(block_at(block, size), rest);
    return block;
}

/* Only if nothing of it would be left; none of it is new. */
static struct block *take_kept(size_t size)
{
    struct block *block = heap.kept;

    if (!block || block_size(block) - size >= SMALLEST)
        return NULL;
    heap.kept = NULL;
    heap.used_before = heap.used;
    return block;
}

static struct block *cut(size_t size)
{
    struct block *block = take_kept(size);

    if (!block)
        block = cut_from_bin(size);
    return block ? block : cut_from_top(size);
}

static int is_too_large(size_t size)
{
    if (size < SIZE_LIMIT)
        return 0;
    errno = ENOMEM;
    return 1;
}

static void *allocate(size_t size)
{
    struct block *block;

    if (is_too_large(size))
        return NULL;
    block = cut(size);
    if (!block && release_cached())
        block = cut(size);
    if (!block && grow(size))
        block = cut_from_top(size);
    if (!block) {
        errno = ENOMEM;
        return NULL;
    }
    return &block->next;
}

static void *map(size_t size)
{
    size_t total = round_up(size + offsetof(struct block, next), PAGE);
    struct block *block = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (block == MAP_FAILED)
        return NULL;
    block->previous = 0;
    block->size = total | MAPPED;
    return &block->next;
}

/* From now on blocks of that size are of the heap: they come and go. */
static void unmap(struct block *block)
{
    size_t total = block_size(block) + block->previous;

    if (total > heap.mapping_min && total <= MAPPING_MIN_LIMIT)
        heap.mapping_min = total;
    munmap((char *)block - block->previous, total);
}

static size_t size_with_overhead(size_t size)
{
    return class_of(size) * GRAIN;
}

void *__heap_allocate(size_t size)
{
    void *memory = NULL;

    if (is_too_large(size))
        return NULL;
    LOCK(heap.lock);
    if (size >= heap.mapping_min)
        memory = map(size);
    else if (size <= SMALL_MAX)
        memory = take_small(class_of(size));
    if (!memory)
        memory = allocate(size_with_overhead(size));
    UNLOCK(heap.lock);
    return memory;
}

/* How many of the first bytes of a block that has just been cut may not be zero. */
static size_t dirty_size(struct block *block)
{
    size_t size = block_size(block) - OVERHEAD;
    char *memory = (char *)&block->next;

    if (block_at(block, block_size(block)) != heap.top || memory + size <= heap.used_before)
        return size;
    return memory < heap.used_before ? (size_t)(heap.used_before - memory) : 0;
}

void *__heap_allocate_zero(size_t size)
{
    size_t dirty = 0;
    void *memory = NULL;

    if (is_too_large(size))
        return NULL;
    LOCK(heap.lock);
    if (size >= heap.mapping_min)
        memory = map(size);
    if (!memory && (memory = allocate(size_with_overhead(size))))
        dirty = dirty_size(block_of(memory));
    UNLOCK(heap.lock);
    return memory ? memset(memory, 0, dirty < size ? dirty : size) : NULL;
}

static void keep_or_release(struct block *block)
{
    struct block *kept = heap.kept;

    if (block_size(block) <= KEPT_MAX) {
        heap.kept = block;
        block = kept;
    }
    if (block)
        release(block);
}

void __heap_release(void *memory)
{
    struct block *block = block_of(memory);
    int error = errno;

    if (!memory)
        return;
    LOCK(heap.lock);
    if (block->size & MAPPED)
        unmap(block);
    else if (is_small(block))
        keep_small(block);
    else
        keep_or_release(block);
    UNLOCK(heap.lock);
    errno = error;
}

static struct block *resize_mapping(struct block *block, size_t size)
{
    size_t in_front = block->previous, old = block_size(block) + in_front;
    size_t new = round_up(size + offsetof(struct block, next) + in_front, PAGE);
    char *moved;

    if (new == old)
        return block;
    moved = mremap((char *)block - in_front, old, new, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return new < old ? block : NULL;
    block = (struct block *)(moved + in_front);
    block->size = (new - in_front) | MAPPED;
    return block;
}

/* Takes in what is free behind a block. */
static int extend(struct block *block, size_t size)
{
    size_t present = block_size(block);
    struct block *behind = block_at(block, present);

    if (behind == heap.kept)
        release_kept();
    if (behind == heap.top) {
        if (present + top_size() < size + GRAIN)
            return 0;
        raise_top(block_at(block, size));
        block->size += size - present;
        return 1;
    }
    if (!is_free(behind) || present + block_size(behind) < size)
        return 0;
    unlink_block(behind);
    block->size += block_size(behind);
    block_at(block, block_size(block))->size |= PREVIOUS_IN_USE;
    cut_tail(block, size);
    return 1;
}

static int resize_in_place(struct block *block, size_t size)
{
    if (block_size(block) < size)
        return extend(block, size);
    cut_tail(block, size);
    return 1;
}

static void *move(void *memory, size_t given, size_t size)
{
    void *moved = malloc(size);

    if (!moved)
        return NULL;
    memcpy(moved, memory, given < size ? given : size);
    free(memory);
    return moved;
}

void *__heap_resize(void *memory, size_t size)
{
    struct block *block = block_of(memory);
    size_t given;

    if (is_too_large(size))
        return NULL;
    if (block->size & MAPPED) {
        given = block_size(block) - offsetof(struct block, next);
        block =
            size > SMALL_MAX && (size >= given / 2 || size >= heap.mapping_min) ? resize_mapping(block, size) : NULL;
        return block ? &block->next : move(memory, given, size);
    }
    given = block_size(block) - OVERHEAD;
    LOCK(heap.lock);
    int done = resize_in_place(block, size_with_overhead(size));
    UNLOCK(heap.lock);
    return done ? memory : move(memory, given, size);
}

static void *align_mapping(struct block *block, size_t alignment)
{
    char *memory = (char *)&block->next;
    size_t in_front = (size_t)(-(uintptr_t)memory & (alignment - 1));
    struct block *aligned = block_at(block, in_front);
    size_t size = block_size(block) - in_front;

    aligned->previous = in_front;
    aligned->size = size | MAPPED;
    return &aligned->next;
}

static void *align_block(struct block *block, size_t alignment, size_t size)
{
    size_t in_front = (size_t)(-(uintptr_t)&block->next & (alignment - 1));
    struct block *aligned;

    if (in_front && in_front < SMALLEST)
        in_front += alignment;
    if (in_front) {
        aligned = block_at(block, in_front);
        aligned->size = (block_size(block) - in_front) | PREVIOUS_IN_USE;
        block->size = in_front | (block->size & PREVIOUS_IN_USE);
        release(block);
        block = aligned;
    }
    cut_tail(block, size);
    return &block->next;
}

/* What is in front is a block, too. */
void *__heap_align(size_t alignment, size_t size)
{
    void *memory = NULL;

    if (is_too_large(size) || is_too_large(alignment))
        return NULL;
    LOCK(heap.lock);
    if (size >= heap.mapping_min && (memory = map(size + alignment)))
        memory = align_mapping(block_of(memory), alignment);
    else if ((memory = allocate(size_with_overhead(size) + alignment + GRAIN)))
        memory = align_block(block_of(memory), alignment, size_with_overhead(size));
    UNLOCK(heap.lock);
    return memory;
}

void __libc_free(void *memory)
{
    __heap_release(memory);
}

void __malloc_atfork(int who)
{
    if (who < 0)
        LOCK(heap.lock);
    else if (!who)
        UNLOCK(heap.lock);
    else
        heap.lock[0] = 0;
}
