/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Ordinary instructions: guards for their memory operand, and the few that cannot be kept as they are because of
 * reserved registers, high-byte registers, or landing-pad bytes in an immediate.
 */
#include "comesg/abi.h"
#include "toolchain/rewriter/internal.h"
#include <string.h>

#define LANDING_PAD_VALUE 0xfa1e0ff3

static bool is_written(const struct statement *statement, int operand)
{
    int last = statement->count - 1;
    switch (statement->instruction->kind) {
    case KIND_READ:
    case KIND_PUSH:
        return false;
    case KIND_EXCHANGE:
        return operand >= last - 1;
    case KIND_MULTIPLY:
        return operand == last && last > 0;
    default:
        return operand == last;
    }
}

static bool may_write_guard(const struct statement *statement)
{
    static const char *const names[] = {"mov", "lea", "add", "sub", "and", "or", "xor", "movzb", "movzw"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(statement->instruction->name, names[i]))
            return true;
    return false;
}

static bool is_thread_pointer_load(const struct statement *statement)
{
    if (strcmp(statement->instruction->name, "mov") || statement->count != 2 || statement->prefixes)
        return false;
    const struct operand *source = &statement->operands[0], *target = &statement->operands[1];
    return source->kind == OPERAND_MEMORY && !source->segment && source->base == R15 && source->index == NO_REGISTER &&
           source->literal && source->value == COMESG_THREAD_POINTER && !source->address32 &&
           target->kind == OPERAND_REGISTER && target->reg.class == CLASS_GENERAL && target->reg.size == 8;
}

static const char *class_reason(enum register_class class)
{
    switch (class) {
    case CLASS_MMX:
        return "MMX is refused; use SSE";
    case CLASS_X87:
        return "x87 is refused; long double is 64 bits here";
    case CLASS_SEGMENT:
        return "segment registers and bases are the core's";
    default:
        return "this register is refused";
    }
}

static bool needs_guard(const struct operand *operand)
{
    return operand->kind == OPERAND_MEMORY && operand->base != RIP && !is_native_guard(operand) &&
           !is_native_stack(operand);
}

static const char *reserved_reason(const struct statement *statement, int index)
{
    const struct operand *operand = &statement->operands[index];
    if (memory_uses(operand, R15))
        return is_thread_pointer_load(statement) ? NULL : "r15 addresses the gates and the thread pointer only";
    if (operand->kind != OPERAND_REGISTER)
        return NULL;
    if (operand->reg.class == CLASS_VECTOR)
        return NULL;
    if (operand->reg.class != CLASS_GENERAL)
        return class_reason(operand->reg.class);
    bool written = is_written(statement, index);
    if (operand->reg.number == R15)
        return "r15 is the thread block's address: it can be neither read nor written";
    if (operand->reg.number == R14 && written)
        return "r14 is the region base and cannot be written";
    if ((operand->reg.number == R11 || operand->reg.number == R13) && written &&
        (operand->reg.size != 4 || !may_write_guard(statement)))
        return "r11 and r13 can only be written by plain 32-bit instructions; use another register";
    if (operand->reg.number == R11 && statement->instruction->kind != KIND_LEA)
        for (int i = 0; i < statement->count; i++)
            if (needs_guard(&statement->operands[i]))
                return "r11 is the guard register and is overwritten here; use another register";
    return NULL;
}

bool check_reserved(struct rewriter *rw, const struct statement *statement)
{
    for (int i = 0; i < statement->count; i++) {
        const char *reason = reserved_reason(statement, i);
        if (reason) {
            refuse(rw, statement, "%s", reason);
            return false;
        }
    }
    return true;
}

static bool is_thread_self(const struct statement *statement)
{
    const struct operand *source = &statement->operands[0], *target = &statement->operands[1];
    return statement->count == 2 && !strcmp(statement->instruction->name, "mov") && source->kind == OPERAND_MEMORY &&
           source->segment && !strcmp(source->segment, "fs") && source->base == NO_REGISTER &&
           source->index == NO_REGISTER && source->literal && source->value == 0 && target->kind == OPERAND_REGISTER &&
           target->reg.class == CLASS_GENERAL && target->reg.size == 8 && target->reg.number != R11 &&
           target->reg.number != R13;
}

static bool has_whole_pad(uint64_t value)
{
    for (int shift = 0; shift <= 32; shift += 8)
        if ((uint32_t)(value >> shift) == LANDING_PAD_VALUE)
            return true;
    return false;
}

/* The byte in front of an immediate may be f3, so three bytes are enough to be careful. */
static bool needs_split(const struct statement *statement, const struct operand *operand)
{
    if (operand->kind != OPERAND_IMMEDIATE || !operand->literal)
        return false;
    uint64_t value = (uint64_t)operand->value;
    (void)statement;
    return has_whole_pad(value) || (value & 0xffffff) == 0xfa1e0f || ((value >> 8) & 0xffffff) == 0xfa1e0f;
}

static int32_t split_distance(uint64_t value)
{
    static const int32_t distances[] = {0x10001, -0x10001, 0x1010101, -0x1010101, 0x7fffffff, -0x7fffffff};
    for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
        uint64_t rest = value - (uint64_t)(int64_t)distances[i];
        if (!has_whole_pad(rest) && (rest & 0xffffff) != 0xfa1e0f && ((rest >> 8) & 0xffffff) != 0xfa1e0f)
            return distances[i];
    }
    return 1;
}

static void load_constant(struct rewriter *rw, uint64_t value, int number)
{
    int32_t distance = split_distance(value);
    emit(rw, "movabsq $0x%llx,%%%s", (unsigned long long)(value - (uint64_t)(int64_t)distance),
         register_name(number, 8));
    emit(rw, "leaq %d(%%%s),%%%s", distance, register_name(number, 8), register_name(number, 8));
}

static int operand_size(const struct statement *statement)
{
    for (int i = statement->count - 1; i >= 0; i--)
        if (statement->operands[i].kind == OPERAND_REGISTER)
            return statement->operands[i].reg.size;
    return statement->suffix == 'b' ? 1 : statement->suffix == 'w' ? 2 : statement->suffix == 'l' ? 4 : 8;
}

static void rewrite_immediate(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *immediate = &statement->operands[0];
    const struct operand *target = &statement->operands[statement->count - 1];
    int size = operand_size(statement);
    uint64_t value = (uint64_t)immediate->value;
    bool move = !strncmp(statement->instruction->name, "mov", 3);
    if (statement->instruction->kind == KIND_VECTOR || immediate != statement->operands || statement->count < 2) {
        refuse(rw, statement, "the immediate contains the bytes of a landing pad");
        return;
    }
    if (move && target->kind == OPERAND_REGISTER && target->reg.number != R11 && target->reg.number != R13) {
        load_constant(rw, size == 4 ? (uint32_t)value : value, target->reg.number);
        return;
    }
    int scratch = borrow(rw, statement);
    load_constant(rw, value, scratch);
    struct statement changed = *statement;
    if (statement->count == 3) {
        emit(rw, "mov%c %s,%s",
             size == 8   ? 'q'
             : size == 4 ? 'l'
                         : 'w',
             statement->operands[1].kind == OPERAND_MEMORY ? guard_operand(rw, statement, &statement->operands[1])
                                                           : statement->operands[1].text,
             target->text);
        changed.operands[1] = *target;
        changed.count = 2;
    }
    if (move)
        changed.name = size == 8 ? "movq" : size == 4 ? "movl" : "movw";
    changed.operands[0].kind = OPERAND_REGISTER;
    changed.operands[0].reg = (struct machine_register){CLASS_GENERAL, scratch, size, false};
    changed.operands[0].text = arena_format(rw, "%%%s", register_name(scratch, size));
    rewrite_general(rw, &changed);
    give_back(rw, scratch);
}

static bool check_form(struct rewriter *rw, const struct statement *statement)
{
    const char *name = statement->instruction->name;
    int memories = 0;
    for (int i = 0; i < statement->count; i++) {
        memories += statement->operands[i].kind == OPERAND_MEMORY;
        if (statement->operands[i].indirect) {
            refuse(rw, statement, "a star on an operand that is no branch target");
            return false;
        }
    }
    bool scan = !strcmp(name, "bsf") || !strcmp(name, "bsr");
    if (statement->prefixes & ~(unsigned)(PREFIX_LOCK | (scan ? PREFIX_REP : 0)))
        refuse(rw, statement, "this prefix is refused here");
    else if (memories > 1)
        refuse(rw, statement, "more than one memory operand");
    else if (!strcmp(name, "movabs") && memories)
        refuse(rw, statement, "a 64-bit absolute address; load it to a register first");
    else
        return true;
    return false;
}

/* ah, bh, ch, dh cannot stand beside a register that needs a REX prefix: swap the halves around the instruction. */
static void emit_with_high_byte(struct rewriter *rw, const struct statement *statement, const char **operands, int high)
{
    int number = statement->operands[high].reg.number;
    static const char *const halves[] = {"%ah,%al", "%ch,%cl", "%dh,%dl", "%bh,%bl"};
    if (!strcmp(statement->instruction->name, "cmpxchg") && number == RAX) {
        refuse(rw, statement, "cmpxchg of ah with memory is not rewritten; use another register");
        return;
    }
    operands[high] = arena_format(rw, "%%%s", register_name(number, 1));
    emit(rw, "xchgb %s", halves[number]);
    emit_instruction(rw, statement, operands);
    emit(rw, "xchgb %s", halves[number]);
}

static void rewrite_operands(struct rewriter *rw, const struct statement *statement)
{
    const char *operands[OPERANDS_MAX] = {NULL};
    int high = -1;
    bool extended = false;
    for (int i = 0; i < statement->count; i++) {
        const struct operand *operand = &statement->operands[i];
        if (operand->kind == OPERAND_REGISTER && operand->reg.high)
            high = i;
        if (operand->kind != OPERAND_MEMORY)
            continue;
        operands[i] = guard_operand(rw, statement, operand);
        extended = strstr(operands[i], "%r14");
    }
    if (high >= 0 && extended)
        emit_with_high_byte(rw, statement, operands, high);
    else
        emit_instruction(rw, statement, operands);
}

void rewrite_general(struct rewriter *rw, const struct statement *statement)
{
    if (!check_form(rw, statement) || !check_reserved(rw, statement))
        return;
    if (is_thread_pointer_load(statement)) {
        emit_instruction(rw, statement, NULL);
        return;
    }
    if (is_thread_self(statement)) {
        emit(rw, "movq 0x40(%%r15),%s", statement->operands[1].text);
        return;
    }
    if (has_far_bit(statement)) {
        rewrite_far_bit(rw, statement);
        return;
    }
    for (int i = 0; i < statement->count; i++)
        if (needs_split(statement, &statement->operands[i])) {
            rewrite_immediate(rw, statement);
            return;
        }
    rewrite_operands(rw, statement);
}
