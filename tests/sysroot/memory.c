/* SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc under load: random sizes, contents, alignment, realloc and failure.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

#define SLOTS 512
#define ROUNDS 60000

static struct {
    unsigned char *bytes;
    size_t size;
    unsigned char mark;
} slots[SLOTS];

static uint64_t random64(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t random_size(void)
{
    return random64() % ((size_t)1 << random64() % 18) + 1;
}

static bool intact(size_t i)
{
    for (size_t j = 0; j < slots[i].size; j++)
        if (slots[i].bytes[j] != slots[i].mark)
            return false;
    return true;
}

static void fill(size_t i)
{
    slots[i].mark = (unsigned char)random64();
    memset(slots[i].bytes, slots[i].mark, slots[i].size);
}

/* Half the rounds replace a slot, the others resize it. */
static bool replace(size_t i)
{
    size_t size = random_size();

    if (!intact(i))
        return false;
    free(slots[i].bytes);
    slots[i].bytes = malloc(size);
    slots[i].size = size;
    if (!slots[i].bytes || (uintptr_t)slots[i].bytes % 16 != 0)
        return false;
    fill(i);
    return true;
}

static bool resize(size_t i)
{
    size_t size = random_size(), kept = size < slots[i].size ? size : slots[i].size;
    unsigned char *bytes = realloc(slots[i].bytes, size);

    if (!bytes)
        return false;
    slots[i].bytes = bytes;
    slots[i].size = kept;
    if (!intact(i))
        return false;
    slots[i].size = size;
    fill(i);
    return true;
}

static void test_stress(void)
{
    bool passed = true;

    for (int round = 0; round < ROUNDS && passed; round++) {
        size_t i = random64() % SLOTS;
        passed = random64() % 2 ? replace(i) : resize(i);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        passed = passed && intact(i);
        free(slots[i].bytes);
    }
    check(passed, "blocks of random sizes keep their contents");
}

static void test_alignment(void)
{
    bool passed = true;

    for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
        unsigned char *bytes = aligned_alloc(alignment, alignment * 2);
        passed = passed && bytes && (uintptr_t)bytes % alignment == 0;
        memset(bytes, 1, alignment * 2);
        free(bytes);
    }
    check(passed, "aligned_alloc aligns to 16 bytes to 64 KiB");
}

static void test_large(void)
{
    size_t size = (size_t)256 << 20;
    unsigned char *bytes = calloc(size, 1);

    check(bytes && bytes[0] == 0 && bytes[size / 2] == 0 && bytes[size - 1] == 0, "256 MiB of zeros");
    bytes[size - 1] = 1;
    free(bytes);
}

static void test_failure(void)
{
    void *volatile result;
    volatile size_t huge = SIZE_MAX / 2;

    errno = 0;
    result = malloc(huge);
    check(!result && errno == ENOMEM, "an impossible size gives ENOMEM");
    errno = 0;
    result = calloc(huge, 16);
    check(!result && errno == ENOMEM, "calloc notices that its product overflows");
    errno = 0;
    huge = (size_t)5 << 30;
    result = malloc(huge);
    check(!result && errno == ENOMEM, "more than a region gives ENOMEM");
}

static void test_zeroed(void)
{
    bool passed = true;

    for (int i = 0; i < 1000 && passed; i++) {
        size_t size = i % 20 ? random_size() : 300000 + random64() % 300000;
        unsigned char *bytes = malloc(size);
        memset(bytes, 0xff, size);
        free(bytes);
        bytes = calloc(1, size);
        for (size_t j = 0; j < size && passed; j++)
            passed = bytes[j] == 0;
        free(bytes);
    }
    check(passed, "calloc clears memory that was used before");
}

static void test_map(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 16 * page;
    char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(map != MAP_FAILED && map[0] == 0 && map[size - 1] == 0, "mmap gives zeroed pages");
    map[page] = 1;
    check(munmap(map, size) == 0, "munmap");
    errno = 0;
    check(mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED,
          "memory that is writable and executable is refused");
}

int main(void)
{
    test_stress();
    test_zeroed();
    test_alignment();
    test_large();
    test_failure();
    test_map();
    return done();
}
