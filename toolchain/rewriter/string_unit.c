/* SPDX-License-Identifier: BSD-2-Clause
 *
 * String instructions: one unit with the guards of rdi and rsi.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

static bool check_string(struct rewriter *rw, const struct statement *statement)
{
    unsigned repeats = statement->prefixes & (PREFIX_REP | PREFIX_REPNE);
    const char *name = statement->instruction->name;
    bool compares = !strcmp(name, "cmps") || !strcmp(name, "scas");
    if (statement->prefixes & ~(unsigned)(PREFIX_REP | PREFIX_REPNE) || repeats == (PREFIX_REP | PREFIX_REPNE) ||
        ((statement->prefixes & PREFIX_REPNE) && !compares)) {
        refuse(rw, statement, "this prefix is refused here");
        return false;
    }
    if (!statement->suffix) {
        refuse(rw, statement, "a string instruction needs a size suffix: b, w, l or q");
        return false;
    }
    for (int i = 0; i < statement->count; i++) {
        const struct operand *operand = &statement->operands[i];
        bool plain =
            operand->kind == OPERAND_REGISTER
                ? operand->reg.class == CLASS_GENERAL && operand->reg.number == RAX && !operand->reg.high
                : operand->kind == OPERAND_MEMORY && operand->index == NO_REGISTER && operand->literal &&
                      !operand->value && !operand->address32 && (operand->base == RDI || operand->base == RSI) &&
                      (!operand->segment || !strcmp(operand->segment, "es") || !strcmp(operand->segment, "ds"));
        if (!plain) {
            refuse(rw, statement, "the operands of a string instruction are (%%rsi), (%%rdi) and rax");
            return false;
        }
    }
    return true;
}

void rewrite_string(struct rewriter *rw, const struct statement *statement)
{
    if (!check_string(rw, statement))
        return;
    if (rw->functions[statement->function].takes_stack_address && statement->section->adjustment > ENTRY_ADJUSTMENT)
        set_adjustment(rw, statement->section, 0);
    const char *name = statement->instruction->name;
    bool destination = strcmp(name, "lods") != 0;
    bool source = strcmp(name, "stos") != 0 && strcmp(name, "scas") != 0;
    if (destination)
        emit(rw, "movl %%edi,%%edi\n\tleaq (%%r14,%%rdi),%%rdi");
    if (source)
        emit(rw, "movl %%esi,%%esi\n\tleaq (%%r14,%%rsi),%%rsi");
    const char *prefix = statement->prefixes & PREFIX_REPNE ? "repne " : statement->prefixes & PREFIX_REP ? "rep " : "";
    emit(rw, "%s%s%c", prefix, name, statement->suffix);
}
