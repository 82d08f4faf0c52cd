/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols: where labels are, which are entered from outside, called, jumped to, or have their address taken.
 */
#include "toolchain/rewriter/internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static unsigned hash(const char *name)
{
    unsigned value = 5381;
    while (*name)
        value = value * 33 + (unsigned char)*name++;
    return value % SYMBOL_BUCKETS;
}

struct symbol *find_symbol(struct rewriter *rw, const char *name)
{
    struct symbol **bucket = &rw->symbols[hash(name)];
    for (struct symbol *symbol = *bucket; symbol; symbol = symbol->next)
        if (!strcmp(symbol->name, name))
            return symbol;
    struct symbol *symbol = arena_allocate(rw, sizeof *symbol);
    symbol->name = name;
    symbol->statement = -1;
    symbol->next = *bucket;
    *bucket = symbol;
    return symbol;
}

static bool is_numeric(const char *name)
{
    return isdigit((unsigned char)*name);
}

static int find_numeric(struct rewriter *rw, int from, const char *reference)
{
    size_t digits = strlen(reference) - 1;
    int step = reference[digits] == 'f' ? 1 : -1;
    for (int i = from + step; i >= 0 && i < rw->count; i += step) {
        const struct statement *statement = &rw->statements[i];
        if (statement->kind == STATEMENT_LABEL && strlen(statement->name) == digits &&
            !strncmp(statement->name, reference, digits))
            return i;
    }
    return -1;
}

/* A branch by way of the procedure linkage table goes to the same label: nothing is linked dynamically. */
int find_label(struct rewriter *rw, int from, const char *reference)
{
    if (is_numeric(reference))
        return find_numeric(rw, from, reference);
    size_t length = strlen(reference), suffix = strlen("@PLT");
    if (length > suffix && !strcmp(reference + length - suffix, "@PLT"))
        reference = arena_copy(rw, reference, length - suffix);
    struct symbol *symbol = find_symbol(rw, reference);
    for (int depth = 0; symbol->alias && depth < 16; depth++)
        symbol = find_symbol(rw, symbol->alias);
    return symbol->statement;
}

static void record_labels(struct rewriter *rw)
{
    for (int i = 0; i < rw->count; i++) {
        struct statement *statement = &rw->statements[i];
        if (statement->kind != STATEMENT_LABEL || is_numeric(statement->name))
            continue;
        find_symbol(rw, statement->name)->statement = i;
    }
}

static void mark_global(struct rewriter *rw, int at, const char *name)
{
    (void)at;
    find_symbol(rw, name)->global = true;
}

static void mark_weak(struct rewriter *rw, int at, const char *name)
{
    (void)at;
    find_symbol(rw, name)->global = find_symbol(rw, name)->weak = true;
}

bool is_undefined_weak(struct rewriter *rw, const char *name)
{
    const struct symbol *symbol = find_symbol(rw, name);
    return symbol->weak && symbol->statement < 0 && !symbol->alias && !symbol->common;
}

/* The assembler would miss it too, but cannot say where. */
static void check_numeric(struct rewriter *rw, int at, const char *name, int label)
{
    if (label < 0 && is_numeric(name))
        refuse(rw, &rw->statements[at], "there is no label %s", name);
}

static void mark_taken(struct rewriter *rw, int at, const char *name)
{
    int label = find_label(rw, at, name);
    check_numeric(rw, at, name, label);
    if (label < 0)
        return;
    rw->statements[label].taken = true;
    rw->statements[label].in_value = true;
}

static void mark_in_table(struct rewriter *rw, int at, const char *name)
{
    int label = find_label(rw, at, name);
    if (label < 0)
        return;
    rw->statements[label].taken = true;
    rw->statements[label].in_table = true;
}

static void record_type(struct rewriter *rw, const struct statement *statement)
{
    size_t length = strcspn(statement->arguments, ", ");
    if (strstr(statement->arguments + length, "function"))
        find_symbol(rw, arena_copy(rw, statement->arguments, length))->type_function = true;
}

static bool is_plain_symbol(const char *text)
{
    if (is_numeric(text) || !strcmp(text, "."))
        return false;
    while (isalnum((unsigned char)*text) || (*text && strchr("_.$", *text)))
        text++;
    return !*text;
}

static void record_alias(struct rewriter *rw, const char *name, const char *value)
{
    while (*value == ' ')
        value++;
    if (*value && is_plain_symbol(value) && strcmp(name, value))
        find_symbol(rw, name)->alias = value;
}

static void refuse_text_symbol(struct rewriter *rw, int at, const char *name)
{
    int label = find_label(rw, at, name);
    if (!strcmp(name, "."))
        refuse(rw, &rw->statements[at], "the address of code is named by a label here, not by a dot");
    else if (label >= 0 && rw->statements[label].section->executable)
        refuse(rw, &rw->statements[at], "a symbol in the middle of code; name the place by a label");
}

/* A symbol that is not a label or another name of one must not lead into code. */
static void check_assignment(struct rewriter *rw, int index, const char *name, const char *value)
{
    while (*value == ' ')
        value++;
    bool difference = strchr(value, '-') != NULL;
    if (rw->statements[index].section->executable && !difference && (!is_plain_symbol(value) || !strcmp(name, ".")))
        each_symbol(rw, value, refuse_text_symbol, index);
}

static bool is_one_of(const char *name, const char *list)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at++)
        if (at > list && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

static void record_directive(struct rewriter *rw, int index)
{
    struct statement *statement = &rw->statements[index];
    if (is_one_of(statement->name, " .globl .global ")) {
        each_symbol(rw, statement->arguments, mark_global, index);
    } else if (!strcmp(statement->name, ".weak")) {
        each_symbol(rw, statement->arguments, mark_weak, index);
    } else if (is_one_of(statement->name, " .comm .lcomm ")) {
        size_t length = strcspn(statement->arguments, ", ");
        find_symbol(rw, arena_copy(rw, statement->arguments, length))->common = true;
    } else if (!strcmp(statement->name, ".type")) {
        record_type(rw, statement);
    } else if (is_one_of(statement->name, " .set .equ .equiv .weakref ")) {
        size_t length = strcspn(statement->arguments, ", ");
        const char *value = strchr(statement->arguments, ',');
        if (value)
            record_alias(rw, arena_copy(rw, statement->arguments, length), value + 1);
    }
}

/* A compiler's jump table holds distances from the table itself: ".long .L3-.L4". */
static bool is_table_entry(struct rewriter *rw, int index)
{
    const char *minus = strchr(rw->statements[index].arguments, '-');
    if (!rw->request->compiled || !minus || strpbrk(minus + 1, "+-*/(), "))
        return false;
    int table = find_label(rw, index, minus + 1);
    return table >= 0 && !rw->statements[table].section->executable;
}

static void take_from_directive(struct rewriter *rw, int index)
{
    struct statement *statement = &rw->statements[index];
    const char *value = strchr(statement->arguments, ',');
    if (is_one_of(statement->name, " .set .equ .equiv ") && value)
        check_assignment(rw, index, "", value + 1);
    if (statement->section->debug)
        return;
    if (is_one_of(statement->name,
                  " .long .quad .int .8byte .4byte .short .value .2byte .word .byte .dc.l .dc.q .uleb128 "
                  ".sleb128 "))
        each_symbol(rw, statement->arguments, is_table_entry(rw, index) ? mark_in_table : mark_taken, index);
}

static bool is_branch(const struct statement *statement)
{
    switch (statement->instruction->kind) {
    case KIND_CALL:
    case KIND_JUMP:
    case KIND_JUMP_IF:
        return true;
    default:
        return false;
    }
}

static void take_from_instruction(struct rewriter *rw, int index)
{
    struct statement *statement = &rw->statements[index];
    if (!statement->instruction)
        return;
    bool direct = is_branch(statement) && statement->count == 1 && !statement->operands[0].indirect;
    if (!direct) {
        for (int i = 0; i < statement->count; i++)
            if (statement->operands[i].kind != OPERAND_REGISTER)
                each_symbol(rw, statement->operands[i].expression, mark_taken, index);
        return;
    }
    const char *name = statement->operands[0].text;
    int label = find_label(rw, index, name);
    check_numeric(rw, index, name, label);
    if (label < 0)
        return;
    /* gcc ends each file with numeric labels among data. */
    if (is_numeric(name) && !rw->statements[label].section->executable)
        refuse(rw, statement, "there is no label %s among the code", name);
    if (statement->instruction->kind == KIND_CALL)
        rw->statements[label].called = true;
    else
        rw->statements[label].jumps++;
}

bool is_local_name(const char *name)
{
    return is_numeric(name) || !strncmp(name, ".L", 2);
}

static void publish(struct rewriter *rw, struct symbol *symbol)
{
    int label = find_label(rw, 0, symbol->name);
    if (label < 0 || is_numeric(symbol->name))
        return;
    struct statement *statement = &rw->statements[label];
    statement->global |= symbol->global;
    statement->type_function |= symbol->type_function;
}

static void classify_labels(struct rewriter *rw)
{
    for (int i = 0; i < SYMBOL_BUCKETS; i++)
        for (struct symbol *symbol = rw->symbols[i]; symbol; symbol = symbol->next)
            publish(rw, symbol);
    for (int i = 0; i < rw->count; i++) {
        struct statement *label = &rw->statements[i];
        if (label->kind != STATEMENT_LABEL || !label->section->executable)
            continue;
        label->entry = label->called || label->global || (label->taken && !is_local_name(label->name));
    }
}

static bool is_cold(const char *name, size_t *parent_length)
{
    const char *cold = strstr(name, ".cold");
    if (!cold)
        return false;
    *parent_length = (size_t)(cold - name);
    return true;
}

static int add_function(struct rewriter *rw, const char *name)
{
    struct function *grown = realloc(rw->functions, (size_t)(rw->function_count + 1) * sizeof *grown);
    if (!grown)
        abort();
    rw->functions = grown;
    struct function *function = &grown[rw->function_count];
    *function = (struct function){.name = name, .parent = rw->function_count};
    function->groups[GROUP_TABLE].frame.offset = UNSEEN;
    function->groups[GROUP_VALUE].frame.offset = UNSEEN;
    size_t length;
    if (!is_cold(name, &length))
        return rw->function_count++;
    for (int i = rw->function_count - 1; i >= 0; i--)
        if (strlen(grown[i].name) == length && !strncmp(grown[i].name, name, length)) {
            function->parent = grown[i].parent;
            break;
        }
    return rw->function_count++;
}

/* In text that no compiler wrote, a jump table may serve labels anywhere in the file: one function holds all. */
static void assign_functions(struct rewriter *rw)
{
    add_function(rw, "");
    for (int i = 0; i < rw->count; i++) {
        struct statement *statement = &rw->statements[i];
        struct section *section = statement->section;
        if (rw->request->compiled && statement->kind == STATEMENT_LABEL && statement->type_function) {
            int function = add_function(rw, statement->name);
            section->function = rw->functions[function].parent;
        }
        statement->function = section->function;
    }
}

void resolve_symbols(struct rewriter *rw)
{
    record_labels(rw);
    for (int i = 0; i < rw->count; i++) {
        if (rw->statements[i].kind == STATEMENT_DIRECTIVE)
            record_directive(rw, i);
        else if (rw->statements[i].kind == STATEMENT_ASSIGNMENT)
            record_alias(rw, rw->statements[i].name, rw->statements[i].arguments);
    }
    for (int i = 0; i < rw->count; i++) {
        if (rw->statements[i].kind == STATEMENT_DIRECTIVE)
            take_from_directive(rw, i);
        else if (rw->statements[i].kind == STATEMENT_INSTRUCTION)
            take_from_instruction(rw, i);
        else if (rw->statements[i].kind == STATEMENT_ASSIGNMENT)
            check_assignment(rw, i, rw->statements[i].name, rw->statements[i].arguments);
    }
    classify_labels(rw);
    assign_functions(rw);
}
