/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lists what the verifier accepts, for a comparison with another decoder: accepted FILE... takes every instruction of
 * these programs and, with --forms COUNT SEED, single instructions of every opcode, COUNT of each encoding. Each
 * distinct one goes to standard output as "place address length disassembly", its bytes to descriptor 3.
 */
#include "comesg/abi.h"
#include "verifier/patterns.h"
#include "verifier/sweep.h"
#include "verifier/tools/executable.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 15, SET_SIZE = 1 << 22 };

struct instruction {
    uint8_t length; /* 0: the place is free */
    uint8_t bytes[LONGEST];
};

static struct instruction set[SET_SIZE];
static unsigned set_used;
static ZydisDecoder decoder;
static ZydisFormatter formatter;
static FILE *bytes_file;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "accepted: %s: %s\n", what, why);
    exit(1);
}

/* False if it was there already. */
static bool add(const uint8_t *bytes, unsigned length)
{
    uint64_t hash = length;
    for (unsigned i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    for (uint64_t i = hash ^ hash >> 29;; i++) {
        struct instruction *slot = &set[i % SET_SIZE];
        if (slot->length == length && memcmp(slot->bytes, bytes, length) == 0)
            return false;
        if (slot->length != 0)
            continue;
        slot->length = (uint8_t)length;
        memcpy(slot->bytes, bytes, length);
        if (++set_used > SET_SIZE / 2)
            die("the set of instructions", "is full");
        return true;
    }
}

/* Returns the length. */
static unsigned list(const char *place, uint64_t address, const uint8_t *bytes, size_t left)
{
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    char text[128];
    if (ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, bytes, left, &decoded, operands)))
        die(place, "accepted, but not decodable");
    if (!add(bytes, decoded.length))
        return decoded.length;
    ZydisFormatterFormatInstruction(&formatter, &decoded, operands, decoded.operand_count_visible, text, sizeof(text),
                                    ZYDIS_RUNTIME_ADDRESS_NONE, NULL);
    printf("%s %" PRIx64 " %u %s\n", place, address, decoded.length, text);
    fwrite(bytes, 1, decoded.length, bytes_file);
    return decoded.length;
}

/* A pattern and what the verifier judges by itself, as it goes through a text; 0 if it refuses. */
static unsigned step(struct sweep *sweep, size_t offset)
{
    uint8_t window[PATTERN_WINDOW] = {0};
    size_t left = sweep->text.size - offset;
    memcpy(window, sweep->text.bytes + offset, left < PATTERN_WINDOW ? left : PATTERN_WINDOW);
    unsigned length = pattern_match(window).length;
    return length != 0 ? length : verifier_check_instruction(sweep, offset);
}

static void list_text(const char *place, struct sweep *sweep)
{
    unsigned length;
    for (size_t offset = 0; offset < sweep->text.size; offset += length) {
        length = step(sweep, offset);
        unsigned inside = 0;
        while (length != 0 && inside < length)
            inside += list(place, sweep->text.address + offset + inside, sweep->text.bytes + offset + inside,
                           sweep->text.size - offset - inside);
        if (length == 0 || inside != length)
            die(place, "the decoder does not divide a unit as its pattern does");
    }
}

static void list_program(const char *path)
{
    struct verifier_refusal refusal;
    struct sweep sweep = {.refusal = &refusal, .decoder = decoder};
    const char *error = executable_read(path, &sweep.text);
    if (error == NULL && verifier_check(&sweep.text, &refusal))
        list_text(path, &sweep);
    else
        fprintf(stderr, "# not accepted, left out: %s\n", path);
    if (error == NULL)
        free((void *)sweep.text.bytes);
}

static uint64_t random_state;

static unsigned next_random(unsigned limit)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return (unsigned)((random_state >> 33) % limit);
}

/* The ModRM byte and what follows it: registers, the three forms of guarded memory, relative to rip. */
static unsigned put_operands(uint8_t *p)
{
    static const uint8_t index[] = {0x1e, 0x2e}; /* (%r14,%r11), (%r14,%r13) */
    unsigned reg = next_random(8) << 3;
    p[1] = index[next_random(2)];
    switch (next_random(4)) {
    case 0:
        p[0] = (uint8_t)(0xc0 | reg | next_random(8));
        return 1;
    case 1:
        p[0] = (uint8_t)(0x05 | reg);
        return 1;
    default:
        p[0] = (uint8_t)(next_random(3) << 6 | reg | 4);
        return 2;
    }
}

/* Displacements and immediates that are in range half of the time. */
static void put_rest(uint8_t *p)
{
    bool zero = next_random(2);
    for (unsigned i = 0; i < LONGEST; i++)
        p[i] = (uint8_t)(zero ? 0 : next_random(256));
}

static void try(const uint8_t *bytes)
{
    ZydisDecodedInstruction decoded;
    uint8_t text[LONGEST + 2];
    struct verifier_refusal refusal;
    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, LONGEST, &decoded)))
        return;
    memcpy(text, bytes, decoded.length);
    memcpy(text + decoded.length, (const uint8_t[]){0x0f, 0x0b}, 2);
    struct sweep sweep = {{text, decoded.length + 2u, COMESG_IMAGE_START + 0x1000}, &refusal, decoder, 0, 0, false};
    if (verifier_check(&sweep.text, &refusal))
        list_text("form", &sweep);
}

static void try_opcodes(const uint8_t *start, unsigned length, unsigned count)
{
    uint8_t bytes[LONGEST * 3];
    memcpy(bytes, start, length);
    for (unsigned opcode = 0; opcode < 256; opcode++)
        for (unsigned i = 0; i < count; i++) {
            bytes[length] = (uint8_t)opcode;
            put_rest(bytes + length + 1 + put_operands(bytes + length + 1));
            try(bytes);
        }
}

/* Legacy prefixes in all orders of up to two, REX, the four maps of opcodes. */
static void try_legacy(unsigned count)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3, 0xf0, 0x2e, 0x3e, 0x36, 0x64, 0x65, 0x67};
    static const uint8_t maps[][2] = {{0, 0}, {0x0f, 0}, {0x0f, 0x38}, {0x0f, 0x3a}};
    for (unsigned n = 0; n < sizeof(prefixes) * sizeof(prefixes) * 17 * 4; n++) {
        uint8_t first = prefixes[n / 68 % sizeof(prefixes)], second = prefixes[n / 68 / sizeof(prefixes)];
        unsigned rex = n / 4 % 17, length = 0;
        uint8_t start[8];
        if (first != 0)
            start[length++] = first;
        if (second != 0)
            start[length++] = second;
        if (rex != 16)
            start[length++] = (uint8_t)(0x40 + rex);
        for (unsigned i = 0; i < 2; i++)
            if (maps[n % 4][i] != 0)
                start[length++] = maps[n % 4][i];
        try_opcodes(start, length, count);
    }
}

static void try_vex(unsigned count)
{
    for (unsigned n = 0; n < 256; n++) {
        try_opcodes((const uint8_t[]){0xc5, (uint8_t)n}, 2, count);
        for (unsigned map = 0; map < 5; map++)
            for (unsigned high = 0; high < 8; high++)
                try_opcodes((const uint8_t[]){0xc4, (uint8_t)(high << 5 | map), (uint8_t)n}, 3, count);
    }
}

int main(int argc, char **argv)
{
    bytes_file = fdopen(3, "w");
    if (argc < 2 || bytes_file == NULL)
        die("usage", "accepted [--forms COUNT SEED] FILE... 3>BYTES");
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    int i = 1;
    if (argc > 3 && strcmp(argv[1], "--forms") == 0) {
        random_state = strtoull(argv[3], NULL, 10);
        try_legacy((unsigned)atoi(argv[2]));
        try_vex((unsigned)atoi(argv[2]));
        i = 4;
    }
    for (; i < argc; i++)
        list_program(argv[i]);
    return fflush(stdout) != 0 || fclose(bytes_file) != 0;
}
