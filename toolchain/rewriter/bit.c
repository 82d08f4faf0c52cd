/* SPDX-License-Identifier: BSD-2-Clause
 *
 * bt, bts, btr, btc on memory with the offset in a register, which is signed and reaches outside the operand: the word
 * that holds the bit is addressed first. They set the carry flag and keep the zero flag; the others are undefined.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

bool has_far_bit(const struct statement *statement)
{
    return statement->instruction->kind == KIND_BIT && statement->count == 2 &&
           statement->operands[0].kind == OPERAND_REGISTER && statement->operands[1].kind == OPERAND_MEMORY;
}

/* Where things are kept, from r13 on. Below it is the red zone. */
#define ZERO_FLAG "8(%%r14,%%r13)"
#define SECOND "-8(%%r14,%%r13)"
#define ACCUMULATOR "-16(%%r14,%%r13)"

static void keep_zero_flag(struct rewriter *rw)
{
    emit(rw, "setne " ZERO_FLAG);
}

static void restore_zero_flag(struct rewriter *rw)
{
    emit(rw, "cmpb $0," ZERO_FLAG);
}

/* r11 becomes the address of the word with the bit. */
static void address_word(struct rewriter *rw, const struct statement *statement, int scratch)
{
    const struct operand *offset = &statement->operands[0];
    const char *wide = register_name(scratch, 8);
    int size = offset->reg.size;
    emit(rw, "%s %s,%%%s", size == 8 ? "movq" : size == 4 ? "movslq" : "movswq", offset->text, wide);
    emit(rw, "sarq $%d,%%%s", size == 8 ? 6 : size == 4 ? 5 : 4, wide);
    load_address(rw, statement, &statement->operands[1]);
    emit(rw, "leal (%%r11,%%%s,%d),%%r11d", wide, size);
}

static void change_word(struct rewriter *rw, const struct statement *statement, char suffix, int scratch)
{
    const char *name = statement->instruction->name;
    const char *word = register_name(scratch, statement->operands[0].reg.size);
    restore_zero_flag(rw);
    emit(rw, "mov%c (%%r14,%%r11),%%%s", suffix, word);
    emit(rw, "%s%c %s,%%%s", name, suffix, statement->operands[0].text, word);
    if (strcmp(name, "bt") != 0)
        emit(rw, "mov%c %%%s,(%%r14,%%r11)", suffix, word);
}

/* rax is the word as it was, as cmpxchg wants it. */
static void change_word_at_once(struct rewriter *rw, const struct statement *statement, char suffix, int scratch)
{
    int size = statement->operands[0].reg.size, second = find_unused(statement, scratch), label = rw->retries++;
    const char *word = register_name(scratch, size), *offset = register_name(second, size);
    const char *old = register_name(RAX, size);
    emit(rw, "movq %%%s," SECOND, register_name(second, 8));
    emit(rw, "movq %%rax," ACCUMULATOR);
    emit(rw, "mov%c %s,%%%s", suffix, statement->operands[0].text, offset);
    emit(rw, "mov%c (%%r14,%%r11),%%%s", suffix, old);
    emit(rw, ".Lcomesg_retry%d: mov%c %%%s,%%%s", label, suffix, old, word);
    emit(rw, "%s%c %%%s,%%%s", statement->instruction->name, suffix, offset, word);
    emit(rw, "lock cmpxchg%c %%%s,(%%r14,%%r11)", suffix, word);
    emit(rw, "jne .Lcomesg_retry%d", label);
    restore_zero_flag(rw);
    emit(rw, "bt%c %%%s,%%%s", suffix, offset, old);
    emit(rw, "movq " ACCUMULATOR ",%%rax");
    emit(rw, "movq " SECOND ",%%%s", register_name(second, 8));
}

void rewrite_far_bit(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *offset = &statement->operands[0], *target = &statement->operands[1];
    int size = offset->reg.size;
    if (operand_is(offset, R11) || operand_is(offset, R13) || memory_uses(target, R11) || memory_uses(target, R13)) {
        refuse(rw, statement, "r11 and r13 are overwritten before this uses them; use another register");
        return;
    }
    if (offset->reg.class != CLASS_GENERAL || size == 1) {
        refuse(rw, statement, "a bit offset is a register of 16, 32 or 64 bits");
        return;
    }
    char suffix = size == 8 ? 'q' : size == 4 ? 'l' : 'w';
    int scratch = borrow(rw, statement);
    keep_zero_flag(rw);
    address_word(rw, statement, scratch);
    if (statement->prefixes & PREFIX_LOCK)
        change_word_at_once(rw, statement, suffix, scratch);
    else
        change_word(rw, statement, suffix, scratch);
    give_back(rw, scratch);
}
