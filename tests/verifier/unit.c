/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The verifier on hand-made byte strings: bounds, truncation, exactness of the gate and thread-pointer forms, first
 * bytes, memory exhaustion.
 */
#include "comesg/abi.h"
#include "tests/verifier/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t unit[] = {0x89, 0xc0, 0x41, 0xbb, 0x0d, 0xf0, 0xe1, 0x05, 0x45, 0x03,
                               0x1c, 0x06, 0x75, 0xf2, 0x4c, 0x01, 0xf0, 0xff, 0xe0};
static const uint8_t string_unit[] = {0x89, 0xff, 0x49, 0x8d, 0x3c, 0x3e, 0x89, 0xf6,
                                      0x49, 0x8d, 0x34, 0x36, 0xf3, 0x48, 0xa5};

static bool memory_is_exhausted;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_is_exhausted ? NULL : __real_calloc(count, size);
}

static enum verifier_rule verdict_at(uint64_t address, const uint8_t *bytes, size_t size)
{
    struct verifier_text text = {bytes, size, address};
    struct verifier_refusal refusal;
    verifier_check(&text, &refusal);
    return refusal.rule;
}

static void test_bounds(void)
{
    static const uint8_t trap[] = {0x0f, 0x0b};
    check(verdict_at(COMESG_IMAGE_START, trap, 2) == VERIFIER_ACCEPTED, "text at the image start");
    check(verdict_at(COMESG_IMAGE_START - 1, trap, 2) == VERIFIER_TEXT_BOUNDS, "text below the image start");
    check(verdict_at(COMESG_IMAGE_LIMIT - 2, trap, 2) == VERIFIER_ACCEPTED, "text up to the image limit");
    check(verdict_at(COMESG_IMAGE_LIMIT - 1, trap, 2) == VERIFIER_TEXT_BOUNDS, "text across the image limit");
    check(verdict_at(UINT64_MAX, trap, 2) == VERIFIER_TEXT_BOUNDS, "text around the end of the address space");
    check(verdict_at(COMESG_IMAGE_START, trap, SIZE_MAX) == VERIFIER_TEXT_BOUNDS, "text of an absurd size");
    check(verdict_at(COMESG_IMAGE_START, trap, 0) == VERIFIER_TEXT_BOUNDS, "empty text");
    check(verdict_at(COMESG_IMAGE_START, NULL, 0) == VERIFIER_TEXT_BOUNDS, "no text");
}

/* Every proper beginning of a sequence is refused, also with nothing mapped behind it. */
static void test_truncation(const char *name, const uint8_t *bytes, size_t size)
{
    bool refused = true;
    for (size_t length = 1; length < size; length++) {
        uint8_t *exact = malloc(length);
        if (exact == NULL)
            abort();
        memcpy(exact, bytes, length);
        refused = refused && check_text(exact, length) != VERIFIER_ACCEPTED;
        free(exact);
    }
    check(refused, "every beginning of %s is refused", name);
}

static bool gate_is_listed(unsigned modrm_reg, int gate)
{
    if (modrm_reg == 2)
        return gate == COMESG_GATE_SYSCALL || gate == COMESG_GATE_COCALL || gate == COMESG_GATE_SETJMP ||
               gate == COMESG_GATE_COCALL_WITH;
    return modrm_reg == 4 &&
           (gate == COMESG_GATE_COACCEPT || gate == COMESG_GATE_LONGJMP || gate == COMESG_GATE_COACCEPT_WITH);
}

/* `ff /reg` with an 8-bit displacement from r15. */
static bool short_form_is_admitted(unsigned reg, int gate)
{
    uint8_t bytes[] = {0x41, 0xff, (uint8_t)(0x47 | reg << 3), (uint8_t)gate};
    return check_then_trap(bytes, sizeof(bytes)) == VERIFIER_ACCEPTED;
}

/* The same with a 32-bit displacement. */
static bool long_form_is_admitted(unsigned reg, int gate)
{
    uint8_t sign = gate < 0 ? 0xff : 0;
    uint8_t bytes[] = {0x41, 0xff, (uint8_t)(0x87 | reg << 3), (uint8_t)gate, sign, sign, sign};
    return check_then_trap(bytes, sizeof(bytes)) == VERIFIER_ACCEPTED;
}

static void test_gates(void)
{
    for (unsigned reg = 0; reg < 8; reg++) {
        uint8_t zero[] = {0x41, 0xff, (uint8_t)(0x07 | reg << 3)};
        bool exact = (check_then_trap(zero, sizeof(zero)) == VERIFIER_ACCEPTED) == gate_is_listed(reg, 0);
        for (int gate = -128; gate < 128; gate++)
            exact = exact && short_form_is_admitted(reg, gate) == (gate != 0 && gate_is_listed(reg, gate));
        for (int gate = -128; gate < 256; gate++)
            exact = exact && !long_form_is_admitted(reg, gate);
        check(exact, "opcode ff /%u through r15 is admitted exactly for the gates of the list", reg);
    }
}

static bool is_free(unsigned reg)
{
    return reg != 4 && reg != 11 && reg < 13;
}

static void test_thread_pointer(void)
{
    bool exact = true;
    for (unsigned reg = 0; reg < 16; reg++) {
        for (int displacement = -128; displacement < 128; displacement++) {
            uint8_t load[] = {(uint8_t)(0x49 | (reg & 8) >> 1), 0x8b, (uint8_t)(0x47 | (reg & 7) << 3),
                              (uint8_t)displacement};
            bool admitted = displacement == COMESG_THREAD_POINTER && is_free(reg);
            exact = exact && (check_then_trap(load, sizeof(load)) == VERIFIER_ACCEPTED) == admitted;
        }
    }
    check(exact, "loads through r15 are admitted exactly for the thread pointer and free registers");
}

/* A jump to each byte of a unit: only its start is a target. */
static void test_targets(const char *name, const uint8_t *bytes, uint8_t size)
{
    for (uint8_t target = 0; target < size; target++) {
        uint8_t text[64] = {0xeb, target};
        memcpy(text + 2, bytes, size);
        enum verifier_rule rule = check_then_trap(text, size + 2u);
        check(rule == (target == 0 ? VERIFIER_ACCEPTED : VERIFIER_BRANCH_TARGET), "jump to byte %u of %s", target,
              name);
    }
}

/* Which one-byte and two-byte texts are admitted. A change here is a change of the list, to be thought over. */
static void test_openings(void)
{
    static const uint8_t singles[] = {0x90, 0x91, 0x92, 0x93, 0x95, 0x96, 0x97, 0x98, 0x99,
                                      0x9e, 0x9f, 0xc3, 0xf4, 0xf5, 0xf8, 0xf9, 0xfc};
    bool exact = true;
    for (unsigned a = 0; a < 256; a++) {
        bool admitted = check_then_trap((const uint8_t[]){(uint8_t)a}, 1) == VERIFIER_ACCEPTED;
        exact = exact && admitted == (memchr(singles, (int)a, sizeof(singles)) != NULL);
    }
    check(exact, "of all single bytes, exactly %zu are an admitted instruction", sizeof(singles));
    unsigned pairs = 0;
    for (unsigned a = 0; a < 0x10000; a++) {
        uint8_t pair[] = {(uint8_t)a, (uint8_t)(a >> 8)};
        pairs += check_then_trap(pair, sizeof(pair)) == VERIFIER_ACCEPTED;
    }
    check(pairs == 7620, "of all pairs of bytes, 7620 (found %u) are one or two admitted instructions", pairs);
}

static void test_out_of_memory(void)
{
    static const uint8_t branches[] = {0xeb, 0x00, 0x0f, 0x0b};
    memory_is_exhausted = true;
    enum verifier_rule rule = check_text(branches, sizeof(branches));
    memory_is_exhausted = false;
    check(rule == VERIFIER_OUT_OF_MEMORY, "without memory a text is refused");
    check(check_text(branches, sizeof(branches)) == VERIFIER_ACCEPTED, "the same text with memory");
}

static void test_refusal(void)
{
    static const uint8_t bytes[] = {0x90, 0x48, 0x8b, 0x08, 0x0f, 0x0b};
    struct verifier_text text = {bytes, sizeof(bytes), CHECK_ADDRESS};
    struct verifier_refusal refusal;
    check(!verifier_check(&text, &refusal), "a refusal");
    check(refusal.address == CHECK_ADDRESS + 1 && refusal.length == 3 && memcmp(refusal.bytes, bytes + 1, 3) == 0,
          "names address and bytes");
    check(strcmp(refusal.disassembly, "mov (%rax), %rcx") == 0, "disassembles: %s", refusal.disassembly);
    bool complete = true;
    for (unsigned rule = 0; rule < VERIFIER_RULE_COUNT; rule++)
        complete = complete && verifier_rule_name(rule)[0] != '\0' && verifier_rule_text(rule)[0] != '\0';
    check(complete, "every rule has a name and a text");
    check(strcmp(verifier_rule_name(VERIFIER_RULE_COUNT), "unknown") == 0, "a rule out of range has a name too");
}

/* A refused target is reported at the branch, also at the one inside a unit. */
static void test_refused_branch(const char *name, const uint8_t *bytes, size_t size, uint64_t branch)
{
    struct verifier_text text = {bytes, size, CHECK_ADDRESS};
    struct verifier_refusal refusal;
    check(!verifier_check(&text, &refusal) && refusal.rule == VERIFIER_BRANCH_TARGET &&
              refusal.address == CHECK_ADDRESS + branch && refusal.length == 2,
          "%s is reported at the branch", name);
}

static void test_refused_branches(void)
{
    static const uint8_t inside[] = {0x90, 0xeb, 0x00, 0xeb, 0x01, 0xb8, 0, 0, 0, 0, 0xeb, 0xf9, 0x0f, 0x0b};
    static const uint8_t outside[] = {0x90, 0xeb, 0x00, 0xeb, 0x70, 0x0f, 0x0b};
    uint8_t check_unit[2 + sizeof(unit)] = {0xeb, 0x00};
    memcpy(check_unit + 2, unit, sizeof(unit));
    check_unit[2 + 13] = 0xf4; /* jne to the middle of the unit */
    test_refused_branch("a target inside an instruction", inside, sizeof(inside), 3);
    test_refused_branch("a target outside", outside, sizeof(outside), 3);
    test_refused_branch("a target of a unit's jne", check_unit, sizeof(check_unit), 2 + 12);
}

int main(void)
{
    static const uint8_t move[] = {0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t nop[] = {0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0};
    static const uint8_t gate[] = {0x41, 0xff, 0x67, 0x20};
    test_bounds();
    test_truncation("a landing-pad check", unit, sizeof(unit));
    test_truncation("a string unit", string_unit, sizeof(string_unit));
    test_truncation("a move", move, sizeof(move));
    test_truncation("a nop", nop, sizeof(nop));
    test_truncation("a gate", gate, sizeof(gate));
    test_gates();
    test_thread_pointer();
    test_targets("a landing-pad check", unit, sizeof(unit));
    test_targets("a string unit", string_unit, sizeof(string_unit));
    test_targets("a move", move, sizeof(move));
    test_openings();
    test_out_of_memory();
    test_refusal();
    test_refused_branches();
    return check_done();
}
