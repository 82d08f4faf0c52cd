/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Mutates the programs of the passing corpus, which are given as arguments: whatever is still accepted must satisfy the
 * second opinion. Every instruction by itself in every byte, with every REX and legacy prefix put before it; small
 * programs as a whole in every byte; then pairs of random bytes.
 */
#include "tests/verifier/check.h"
#include "verifier/fuzz/recheck.h"
#include "verifier/tools/executable.h"
#include <Zydis/Zydis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 128, RANDOM_PAIRS = 4000 };

static unsigned long tried, accepted;
static unsigned complaints;

static uint64_t next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void complain(const uint8_t *bytes, size_t size, const char *error, uint64_t address)
{
    if (complaints++ >= 20)
        return;
    printf("# accepted, but at 0x%" PRIx64 " %s:", address, error);
    for (size_t i = 0; i < size; i++)
        printf(" %02x", bytes[i]);
    putchar('\n');
}

static void try(const uint8_t *bytes, size_t size)
{
    struct verifier_text text = {bytes, size, CHECK_ADDRESS};
    uint64_t address;
    tried++;
    if (check_text(bytes, size) != VERIFIER_ACCEPTED)
        return;
    accepted++;
    const char *error = recheck(&text, &address);
    if (error != NULL)
        complain(bytes, size, error, address);
}

static void mutate_bytes(uint8_t *bytes, size_t mutable, size_t size)
{
    for (size_t i = 0; i < mutable; i++) {
        uint8_t original = bytes[i];
        for (unsigned value = 0; value < 256; value++) {
            bytes[i] = (uint8_t)value;
            try(bytes, size);
        }
        bytes[i] = original;
    }
}

static void mutate_pairs(uint8_t *bytes, size_t mutable, size_t size, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        size_t i = next_random() % mutable, j = next_random() % mutable;
        uint8_t first = bytes[i], second = bytes[j];
        bytes[i] = (uint8_t)next_random();
        bytes[j] = (uint8_t)next_random();
        try(bytes, size);
        bytes[j] = second;
        bytes[i] = first;
    }
}

static void mutate_prefixes(const uint8_t *instruction, size_t size)
{
    uint8_t bytes[32];
    memcpy(bytes + 1, instruction, size);
    for (unsigned prefix = 0; prefix < 256; prefix++) {
        bytes[0] = (uint8_t)prefix;
        try(bytes, size + 1);
    }
}

/* An instruction with a trap behind it. */
static void mutate_instruction(const uint8_t *instruction, size_t length)
{
    uint8_t bytes[32] = {0};
    memcpy(bytes, instruction, length);
    bytes[length] = 0x0f;
    bytes[length + 1] = 0x0b;
    mutate_bytes(bytes, length, length + 2);
    mutate_pairs(bytes, length, length + 2, RANDOM_PAIRS / 4);
    mutate_prefixes(bytes, length + 2);
}

static void mutate_instructions(const struct verifier_text *text)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (size_t at = 0; at < text->size; at += decoded.length) {
        if (ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, text->bytes + at, text->size - at, &decoded, operands)))
            abort();
        mutate_instruction(text->bytes + at, decoded.length);
    }
}

static void mutate_program(const char *path)
{
    struct verifier_text text;
    const char *error = executable_read(path, &text);
    unsigned before = complaints;
    if (error != NULL) {
        check(false, "%s: %s", path, error);
        return;
    }
    if (text.size <= SMALL) {
        mutate_bytes((uint8_t *)text.bytes, text.size, text.size);
        mutate_pairs((uint8_t *)text.bytes, text.size, text.size, RANDOM_PAIRS);
    }
    if (text.size <= SMALL || strstr(path, "nops") == NULL)
        mutate_instructions(&text);
    check(complaints == before, "%s", path);
    free((void *)text.bytes);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        mutate_program(argv[i]);
    check(accepted > 1000 && accepted < tried / 2, "%lu mutants, %lu of them accepted", tried, accepted);
    return check_done();
}
