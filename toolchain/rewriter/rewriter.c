/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One run of the rewriter: lex, parse, resolve, analyse, emit.
 */
#include "toolchain/rewriter/rewriter.h"
#include "toolchain/rewriter/internal.h"
#include <stdlib.h>
#include <string.h>

static bool has_register(const struct statement *statement)
{
    for (int i = 0; i < statement->count; i++)
        if (statement->operands[i].kind == OPERAND_REGISTER)
            return true;
    return false;
}

static void parse_instruction(struct rewriter *rw, int index)
{
    int errors = rw->errors;
    struct statement *statement = &rw->statements[index];
    parse_operands(rw, statement, statement->arguments);
    bool memory_only = !has_register(statement);
    for (int i = 0; i < statement->count; i++)
        memory_only &= statement->operands[i].kind == OPERAND_MEMORY;
    const struct instruction *instruction = find_instruction(statement->name, memory_only, &statement->suffix);
    if (!instruction)
        refuse(rw, statement, "unknown instruction %s", statement->name);
    else if (instruction->kind == KIND_REFUSED)
        refuse(rw, statement, "%s: %s", statement->name, instruction->reason);
    if (rw->errors == errors)
        statement->instruction = instruction;
}

static void note_argument_pointer(struct rewriter *rw)
{
    for (int i = 0; i < rw->count; i++) {
        const struct statement *statement = &rw->statements[i];
        if (statement->instruction && statement->instruction->kind == KIND_LEA && statement->count == 2 &&
            statement->operands[0].base == RSP && operand_is(&statement->operands[1], R13))
            rw->request->argument_pointer_in_r13 = rw->request->compiled;
    }
}

static void note_environment(struct rewriter *rw)
{
    for (int i = 0; i < rw->count; i++)
        if (rw->statements[i].kind == STATEMENT_INSTRUCTION && !strcmp(rw->statements[i].name, "fnstenv"))
            rw->request->keeps_exception_flags = rw->request->compiled;
}

static void release(struct rewriter *rw)
{
    for (int i = 0; i < rw->function_count; i++) {
        free(rw->functions[i].groups[GROUP_TABLE].labels);
        free(rw->functions[i].groups[GROUP_VALUE].labels);
    }
    free(rw->functions);
    free(rw->sections);
    free(rw->statements);
    arena_free(rw);
}

int rewrite_assembly(struct rewrite_request *request)
{
    struct rewriter rw = {.request = request};
    lex(&rw);
    assign_sections(&rw);
    for (int i = 0; i < rw.count; i++)
        if (rw.statements[i].kind == STATEMENT_INSTRUCTION)
            parse_instruction(&rw, i);
    note_argument_pointer(&rw);
    note_environment(&rw);
    resolve_symbols(&rw);
    analyse_flow(&rw);
    emit_all(&rw);
    if (!rw.output.data)
        buffer_append(&rw.output, "", 0);
    int errors = rw.errors;
    release(&rw);
    if (errors) {
        free(rw.output.data);
        request->messages = rw.messages.data;
        return -1;
    }
    request->output = rw.output.data;
    request->output_length = rw.output.length;
    return 0;
}
