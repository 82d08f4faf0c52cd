/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls, jumps and returns: r13 is brought to the value that the other side expects, indirect targets are checked to be
 * landing pads.
 */
#include "comesg/abi.h"
#include "toolchain/rewriter/internal.h"
#include <ctype.h>
#include <string.h>

static void emit_unit(struct rewriter *rw, struct section *section, const char *transfer, int number)
{
    const char *wide = register_name(number, 8), *narrow = register_name(number, 4);
    emit(rw, "movl %%%s,%%%s", narrow, narrow);
    emit(rw, "movl $0x%x,%%r11d", COMESG_LANDING_PAD_NEGATED);
    emit(rw, "addl (%%r14,%%%s),%%r11d", wide);
    emit(rw, "jne .Lcomesg_trap%d", section->number);
    emit(rw, "addq %%r14,%%%s", wide);
    emit(rw, "%s *%%%s", transfer, wide);
    section->needs_trap = true;
}

static bool is_target_register(const struct operand *operand)
{
    return operand->kind == OPERAND_REGISTER && operand->reg.class == CLASS_GENERAL && operand->reg.size == 8 &&
           operand->reg.number != RSP && operand->reg.number != R11 && operand->reg.number < R13;
}

static bool is_gate_operand(const struct operand *operand)
{
    return operand->indirect && operand->kind == OPERAND_MEMORY && operand->base == R15;
}

static bool is_gate(const struct statement *statement, bool call)
{
    const struct operand *operand = &statement->operands[0];
    if (operand->segment || operand->index != NO_REGISTER || !operand->literal || operand->address32)
        return false;
    switch (operand->value) {
    case COMESG_GATE_SYSCALL:
    case COMESG_GATE_COCALL:
    case COMESG_GATE_COCALL_WITH:
    case COMESG_GATE_SETJMP:
        return call;
    case COMESG_GATE_COACCEPT:
    case COMESG_GATE_COACCEPT_WITH:
    case COMESG_GATE_LONGJMP:
        return !call;
    default:
        return false;
    }
}

/* A plain symbol; an offset from one could lead into the middle of an instruction. */
static bool is_direct_target(const char *text)
{
    static const char plt[] = "@PLT";
    size_t length = 0;
    if (*text == '"' && strchr(text + 1, '"'))
        return !*(strchr(text + 1, '"') + 1);
    while (isalnum((unsigned char)text[length]) || (text[length] & 0x80) ||
           (text[length] && strchr("_.$", text[length])))
        length++;
    if (isdigit((unsigned char)*text))
        return strspn(text, "0123456789") == length - 1 && !text[length] && strchr("fb", text[length - 1]);
    return length && strcmp(text, ".") && (!text[length] || !strcmp(text + length, plt));
}

static bool check_branch(struct rewriter *rw, const struct statement *statement)
{
    if (statement->prefixes & ~(unsigned)PREFIX_NOTRACK)
        refuse(rw, statement, "no prefix may stand on a branch");
    else if (statement->count != 1)
        refuse(rw, statement, "a branch takes one target");
    else if (!statement->operands[0].indirect &&
             (statement->operands[0].kind != OPERAND_MEMORY || !is_direct_target(statement->operands[0].text)))
        refuse(rw, statement, "a branch goes to a plain symbol, or through a register with a star");
    else
        return true;
    return false;
}

/* A weak symbol may be nowhere, out of a direct branch's reach. Returns whether the branch has been written out. */
static bool branch_to_weak(struct rewriter *rw, const struct statement *statement, const char *transfer)
{
    const char *text = statement->operands[0].text;
    const char *name = arena_copy(rw, text, strcspn(text, "@"));
    if (!is_undefined_weak(rw, name))
        return false;
    emit(rw, "movq %s@GOTPCREL(%%rip),%%r10", name);
    emit_unit(rw, statement->section, transfer, R10);
    return true;
}

static void rewrite_call(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    const struct operand *target = &statement->operands[0];
    if (is_gate_operand(target)) {
        if (!is_gate(statement, true))
            refuse(rw, statement, "no gate that can be called is at this offset of r15");
        emit_instruction(rw, statement, NULL);
        return;
    }
    set_adjustment(rw, section, 0);
    if (!target->indirect) {
        if (!branch_to_weak(rw, statement, "call"))
            emit(rw, "call %s", target->text);
    } else if (is_target_register(target)) {
        emit_unit(rw, section, "call", target->reg.number);
    } else if (target->kind == OPERAND_MEMORY) {
        /* r10 is the only register that a call neither passes an argument in nor preserves, besides r11. */
        emit(rw, "movq %s,%%r10", guard_operand(rw, statement, target));
        emit_unit(rw, section, "call", R10);
    } else {
        refuse(rw, statement, "a call goes through a 64-bit register other than rsp, r11, r13, r14, r15");
    }
}

/* What the target of a direct jump expects, and what it may expect. */
static void settle_for_target(struct rewriter *rw, const struct statement *statement)
{
    int index = (int)(statement - rw->statements);
    int label = find_label(rw, index, statement->operands[0].text);
    if (label < 0 || !rw->statements[label].section->executable) {
        set_adjustment(rw, statement->section, ENTRY_ADJUSTMENT);
        return;
    }
    set_adjustment(rw, statement->section, label_adjustment(rw, label));
    keep_guard(rw, statement->section, label);
}

static void rewrite_gate_jump(struct rewriter *rw, const struct statement *statement)
{
    if (!is_gate(statement, false))
        refuse(rw, statement, "no gate that can be jumped through is at this offset of r15");
    else if (statement->operands[0].value != COMESG_GATE_LONGJMP)
        set_adjustment(rw, statement->section, jump_adjustment(rw, statement));
    emit_instruction(rw, statement, NULL);
}

static void rewrite_indirect_jump(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *target = &statement->operands[0];
    if (is_gate_operand(target)) {
        rewrite_gate_jump(rw, statement);
    } else if (!is_target_register(target)) {
        refuse(rw, statement,
               "a jump goes through a 64-bit register other than rsp, r11, r13, r14, r15; load it first");
    } else if (statement->frame.foreign && rw->request->compiled) {
        refuse(rw, statement,
               "a jump out of the function that the control stack cannot follow; use setjmp and longjmp");
    } else {
        set_adjustment(rw, statement->section, jump_adjustment(rw, statement));
        emit_unit(rw, statement->section, "jmp", target->reg.number);
    }
}

static void rewrite_jump(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    if (statement->operands[0].indirect) {
        rewrite_indirect_jump(rw, statement);
    } else {
        settle_for_target(rw, statement);
        if (!branch_to_weak(rw, statement, "jmp"))
            emit(rw, "jmp %s", statement->operands[0].text);
    }
    section->reachable = false;
}

static void rewrite_return(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    if (statement->count || statement->prefixes & ~(unsigned)(PREFIX_REP | PREFIX_NOTRACK)) {
        refuse(rw, statement, "ret takes no operand");
        return;
    }
    int offset = statement->frame.offset;
    if (offset != 0 && offset != UNKNOWN && offset != UNSEEN && rw->request->compiled)
        refuse(rw, statement, "the stack pointer is not where it was at the function's entry");
    set_adjustment(rw, section, ENTRY_ADJUSTMENT);
    emit(rw, "ret");
    section->reachable = false;
}

void rewrite_control(struct rewriter *rw, const struct statement *statement)
{
    if (statement->instruction->kind == KIND_RETURN) {
        rewrite_return(rw, statement);
        return;
    }
    if (!check_branch(rw, statement))
        return;
    switch (statement->instruction->kind) {
    case KIND_CALL:
        rewrite_call(rw, statement);
        break;
    case KIND_JUMP:
        rewrite_jump(rw, statement);
        break;
    default:
        if (statement->operands[0].indirect) {
            refuse(rw, statement, "a conditional branch has a direct target");
            break;
        }
        if (is_undefined_weak(rw,
                              arena_copy(rw, statement->operands[0].text, strcspn(statement->operands[0].text, "@"))))
            refuse(rw, statement, "a conditional branch to a weak symbol that may be undefined; call it instead");
        settle_for_target(rw, statement);
        emit(rw, "%s %s", statement->name, statement->operands[0].text);
        break;
    }
}
