/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The rules for a single decoded instruction: encoding, list, prefixes, and every operand, the implied ones included.
 */
#include "comesg/abi.h"
#include "verifier/instructions.h"
#include "verifier/sweep.h"

struct instruction {
    struct sweep *sweep;
    size_t offset;
    uint8_t flags;
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* What an operand rule must know about a register. */
enum register_kind {
    NOT_ADMITTED,
    FREE,
    STACK_POINTER,
    THREAD_BLOCK,
    REGION_BASE,
    ZERO_EXTENDED,      /* r11d or r13d */
    ZERO_EXTENDED_OTHER /* any other width of r11 or r13 */
};

#define ALL_WIDTHS(number, kind)                                                                                       \
    [ZYDIS_REGISTER_R##number##B] = (kind), [ZYDIS_REGISTER_R##number##W] = (kind),                                    \
    [ZYDIS_REGISTER_R##number##D] = (kind), [ZYDIS_REGISTER_R##number] = (kind)
#define ZERO_EXTENDED_WIDTHS(number)                                                                                   \
    [ZYDIS_REGISTER_R##number##B] = ZERO_EXTENDED_OTHER, [ZYDIS_REGISTER_R##number##W] = ZERO_EXTENDED_OTHER,          \
    [ZYDIS_REGISTER_R##number##D] = ZERO_EXTENDED, [ZYDIS_REGISTER_R##number] = ZERO_EXTENDED_OTHER
#define LEGACY(byte, word, double_word, quad_word)                                                                     \
    [ZYDIS_REGISTER_##byte] = FREE, [ZYDIS_REGISTER_##word] = FREE, [ZYDIS_REGISTER_##double_word] = FREE,             \
    [ZYDIS_REGISTER_##quad_word] = FREE

static const uint8_t register_kinds[ZYDIS_REGISTER_MAX_VALUE + 1] = {
    LEGACY(AL, AX, EAX, RAX),
    LEGACY(CL, CX, ECX, RCX),
    LEGACY(DL, DX, EDX, RDX),
    LEGACY(BL, BX, EBX, RBX),
    LEGACY(BPL, BP, EBP, RBP),
    LEGACY(SIL, SI, ESI, RSI),
    LEGACY(DIL, DI, EDI, RDI),
    [ZYDIS_REGISTER_AH] = FREE,
    [ZYDIS_REGISTER_CH] = FREE,
    [ZYDIS_REGISTER_DH] = FREE,
    [ZYDIS_REGISTER_BH] = FREE,
    ALL_WIDTHS(8, FREE),
    ALL_WIDTHS(9, FREE),
    ALL_WIDTHS(10, FREE),
    ALL_WIDTHS(12, FREE),
    ZERO_EXTENDED_WIDTHS(11),
    ZERO_EXTENDED_WIDTHS(13),
    ALL_WIDTHS(14, REGION_BASE),
    ALL_WIDTHS(15, THREAD_BLOCK),
    [ZYDIS_REGISTER_SPL] = STACK_POINTER,
    [ZYDIS_REGISTER_SP] = STACK_POINTER,
    [ZYDIS_REGISTER_ESP] = STACK_POINTER,
    [ZYDIS_REGISTER_RSP] = STACK_POINTER,
    [ZYDIS_REGISTER_XMM0... ZYDIS_REGISTER_XMM15] = FREE,
    [ZYDIS_REGISTER_YMM0... ZYDIS_REGISTER_YMM15] = FREE,
    [ZYDIS_REGISTER_FLAGS] = FREE,
    [ZYDIS_REGISTER_EFLAGS] = FREE,
    [ZYDIS_REGISTER_RFLAGS] = FREE,
};

static bool refuse(struct instruction *instruction, enum verifier_rule rule)
{
    return verifier_refuse(instruction->sweep, instruction->offset, rule);
}

/* The rule that names best what is wrong with an instruction that is not on the list. */
static enum verifier_rule rule_of_unlisted(const struct instruction *instruction)
{
    const ZydisDecodedInstruction *decoded = &instruction->decoded;
    switch (decoded->meta.category) {
    case ZYDIS_CATEGORY_STRINGOP:
        return VERIFIER_STRING_UNIT;
    case ZYDIS_CATEGORY_RET:
        return VERIFIER_RETURN;
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_UNCOND_BR:
        if (decoded->raw.modrm.mod != 3 && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            instruction->operands[0].mem.base == ZYDIS_REGISTER_R15)
            return VERIFIER_GATE;
        return VERIFIER_BRANCH_FORM;
    case ZYDIS_CATEGORY_COND_BR:
        return VERIFIER_BRANCH_FORM;
    default:
        return VERIFIER_INSTRUCTION;
    }
}

static bool is_listed(const struct instruction *instruction)
{
    return (instruction->flags & INSTRUCTION_ADMITTED) != 0 &&
           instruction->decoded.meta.category != ZYDIS_CATEGORY_STRINGOP;
}

static bool may_have_66(const struct instruction *instruction, ZydisPrefixType type)
{
    if (type == ZYDIS_PREFIX_TYPE_MANDATORY)
        return true;
    return (instruction->flags & INSTRUCTION_SIZED) && instruction->decoded.operand_width == 16;
}

static bool may_have_lock(const struct instruction *instruction)
{
    return (instruction->flags & INSTRUCTION_LOCKABLE) && instruction->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
}

static bool may_have_prefix(const struct instruction *instruction, unsigned i)
{
    const ZydisDecodedInstructionRaw *raw = &instruction->decoded.raw;
    for (unsigned j = 0; j < i; j++)
        if (raw->prefixes[j].value == raw->prefixes[i].value)
            return false;
    switch (raw->prefixes[i].value) {
    case 0x40 ... 0x4f:
        return i + 1u == raw->prefix_count;
    case 0x66:
        return may_have_66(instruction, raw->prefixes[i].type);
    case 0xf2:
    case 0xf3:
        return raw->prefixes[i].type == ZYDIS_PREFIX_TYPE_MANDATORY;
    case 0xf0:
        return may_have_lock(instruction);
    default:
        return false;
    }
}

static bool prefixes_are_legal(const struct instruction *instruction)
{
    unsigned count = instruction->decoded.raw.prefix_count;
    if (instruction->decoded.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
        return count == 0;
    for (unsigned i = 0; i < count; i++)
        if (!may_have_prefix(instruction, i))
            return false;
    return true;
}

/* A register as an operand, or as a part of an address that is only computed. */
static bool check_register(struct instruction *instruction, ZydisRegister reg, bool written)
{
    switch (register_kinds[reg]) {
    case FREE:
    case ZERO_EXTENDED:
        return true;
    case STACK_POINTER:
        return !refuse(instruction, VERIFIER_STACK_POINTER);
    case THREAD_BLOCK:
        return !refuse(instruction, VERIFIER_THREAD_BLOCK);
    case REGION_BASE:
        return !written || !refuse(instruction, VERIFIER_REGION_BASE);
    case ZERO_EXTENDED_OTHER:
        return !written || !refuse(instruction, VERIFIER_UPPER_HALF);
    default:
        return !refuse(instruction, VERIFIER_REGISTER_CLASS);
    }
}

static bool check_address_register(struct instruction *instruction, ZydisRegister reg)
{
    return reg == ZYDIS_REGISTER_NONE || reg == ZYDIS_REGISTER_RIP || check_register(instruction, reg, false);
}

/* An address relative to rip counts from the end of the instruction. */
static bool rip_range_is_legal(const struct instruction *instruction, const ZydisDecodedOperand *operand)
{
    int64_t next = (int64_t)(instruction->sweep->text.address + instruction->offset + instruction->decoded.length);
    int64_t start = next + operand->mem.disp.value;
    return start >= 0 && start <= COMESG_REGION_SIZE - operand->size / 8;
}

static bool is_region_form(const ZydisDecodedOperandMem *mem)
{
    return mem->type == ZYDIS_MEMOP_TYPE_MEM && mem->base == ZYDIS_REGISTER_R14 && mem->scale == 1 &&
           (mem->index == ZYDIS_REGISTER_R11 || mem->index == ZYDIS_REGISTER_R13);
}

static bool is_rip_form(const ZydisDecodedOperandMem *mem)
{
    return mem->type == ZYDIS_MEMOP_TYPE_MEM && mem->base == ZYDIS_REGISTER_RIP && mem->index == ZYDIS_REGISTER_NONE;
}

static bool check_access(struct instruction *instruction, const ZydisDecodedOperand *operand)
{
    if (is_region_form(&operand->mem))
        return true;
    if (is_rip_form(&operand->mem))
        return rip_range_is_legal(instruction, operand) || !refuse(instruction, VERIFIER_RIP_RANGE);
    return check_address_register(instruction, operand->mem.base) && !refuse(instruction, VERIFIER_MEMORY_FORM);
}

static bool check_memory(struct instruction *instruction, const ZydisDecodedOperand *operand)
{
    bool only_computed = (instruction->flags & INSTRUCTION_ADDRESS_ONLY) && operand->mem.type == ZYDIS_MEMOP_TYPE_AGEN;
    if (only_computed)
        return check_address_register(instruction, operand->mem.base) &&
               check_address_register(instruction, operand->mem.index);
    bool far_bit =
        (instruction->flags & INSTRUCTION_BIT_STRING) && instruction->operands[1].type != ZYDIS_OPERAND_TYPE_IMMEDIATE;
    if (far_bit && refuse(instruction, VERIFIER_BIT_OFFSET))
        return false;
    return check_access(instruction, operand);
}

static bool check_operand(struct instruction *instruction, const ZydisDecodedOperand *operand)
{
    switch (operand->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        return check_register(instruction, operand->reg.value,
                              (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0);
    case ZYDIS_OPERAND_TYPE_MEMORY:
        return check_memory(instruction, operand);
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        return true;
    default:
        return !refuse(instruction, VERIFIER_INSTRUCTION);
    }
}

/* An addressing byte that denotes memory without a memory operand would be an access that nobody has looked at. */
static bool memory_is_accounted_for(const struct instruction *instruction)
{
    const ZydisDecodedInstruction *decoded = &instruction->decoded;
    unsigned count = 0;
    for (unsigned i = 0; i < decoded->operand_count; i++)
        count += instruction->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY;
    bool has_memory = (decoded->attributes & ZYDIS_ATTRIB_HAS_MODRM) && decoded->raw.modrm.mod != 3;
    return count == has_memory;
}

static bool check_operands(struct instruction *instruction)
{
    if (instruction->decoded.address_width != 64 && refuse(instruction, VERIFIER_PREFIX))
        return false;
    for (unsigned i = 0; i < instruction->decoded.operand_count; i++)
        if (!check_operand(instruction, &instruction->operands[i]))
            return false;
    return memory_is_accounted_for(instruction) || !refuse(instruction, VERIFIER_MEMORY_FORM);
}

static bool decode(struct instruction *instruction, struct sweep *sweep, size_t offset)
{
    instruction->sweep = sweep;
    instruction->offset = offset;
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&sweep->decoder, sweep->text.bytes + offset, sweep->text.size - offset,
                                               &instruction->decoded, instruction->operands));
}

/* The decoder also knows VEX encodings of popcnt and others, which only some coprocessors have. */
static bool encoding_is_legal(const struct instruction *instruction)
{
    ZydisInstructionEncoding encoding = instruction->decoded.encoding;
    if (!(instruction->flags & INSTRUCTION_ADMITTED))
        return encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY || encoding == ZYDIS_INSTRUCTION_ENCODING_VEX;
    return encoding ==
           (instruction->flags & INSTRUCTION_VEX ? ZYDIS_INSTRUCTION_ENCODING_VEX : ZYDIS_INSTRUCTION_ENCODING_LEGACY);
}

static bool check(struct instruction *instruction)
{
    instruction->flags = verifier_instructions[instruction->decoded.mnemonic];
    if (!encoding_is_legal(instruction) && refuse(instruction, VERIFIER_ENCODING))
        return false;
    if (!is_listed(instruction))
        return !refuse(instruction, rule_of_unlisted(instruction));
    if (!prefixes_are_legal(instruction) && refuse(instruction, VERIFIER_PREFIX))
        return false;
    return check_operands(instruction);
}

unsigned verifier_check_instruction(struct sweep *sweep, size_t offset)
{
    struct instruction instruction;
    if (!decode(&instruction, sweep, offset))
        return verifier_refuse(sweep, offset, VERIFIER_UNDECODABLE) ? 0 : 1;
    return check(&instruction) ? instruction.decoded.length : 0;
}
