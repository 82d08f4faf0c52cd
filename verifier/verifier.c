/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The verifier's linear sweep, its judgement of branch targets and landing pads, and the one place where a violation is
 * recorded.
 */
#include "verifier/verifier.h"
#include "comesg/abi.h"
#include "verifier/patterns.h"
#include "verifier/sweep.h"
#include <stdlib.h>
#include <string.h>

/* Names the instruction that the refusal's bytes begin with, and cuts them to its length. */
static void disassemble(const struct sweep *sweep, struct verifier_refusal *refusal)
{
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisFormatter formatter;
    memcpy(refusal->disassembly, "(bad)", sizeof("(bad)"));
    if (ZYAN_FAILED(ZydisDecoderDecodeFull(&sweep->decoder, refusal->bytes, refusal->length, &decoded, operands)) ||
        ZYAN_FAILED(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT)))
        return;
    memset(refusal->bytes + decoded.length, 0, refusal->length - decoded.length);
    refusal->length = decoded.length;
    ZydisFormatterFormatInstruction(&formatter, &decoded, operands, decoded.operand_count_visible, refusal->disassembly,
                                    sizeof(refusal->disassembly), refusal->address, NULL);
}

bool verifier_refuse(struct sweep *sweep, size_t offset, enum verifier_rule rule)
{
    if (VERIFIER_RULES_REMOVED >> rule & 1)
        return false;
    size_t left = sweep->text.size - offset;
    struct verifier_refusal *refusal = sweep->refusal;
    *refusal = (struct verifier_refusal){.address = sweep->text.address + offset, .rule = rule};
    refusal->length = left < ZYDIS_MAX_INSTRUCTION_LENGTH ? (unsigned)left : ZYDIS_MAX_INSTRUCTION_LENGTH;
    memcpy(refusal->bytes, sweep->text.bytes + offset, refusal->length);
    disassemble(sweep, refusal);
    return true;
}

static bool refuse_text(struct sweep *sweep, enum verifier_rule rule)
{
    *sweep->refusal = (struct verifier_refusal){.address = sweep->text.address, .rule = rule};
    return false;
}

static bool bounds_are_legal(const struct verifier_text *text)
{
    return text->size > 0 && text->size <= COMESG_IMAGE_LIMIT && text->address >= COMESG_IMAGE_START &&
           text->address <= COMESG_IMAGE_LIMIT - text->size;
}

static void mark_start(struct sweep *sweep, size_t offset)
{
    sweep->starts[offset / 8] |= (uint8_t)(1u << offset % 8);
}

static bool is_start(const struct sweep *sweep, size_t offset)
{
    return sweep->starts[offset / 8] >> offset % 8 & 1;
}

static bool grow_branches(struct sweep *sweep)
{
    size_t capacity = sweep->branch_capacity * 2 + 64;
    struct branch *branches = realloc(sweep->branches, capacity * sizeof(*branches));
    if (branches == NULL)
        return refuse_text(sweep, VERIFIER_OUT_OF_MEMORY);
    sweep->branches = branches;
    sweep->branch_capacity = capacity;
    return true;
}

static bool record_branch(struct sweep *sweep, size_t source, int64_t target)
{
    if (target < 0 || target >= (int64_t)sweep->text.size)
        return !verifier_refuse(sweep, source, VERIFIER_BRANCH_TARGET);
    if (sweep->branch_count == sweep->branch_capacity && !grow_branches(sweep))
        return false;
    sweep->branches[sweep->branch_count++] = (struct branch){(uint32_t)source, (uint32_t)target};
    return true;
}

/* The pattern at `offset`, as if zeros followed the text. */
static struct pattern match_at(const struct sweep *sweep, size_t offset)
{
    uint8_t window[PATTERN_WINDOW] = {0};
    size_t left = sweep->text.size - offset;
    if (left >= PATTERN_WINDOW)
        return pattern_match(sweep->text.bytes + offset);
    memcpy(window, sweep->text.bytes + offset, left);
    struct pattern pattern = pattern_match(window);
    return pattern.length <= left ? pattern : (struct pattern){0};
}

/* Returns the length of what starts at `offset`, or 0 if it is refused. */
static unsigned step(struct sweep *sweep, size_t offset)
{
    struct pattern pattern = match_at(sweep, offset);
    sweep->stopped = pattern.stops;
    if (pattern.length == 0)
        return verifier_check_instruction(sweep, offset);
    int64_t target = (int64_t)offset + pattern.branch_end + pattern.displacement;
    if (pattern.branches && !record_branch(sweep, offset + pattern.branch_start, target))
        return 0;
    return pattern.length;
}

static bool check_instructions(struct sweep *sweep)
{
    size_t offset = 0;
    while (offset < sweep->text.size) {
        mark_start(sweep, offset);
        unsigned length = step(sweep, offset);
        if (length == 0)
            return false;
        if (offset + length == sweep->text.size && !sweep->stopped)
            return !verifier_refuse(sweep, offset, VERIFIER_FALL_THROUGH);
        offset += length;
    }
    return true;
}

static bool check_branch_targets(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->branch_count; i++) {
        const struct branch *branch = &sweep->branches[i];
        if (!is_start(sweep, branch->target) && verifier_refuse(sweep, branch->source, VERIFIER_BRANCH_TARGET))
            return false;
    }
    return true;
}

/* Whoever checks a landing pad sees only its bytes, so they must not occur in immediates or across instructions. */
static bool check_landing_pads(struct sweep *sweep)
{
    static const uint8_t pad[4] = {0xf3, 0x0f, 0x1e, 0xfa};
    for (size_t offset = 0; offset + sizeof(pad) <= sweep->text.size; offset++) {
        bool stray = memcmp(sweep->text.bytes + offset, pad, sizeof(pad)) == 0 && !is_start(sweep, offset);
        if (stray && verifier_refuse(sweep, offset, VERIFIER_LANDING_PAD))
            return false;
    }
    return true;
}

static bool check_text(struct sweep *sweep)
{
    return check_instructions(sweep) && check_branch_targets(sweep) && check_landing_pads(sweep);
}

bool verifier_check(const struct verifier_text *text, struct verifier_refusal *refusal)
{
    struct sweep sweep = {.text = *text, .refusal = refusal};
    *refusal = (struct verifier_refusal){.rule = VERIFIER_ACCEPTED};
    if (!bounds_are_legal(&sweep.text))
        return refuse_text(&sweep, VERIFIER_TEXT_BOUNDS);
    sweep.starts = calloc(1, sweep.text.size / 8 + 1);
    if (sweep.starts == NULL ||
        ZYAN_FAILED(ZydisDecoderInit(&sweep.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
        return refuse_text(&sweep, VERIFIER_OUT_OF_MEMORY);
    bool accepted = check_text(&sweep);
    free(sweep.branches);
    free(sweep.starts);
    return accepted;
}
