/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What functions of the C library cost. Prints a line per function and size: name, nanoseconds, unit.
 */
#include "bench/sample.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, LARGEST = 1 << 20, LIVE = 32, SLACK = 64, PAGE = 4096 };

/* At the same places of a page for both compilers: functions on strings have more to do near its end. */
static struct {
    char left[LARGEST + SLACK], right[LARGEST + SLACK];
} memory __attribute__((aligned(PAGE)));
static char *const left = memory.left, *const right = memory.right;
static uint64_t unsorted[LARGEST / sizeof(uint64_t)];
static void *blocks[LIVE];
static volatile uint64_t sink;

void work_fail(const char *problem)
{
    fprintf(stderr, "libc: %s\n", problem);
    exit(EXIT_FAILURE);
}

/* Alignments take turns. */
static inline size_t shift(uint64_t i)
{
    return i % 4 * 5;
}

static bool do_memcpy(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        memcpy(left, right + shift(i), *(size_t *)size);
    return true;
}

static bool do_memmove(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        memmove(left + 16, left + shift(i), *(size_t *)size);
    return true;
}

static bool do_memset(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        memset(left + shift(i), 0, *(size_t *)size);
    return true;
}

static bool do_memchr(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        sink = (uintptr_t)memchr(left + shift(i), 'z', *(size_t *)size);
    return true;
}

static bool do_memcmp(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        sink = (uint64_t)memcmp(left, right, *(size_t *)size);
    return true;
}

static bool do_strlen(void *size, uint64_t count)
{
    (void)size;
    for (uint64_t i = 0; i < count; i++)
        sink = strlen(left + shift(i));
    return true;
}

static bool do_strcmp(void *size, uint64_t count)
{
    (void)size;
    for (uint64_t i = 0; i < count; i++)
        sink = (uint64_t)strcmp(left, right);
    return true;
}

static bool do_strncmp(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        sink = (uint64_t)strncmp(left, right, *(size_t *)size);
    return true;
}

static bool do_strnlen(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        sink = strnlen(left + shift(i), *(size_t *)size);
    return true;
}

static bool do_strchr(void *size, uint64_t count)
{
    (void)size;
    for (uint64_t i = 0; i < count; i++)
        sink = (uintptr_t)strchr(left + shift(i), 'z');
    return true;
}

static bool do_strrchr(void *size, uint64_t count)
{
    (void)size;
    for (uint64_t i = 0; i < count; i++)
        sink = (uintptr_t)strrchr(left + shift(i), 'z');
    return true;
}

static bool do_memrchr(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        sink = (uintptr_t)memrchr(left + shift(i), 'z', *(size_t *)size);
    return true;
}

static bool do_strcpy(void *size, uint64_t count)
{
    (void)size;
    for (uint64_t i = 0; i < count; i++)
        strcpy(right, left + shift(i));
    return true;
}

static bool do_strncpy(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        strncpy(right, left + shift(i), *(size_t *)size);
    return true;
}

static bool do_strcat(void *size, uint64_t count)
{
    (void)size;
    for (uint64_t i = 0; i < count; i++) {
        *right = 0;
        strcat(right, left + shift(i));
    }
    return true;
}

static bool do_strncat(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        *right = 0;
        strncat(right, left + shift(i), *(size_t *)size);
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool do_qsort(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        memcpy(left, unsorted, *(size_t *)size);
        qsort(left, *(size_t *)size / sizeof(uint64_t), sizeof(uint64_t), compare);
    }
    return true;
}

/* A few blocks live at a time, of sizes around the given one. */
static bool do_malloc(void *size, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        free(blocks[i % LIVE]);
        char *block = malloc(*(size_t *)size + i % 3 * 8);
        if (!block)
            return false;
        *block = 1;
        blocks[i % LIVE] = block;
    }
    return true;
}

static const struct {
    const char *name;
    sample_batch *batch;
    size_t smallest, largest;
} functions[] = {
    {"memcpy", do_memcpy, 16, LARGEST},   {"memmove", do_memmove, 16, LARGEST}, {"memset", do_memset, 16, LARGEST},
    {"memchr", do_memchr, 16, LARGEST},   {"memcmp", do_memcmp, 16, LARGEST},   {"strlen", do_strlen, 16, LARGEST},
    {"strcmp", do_strcmp, 16, LARGEST},   {"strncmp", do_strncmp, 16, LARGEST}, {"strnlen", do_strnlen, 16, LARGEST},
    {"strchr", do_strchr, 16, LARGEST},   {"strrchr", do_strrchr, 16, LARGEST}, {"memrchr", do_memrchr, 16, LARGEST},
    {"strcpy", do_strcpy, 16, LARGEST},   {"strncpy", do_strncpy, 16, LARGEST}, {"strcat", do_strcat, 16, LARGEST},
    {"strncat", do_strncat, 16, LARGEST}, {"qsort", do_qsort, 64, LARGEST},     {"malloc", do_malloc, 16, LARGEST},
};

static const size_t sizes[] = {16, 64, 256, 1024, 4096, 65536, LARGEST};

/* Two equal strings whose end is the last of size bytes. */
static void fill(size_t size)
{
    memset(left, 'a', sizeof memory.left);
    left[size - 1] = 0;
    memcpy(right, left, sizeof memory.right);
}

int main(int argc, char **argv)
{
    double milliseconds = argc == 2 ? atof(argv[1]) : 0;
    if (!(milliseconds > 0)) {
        fprintf(stderr, "Usage: %s MILLISECONDS\nTimes each function with each size for MILLISECONDS.\n", argv[0]);
        return EXIT_USAGE;
    }
    uint64_t seed = 9;
    for (size_t i = 0; i < sizeof unsorted / sizeof *unsorted; i++)
        unsorted[i] = work_random(&seed);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            size_t size = sizes[k];
            if (size < functions[i].smallest || size > functions[i].largest)
                continue;
            fill(size);
            double taken = sample(functions[i].batch, &size, milliseconds * 1e6);
            if (taken < 0)
                work_fail("a function failed");
            printf("libc.%s.%zu %.6g\n", functions[i].name, size, taken);
        }
        memset(blocks, 0, sizeof blocks);
    }
    return EXIT_SUCCESS;
}
