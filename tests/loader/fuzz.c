/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Random damage to a valid program, under the address and undefined-behaviour sanitizers: it is refused, or what is
 * mapped keeps every promise.  fuzz [SEED [SECONDS]] repeats a run or goes on for longer.
 */
#include <string.h>
#include <time.h>

#include "tests/loader/program.h"
#include "tests/loader/tap.h"
#include "verifier/verifier.h"

static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t interesting_value(void)
{
    static const uint64_t values[] = {0,          1,          2,          3,           6,          7,
                                      8,          24,         0xfff,      0x1000,      0x1001,     0x2000,
                                      0x10000,    0x11000,    0x12000,    0x15000,     0x3fffffff, 0x40000000,
                                      0xffffffff, 0x7fffffff, 0x80000000, 0x100000000, INT64_MAX,  (uint64_t)INT64_MIN,
                                      UINT64_MAX};
    uint64_t value = values[next_random() % (sizeof values / sizeof values[0])];
    return value + next_random() % 3 - 1;
}

static const size_t damaged_size = offsetof(struct program, relocations) + 2 * sizeof(Elf64_Rela);

static void damage_byte(struct program *program)
{
    size_t position = next_random() % 4 == 0 ? next_random() % PROGRAM_SIZE : next_random() % damaged_size;
    program->bytes[position] = (uint8_t)next_random();
}

static void damage_word(struct program *program)
{
    uint64_t value = interesting_value();
    size_t position = next_random() % (damaged_size / 8) * 8;
    size_t size = next_random() % 3 == 0 ? 4 : 8;
    memcpy(program->bytes + position, &value, size);
}

static void damage_code(struct program *program)
{
    program->bytes[PROGRAM_TEXT_FILE + next_random() % 16] = (uint8_t)next_random();
}

static void swap_headers(struct program *program)
{
    size_t first = next_random() % PROGRAM_HEADERS, second = next_random() % PROGRAM_HEADERS;
    Elf64_Phdr header = program->headers[first];
    program->headers[first] = program->headers[second];
    program->headers[second] = header;
}

static void damage(struct program *program)
{
    static void (*const kinds[])(struct program *) = {damage_byte, damage_word, damage_word, damage_code, swap_headers};
    program_make(program);
    for (size_t count = 1 + next_random() % 3; count > 0; count--)
        kinds[next_random() % 5](program);
    if (next_random() % 16 == 0)
        program->size = next_random() % (PROGRAM_SIZE + 1);
}

static bool layout_is_sound(const struct image_layout *layout, const struct span *span, size_t region)
{
    uint8_t *base = (uint8_t *)span_region_base(span, region);
    if (layout->text_start < COMESG_IMAGE_START || layout->text_end > layout->image_end ||
        layout->image_end > COMESG_IMAGE_LIMIT || layout->entry < layout->text_start ||
        layout->entry >= layout->text_end || layout->headers < COMESG_IMAGE_START ||
        layout->headers + layout->header_count * sizeof(Elf64_Phdr) > layout->image_end)
        return false;
    struct verifier_refusal refusal;
    struct verifier_text text = {base + layout->text_start, layout->text_end - layout->text_start, layout->text_start};
    return memcmp(base + layout->entry, "\xf3\x0f\x1e\xfa", 4) == 0 && verifier_check(&text, &refusal);
}

static bool map_is_sound(const struct image *image, const struct span *span, size_t region)
{
    char *strings[] = {"program", NULL};
    const struct image_start start = {.arguments = strings, .environment = strings, .path = "program"};
    struct image_layout layout;
    struct image_error error;
    uint32_t argc_offset;
    if (!image_map(image, span, region, &layout, &error))
        return false;
    bool sound =
        layout_is_sound(&layout, span, region) && image_stack(&start, &layout, span, region, &argc_offset, &error);
    image_layout_release(&layout);
    return sound;
}

int main(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)now.tv_nsec | 1;
    time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 4);
    state = seed;
    printf("# seed %llu\n", (unsigned long long)seed);
    struct span span;
    need(span_reserve(&span, 1) == 0, "no span");
    size_t region = span_region_allocate(&span), accepted = 0, refused = 0, unsound = 0;
    while (time(NULL) < end) {
        struct program program;
        struct image image;
        struct image_error error;
        damage(&program);
        if (!program_read(&program, &image, &error)) {
            refused++;
            continue;
        }
        accepted++;
        unsound += !map_is_sound(&image, &span, region);
        image_free(&image);
        need(span_region_release(&span, region) == 0 && span_region_allocate(&span) == region, "region reuse");
    }
    span_destroy(&span);
    ok(accepted > 100 && refused > 100, "both happened: %zu accepted, %zu refused", accepted, refused);
    ok(unsound == 0, "everything that was accepted is sound when mapped");
    return done_testing();
}
