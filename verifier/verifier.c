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

static void mark(uint8_t *bitmap, size_t offset)
{
    bitmap[offset / 8] |= (uint8_t)(1u << offset % 8);
}

static bool is_marked(const uint8_t *bitmap, size_t offset)
{
    return bitmap[offset / 8] >> offset % 8 & 1;
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

static int64_t branch_target(size_t offset, const struct pattern *pattern)
{
    return (int64_t)offset + pattern->branch_end + pattern->displacement;
}

/* Whether the target is an instruction start is judged when all starts are known. */
static bool check_branch(struct sweep *sweep, size_t offset, const struct pattern *pattern)
{
    int64_t target = branch_target(offset, pattern);
    if (target < 0 || target >= (int64_t)sweep->text.size)
        return !verifier_refuse(sweep, offset + pattern->branch_start, VERIFIER_BRANCH_TARGET);
    mark(sweep->targets, (size_t)target);
    return true;
}

/* Returns the length of what starts at `offset`, or 0 if it is refused. */
static unsigned step(struct sweep *sweep, size_t offset)
{
    struct pattern pattern = match_at(sweep, offset);
    sweep->stopped = pattern.stops;
    if (pattern.length == 0)
        return verifier_check_instruction(sweep, offset);
    if (pattern.branches && !check_branch(sweep, offset, &pattern))
        return 0;
    return pattern.length;
}

static bool check_instructions(struct sweep *sweep)
{
    size_t offset = 0;
    while (offset < sweep->text.size) {
        mark(sweep->starts, offset);
        unsigned length = step(sweep, offset);
        if (length == 0)
            return false;
        if (offset + length == sweep->text.size && !sweep->stopped)
            return !verifier_refuse(sweep, offset, VERIFIER_FALL_THROUGH);
        offset += length;
    }
    return true;
}

/* The first branch that goes to `target`. */
static size_t find_branch(const struct sweep *sweep, size_t target)
{
    for (size_t offset = 0; offset < sweep->text.size; offset++) {
        if (!is_marked(sweep->starts, offset))
            continue;
        struct pattern pattern = match_at(sweep, offset);
        if (pattern.branches && branch_target(offset, &pattern) == (int64_t)target)
            return offset + pattern.branch_start;
    }
    return target;
}

static bool check_branch_targets(struct sweep *sweep)
{
    for (size_t offset = 0; offset < sweep->text.size; offset++) {
        bool stray = is_marked(sweep->targets, offset) && !is_marked(sweep->starts, offset);
        if (stray && verifier_refuse(sweep, find_branch(sweep, offset), VERIFIER_BRANCH_TARGET))
            return false;
    }
    return true;
}

/* Whoever checks a landing pad sees only its bytes, so they must not occur in immediates or across instructions. */
static bool check_landing_pads(struct sweep *sweep)
{
    static const uint8_t pad[4] = {0xf3, 0x0f, 0x1e, 0xfa};
    for (size_t offset = 0; offset + sizeof(pad) <= sweep->text.size; offset++) {
        bool stray = memcmp(sweep->text.bytes + offset, pad, sizeof(pad)) == 0 && !is_marked(sweep->starts, offset);
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
    if (ZYAN_FAILED(ZydisDecoderInit(&sweep.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
        return refuse_text(&sweep, VERIFIER_UNDECODABLE);
    size_t bitmap_size = sweep.text.size / 8 + 1;
    sweep.starts = calloc(2, bitmap_size);
    if (sweep.starts == NULL)
        return refuse_text(&sweep, VERIFIER_OUT_OF_MEMORY);
    sweep.targets = sweep.starts + bitmap_size;
    bool accepted = check_text(&sweep);
    free(sweep.starts);
    return accepted;
}
