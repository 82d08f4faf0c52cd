/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A file is rewritten without pause, with valid and invalid code, while it is loaded thousands of times: what gets
 * mapped is always something that the verifier accepts.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tests/loader/program.h"
#include "tests/loader/tap.h"
#include "verifier/verifier.h"

#define LOADS 3000
#define CODE_PAGES 4

static struct program program;
static atomic_bool stop;

/* Code long enough that it can change while it is read: CODE_PAGES pages of movl $value,%eax. */
static void make_code(uint8_t *code, uint32_t value)
{
    const size_t size = CODE_PAGES * 4096;
    memset(code, 0xf4, size);
    memcpy(code, "\xf3\x0f\x1e\xfa", 4);
    for (size_t at = 4; at + 5 < size; at += 5) {
        code[at] = 0xb8;
        memcpy(code + at + 1, &value, sizeof value);
    }
}

/* The same length of code with a system call somewhere. */
static void make_bad_code(uint8_t *code, uint32_t value)
{
    make_code(code, value);
    size_t at = 4 + 5 * (value % (CODE_PAGES * 4096 / 5 - 2));
    memcpy(code + at, "\x0f\x05\x0f\x05\x90", 5);
}

static void *rewrite(void *argument)
{
    int fd = *(int *)argument;
    uint8_t code[CODE_PAGES * 4096];
    for (uint32_t round = 0; !atomic_load(&stop); round++) {
        if (round % 2 == 0)
            make_code(code, round / 8);
        else
            make_bad_code(code, round);
        need(pwrite(fd, code, sizeof code, PROGRAM_TEXT_FILE) == (ssize_t)sizeof code, "pwrite");
    }
    return NULL;
}

static void make_program(void)
{
    program_make(&program);
    memmove(program.bytes + PROGRAM_TEXT_FILE + CODE_PAGES * 4096, program.bytes + PROGRAM_DATA_FILE,
            PROGRAM_DATA_SIZE);
    make_code(program.bytes + PROGRAM_TEXT_FILE, 0);
    program.headers[TEXT_SEGMENT].p_filesz = program.headers[TEXT_SEGMENT].p_memsz = CODE_PAGES * 4096;
    program.headers[DATA_SEGMENT].p_offset = PROGRAM_TEXT_FILE + CODE_PAGES * 4096;
    program.headers[DATA_SEGMENT].p_vaddr = PROGRAM_TEXT + CODE_PAGES * 4096;
    for (int i = 0; i < 2; i++)
        program.relocations[i].r_offset = program.headers[DATA_SEGMENT].p_vaddr;
    program.size = PROGRAM_TEXT_FILE + CODE_PAGES * 4096 + PROGRAM_DATA_SIZE;
}

struct outcome {
    size_t accepted, refused, failed, unsound;
};

static void load_once(int fd, struct span *span, size_t region, struct outcome *outcome)
{
    struct image image;
    struct image_error error;
    struct image_layout layout;
    if (!image_read(fd, "program", &image, &error)) {
        outcome->refused += error.fault == IMAGE_REFUSED_BY_VERIFIER;
        outcome->failed += error.fault != IMAGE_REFUSED_BY_VERIFIER;
        return;
    }
    need(image_map(&image, span, region, &layout, &error), error.text);
    struct verifier_refusal refusal;
    struct verifier_text text = {.bytes = (uint8_t *)span_region_base(span, region) + layout.text_start,
                                 .size = layout.text_end - layout.text_start,
                                 .address = layout.text_start};
    outcome->accepted++;
    outcome->unsound += !verifier_check(&text, &refusal);
    image_free(&image);
    need(span_region_release(span, region) == 0 && span_region_allocate(span) == region, "region reuse");
    image_layout_release(&layout);
}

int main(void)
{
    make_program();
    struct span span;
    need(span_reserve(&span, 1) == 0, "no span");
    size_t region = span_region_allocate(&span);
    int fd = program_file(&program);
    struct outcome outcome = {0};
    load_once(fd, &span, region, &outcome);
    need(outcome.accepted == 1, "the program is not valid before it is rewritten");
    pthread_t thread;
    need(pthread_create(&thread, NULL, rewrite, &fd) == 0, "no thread");
    for (int i = 0; i < LOADS; i++)
        load_once(fd, &span, region, &outcome);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    ok(outcome.accepted > 50 && outcome.refused > 50, "both happened: %zu loads accepted, %zu refused",
       outcome.accepted, outcome.refused);
    ok(outcome.failed == 0, "nothing else failed");
    ok(outcome.unsound == 0, "all that was mapped is accepted by the verifier");
    return done_testing();
}
