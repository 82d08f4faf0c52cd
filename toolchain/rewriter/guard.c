/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory operands: every address is cut to the region through r11, or is a stack slot, or relative to the instruction
 * pointer. Only lea and mov are used, so flags stay.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

/* The first and last 64 KiB of a region are never mapped. So if base plus displacement is a valid address and the
 * displacement is smaller than that, the base lies in the region too and the displacement may be added after the cut.
 */
#define FOLD_LIMIT 0xffff

static const char *address_text(struct rewriter *rw, const char *expression, const char *base, int index, int scale)
{
    if (index == NO_REGISTER)
        return arena_format(rw, "%s(%%%s)", expression, base);
    return arena_format(rw, "%s(%s%s,%%%s,%d)", expression, *base ? "%" : "", base, register_name(index, 8), scale);
}

static bool contains_pad(int64_t value)
{
    uint64_t bits = (uint64_t)value;
    for (int shift = 0; shift <= 40; shift += 8)
        if (((bits >> shift) & 0xffffff) == 0xfa1e0f)
            return true;
    return false;
}

/* leal of an address whose displacement is a number, without the bytes of a landing pad in it. */
static void emit_guard(struct rewriter *rw, const struct operand *operand, const char *base, const char *expression)
{
    bool split = operand->literal && *expression && contains_pad((int64_t)(uint32_t)operand->value);
    if (split)
        expression = arena_format(rw, "%d", (int32_t)((uint32_t)operand->value - 0x10001));
    if (operand->index == NO_REGISTER && !*base)
        emit(rw, "movl $%s,%%r11d", *expression ? expression : "0");
    else if (operand->index == NO_REGISTER && !*expression)
        emit(rw, "movl %%%s,%%r11d", register_name(operand->base, 4));
    else
        emit(rw, "leal %s,%%r11d", address_text(rw, expression, base, operand->index, operand->scale));
    if (split)
        emit(rw, "leal 0x10001(%%r11),%%r11d");
}

static bool may_fold(const struct operand *operand)
{
    if (operand->base == NO_REGISTER)
        return false;
    if (!operand->literal)
        return strstr(operand->expression, "@tpoff") || strstr(operand->expression, "@TPOFF");
    return operand->value >= -FOLD_LIMIT && operand->value <= FOLD_LIMIT;
}

/* The operand by what r11 holds already, or NULL. The same limit as for a displacement holds for the distance from it.
 */
static const char *reuse_guard(struct rewriter *rw, const struct section *section, const struct operand *operand)
{
    int64_t distance;
    if (!guard_distance(section, operand, &distance))
        return NULL;
    if (!operand->literal)
        return distance || !may_fold(operand) ? NULL : arena_format(rw, "%s(%%r14,%%r11)", operand->expression);
    distance = (int32_t)(uint32_t)(distance + operand->value);
    if (distance < -FOLD_LIMIT || distance > FOLD_LIMIT)
        return NULL;
    return distance ? arena_format(rw, "%lld(%%r14,%%r11)", (long long)distance) : "(%r14,%r11)";
}

/* The sum of the virtual stack pointer and the rest of the address. */
static void emit_stack_guard(struct rewriter *rw, const struct statement *statement, const struct operand *operand)
{
    struct section *section = statement->section;
    forget_guard(section);
    if (section->adjustment > ENTRY_ADJUSTMENT)
        set_adjustment(rw, section, 0);
    struct operand moved = *operand;
    moved.value = operand->value - section->adjustment;
    emit_guard(rw, &moved, "r13",
               operand->literal ? arena_format(rw, "%lld", (long long)moved.value)
                                : arena_format(rw, "%s%+d", operand->expression, -section->adjustment));
}

static const char *guard_plain(struct rewriter *rw, const struct statement *statement, const struct operand *operand)
{
    const char *base = operand->base == NO_REGISTER ? "" : register_name(operand->base, 8);
    const char *expression = operand->literal && !operand->value ? "" : operand->expression;
    struct section *section = statement->section;
    if (operand->base == RSP) {
        emit_stack_guard(rw, statement, operand);
        return "(%r14,%r11)";
    }
    bool in_frame = rw->functions[statement->function].takes_stack_address;
    if (in_frame && statement->section->adjustment > ENTRY_ADJUSTMENT)
        set_adjustment(rw, statement->section, 0);
    if (operand->base == NO_REGISTER && operand->index == NO_REGISTER && !operand->literal)
        refuse(rw, statement, "an absolute address of a symbol; write symbol(%%rip)");
    const char *again = reuse_guard(rw, section, operand);
    if (again)
        return again;
    if (!may_fold(operand)) {
        emit_guard(rw, operand, base, expression);
        if (operand->literal)
            learn_guard(section, operand, operand->value);
        else
            forget_guard(section);
        return "(%r14,%r11)";
    }
    emit_guard(rw, operand, base, "");
    learn_guard(section, operand, 0);
    return arena_format(rw, "%s(%%r14,%%r11)", expression);
}

/* Thread-local data: the thread pointer plus the rest of the address. */
static const char *guard_thread(struct rewriter *rw, const struct statement *statement, const struct operand *operand)
{
    if (operand->base == RSP || operand->base == RIP) {
        refuse(rw, statement, "this thread-local address is not understood");
        return "";
    }
    forget_guard(statement->section);
    bool fold = may_fold(operand) || !operand->literal;
    const char *inside = fold ? "" : operand->expression;
    int scratch = borrow(rw, statement);
    emit(rw, "movq 0x40(%%r15),%%%s", register_name(scratch, 8));
    if (operand->base == NO_REGISTER) {
        emit(rw, "leal %s,%%r11d", address_text(rw, inside, register_name(scratch, 8), operand->index, operand->scale));
    } else {
        if (operand->index != NO_REGISTER)
            emit(rw, "leal %s,%%r11d",
                 address_text(rw, "", register_name(operand->base, 8), operand->index, operand->scale));
        else
            emit(rw, "movl %%%s,%%r11d", register_name(operand->base, 4));
        emit(rw, "leal %s,%%r11d", address_text(rw, inside, "r11", scratch, 1));
    }
    give_back(rw, scratch);
    return fold ? arena_format(rw, "%s(%%r14,%%r11)", operand->expression) : "(%r14,%r11)";
}

static void check_frame_slot(struct rewriter *rw, const struct statement *statement, const struct operand *operand)
{
    int frame_pointer = statement->frame.frame_pointer;
    if (operand->base != RBP || operand->index != NO_REGISTER || !operand->literal || frame_pointer == UNKNOWN ||
        statement->frame.offset == UNSEEN)
        return;
    int64_t slot = frame_pointer + operand->value;
    if (slot >= 0 && slot < 8)
        refuse(rw, statement,
               "the return address is on the control stack, out of reach; for setjmp use the C library's");
}

static const char *unguarded_reason(const struct operand *operand)
{
    if (operand->segment && (!strcmp(operand->segment, "gs") || !strcmp(operand->segment, "cs")))
        return "segment registers and bases are the core's";
    bool uses_reserved = memory_uses(operand, R11) || memory_uses(operand, R15);
    if (uses_reserved || (operand->base == RIP && operand->address32))
        return "r11 and r15 cannot be part of an address here, nor eip";
    return NULL;
}

const char *guard_operand(struct rewriter *rw, const struct statement *statement, const struct operand *operand)
{
    if (is_native_stack(operand) || is_native_guard(operand))
        return operand->text;
    if (operand->segment && (!strcmp(operand->segment, "fs")))
        return guard_thread(rw, statement, operand);
    const char *reason = unguarded_reason(operand);
    if (reason)
        refuse(rw, statement, "%s", reason);
    if (operand->base == RIP && !operand->address32)
        return operand->segment ? strchr(operand->text, ':') + 1 : operand->text;
    if (operand->base == RSP && operand->index == NO_REGISTER && !operand->address32)
        return stack_operand(rw, statement, operand->expression, operand->literal, operand->value);
    check_frame_slot(rw, statement, operand);
    return guard_plain(rw, statement, operand);
}

/* Sets r11 to the whole address. */
void load_address(struct rewriter *rw, const struct statement *statement, const struct operand *operand)
{
    const char *reason = unguarded_reason(operand);
    if (reason || operand->segment)
        refuse(rw, statement, "%s", reason ? reason : "no segment register may stand here");
    forget_guard(statement->section);
    check_frame_slot(rw, statement, operand);
    if (operand->base == RSP && operand->index == NO_REGISTER && operand->literal)
        check_return_slot(rw, statement, statement->frame.offset, operand->value);
    if (operand->base == RIP)
        emit(rw, "leal %s,%%r11d", operand->text);
    else if (operand->base == RSP)
        emit_stack_guard(rw, statement, operand);
    else
        emit_guard(rw, operand, operand->base == NO_REGISTER ? "" : register_name(operand->base, 8),
                   operand->literal && !operand->value ? "" : operand->expression);
}

static void lea_of_stack(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *source = &statement->operands[0], *target = &statement->operands[1];
    int distance = -statement->section->adjustment;
    const char *expression = source->literal ? arena_format(rw, "%lld", (long long)source->value + distance)
                                             : arena_format(rw, "%s%+d", source->expression, distance);
    bool wide = target->reg.size == 8;
    if (source->index == NO_REGISTER && wide) {
        emit(rw, "leaq %s(%%r14,%%r13),%s", expression, target->text);
        return;
    }
    const char *address = address_text(rw, expression, "r13", source->index, source->scale);
    emit(rw, "lea%c %s,%s", wide ? 'q' : target->reg.size == 4 ? 'l' : 'w', address, target->text);
    if (wide)
        emit(rw, "leaq (%%r14,%s),%s", target->text, target->text);
}

static void lea_without_pad(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *source = &statement->operands[0], *target = &statement->operands[1];
    const char *base = source->base == NO_REGISTER ? "" : register_name(source->base, 8);
    const char *address = address_text(rw, arena_format(rw, "%lld", (long long)source->value - 0x10001), base,
                                       source->index, source->scale);
    if (source->index == NO_REGISTER && !*base)
        address = arena_format(rw, "%lld", (long long)source->value - 0x10001);
    emit(rw, "lea%c %s,%s", target->reg.size == 8 ? 'q' : 'l', address, target->text);
    emit(rw, "lea%c 0x10001(%%%s),%s", target->reg.size == 8 ? 'q' : 'l', register_name(target->reg.number, 8),
         target->text);
}

void rewrite_lea(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *source = &statement->operands[0], *target = &statement->operands[1];
    if (statement->count != 2 || source->kind != OPERAND_MEMORY || target->kind != OPERAND_REGISTER ||
        source->segment) {
        refuse(rw, statement, "lea with these operands is not understood");
        return;
    }
    if (!check_reserved(rw, statement))
        return;
    if (source->base == R15 || source->index == R15) {
        refuse(rw, statement, "r15 is the thread block's address and cannot be read");
    } else if (source->base == RSP) {
        lea_of_stack(rw, statement);
    } else if (source->base == RIP || (!source->address32 && !(source->literal && contains_pad(source->value)))) {
        if (source->address32)
            refuse(rw, statement, "eip-relative addresses are refused; use rip");
        emit_instruction(rw, statement, NULL);
    } else if (source->literal && contains_pad(source->value)) {
        lea_without_pad(rw, statement);
    } else {
        /* 32-bit registers wrap like the 32-bit result of 64-bit ones. */
        const char *base = source->base == NO_REGISTER ? "" : register_name(source->base, 8);
        emit(rw, "leal %s,%%%s", address_text(rw, source->expression, base, source->index, source->scale),
             register_name(target->reg.number, 4));
    }
}
