/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What r11 is known to hold, straight on and through forward jumps: sums of registers and constants. An access whose
 * address differs from one of them by a small constant needs no guard of its own. Everything is modulo 2^32, as r11 is.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

void forget_guard(struct section *section)
{
    section->guard.count = 0;
}

static bool is_free_register(int number)
{
    return number >= RAX && number <= R12 && number != RSP && number != R11;
}

static bool is_known_sum(const struct operand *operand)
{
    bool index = operand->index == NO_REGISTER || is_free_register(operand->index);
    return !operand->segment && is_free_register(operand->base) && index;
}

static int64_t wrap(int64_t value)
{
    return (int32_t)(uint32_t)value;
}

static void add_fact(struct section *section, int base, int index, int scale, int64_t offset)
{
    if (section->guard.count < GUARD_FACTS)
        section->guard.facts[section->guard.count++] =
            (struct guard_fact){base, index, index == NO_REGISTER ? 1 : scale, wrap(offset)};
}

/* r11 has just been set to base plus index times scale plus offset. */
void learn_guard(struct section *section, const struct operand *operand, int64_t offset)
{
    forget_guard(section);
    if (is_known_sum(operand))
        add_fact(section, operand->base, operand->index, operand->scale, offset);
}

static bool has_registers(const struct guard_fact *fact, const struct operand *operand)
{
    return fact->base == operand->base && fact->index == operand->index &&
           (fact->index == NO_REGISTER || fact->scale == operand->scale);
}

/* Returns whether r11 plus *distance is the sum of the operand's registers. */
bool guard_distance(const struct section *section, const struct operand *operand, int64_t *distance)
{
    for (int i = 0; i < section->guard.count; i++)
        if (has_registers(&section->guard.facts[i], operand)) {
            *distance = wrap(-section->guard.facts[i].offset);
            return true;
        }
    return false;
}

static void forget_register(struct section *section, int number)
{
    int kept = 0;
    for (int i = 0; i < section->guard.count; i++)
        if (section->guard.facts[i].base != number && section->guard.facts[i].index != number)
            section->guard.facts[kept++] = section->guard.facts[i];
    section->guard.count = kept;
}

static void forget_written(struct section *section, const struct operand *operand)
{
    if (operand->kind != OPERAND_REGISTER || operand->reg.class != CLASS_GENERAL)
        return;
    if (operand->reg.number == R11)
        forget_guard(section);
    else
        forget_register(section, operand->reg.number);
}

/* A constant has been added to a register. */
static void shift_register(struct section *section, int number, int64_t by)
{
    for (int i = 0; i < section->guard.count; i++) {
        struct guard_fact *fact = &section->guard.facts[i];
        int64_t weight = (fact->base == number) + (fact->index == number ? fact->scale : 0);
        fact->offset = wrap(fact->offset - by * weight);
    }
}

/* A register has been set to the sum of an address: it stands for it from now on. */
static void set_register(struct section *section, int number, const struct operand *address)
{
    int64_t distance;
    bool known = guard_distance(section, address, &distance);
    if (address->base == number && address->index == NO_REGISTER) {
        shift_register(section, number, address->value);
        return;
    }
    forget_register(section, number);
    if (known)
        add_fact(section, number, NO_REGISTER, 1, -distance - address->value);
}

static bool is_wide_register(const struct operand *operand)
{
    return operand->kind == OPERAND_REGISTER && operand->reg.class == CLASS_GENERAL && operand->reg.size >= 4 &&
           is_free_register(operand->reg.number);
}

static bool is_named(const struct statement *statement, const char *const *names)
{
    while (*names && strcmp(statement->instruction->name, *names))
        names++;
    return *names;
}

/* Instructions whose result is a sum that can be followed. */
static bool follow_sum(struct section *section, const struct statement *statement)
{
    static const char *const copies[] = {"mov", "movsl", "movsxd", NULL};
    const struct operand *source = &statement->operands[0], *target = &statement->operands[statement->count - 1];
    const char *name = statement->instruction->name;
    if (!strcmp(name, "cltq") || !strcmp(name, "cdqe"))
        return true;
    if (!statement->count || !is_wide_register(target))
        return false;
    int number = target->reg.number;
    if (statement->instruction->kind == KIND_LEA) {
        if (!source->literal || !is_known_sum(source))
            return false;
        set_register(section, number, source);
    } else if (statement->count == 2 && is_named(statement, copies) && is_wide_register(source)) {
        struct operand address = {.base = source->reg.number, .index = NO_REGISTER, .literal = true};
        set_register(section, number, &address);
    } else if (statement->count == 2 && source->kind == OPERAND_IMMEDIATE && source->literal && !strcmp(name, "add")) {
        shift_register(section, number, source->value);
    } else if (statement->count == 2 && source->kind == OPERAND_IMMEDIATE && source->literal && !strcmp(name, "sub")) {
        shift_register(section, number, -source->value);
    } else {
        return false;
    }
    return true;
}

/* Registers that an instruction writes without naming them. */
static void forget_implied(struct section *section, const struct statement *statement)
{
    static const char *const plain[] = {"cmp",  "test", "pause", "mfence", "lfence", "sfence", "clc", "stc", "cmc",
                                        "sahf", "bt",   "add",   "sub",    "mov",    "movabs", "and", "or",  "xor",
                                        "shl",  "sal",  "shr",   "sar",    "lea",    "inc",    "dec", NULL};
    static const char *const wide[] = {"mul", "imul", "div", "idiv", "cmpxchg", "cmpxchg8b", "cmpxchg16b", NULL};
    enum instruction_kind kind = statement->instruction->kind;
    if (is_named(statement, plain))
        return;
    if (is_named(statement, wide) || (kind == KIND_READ && !statement->count)) {
        forget_register(section, RAX);
        forget_register(section, RDX);
    }
    if (kind == KIND_VECTOR && strstr(statement->name, "cmp"))
        forget_register(section, RCX);
}

static bool is_known(const struct guard_facts *known, const struct guard_fact *fact)
{
    for (int i = 0; i < known->count; i++) {
        const struct guard_fact *other = &known->facts[i];
        if (other->base == fact->base && other->index == fact->index && other->scale == fact->scale &&
            other->offset == fact->offset)
            return true;
    }
    return false;
}

static void keep_common(struct guard_facts *facts, const struct guard_facts *others)
{
    int kept = 0;
    for (int i = 0; i < facts->count; i++)
        if (is_known(others, &facts->facts[i]))
            facts->facts[kept++] = facts->facts[i];
    facts->count = kept;
}

/* At a direct jump to the label: what holds here holds there. */
void keep_guard(struct rewriter *rw, struct section *section, int label)
{
    struct statement *target = &rw->statements[label];
    if (!target->facts) {
        target->facts = arena_allocate(rw, sizeof *target->facts);
        *target->facts = section->guard;
    } else {
        keep_common(target->facts, &section->guard);
    }
    target->jumps_seen++;
}

/* At a label: what holds at all jumps to it, which must have come before, and where control falls through. */
void join_guards(struct section *section, const struct statement *label)
{
    if (label->entry || label->taken || label->type_function || label->jumps != label->jumps_seen)
        forget_guard(section);
    else if (!section->reachable)
        section->guard = *label->facts;
    else
        keep_common(&section->guard, label->facts);
}

/* Brings what is known of r11 from before the statement, which has been written out, to behind it. */
void follow_guard(struct section *section, const struct statement *statement)
{
    if (!section->guard.count)
        return;
    switch (statement->instruction->kind) {
    case KIND_NOP:
    case KIND_DROP:
    case KIND_JUMP_IF:
    case KIND_PUSH:
        return;
    case KIND_CALL:
    case KIND_JUMP:
    case KIND_RETURN:
    case KIND_LEAVE:
    case KIND_STRING:
    case KIND_STOP:
    case KIND_LANDING_PAD:
        forget_guard(section);
        return;
    default:
        break;
    }
    if (follow_sum(section, statement))
        return;
    forget_implied(section, statement);
    if (statement->instruction->kind == KIND_READ)
        return;
    for (int i = statement->instruction->kind == KIND_EXCHANGE && statement->count > 1 ? statement->count - 2
                                                                                       : statement->count - 1;
         i >= 0 && i < statement->count; i++)
        forget_written(section, &statement->operands[i]);
}
