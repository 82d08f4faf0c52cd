/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The data stack: rsp becomes r13. The distance between r13 and the virtual stack pointer is settled lazily, so that
 * the pushes and the subtraction of a prologue cost one lea.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

/* Deepest byte below r13 that may hold data: the red zone of a function that has not moved r13. */
#define DEEPEST (-(RED_ZONE + ENTRY_ADJUSTMENT))
/* A larger displacement could contain the bytes of a landing pad. */
#define LARGE_DISTANCE (1 << 20)
#define FRAME_LIMIT (1 << 26)
#define BORROW_DEPTH (RED_ZONE + 16)

void set_adjustment(struct rewriter *rw, struct section *section, int wanted)
{
    if (section->adjustment == wanted)
        return;
    emit(rw, "leal %d(%%r13),%%r13d", wanted - section->adjustment);
    section->adjustment = wanted;
}

static bool mentions(const struct statement *statement, int number)
{
    for (int i = 0; i < statement->count; i++)
        if (operand_is(&statement->operands[i], number) || memory_uses(&statement->operands[i], number))
            return true;
    return false;
}

/* A register that the instruction does not use, other than one taken already. */
int find_unused(const struct statement *statement, int taken)
{
    static const int candidates[] = {R10, R9, R8, R12, RBP, RDI};
    size_t i = 0;
    while (candidates[i] == taken || mentions(statement, candidates[i]))
        i++;
    return candidates[i];
}

/* Saves a register that the instruction does not use below the red zone; no flags change. */
int borrow(struct rewriter *rw, const struct statement *statement)
{
    int borrowed = find_unused(statement, NO_REGISTER);
    set_adjustment(rw, statement->section, -BORROW_DEPTH);
    emit(rw, "movq %%%s,(%%r14,%%r13)", register_name(borrowed, 8));
    return borrowed;
}

void give_back(struct rewriter *rw, int borrowed)
{
    emit(rw, "movq (%%r14,%%r13),%%%s", register_name(borrowed, 8));
}

/* `lock orq $0,(%rsp)` and its like: a memory barrier. */
static bool is_barrier(const struct statement *statement)
{
    const struct operand *first = &statement->operands[0];
    return (statement->prefixes & PREFIX_LOCK) && first->kind == OPERAND_IMMEDIATE && first->literal &&
           first->value == 0;
}

void check_return_slot(struct rewriter *rw, const struct statement *statement, int base, int64_t value)
{
    if (is_barrier(statement))
        return;
    if (base != UNKNOWN && base != UNSEEN && base + value >= 0 && base + value < 8)
        refuse(rw, statement,
               "the return address is on the control stack, out of reach; for setjmp use the C library's");
}

const char *stack_operand(struct rewriter *rw, const struct statement *statement, const char *displacement,
                          bool literal, int64_t value)
{
    struct section *section = statement->section;
    if (!literal)
        return arena_format(rw, "%s%+d(%%r14,%%r13)", displacement, -section->adjustment);
    check_return_slot(rw, statement, statement->frame.offset, value);
    if (value - section->adjustment < DEEPEST && section->adjustment > ENTRY_ADJUSTMENT)
        set_adjustment(rw, section, 0);
    int64_t distance = value - section->adjustment;
    if (distance >= LARGE_DISTANCE || distance <= -LARGE_DISTANCE) {
        emit(rw, "leal %lld(%%r13),%%r11d", (long long)distance);
        forget_guard(section);
        return "(%r14,%r11)";
    }
    return distance ? arena_format(rw, "%lld(%%r14,%%r13)", (long long)distance) : "(%r14,%r13)";
}

/* Makes room for one word and returns the operand that names it. */
static const char *pushed_word(struct rewriter *rw, struct section *section)
{
    section->adjustment += 8;
    if (-section->adjustment < DEEPEST)
        set_adjustment(rw, section, 0);
    return section->adjustment ? arena_format(rw, "%d(%%r14,%%r13)", -section->adjustment) : "(%r14,%r13)";
}

static bool has_word_size(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *operand = &statement->operands[0];
    bool narrow = operand->kind == OPERAND_REGISTER && (operand->reg.size != 8 || operand->reg.class != CLASS_GENERAL);
    if (statement->count == 1 && statement->suffix != 'w' && !narrow)
        return true;
    refuse(rw, statement, "push and pop take one 64-bit general register, immediate or memory word");
    return false;
}

/* In a realigned frame gcc copies the return address for debuggers: there is none, the word stays empty. */
static bool copies_return_address(const struct rewriter *rw, const struct statement *statement)
{
    const struct operand *operand = &statement->operands[0];
    return rw->request->compiled && operand->kind == OPERAND_MEMORY && operand->literal && operand->value == -8 &&
           operand->index == NO_REGISTER && operand->base != RSP && operand->base != RBP && operand->base != RIP &&
           statement->frame.offset == UNKNOWN;
}

static void push_memory(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    int scratch = borrow(rw, statement);
    emit(rw, "movq %s,%%%s", guard_operand(rw, statement, &statement->operands[0]), register_name(scratch, 8));
    emit(rw, "movq %%%s,%s", register_name(scratch, 8), pushed_word(rw, section));
    give_back(rw, scratch);
}

static void rewrite_push(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    const struct operand *operand = &statement->operands[0];
    if (!has_word_size(rw, statement) || !check_reserved(rw, statement))
        return;
    if (operand_is(operand, RSP)) {
        refuse(rw, statement, "pushing the stack pointer is not followed; copy it to a register first");
    } else if (copies_return_address(rw, statement)) {
        section->adjustment += 8;
    } else if (operand->kind == OPERAND_MEMORY) {
        push_memory(rw, statement);
    } else if (operand->kind == OPERAND_IMMEDIATE && operand->literal && operand->value != (int32_t)operand->value) {
        refuse(rw, statement, "the immediate does not fit 32 bits");
    } else {
        emit(rw, "movq %s,%s", operand->text, pushed_word(rw, section));
    }
}

static void pop_memory(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    int scratch = borrow(rw, statement);
    emit(rw, "movq %d(%%r14,%%r13),%%%s", -section->adjustment, register_name(scratch, 8));
    section->adjustment -= 8;
    emit(rw, "movq %%%s,%s", register_name(scratch, 8), guard_operand(rw, statement, &statement->operands[0]));
    give_back(rw, scratch);
}

static void rewrite_pop(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    const struct operand *operand = &statement->operands[0];
    if (!has_word_size(rw, statement) || !check_reserved(rw, statement))
        return;
    if (operand->kind == OPERAND_IMMEDIATE || operand_is(operand, RSP)) {
        refuse(rw, statement, "pop into this operand is not followed");
    } else if (operand->kind == OPERAND_MEMORY) {
        pop_memory(rw, statement);
    } else {
        emit(rw, "movq %s,%s", stack_operand(rw, statement, "", true, 0), operand->text);
        section->adjustment -= 8;
    }
}

static void rewrite_leave(struct rewriter *rw, const struct statement *statement)
{
    emit(rw, "movl %%ebp,%%r13d");
    emit(rw, "movq (%%r14,%%r13),%%rbp");
    statement->section->adjustment = -8;
}

static void load_stack_pointer(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *source = &statement->operands[0];
    struct section *section = statement->section;
    if (source->kind == OPERAND_REGISTER && source->reg.class == CLASS_GENERAL && source->reg.size == 8)
        emit(rw, "movl %%%s,%%r13d", register_name(source->reg.number, 4));
    else if (source->kind == OPERAND_MEMORY)
        emit(rw, "movl %s,%%r13d", guard_operand(rw, statement, source));
    else
        refuse(rw, statement, "the stack pointer cannot be loaded from this operand");
    section->adjustment = 0;
}

static void lea_stack_pointer(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *source = &statement->operands[0];
    struct section *section = statement->section;
    if (source->base == RSP && source->index == NO_REGISTER && source->literal && source->value > -FRAME_LIMIT &&
        source->value < FRAME_LIMIT) {
        section->adjustment -= (int)source->value;
        return;
    }
    if (source->base == RSP || source->base == NO_REGISTER || source->base == RIP || source->base == R15 ||
        source->index == R15) {
        set_adjustment(rw, section, 0);
        if (source->base != RSP || source->index == R15) {
            refuse(rw, statement, "the stack pointer cannot be computed from this operand");
            return;
        }
    }
    const char *base = source->base == NO_REGISTER ? ""
                       : source->base == RSP       ? "%r13"
                                                   : arena_format(rw, "%%%s", register_name(source->base, 8));
    if (source->index == NO_REGISTER)
        emit(rw, "leal %s(%s),%%r13d", source->expression, base);
    else
        emit(rw, "leal %s(%s,%%%s,%d),%%r13d", source->expression, base, register_name(source->index, 8),
             source->scale);
    section->adjustment = 0;
}

static bool is_word_sized(const struct statement *statement)
{
    for (int i = 0; i < statement->count; i++)
        if (operand_is(&statement->operands[i], RSP) && statement->operands[i].reg.size != 8)
            return false;
    return true;
}

static void compute_stack_pointer(struct rewriter *rw, const struct statement *statement)
{
    const char *name = statement->instruction->name;
    const struct operand *source = &statement->operands[0];
    struct section *section = statement->section;
    bool constant = source->kind == OPERAND_IMMEDIATE && source->literal && source->value == (int32_t)source->value &&
                    source->value > -FRAME_LIMIT && source->value < FRAME_LIMIT;
    if (!strcmp(name, "add") && constant) {
        section->adjustment -= (int)source->value;
    } else if (!strcmp(name, "sub") && constant) {
        section->adjustment += (int)source->value;
    } else if (!strcmp(name, "add") || !strcmp(name, "sub") || (!strcmp(name, "and") && constant)) {
        set_adjustment(rw, section, 0);
        if (source->kind == OPERAND_REGISTER && source->reg.class == CLASS_GENERAL && source->reg.number != RSP)
            emit(rw, "%sl %%%s,%%r13d", name, register_name(source->reg.number, 4));
        else if (source->kind == OPERAND_MEMORY)
            emit(rw, "%sl %s,%%r13d", name, guard_operand(rw, statement, source));
        else if (constant)
            emit(rw, "%sl %s,%%r13d", name, source->text);
        else
            refuse(rw, statement, "this change of the stack pointer is not followed");
    } else {
        refuse(rw, statement, "this change of the stack pointer is not followed; use mov, lea, add, sub or and");
    }
}

static bool rewrite_stack_write(struct rewriter *rw, const struct statement *statement)
{
    const char *name = statement->instruction->name;
    struct section *section = statement->section;
    if (!is_word_sized(statement) || statement->count != 2 || statement->prefixes) {
        refuse(rw, statement, "this change of the stack pointer is not followed; use mov, lea, add, sub or and");
        return true;
    }
    if (!check_reserved(rw, statement))
        return true;
    if (operand_is(&statement->operands[0], RSP) && !strcmp(name, "mov"))
        return true;
    if (!strcmp(name, "mov"))
        load_stack_pointer(rw, statement);
    else if (statement->instruction->kind == KIND_LEA)
        lea_stack_pointer(rw, statement);
    else
        compute_stack_pointer(rw, statement);
    if (section->adjustment > FRAME_LIMIT || section->adjustment < -FRAME_LIMIT)
        refuse(rw, statement, "the frame is too large");
    return true;
}

static void copy_stack_pointer(struct rewriter *rw, const struct statement *statement)
{
    const struct operand *target = &statement->operands[1];
    int distance = -statement->section->adjustment;
    if (target->kind == OPERAND_MEMORY) {
        set_adjustment(rw, statement->section, 0);
        struct operand high = *target;
        const char *low = guard_operand(rw, statement, &high);
        emit(rw, "movq %%r14,%s", low);
        emit(rw, "movl %%r13d,%s", low);
    } else if (target->reg.size == 8) {
        emit(rw, "leaq %d(%%r14,%%r13),%s", distance, target->text);
    } else {
        emit(rw, "leal %d(%%r13),%s", distance, target->text);
    }
}

/* Any other instruction that reads rsp gets its value in a borrowed register. */
static void use_stack_pointer(struct rewriter *rw, const struct statement *statement)
{
    struct statement changed = *statement;
    if (has_far_bit(statement)) {
        refuse(rw, statement, "the stack pointer as a bit offset; copy it to a register first");
        return;
    }
    int scratch = borrow(rw, statement);
    emit(rw, "leaq %d(%%r14,%%r13),%%%s", -statement->section->adjustment, register_name(scratch, 8));
    for (int i = 0; i < changed.count; i++) {
        struct operand *operand = &changed.operands[i];
        if (!operand_is(operand, RSP))
            continue;
        operand->reg.number = scratch;
        operand->text = arena_format(rw, "%%%s", register_name(scratch, operand->reg.size));
    }
    rewrite_general(rw, &changed);
    give_back(rw, scratch);
}

static bool reads_stack_pointer(const struct statement *statement)
{
    for (int i = 0; i < statement->count; i++)
        if (operand_is(&statement->operands[i], RSP))
            return true;
    return false;
}

static bool writes_stack_pointer(const struct statement *statement)
{
    enum instruction_kind kind = statement->instruction->kind;
    if (kind == KIND_READ || !statement->count)
        return false;
    if (kind == KIND_EXCHANGE)
        return reads_stack_pointer(statement);
    return operand_is(&statement->operands[statement->count - 1], RSP) &&
           (kind != KIND_MULTIPLY || statement->count > 1);
}

/* Returns whether the statement was one of the stack's and has been written out. */
bool rewrite_stack(struct rewriter *rw, const struct statement *statement)
{
    switch (statement->instruction->kind) {
    case KIND_PUSH:
        rewrite_push(rw, statement);
        return true;
    case KIND_POP:
        rewrite_pop(rw, statement);
        return true;
    case KIND_LEAVE:
        rewrite_leave(rw, statement);
        return true;
    case KIND_CALL:
    case KIND_JUMP:
    case KIND_JUMP_IF:
    case KIND_STRING:
        return false;
    default:
        break;
    }
    if (writes_stack_pointer(statement))
        return rewrite_stack_write(rw, statement);
    if (!reads_stack_pointer(statement) || !check_reserved(rw, statement))
        return false;
    bool copy = !strcmp(statement->instruction->name, "mov") && statement->count == 2 && !statement->prefixes;
    const struct operand *target = &statement->operands[statement->count - 1];
    bool plain = target->kind == OPERAND_MEMORY ? statement->operands[0].reg.size == 8 && !target->segment
                                                : target->reg.class == CLASS_GENERAL && target->reg.size >= 4;
    if (copy && plain)
        copy_stack_pointer(rw, statement);
    else
        use_stack_pointer(rw, statement);
    return true;
}
