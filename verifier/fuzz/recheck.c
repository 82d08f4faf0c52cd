/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The second opinion. Decodes the whole text into arrays first, then judges each instruction with its predecessors.
 */
#include "verifier/fuzz/recheck.h"
#include "comesg/abi.h"
#include <Zydis/Zydis.h>
#include <stdlib.h>
#include <string.h>

struct item {
    uint64_t start; /* offset in the text */
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    bool inside; /* of a unit: no branch may come here */
};

struct program {
    const struct verifier_text *text;
    struct item *items;
    size_t count;
};

static const char *decode_all(struct program *program)
{
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    program->items = calloc(program->text->size, sizeof(*program->items));
    if (program->items == NULL)
        abort();
    for (uint64_t at = 0; at < program->text->size; at += program->items[program->count++].instruction.length) {
        struct item *item = &program->items[program->count];
        item->start = at;
        if (ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, program->text->bytes + at, program->text->size - at,
                                               &item->instruction, item->operands)))
            return "undecodable";
    }
    return NULL;
}

static ZydisRegister whole(ZydisRegister reg)
{
    return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
}

static bool is_general(ZydisRegister reg)
{
    ZydisRegisterClass class = ZydisRegisterGetClass(reg);
    return class == ZYDIS_REGCLASS_GPR8 || class == ZYDIS_REGCLASS_GPR16 || class == ZYDIS_REGCLASS_GPR32 ||
           class == ZYDIS_REGCLASS_GPR64;
}

static bool is_reg(const struct item *item, unsigned i, ZydisRegister reg)
{
    return i < item->instruction.operand_count && item->operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           item->operands[i].reg.value == reg;
}

static bool is_mem(const struct item *item, unsigned i, ZydisRegister base, ZydisRegister index, int64_t displacement)
{
    const ZydisDecodedOperand *operand = &item->operands[i];
    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.base == base && operand->mem.index == index &&
           (index == ZYDIS_REGISTER_NONE || operand->mem.scale == 1) && operand->mem.disp.value == displacement &&
           operand->mem.segment != ZYDIS_REGISTER_FS && operand->mem.segment != ZYDIS_REGISTER_GS;
}

static ZydisRegister low_half(ZydisRegister reg)
{
    return reg - ZYDIS_REGISTER_RAX + ZYDIS_REGISTER_EAX;
}

/* The register zero-extends itself in item a and becomes a pointer into the region in item b. */
static bool is_guard(const struct item *a, const struct item *b, ZydisRegister reg)
{
    return a->instruction.mnemonic == ZYDIS_MNEMONIC_MOV && is_reg(a, 0, low_half(reg)) &&
           is_reg(a, 1, low_half(reg)) && b->instruction.mnemonic == ZYDIS_MNEMONIC_LEA && is_reg(b, 0, reg) &&
           is_mem(b, 1, ZYDIS_REGISTER_R14, reg, 0);
}

/* How many items before item i make up a landing-pad check of `reg`; 0: none. */
static size_t landing_pad_check(const struct program *program, size_t i, ZydisRegister reg)
{
    if (i < 5 || !is_general(reg) || whole(reg) != reg)
        return 0;
    const struct item *p = &program->items[i - 5];
    bool zero_extends = p[0].instruction.mnemonic == ZYDIS_MNEMONIC_MOV && is_reg(&p[0], 0, low_half(reg)) &&
                        is_reg(&p[0], 1, low_half(reg));
    bool loads = p[1].instruction.mnemonic == ZYDIS_MNEMONIC_MOV && is_reg(&p[1], 0, ZYDIS_REGISTER_R11D) &&
                 p[1].operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
                 (uint32_t)(p[1].operands[1].imm.value.u + 0xfa1e0ff3u) == 0;
    bool adds = p[2].instruction.mnemonic == ZYDIS_MNEMONIC_ADD && is_reg(&p[2], 0, ZYDIS_REGISTER_R11D) &&
                is_mem(&p[2], 1, ZYDIS_REGISTER_R14, reg, 0);
    bool leaves = p[3].instruction.mnemonic == ZYDIS_MNEMONIC_JNZ;
    bool relocates = p[4].instruction.mnemonic == ZYDIS_MNEMONIC_ADD && is_reg(&p[4], 0, reg) &&
                     is_reg(&p[4], 1, ZYDIS_REGISTER_R14);
    bool free_register = reg != ZYDIS_REGISTER_R11 && reg != ZYDIS_REGISTER_R13 && reg != ZYDIS_REGISTER_R14 &&
                         reg != ZYDIS_REGISTER_R15 && reg != ZYDIS_REGISTER_RSP;
    return zero_extends && loads && adds && leaves && relocates && free_register ? 5 : 0;
}

/* The check's own memory access: item i belongs to a unit that ends three items later. */
static bool is_check_access(const struct program *program, size_t i)
{
    if (i + 3 >= program->count)
        return false;
    const struct item *end = &program->items[i + 3];
    bool branches = end->instruction.mnemonic == ZYDIS_MNEMONIC_CALL || end->instruction.mnemonic == ZYDIS_MNEMONIC_JMP;
    return branches && end->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           landing_pad_check(program, i + 3, end->operands[0].reg.value) != 0;
}

static void close_unit(struct program *program, size_t end, size_t length)
{
    for (size_t i = end - length + 1; i <= end; i++)
        program->items[i].inside = true;
}

static const char *judge_string(struct program *program, size_t i)
{
    const struct item *item = &program->items[i];
    bool rdi = false, rsi = false;
    if (item->instruction.address_width != 64)
        return "string instruction with an address size";
    for (unsigned k = 0; k < item->instruction.operand_count; k++) {
        if (item->operands[k].type != ZYDIS_OPERAND_TYPE_MEMORY)
            continue;
        if (item->operands[k].mem.segment == ZYDIS_REGISTER_FS || item->operands[k].mem.segment == ZYDIS_REGISTER_GS)
            return "string instruction with a segment";
        rdi = rdi || item->operands[k].mem.base == ZYDIS_REGISTER_RDI;
        rsi = rsi || item->operands[k].mem.base == ZYDIS_REGISTER_RSI;
    }
    size_t length = 2 * ((size_t)rdi + rsi);
    if (length == 0 || i < length)
        return "string instruction without guard";
    const struct item *p = &program->items[i - length];
    if ((rdi && !is_guard(&p[0], &p[1], ZYDIS_REGISTER_RDI)) ||
        (rsi && !is_guard(&p[length - 2], &p[length - 1], ZYDIS_REGISTER_RSI)))
        return "string instruction without guard";
    close_unit(program, i, length);
    return NULL;
}

static bool is_listed_gate(ZydisMnemonic kind, int64_t gate)
{
    if (kind == ZYDIS_MNEMONIC_CALL)
        return gate == 0 || gate == 8 || gate == 0x18 || gate == 0x28;
    return gate == 0x10 || gate == 0x20 || gate == 0x30;
}

static const char *judge_branch(struct program *program, size_t i)
{
    const struct item *item = &program->items[i];
    const ZydisDecodedOperand *target = &item->operands[0];
    for (unsigned k = 0; k < item->instruction.raw.prefix_count; k++)
        if ((item->instruction.raw.prefixes[k].value & 0xf0) != 0x40)
            return "branch with a prefix";
    if (item->instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return "far branch";
    if (item->instruction.mnemonic == ZYDIS_MNEMONIC_RET)
        return item->instruction.length == 1 ? NULL : "return that is not bare";
    if (target->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        return NULL;
    if (target->type == ZYDIS_OPERAND_TYPE_MEMORY)
        return is_mem(item, 0, ZYDIS_REGISTER_R15, ZYDIS_REGISTER_NONE, target->mem.disp.value) &&
                       is_listed_gate(item->instruction.mnemonic, target->mem.disp.value)
                   ? NULL
                   : "branch through memory";
    size_t length = landing_pad_check(program, i, target->reg.value);
    if (length == 0)
        return "unchecked indirect branch";
    close_unit(program, i, length);
    return NULL;
}

static bool may_touch_stack(const struct item *item)
{
    ZydisInstructionCategory category = item->instruction.meta.category;
    return category == ZYDIS_CATEGORY_CALL || category == ZYDIS_CATEGORY_RET;
}

static const char *judge_register(const struct item *item, const ZydisDecodedOperand *operand)
{
    ZydisRegister reg = operand->reg.value;
    bool written = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
    if (ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_FLAGS || ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_IP)
        return NULL;
    if (!is_general(reg))
        return (reg >= ZYDIS_REGISTER_XMM0 && reg <= ZYDIS_REGISTER_XMM15) ||
                       (reg >= ZYDIS_REGISTER_YMM0 && reg <= ZYDIS_REGISTER_YMM15)
                   ? NULL
                   : "register of a class that is not cleared or not separate";
    switch (whole(reg)) {
    case ZYDIS_REGISTER_RSP:
        return may_touch_stack(item) ? NULL : "rsp";
    case ZYDIS_REGISTER_R15:
        return "r15";
    case ZYDIS_REGISTER_R14:
        return written ? "r14 written" : NULL;
    case ZYDIS_REGISTER_R11:
    case ZYDIS_REGISTER_R13:
        return written && operand->size != 32 ? "r11 or r13 written otherwise than by a 32-bit write" : NULL;
    default:
        return NULL;
    }
}

static const char *judge_rip_relative(const struct program *program, const struct item *item,
                                      const ZydisDecodedOperand *operand)
{
    int64_t address = (int64_t)(program->text->address + item->start + item->instruction.length);
    address += operand->mem.disp.value;
    return address >= 0 && address + operand->size / 8 <= COMESG_REGION_SIZE ? NULL : "rip-relative access outside";
}

static const char *judge_memory(const struct program *program, size_t i, const ZydisDecodedOperand *operand)
{
    const struct item *item = &program->items[i];
    const ZydisDecodedOperandMem *mem = &operand->mem;
    if (mem->type == ZYDIS_MEMOP_TYPE_AGEN) {
        bool names_reserved =
            mem->base == ZYDIS_REGISTER_RSP || mem->base == ZYDIS_REGISTER_R15 || mem->index == ZYDIS_REGISTER_R15;
        return item->instruction.mnemonic == ZYDIS_MNEMONIC_LEA ? (names_reserved ? "lea of rsp or r15" : NULL)
                                                                : "strange address";
    }
    if (mem->type != ZYDIS_MEMOP_TYPE_MEM)
        return "vector of addresses";
    if (mem->segment == ZYDIS_REGISTER_FS || mem->segment == ZYDIS_REGISTER_GS)
        return "segment";
    if (item->instruction.address_width != 64)
        return "address size";
    if (mem->base == ZYDIS_REGISTER_RSP)
        return may_touch_stack(item) && operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN ? NULL : "stack access";
    if (mem->base == ZYDIS_REGISTER_RIP && mem->index == ZYDIS_REGISTER_NONE)
        return judge_rip_relative(program, item, operand);
    if (mem->base == ZYDIS_REGISTER_R14 && mem->scale == 1 &&
        (mem->index == ZYDIS_REGISTER_R11 || mem->index == ZYDIS_REGISTER_R13))
        return NULL;
    if (item->instruction.mnemonic == ZYDIS_MNEMONIC_ADD && is_check_access(program, i))
        return NULL;
    return "access outside the legal forms";
}

static bool is_thread_pointer_load(const struct item *item)
{
    return item->instruction.mnemonic == ZYDIS_MNEMONIC_MOV && item->instruction.operand_width == 64 &&
           item->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           is_mem(item, 1, ZYDIS_REGISTER_R15, ZYDIS_REGISTER_NONE, COMESG_THREAD_POINTER);
}

static const char *judge_operands(const struct program *program, size_t i)
{
    const struct item *item = &program->items[i];
    bool excused = is_thread_pointer_load(item);
    for (unsigned k = 0; k < item->instruction.operand_count; k++) {
        const ZydisDecodedOperand *operand = &item->operands[k];
        const char *error = NULL;
        if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER)
            error = judge_register(item, operand);
        else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && !excused)
            error = judge_memory(program, i, operand);
        if (error != NULL)
            return error;
    }
    return NULL;
}

static bool is_branch(const struct item *item)
{
    ZydisInstructionCategory category = item->instruction.meta.category;
    return may_touch_stack(item) || category == ZYDIS_CATEGORY_UNCOND_BR || category == ZYDIS_CATEGORY_COND_BR;
}

/* What reaches the kernel, the processor's modes or the clock. Not the verifier's list: its complement in spirit. */
static bool is_privileged(const struct item *item)
{
    switch (item->instruction.meta.category) {
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP:
    case ZYDIS_CATEGORY_SEGOP:
    case ZYDIS_CATEGORY_XSAVE:
    case ZYDIS_CATEGORY_XSAVEOPT:
    case ZYDIS_CATEGORY_RDWRFSGS:
    case ZYDIS_CATEGORY_PKU:
    case ZYDIS_CATEGORY_UINTR:
    case ZYDIS_CATEGORY_WAITPKG:
    case ZYDIS_CATEGORY_ENQCMD:
    case ZYDIS_CATEGORY_MOVDIR:
    case ZYDIS_CATEGORY_X87_ALU:
    case ZYDIS_CATEGORY_PUSH:
    case ZYDIS_CATEGORY_POP:
    case ZYDIS_CATEGORY_RDRAND:
    case ZYDIS_CATEGORY_VTX:
    case ZYDIS_CATEGORY_SGX:
        return true;
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_SYSTEM:
        return item->instruction.mnemonic != ZYDIS_MNEMONIC_HLT;
    default:
        return (item->instruction.cpu_flags->set_1 | item->instruction.cpu_flags->undefined) & ZYDIS_CPUFLAG_DF;
    }
}

static bool reaches_beyond_address(const struct item *item)
{
    switch (item->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTC:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTS:
        return item->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
               item->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
    default:
        return false;
    }
}

static const char *judge(struct program *program, size_t i)
{
    const struct item *item = &program->items[i];
    if (item->instruction.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
        item->instruction.encoding != ZYDIS_INSTRUCTION_ENCODING_VEX)
        return "encoding";
    if (item->instruction.mnemonic == ZYDIS_MNEMONIC_NOP)
        return NULL;
    if (is_privileged(item))
        return "privileged";
    if (reaches_beyond_address(item))
        return "bit offset in a register";
    if (item->instruction.meta.category == ZYDIS_CATEGORY_STRINGOP)
        return judge_string(program, i);
    const char *error = is_branch(item) ? judge_branch(program, i) : NULL;
    if (error != NULL)
        return error;
    bool gate = is_branch(item) && item->operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
    return gate ? NULL : judge_operands(program, i);
}

static const char *judge_target(const struct program *program, const struct item *item)
{
    if (!is_branch(item) || item->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
        return NULL;
    uint64_t target = item->start + item->instruction.length + item->operands[0].imm.value.u;
    for (size_t i = 0; i < program->count; i++)
        if (program->items[i].start == target)
            return program->items[i].inside ? "branch into a unit" : NULL;
    return "branch to no instruction";
}

static const char *judge_pads(const struct program *program, uint64_t *at)
{
    size_t next = 0;
    for (*at = 0; *at + 4 <= program->text->size; ++*at) {
        while (next < program->count && program->items[next].start < *at)
            next++;
        bool starts = next < program->count && program->items[next].start == *at && !program->items[next].inside;
        if (memcmp(program->text->bytes + *at, "\xf3\x0f\x1e\xfa", 4) == 0 && !starts)
            return "stray landing pad";
    }
    return NULL;
}

static bool falls_through(const struct item *last)
{
    switch (last->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
    case ZYDIS_MNEMONIC_RET:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_HLT:
        return false;
    default:
        return true;
    }
}

static const char *judge_all(struct program *program, uint64_t *at)
{
    const char *error = decode_all(program);
    for (size_t i = 0; error == NULL && i < program->count; i++) {
        *at = program->items[i].start;
        error = judge(program, i);
    }
    for (size_t i = 0; error == NULL && i < program->count; i++) {
        *at = program->items[i].start;
        error = judge_target(program, &program->items[i]);
    }
    if (error == NULL)
        error = judge_pads(program, at);
    if (error == NULL && (program->count == 0 || falls_through(&program->items[program->count - 1])))
        error = "falls off the end";
    return error;
}

const char *recheck(const struct verifier_text *text, uint64_t *address)
{
    struct program program = {.text = text};
    const char *error = judge_all(&program, address);
    *address += text->address;
    free(program.items);
    return error;
}
