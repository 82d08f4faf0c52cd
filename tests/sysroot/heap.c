/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The heap: blocks of many sizes come, grow, shrink and go, in one thread and in several. Each is filled with a byte of
 * its own, which nobody else may change.
 */
#include "tap.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 1500, STEPS = 60000, THREADS = 3, LARGE = 2 << 20 };

struct owned {
    unsigned char *memory;
    size_t size;
    unsigned char filling;
};

struct trial {
    struct owned blocks[BLOCKS];
    uint64_t seed;
    const char *problem;
};

static uint32_t dice(struct trial *trial)
{
    trial->seed = trial->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(trial->seed >> 33);
}

static size_t choose_size(struct trial *trial)
{
    static const size_t limits[] = {64, 64, 300, 300, 300, 1200, 1200, 5000, 5000, 200000};
    size_t limit = limits[dice(trial) % (sizeof limits / sizeof *limits)];
    return dice(trial) % 2000 ? dice(trial) % limit : dice(trial) % LARGE;
}

static void expect(struct trial *trial, bool holds, const char *problem)
{
    if (!holds && !trial->problem)
        trial->problem = problem;
}

static bool is_filled(const unsigned char *memory, size_t size, unsigned char filling)
{
    size_t step = size > 4096 ? 61 : 1;
    for (size_t i = 0; i < size; i += step)
        if (memory[i] != filling)
            return false;
    return !size || memory[size - 1] == filling;
}

static void fill(struct trial *trial, struct owned *block, size_t size)
{
    block->size = size;
    block->filling = (unsigned char)(1 + dice(trial) % 255);
    expect(trial, malloc_usable_size(block->memory) >= size, "a block is smaller than wanted");
    memset(block->memory, block->filling, dice(trial) % 2 ? size : malloc_usable_size(block->memory));
}

static void allocate(struct trial *trial, struct owned *block)
{
    size_t size = choose_size(trial), alignment = 16;
    switch (dice(trial) % 8) {
    case 0:
        block->memory = calloc(1, size);
        if (block->memory)
            expect(trial, is_filled(block->memory, size, 0), "calloc gave memory that is not zero");
        break;
    case 1:
        alignment <<= dice(trial) % 9;
        block->memory = aligned_alloc(alignment, size);
        break;
    default:
        block->memory = malloc(size);
    }
    if (!block->memory) {
        expect(trial, false, "no memory");
        return;
    }
    expect(trial, (uintptr_t)block->memory % alignment == 0, "a block is not aligned");
    fill(trial, block, size);
}

static void resize(struct trial *trial, struct owned *block)
{
    size_t size = dice(trial) % 2 ? choose_size(trial) : block->size + dice(trial) % 100;
    unsigned char *moved = realloc(block->memory, size);
    if (!moved) {
        expect(trial, false, "no memory for a larger block");
        return;
    }
    block->memory = moved;
    expect(trial, is_filled(moved, size < block->size ? size : block->size, block->filling), "realloc lost bytes");
    fill(trial, block, size);
}

static void give_back(struct trial *trial, struct owned *block)
{
    expect(trial, is_filled(block->memory, block->size, block->filling), "somebody wrote to a block");
    free(block->memory);
    block->memory = NULL;
}

static void step(struct trial *trial, struct owned *block)
{
    if (!block->memory)
        allocate(trial, block);
    else if (dice(trial) % 4)
        give_back(trial, block);
    else
        resize(trial, block);
}

static void *run(void *argument)
{
    struct trial *trial = argument;
    for (int i = 0; i < STEPS; i++) {
        if (i % (STEPS / 3) == STEPS / 3 - 1)
            for (int k = 0; k < BLOCKS; k++)
                if (trial->blocks[k].memory)
                    give_back(trial, &trial->blocks[k]);
        step(trial, &trial->blocks[dice(trial) % BLOCKS]);
    }
    return NULL;
}

static struct trial trials[THREADS + 1];

static void report(struct trial *trial, const char *what)
{
    check(!trial->problem, what);
    if (trial->problem)
        printf("# %s\n", trial->problem);
}

/* Sizes that the compiler cannot judge. */
static volatile size_t largest = SIZE_MAX, region = (size_t)1 << 32, alignment = 48;

static void check_limits(void)
{
    errno = 0;
    check(!malloc(largest / 2) && errno == ENOMEM, "malloc of more than there is gives ENOMEM");
    errno = 0;
    check(!malloc(region - 20) && errno == ENOMEM, "malloc of a region's size gives ENOMEM");
    errno = 0;
    check(!calloc(largest / 4, 8) && errno == ENOMEM, "calloc whose product wraps gives ENOMEM");
    void *block = malloc(100);
    errno = 0;
    void *moved = realloc(block, largest - 4);
    check(!moved && errno == ENOMEM, "realloc to more than there is gives ENOMEM");
    free(moved ? moved : block);
    errno = 0;
    check(!aligned_alloc(alignment, 100) && errno == EINVAL, "an alignment that is no power of two gives EINVAL");
    errno = 0;
    check(!aligned_alloc(region / 2, region - 20) && errno == ENOMEM, "a large aligned block gives ENOMEM");
    void *empty = malloc(0);
    check(empty, "malloc(0) gives a block");
    free(empty);
}

/* Of a heap that is new: blocks follow each other. */
static void check_reuse(void)
{
    enum { SIZE = 50000 };
    char *volatile first = malloc(SIZE), *volatile second = malloc(SIZE), *volatile third = malloc(SIZE);
    char *freed = second;
    memset(second, 1, SIZE);
    free(second);
    second = calloc(1, SIZE);
    check(second == freed && is_filled((unsigned char *)second, SIZE, 0),
          "calloc takes and clears what was freed last");
    free(second);
    char *grown = realloc(first, 2 * SIZE);
    check(grown == first, "realloc takes what was freed last and lies behind the block");
    memset(third, 1, SIZE);
    freed = third;
    free(third);
    third = calloc(1, SIZE);
    check(third == freed && is_filled((unsigned char *)third, SIZE, 0), "the same at the end of the heap");
    free(grown);
    free(third);
}

int main(void)
{
    pthread_t threads[THREADS];
    check_reuse();
    check_limits();
    for (int i = 0; i <= THREADS; i++)
        trials[i].seed = (uint64_t)i * 77 + 5;
    run(&trials[0]);
    report(&trials[0], "blocks keep what is in them");
    bool created = true;
    for (int i = 0; i < THREADS; i++)
        created &= !pthread_create(&threads[i], NULL, run, &trials[i + 1]);
    check(created, "threads start");
    if (!created)
        return done();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        report(&trials[i + 1], "blocks keep what is in them, among threads");
    run(&trials[0]);
    report(&trials[0], "blocks keep what is in them when the threads have ended");
    return done();
}
