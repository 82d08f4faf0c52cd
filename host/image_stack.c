/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The initial data stack of a program, as the System V ABI describes it.
 *
 *     argc, argv[], NULL, envp[], NULL, auxiliary vector, padding, random bytes, strings, up to
 *     a page that is left free, COMESG_STACK_TOP
 */
#include "host/image.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define RANDOM_SIZE 16
#define AUXILIARY_PAIRS 15
/* As in Linux: a quarter of the stack. */
#define SIZE_MAX_OF_START (COMESG_STACK_SIZE / 4)

/* Pointers and strings are written upwards, each at a region offset. */
struct writer {
    uint8_t *base;
    uint32_t words;
    uint32_t strings;
};

static void put_word(struct writer *writer, uint64_t value)
{
    memcpy(writer->base + writer->words, &value, sizeof value);
    writer->words += sizeof value;
}

static uint64_t put_string(struct writer *writer, const char *string)
{
    size_t size = strlen(string) + 1;
    uint64_t address = (uint64_t)(writer->base + writer->strings);
    memcpy(writer->base + writer->strings, string, size);
    writer->strings += (uint32_t)size;
    return address;
}

static void put_list(struct writer *writer, char *const *list)
{
    for (; *list != NULL; list++)
        put_word(writer, put_string(writer, *list));
    put_word(writer, 0);
}

static void put_pair(struct writer *writer, uint64_t type, uint64_t value)
{
    put_word(writer, type);
    put_word(writer, value);
}

/* Programs cannot ask the processor: cpuid is refused. */
static uint64_t hardware(void)
{
    return (uint32_t)getauxval(AT_HWCAP) | (__builtin_cpu_supports("x86-64-v2") ? COMESG_HWCAP_V2 : 0) |
           (__builtin_cpu_supports("x86-64-v3") ? COMESG_HWCAP_V3 : 0);
}

static void put_auxiliary(struct writer *writer, const struct image_start *start, const struct image_layout *layout,
                          uint64_t random)
{
    uint64_t base = (uint64_t)writer->base;
    put_pair(writer, AT_PHDR, base + layout->headers);
    put_pair(writer, AT_PHENT, sizeof(Elf64_Phdr));
    put_pair(writer, AT_PHNUM, layout->header_count);
    put_pair(writer, AT_PAGESZ, SPAN_PAGE);
    put_pair(writer, AT_ENTRY, base + layout->entry);
    put_pair(writer, AT_UID, start->uid);
    put_pair(writer, AT_EUID, start->euid);
    put_pair(writer, AT_GID, start->gid);
    put_pair(writer, AT_EGID, start->egid);
    put_pair(writer, AT_SECURE, 0);
    put_pair(writer, AT_CLKTCK, (uint64_t)sysconf(_SC_CLK_TCK));
    put_pair(writer, AT_HWCAP, hardware());
    put_pair(writer, AT_RANDOM, random);
    put_pair(writer, AT_EXECFN, put_string(writer, start->path));
    put_pair(writer, AT_NULL, 0);
}

/* Adds what a list takes to two sums; false when it is too large. */
static bool measure(char *const *list, size_t *count, size_t *bytes)
{
    for (; *list != NULL; list++) {
        *bytes += strlen(*list) + 1;
        *count += 1;
        if (*bytes > SIZE_MAX_OF_START)
            return false;
    }
    return true;
}

static bool refuse(struct image_error *error, enum image_fault fault, int number, const char *text)
{
    *error = (struct image_error){.fault = fault, .number = number};
    snprintf(error->text, sizeof error->text, "%s", text);
    return false;
}

/* Regions lie at a multiple of every size that caches go by, so that the lines at the tops of two stacks would drive
 * each other out of the first-level cache whenever their owners call each other: AMD's finds a line by bits 6 to 27 of
 * its address. So neighbours begin at different places of a page. */
static uint32_t stack_colour(size_t region)
{
    enum { COLOURS = 16, STEP = 5 };
    return (uint32_t)(region * STEP % COLOURS * (SPAN_PAGE / COLOURS));
}

bool image_stack(const struct image_start *start, const struct image_layout *layout, const struct span *span,
                 size_t region, uint32_t *argc_offset, struct image_error *error)
{
    *error = (struct image_error){0};
    size_t argc = 0, envc = 0, bytes = strlen(start->path) + 1;
    if (!measure(start->arguments, &argc, &bytes) || !measure(start->environment, &envc, &bytes))
        bytes = SIZE_MAX_OF_START;
    size_t words = 1 + argc + 1 + envc + 1 + 2 * AUXILIARY_PAIRS;
    if (bytes >= SIZE_MAX_OF_START || words * 8 > SIZE_MAX_OF_START - bytes)
        return refuse(error, IMAGE_ARGUMENTS_TOO_LARGE, E2BIG,
                      "arguments and environment are larger than 2 MiB: pass fewer or shorter ones");
    uint8_t random[RANDOM_SIZE];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return refuse(error, IMAGE_NO_MEMORY, EIO, "the kernel gives no random bytes");
    int failure = span_map_fixed(span, region, COMESG_STACK_TOP - COMESG_STACK_SIZE, COMESG_STACK_SIZE,
                                 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (failure != 0)
        return refuse(error, IMAGE_MAP, -failure, "cannot map the data stack: too little memory or too many mappings");

    uint32_t strings = COMESG_STACK_TOP - stack_colour(region) - (uint32_t)bytes;
    uint32_t random_offset = strings - RANDOM_SIZE;
    uint32_t argc_at = (random_offset - (uint32_t)(words * 8)) & ~15U;
    struct writer writer = {(uint8_t *)span_region_base(span, region), argc_at, strings};
    memcpy(writer.base + random_offset, random, RANDOM_SIZE);
    put_word(&writer, argc);
    put_list(&writer, start->arguments);
    put_list(&writer, start->environment);
    put_auxiliary(&writer, start, layout, (uint64_t)(writer.base + random_offset));
    *argc_offset = argc_at;
    return true;
}
