/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an instruction does to the virtual stack pointer and to rbp as a frame pointer.
 */
#include "toolchain/rewriter/internal.h"

static int shifted(int offset, int64_t by)
{
    if (offset == UNKNOWN || offset == UNSEEN || by > INT32_MAX / 4 || by < -INT32_MAX / 4)
        return UNKNOWN;
    int64_t sum = offset + by;
    return sum > INT32_MAX / 2 || sum < -INT32_MAX / 2 ? UNKNOWN : (int)sum;
}

static const struct operand *last_operand(const struct statement *statement)
{
    return statement->count ? &statement->operands[statement->count - 1] : NULL;
}

static bool is_named(const struct statement *statement, const char *name)
{
    return statement->instruction->name[0] == name[0] && statement->instruction->name[1] == name[1] &&
           statement->instruction->name[2] == name[2] && !statement->instruction->name[3];
}

static bool writes_frame_pointer(const struct statement *statement)
{
    if (!statement->count || statement->instruction->kind == KIND_READ)
        return false;
    for (int i = statement->count > 2 ? statement->count - 2 : 0; i < statement->count; i++)
        if (operand_is(&statement->operands[i], RBP))
            return i == statement->count - 1 || statement->instruction->kind == KIND_EXCHANGE;
    return false;
}

/* gcc's epilogue of a function that realigned its stack: leaq -8(%r10),%rsp, where r10 was the entry value plus 8. */
static int offset_from_lea(const struct operand *source, struct frame frame)
{
    if (source->index != NO_REGISTER || !source->literal)
        return UNKNOWN;
    if (source->base == RSP)
        return shifted(frame.offset, source->value);
    if (source->base == RBP)
        return shifted(frame.frame_pointer, source->value);
    return source->value == -8 && frame.offset == UNKNOWN ? 0 : UNKNOWN;
}

static struct frame after_stack_write(const struct statement *statement, struct frame frame)
{
    const struct operand *source = &statement->operands[0];
    int offset = UNKNOWN;
    if (statement->instruction->kind == KIND_LEA)
        offset = offset_from_lea(source, frame);
    else if (source->kind == OPERAND_IMMEDIATE && source->literal && is_named(statement, "add"))
        offset = shifted(frame.offset, source->value);
    else if (source->kind == OPERAND_IMMEDIATE && source->literal && is_named(statement, "sub"))
        offset = shifted(frame.offset, -source->value);
    else if (is_named(statement, "mov") && operand_is(source, RBP))
        offset = frame.frame_pointer;
    frame.foreign =
        is_named(statement, "mov") && source->kind == OPERAND_MEMORY && source->base != RBP && source->base != RSP;
    frame.offset = offset;
    return frame;
}

static int frame_pointer_after(const struct statement *statement, struct frame frame)
{
    const struct operand *source = &statement->operands[0];
    if (is_named(statement, "mov") && operand_is(source, RSP))
        return frame.offset;
    if (statement->instruction->kind == KIND_LEA && source->base == RSP && source->index == NO_REGISTER &&
        source->literal)
        return shifted(frame.offset, source->value);
    return UNKNOWN;
}

struct frame frame_after(const struct statement *statement, struct frame frame)
{
    if (!statement->instruction || statement->kind != STATEMENT_INSTRUCTION)
        return frame;
    switch (statement->instruction->kind) {
    case KIND_PUSH:
        frame.offset = shifted(frame.offset, -8);
        return frame;
    case KIND_LEAVE:
        frame.offset = shifted(frame.frame_pointer, 8);
        frame.frame_pointer = UNKNOWN;
        return frame;
    case KIND_POP:
        frame.offset = shifted(frame.offset, 8);
        break;
    case KIND_CALL:
    case KIND_JUMP:
    case KIND_JUMP_IF:
        return frame;
    default:
        if (statement->instruction->kind != KIND_READ && statement->count && operand_is(last_operand(statement), RSP))
            return after_stack_write(statement, frame);
        break;
    }
    if (writes_frame_pointer(statement))
        frame.frame_pointer = frame_pointer_after(statement, frame);
    return frame;
}

bool reads_stack_address(const struct statement *statement)
{
    if (statement->kind != STATEMENT_INSTRUCTION || !statement->instruction)
        return false;
    const struct operand *last = last_operand(statement);
    if (statement->instruction->kind == KIND_LEA)
        return statement->operands[0].base == RSP && last && !operand_is(last, RSP);
    for (int i = 0; i < statement->count; i++)
        if (operand_is(&statement->operands[i], RSP) && (i < statement->count - 1 || statement->count == 1))
            return true;
    return false;
}
