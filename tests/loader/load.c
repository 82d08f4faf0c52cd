/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Mapping a program into a region, and its initial stack.
 */
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/loader/mappings.h"
#include "tests/loader/program.h"
#include "tests/loader/tap.h"

#define START_LIMIT (COMESG_STACK_SIZE / 4)

static struct span span;
static size_t region;
static uintptr_t base;
static struct program program;
static struct image image;
static struct image_layout layout;
static struct image_error error;

static char *no_strings[] = {NULL};
static char *arguments[] = {"program", "", "two words", NULL};
static char *environment[] = {"A=1", "LONG=0123456789012345678901234567890123456789", NULL};

static struct image_start start = {arguments, environment, "/bin/program", 1, 2, 3, 4};

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static bool has_rights(uint32_t offset, uint32_t size, const char *expected)
{
    char rights[5];
    return mappings_accessible(base + offset, base + offset + size, rights) == 1 && strcmp(rights, expected) == 0;
}

static void test_map(void)
{
    need(program_read(&program, &image, &error), error.text);
    ok(image_map(&image, &span, region, &layout, &error), "a program is mapped");
    image_free(&image);
    uint8_t *memory = (uint8_t *)base;
    ok(memcmp(memory + COMESG_IMAGE_START, program.bytes, 0x1000) == 0, "its headers are there");
    ok(memcmp(memory + PROGRAM_DATA, program.bytes + PROGRAM_DATA_FILE, PROGRAM_DATA_SIZE) == 0, "its data");
    ok(is_zero(memory + PROGRAM_DATA + PROGRAM_DATA_SIZE, PROGRAM_DATA_MEMORY - PROGRAM_DATA_SIZE),
       "and behind the data zeros");
    ok(has_rights(COMESG_IMAGE_START, 0x1000, "r--p"), "the headers are read-only");
    ok(has_rights(PROGRAM_TEXT, 0x1000, "r-xs"), "the code is executable and not writable");
    ok(has_rights(PROGRAM_DATA, PROGRAM_DATA_MEMORY, "rw-p"), "the data are writable and not executable");
    ok(layout.entry == PROGRAM_TEXT && layout.headers == COMESG_IMAGE_START + sizeof(Elf64_Ehdr) &&
           layout.header_count == PROGRAM_HEADERS,
       "entry point and headers are told");
    ok(layout.text_start == PROGRAM_TEXT && layout.text_end == PROGRAM_TEXT + 0x1000 &&
           layout.image_end == PROGRAM_DATA + PROGRAM_DATA_MEMORY,
       "so are the ends of code and image");
}

/* What the stack must be, read the way a program does. */
static uint64_t auxiliary(const uint64_t *vector, uint64_t type)
{
    for (; vector[0] != AT_NULL; vector += 2)
        if (vector[0] == type)
            return vector[1];
    return UINT64_MAX;
}

static bool strings_match(const uint64_t *pointers, char *const *expected)
{
    for (; *expected != NULL; pointers++, expected++) {
        bool inside = *pointers > base && *pointers < base + COMESG_STACK_TOP;
        if (!inside || strcmp((const char *)*pointers, *expected) != 0)
            return false;
    }
    return *pointers == 0;
}

static void test_auxiliary(const uint64_t *vector)
{
    ok(auxiliary(vector, AT_PHDR) == base + layout.headers && auxiliary(vector, AT_PHENT) == sizeof(Elf64_Phdr) &&
           auxiliary(vector, AT_PHNUM) == layout.header_count,
       "the auxiliary vector tells the program headers");
    ok(auxiliary(vector, AT_ENTRY) == base + layout.entry && auxiliary(vector, AT_PAGESZ) == 4096,
       "entry and page size");
    ok(auxiliary(vector, AT_UID) == 1 && auxiliary(vector, AT_EUID) == 2 && auxiliary(vector, AT_GID) == 3 &&
           auxiliary(vector, AT_EGID) == 4,
       "the given identities");
    ok(auxiliary(vector, AT_SECURE) == 0 && (uint32_t)auxiliary(vector, AT_HWCAP) == (uint32_t)getauxval(AT_HWCAP) &&
           auxiliary(vector, AT_CLKTCK) == (uint64_t)sysconf(_SC_CLK_TCK),
       "security, hardware and clock values");
    ok(strcmp((const char *)auxiliary(vector, AT_EXECFN), "/bin/program") == 0, "the path");
    ok(auxiliary(vector, AT_SYSINFO_EHDR) == UINT64_MAX && auxiliary(vector, AT_BASE) == UINT64_MAX,
       "neither a vdso nor a dynamic linker");
}

static void test_stack(void)
{
    uint32_t argc_offset;
    ok(image_stack(&start, &layout, &span, region, &argc_offset, &error), "a stack is made");
    const uint64_t *words = (const uint64_t *)(base + argc_offset);
    ok(argc_offset % 16 == 0 && argc_offset < COMESG_STACK_TOP, "argc is aligned to 16");
    ok(words[0] == 3 && strings_match(words + 1, arguments), "arguments");
    ok(strings_match(words + 5, environment), "environment");
    test_auxiliary(words + 8);
    uint8_t random[16];
    memcpy(random, (const void *)auxiliary(words + 8, AT_RANDOM), 16);
    ok(!is_zero(random, 16), "random bytes are not zero");
    ok(((const uint8_t *)base)[COMESG_STACK_TOP - 1] == 0, "the last string ends at the top");
    ok(has_rights(COMESG_STACK_TOP - COMESG_STACK_SIZE, COMESG_STACK_SIZE, "rw-p"), "the whole stack is mapped");
    ok(mappings_accessible(base, base + COMESG_REGION_SIZE, NULL) == 4, "a program and its stack take four mappings");
    need(image_stack(&start, &layout, &span, region, &argc_offset, &error), error.text);
    ok(memcmp(random, (const void *)auxiliary((const uint64_t *)(base + argc_offset) + 8, AT_RANDOM), 16) != 0,
       "random bytes differ each time");
}

static void test_empty_start(void)
{
    uint32_t argc_offset;
    struct image_start empty = {no_strings, no_strings, "", 0, 0, 0, 0};
    ok(image_stack(&empty, &layout, &span, region, &argc_offset, &error),
       "no arguments, no environment, an empty path");
    const uint64_t *words = (const uint64_t *)(base + argc_offset);
    ok(words[0] == 0 && words[1] == 0 && words[2] == 0 && words[3] == AT_PHDR, "give a stack without them");
}

/* Finds the longest argument that is accepted: what is larger must be refused, what is smaller accepted. */
static void test_large_arguments(void)
{
    uint32_t argc_offset;
    size_t shortest_refused = START_LIMIT + 1, longest_accepted = 0;
    char *large = malloc(START_LIMIT + 2);
    need(large != NULL, "no memory");
    struct image_start long_start = {(char *[]){large, NULL}, no_strings, "", 0, 0, 0, 0};
    while (shortest_refused - longest_accepted > 1) {
        size_t size = (shortest_refused + longest_accepted) / 2;
        memset(large, 'a', size);
        large[size] = 0;
        if (image_stack(&long_start, &layout, &span, region, &argc_offset, &error))
            longest_accepted = size;
        else
            shortest_refused = size;
    }
    ok(longest_accepted > START_LIMIT - 512 && longest_accepted < START_LIMIT,
       "one argument of nearly 2 MiB is accepted");
    ok(error.fault == IMAGE_ARGUMENTS_TOO_LARGE && error.number == E2BIG, "a longer one gives E2BIG");
    long_start.environment = long_start.arguments;
    ok(!image_stack(&long_start, &layout, &span, region, &argc_offset, &error) && error.number == E2BIG,
       "so do arguments and environment that are too large together");
    memset(large, 'a', START_LIMIT + 1);
    large[START_LIMIT + 1] = 0;
    struct image_start long_path = {no_strings, no_strings, large, 0, 0, 0, 0};
    ok(!image_stack(&long_path, &layout, &span, region, &argc_offset, &error) && error.number == E2BIG,
       "and a path that is too long");
    free(large);
}

static void test_many_arguments(void)
{
    uint32_t argc_offset;
    size_t count = START_LIMIT / 8;
    char **many = calloc(count + 1, sizeof *many);
    need(many != NULL, "no memory");
    for (size_t i = 0; i < count; i++)
        many[i] = "";
    struct image_start many_start = {many, no_strings, "", 0, 0, 0, 0};
    ok(!image_stack(&many_start, &layout, &span, region, &argc_offset, &error) && error.number == E2BIG,
       "too many empty arguments give E2BIG");
    many[START_LIMIT / 9 - 100] = NULL;
    ok(image_stack(&many_start, &layout, &span, region, &argc_offset, &error), "as many as fit are accepted");
    ok(*(const uint64_t *)(base + argc_offset) == START_LIMIT / 9 - 100, "and counted");
    free(many);
}

/* Every mapping call of image_map fails once. */
static void test_failures(void)
{
    need(program_read(&program, &image, &error), error.text);
    if (!mappings_exhaust()) {
        ok(true, "# SKIP this system allows too many mappings to use them up");
        return;
    }
    size_t failures = 0, left = 0;
    for (; failures < 16 && !image_map(&image, &span, region, &layout, &error); failures++) {
        left += mappings_accessible(base, base + COMESG_REGION_SIZE, NULL);
        need(error.fault == IMAGE_MAP && error.number == ENOMEM, "a mapping failure has its own error");
        mappings_relax(1);
    }
    ok(failures > 1 && failures < 16, "image_map fails until there are mappings for all of it: %zu times", failures);
    ok(left == 0, "and leaves nothing mapped");
    mappings_relax(SIZE_MAX);
    image_free(&image);
}

static void test_stack_failure(void)
{
    uint32_t argc_offset;
    need(span_region_release(&span, region) == 0 && span_region_allocate(&span) == region, "region reuse");
    if (!mappings_exhaust())
        return;
    ok(!image_stack(&start, &layout, &span, region, &argc_offset, &error) && error.fault == IMAGE_MAP,
       "image_stack fails when the kernel grants no mapping");
    mappings_relax(SIZE_MAX);
}

int main(void)
{
    program_make(&program);
    need(span_reserve(&span, 4) == 0, "no span");
    region = span_region_allocate(&span);
    base = span_region_base(&span, region);
    test_map();
    test_stack();
    test_empty_start();
    test_large_arguments();
    test_many_arguments();
    image_layout_release(&layout);
    need(span_region_release(&span, region) == 0 && span_region_allocate(&span) == region, "region reuse");
    test_failures();
    test_stack_failure();
    image_layout_release(&layout);
    return done_testing();
}
