/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Follows the offset of the virtual stack pointer through the control flow, and decides from it what r13 is at each
 * label. A poor guess costs an instruction, never correctness: all jumps to a label agree on the decision.
 */
#include "comesg/abi.h"
#include "toolchain/rewriter/internal.h"
#include <stdlib.h>
#include <string.h>

struct work {
    struct rewriter *rw;
    int *queue;
    int length;
    int capacity;
    bool *queued;
};

static void enqueue(struct work *work, int index)
{
    if (work->queued[index])
        return;
    if (work->length == work->capacity) {
        work->capacity = work->capacity * 2 + 64;
        work->queue = realloc(work->queue, (size_t)work->capacity * sizeof *work->queue);
        if (!work->queue)
            abort();
    }
    work->queued[index] = true;
    work->queue[work->length++] = index;
}

static int merge_number(int old, int new)
{
    if (old == UNSEEN)
        return new;
    return old == new ? old : UNKNOWN;
}

/* Returns whether the target changed. */
static bool merge(struct frame *into, struct frame from)
{
    if (into->offset == UNSEEN) {
        *into = from;
        return true;
    }
    struct frame merged = {merge_number(into->offset, from.offset),
                           merge_number(into->frame_pointer, from.frame_pointer), into->foreign || from.foreign};
    bool changed =
        merged.offset != into->offset || merged.frame_pointer != into->frame_pointer || merged.foreign != into->foreign;
    *into = merged;
    return changed;
}

static void reach(struct work *work, int index, struct frame frame)
{
    struct statement *statement = &work->rw->statements[index];
    if (statement->kind == STATEMENT_LABEL && statement->entry)
        frame = (struct frame){.offset = 0, .frame_pointer = UNKNOWN};
    if (merge(&statement->frame, frame))
        enqueue(work, index);
}

static bool is_entry_gate(const struct statement *statement, int64_t gate)
{
    const struct operand *target = &statement->operands[0];
    return statement->count == 1 && target->kind == OPERAND_MEMORY && target->base == R15 && target->value == gate;
}

static struct label_group *group_of(struct rewriter *rw, const struct statement *jump)
{
    struct function *function = &rw->functions[jump->function];
    bool table = (jump->prefixes & PREFIX_NOTRACK) && !function->mixed && function->groups[GROUP_TABLE].count;
    return &function->groups[table ? GROUP_TABLE : GROUP_VALUE];
}

static bool is_indirect_jump(const struct statement *statement)
{
    return statement->kind == STATEMENT_INSTRUCTION && statement->instruction &&
           statement->instruction->kind == KIND_JUMP && statement->count == 1 && statement->operands[0].indirect;
}

static bool is_certainly_local(const struct statement *jump)
{
    return (jump->prefixes & PREFIX_NOTRACK) || is_entry_gate(jump, COMESG_GATE_COACCEPT) ||
           is_entry_gate(jump, COMESG_GATE_COACCEPT_WITH) || jump->frame.offset != 0;
}

static void reach_group(struct work *work, struct label_group *group, struct frame frame)
{
    if (!merge(&group->frame, frame))
        return;
    for (int i = 0; i < group->count; i++)
        reach(work, group->labels[i], group->frame);
}

static void follow_jump(struct work *work, int index, struct frame frame)
{
    struct rewriter *rw = work->rw;
    struct statement *statement = &rw->statements[index];
    if (is_indirect_jump(statement)) {
        if (!is_entry_gate(statement, COMESG_GATE_LONGJMP) && is_certainly_local(statement))
            reach_group(work, group_of(rw, statement), frame);
        return;
    }
    int label = statement->count == 1 ? find_label(rw, index, statement->operands[0].text) : -1;
    if (label >= 0 && rw->statements[label].section->executable)
        reach(work, label, frame);
}

static void follow(struct work *work, int index)
{
    struct statement *statement = &work->rw->statements[index];
    struct frame frame = frame_after(statement, statement->frame);
    enum instruction_kind kind =
        statement->kind == STATEMENT_INSTRUCTION && statement->instruction ? statement->instruction->kind : KIND_READ;
    if (kind == KIND_JUMP || kind == KIND_JUMP_IF)
        follow_jump(work, index, frame);
    if (kind == KIND_JUMP || kind == KIND_RETURN || kind == KIND_STOP)
        return;
    if (statement->next >= 0)
        reach(work, statement->next, frame);
}

static void run(struct work *work)
{
    while (work->length) {
        int index = work->queue[--work->length];
        work->queued[index] = false;
        follow(work, index);
    }
}

static void add_to_group(struct label_group *group, int label)
{
    group->labels = realloc(group->labels, (size_t)(group->count + 1) * sizeof(int));
    if (!group->labels)
        abort();
    group->labels[group->count++] = label;
}

static void collect_groups(struct rewriter *rw)
{
    for (int i = 0; i < rw->count; i++) {
        struct statement *label = &rw->statements[i];
        if (label->kind == STATEMENT_LABEL && label->section->executable && label->in_table && label->in_value)
            rw->functions[label->function].mixed = true;
    }
    for (int i = 0; i < rw->count; i++) {
        struct statement *label = &rw->statements[i];
        if (label->kind != STATEMENT_LABEL || !label->section->executable || !label->taken || label->entry)
            continue;
        struct function *function = &rw->functions[label->function];
        bool table = label->in_table && !function->mixed;
        add_to_group(&function->groups[table ? GROUP_TABLE : GROUP_VALUE], i);
    }
}

static void seed(struct work *work)
{
    struct rewriter *rw = work->rw;
    for (int i = 0; i < rw->count; i++) {
        struct statement *statement = &rw->statements[i];
        statement->frame.offset = UNSEEN;
        if (reads_stack_address(statement))
            rw->functions[statement->function].takes_stack_address = true;
    }
    for (int i = 0; i < rw->count; i++)
        if (rw->statements[i].kind == STATEMENT_LABEL && rw->statements[i].entry &&
            rw->statements[i].section->executable)
            reach(work, i, (struct frame){.offset = 0, .frame_pointer = UNKNOWN});
}

/* Code that nothing seems to reach: static functions that only unseen text calls by jump. A compiler's own labels are
 * no functions; every other name may be one, also in assembly of a file's own that does not say so. */
static void seed_unreached(struct work *work)
{
    struct rewriter *rw = work->rw;
    for (int i = 0; i < rw->count; i++) {
        struct statement *label = &rw->statements[i];
        if (label->kind == STATEMENT_LABEL && label->section->executable && label->frame.offset == UNSEEN &&
            (label->type_function || !rw->request->compiled || !is_local_name(label->name)) && !label->jumps)
            reach(work, i, (struct frame){.offset = 0, .frame_pointer = UNKNOWN});
    }
}

/* A jump through a register where nothing is on the stack is a call in tail position, or a computed goto of a function
 * without a frame; the latter only if no computed goto of that function has a frame. */
static void follow_frameless_jumps(struct work *work)
{
    struct rewriter *rw = work->rw;
    for (int i = 0; i < rw->count; i++) {
        struct statement *jump = &rw->statements[i];
        if (!is_indirect_jump(jump) || jump->frame.offset != 0 || is_certainly_local(jump))
            continue;
        struct label_group *group = group_of(rw, jump);
        if (!rw->request->compiled || group->frame.offset == UNSEEN || group->frame.offset == 0)
            reach_group(work, group, jump->frame);
    }
}

static void decide_group(const struct rewriter *rw, struct label_group *group)
{
    group->adjustment = group->count ? ENTRY_ADJUSTMENT : 0;
    for (int i = 0; i < group->count; i++)
        if (rw->statements[group->labels[i]].frame.offset != 0)
            group->adjustment = 0;
}

void analyse_flow(struct rewriter *rw)
{
    struct work work = {.rw = rw, .queued = calloc((size_t)rw->count + 1, sizeof(bool))};
    if (!work.queued)
        abort();
    collect_groups(rw);
    seed(&work);
    run(&work);
    seed_unreached(&work);
    run(&work);
    follow_frameless_jumps(&work);
    run(&work);
    for (int i = 0; i < rw->function_count; i++) {
        decide_group(rw, &rw->functions[i].groups[GROUP_TABLE]);
        decide_group(rw, &rw->functions[i].groups[GROUP_VALUE]);
    }
    free(work.queue);
    free(work.queued);
}

bool is_branch_target(const struct rewriter *rw, int label)
{
    const struct statement *statement = &rw->statements[label];
    return statement->entry || statement->taken || statement->jumps > 0 || statement->type_function;
}

int label_adjustment(const struct rewriter *rw, int label)
{
    const struct statement *statement = &rw->statements[label];
    if (statement->entry)
        return ENTRY_ADJUSTMENT;
    if (statement->taken) {
        const struct function *function = &rw->functions[statement->function];
        bool table = statement->in_table && !function->mixed;
        return function->groups[table ? GROUP_TABLE : GROUP_VALUE].adjustment;
    }
    return statement->frame.offset == 0 ? ENTRY_ADJUSTMENT : 0;
}

int jump_adjustment(struct rewriter *rw, const struct statement *jump)
{
    struct label_group *group = group_of(rw, jump);
    if (!group->count)
        return ENTRY_ADJUSTMENT;
    if (is_certainly_local(jump) || group->adjustment == ENTRY_ADJUSTMENT)
        return group->adjustment;
    if (!rw->request->compiled)
        refuse(rw, jump,
               "cannot tell whether this leaves the function: labels whose address is taken have stack frames of "
               "different sizes");
    return ENTRY_ADJUSTMENT;
}
