/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes the rewritten text, statement by statement in the order of the source.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

static void put(struct rewriter *rw, const char *text)
{
    buffer_append(&rw->output, text, strlen(text));
}

/* Each line has its own: the assembler counts lines on from there. */
static void mark_line(struct rewriter *rw)
{
    if (rw->request->mark_lines && rw->current)
        put(rw, arena_format(rw, "# %d \"%s\"\n", rw->current->line, rw->current->file));
}

void emit(struct rewriter *rw, const char *format, ...)
{
    va_list arguments;
    mark_line(rw);
    buffer_append(&rw->output, "\t", 1);
    va_start(arguments, format);
    buffer_vprintf(&rw->output, format, arguments);
    va_end(arguments);
    buffer_append(&rw->output, "\n", 1);
}

void emit_instruction(struct rewriter *rw, const struct statement *statement, const char *const *operands)
{
    mark_line(rw);
    put(rw, "\t");
    if (statement->prefixes & PREFIX_LOCK)
        put(rw, "lock ");
    if (statement->prefixes & PREFIX_REP)
        put(rw, "rep ");
    put(rw, statement->name);
    for (int i = 0; i < statement->count; i++) {
        put(rw, i ? "," : " ");
        if (statement->operands[i].indirect)
            put(rw, "*");
        put(rw, operands && operands[i] ? operands[i] : statement->operands[i].text);
    }
    put(rw, "\n");
}

static bool is_listed(const char *name, const char *list)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at++)
        if (at > list && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

static void rewrite_directive(struct rewriter *rw, const struct statement *statement)
{
    const char *name = statement->name;
    static const char data[] =
        " .byte .short .word .value .2byte .long .int .4byte .quad .8byte .octa .ascii .asciz .string "
        ".string8 .float .single .double .fill .zero .skip .space .incbin .org .uleb128 .sleb128 "
        ".dc .dc.b .dc.w .dc.l .dc.q .insn ";
    static const char unfollowed[] =
        " .macro .endm .rept .irp .irpc .endr .include .intel_syntax .code32 .code16 "
        ".altmacro .if .ifdef .ifndef .else .elseif .endif .purgem .exitm .bundle_align_mode "
        ".bundle_lock .intel_mnemonic .struct .offset .linkonce .arch ";
    if (!strncmp(name, ".cfi_", 5))
        return;
    if (!strcmp(name, ".type") && strstr(statement->arguments, "gnu_indirect_function"))
        refuse(rw, statement,
               "indirect functions need relocations that the loader refuses; choose at run time by a pointer");
    if (!strcmp(name, ".section") && !strncmp(statement->arguments, ".note.GNU-stack,\"x", 18))
        refuse(rw, statement, "this code needs an executable stack; do not take the address of a nested function");
    if (is_listed(name, unfollowed)) {
        refuse(rw, statement, "the directive %s is not followed; write the text out, or use the C preprocessor", name);
        return;
    }
    if (statement->section->executable && is_listed(name, data)) {
        refuse(rw, statement,
               "data among instructions cannot be verified; put it in .rodata, or write the instruction");
        return;
    }
    mark_line(rw);
    put(rw, "\t");
    put(rw, statement->text);
    put(rw, "\n");
}

static bool moves_on(const struct statement *statement)
{
    return statement->kind == STATEMENT_DIRECTIVE &&
           is_listed(statement->name, " .p2align .align .balign .p2alignw .p2alignl "
                                      ".balignw .balignl .nop .nops .skip .space ");
}

/* The statement, a label or instruction, at the same address as the label; -1 if padding may lie between. */
static int at_same_address(const struct rewriter *rw, int label)
{
    int next = rw->statements[label].next;
    for (int i = label + 1; i < next; i++)
        if (rw->statements[i].section == rw->statements[label].section && moves_on(&rw->statements[i]))
            return -1;
    return next;
}

static bool needs_landing_pad(const struct rewriter *rw, int index)
{
    if (!rw->statements[index].taken && !rw->statements[index].global)
        return false;
    /* Several labels in one place share the pad of the last one. */
    int next = at_same_address(rw, index);
    while (next >= 0 && rw->statements[next].kind == STATEMENT_LABEL) {
        if (rw->statements[next].taken || rw->statements[next].global)
            return false;
        next = at_same_address(rw, next);
    }
    return next < 0 || !rw->statements[next].instruction || rw->statements[next].instruction->kind != KIND_LANDING_PAD;
}

static void rewrite_label(struct rewriter *rw, int index)
{
    const struct statement *label = &rw->statements[index];
    struct section *section = label->section;
    bool code = section->executable;
    if (code && is_branch_target(rw, index)) {
        join_guards(section, label);
        int adjustment = label_adjustment(rw, index);
        if (section->reachable)
            set_adjustment(rw, section, adjustment);
        section->adjustment = adjustment;
        section->reachable = true;
    }
    bool quoted = strpbrk(label->name, " -+*/()<>,@!&|=~%^?[]{}") != NULL;
    mark_line(rw);
    put(rw, quoted ? "\"" : "");
    put(rw, label->name);
    put(rw, quoted ? "\":\n" : ":\n");
    if (code && needs_landing_pad(rw, index))
        emit(rw, "endbr64");
}

static bool is_lockable(const struct statement *statement)
{
    static const char *const names[] = {"adc",        "add",       "and",  "btc",  "btr", "bts", "cmpxchg",
                                        "cmpxchg16b", "cmpxchg8b", "dec",  "inc",  "neg", "not", "or",
                                        "sbb",        "sub",       "xadd", "xchg", "xor"};
    if (!statement->count)
        return false;
    const struct operand *last = &statement->operands[statement->count - 1];
    bool exchanges = !strcmp(statement->instruction->name, "xchg") && statement->operands[0].kind == OPERAND_MEMORY;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(statement->instruction->name, names[i]))
            return exchanges || last->kind == OPERAND_MEMORY;
    return false;
}

static void rewrite_by_kind(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    enum instruction_kind kind = statement->instruction->kind;
    if (kind == KIND_NOP && statement->prefixes == PREFIX_REP) {
        emit(rw, "pause");
        return;
    }
    if (rewrite_stack(rw, statement))
        return;
    switch (kind) {
    case KIND_CALL:
    case KIND_JUMP:
    case KIND_JUMP_IF:
    case KIND_RETURN:
        rewrite_control(rw, statement);
        break;
    case KIND_LEA:
        rewrite_lea(rw, statement);
        break;
    case KIND_STRING:
        rewrite_string(rw, statement);
        break;
    case KIND_NOP:
        emit(rw, "nop");
        break;
    case KIND_LANDING_PAD:
        emit(rw, "endbr64");
        break;
    case KIND_STOP:
        emit(rw, "%s", statement->name);
        section->reachable = false;
        break;
    case KIND_DROP:
        break;
    default:
        rewrite_general(rw, statement);
        break;
    }
}

static void rewrite_instruction(struct rewriter *rw, const struct statement *statement)
{
    struct section *section = statement->section;
    if (!statement->instruction)
        return;
    if ((statement->prefixes & PREFIX_LOCK) && !is_lockable(statement)) {
        refuse(rw, statement, "lock needs an instruction that reads and writes memory");
        return;
    }
    if (!section->reachable) {
        section->reachable = true;
        section->adjustment = 0;
    }
    rewrite_by_kind(rw, statement);
    follow_guard(section, statement);
}

/* .init and .fini are put together from several files: control falls from one to the next. */
static bool falls_through(const struct section *section)
{
    return !strcmp(section->name, ".init") || !strcmp(section->name, ".fini");
}

static void settle_section(struct rewriter *rw, struct section *section, int offset)
{
    if (!section->reachable)
        return;
    int adjustment = section->adjustment;
    int wanted = offset == 0 ? ENTRY_ADJUSTMENT : 0;
    if (adjustment == wanted)
        return;
    put(rw, section->directive);
    put(rw, "\n");
    set_adjustment(rw, section, wanted);
}

static int final_offset(const struct rewriter *rw, const struct section *section)
{
    if (section->last < 0)
        return UNKNOWN;
    const struct statement *last = &rw->statements[section->last];
    return frame_after(last, last->frame).offset;
}

/* The end of each code section does not fall through; that is where failed checks go, too. */
static void finish_sections(struct rewriter *rw)
{
    for (int i = 0; i < rw->section_count; i++) {
        struct section *section = rw->sections[i];
        if (!section->has_code)
            continue;
        if (falls_through(section))
            settle_section(rw, section, final_offset(rw, section));
        if (falls_through(section) && !section->needs_trap)
            continue;
        put(rw, "\t");
        put(rw, falls_through(section) ? ".text" : section->directive);
        put(rw, "\n");
        if (section->needs_trap)
            put(rw, arena_format(rw, ".Lcomesg_trap%d:\n", section->number));
        emit(rw, "ud2");
    }
}

/* The linker would make a procedure linkage table, of code that no one rewrote, for a weak symbol that nobody defines.
 */
static void hide_undefined_weak(struct rewriter *rw, int at, const char *name)
{
    (void)at;
    if (is_undefined_weak(rw, name))
        emit(rw, ".hidden %s", name);
}

static void hide_weak_symbols(struct rewriter *rw)
{
    for (int i = 0; i < rw->count; i++)
        if (rw->statements[i].kind == STATEMENT_DIRECTIVE && !strcmp(rw->statements[i].name, ".weak"))
            each_symbol(rw, rw->statements[i].arguments, hide_undefined_weak, i);
}

void emit_all(struct rewriter *rw)
{
    for (int i = 0; i < rw->count; i++) {
        struct statement *statement = &rw->statements[i];
        rw->current = statement;
        switch (statement->kind) {
        case STATEMENT_LABEL:
            rewrite_label(rw, i);
            break;
        case STATEMENT_DIRECTIVE:
            rewrite_directive(rw, statement);
            break;
        case STATEMENT_INSTRUCTION:
            rewrite_instruction(rw, statement);
            break;
        default:
            mark_line(rw);
            put(rw, statement->text);
            put(rw, "\n");
            break;
        }
    }
    rw->current = NULL;
    hide_weak_symbols(rw);
    finish_sections(rw);
}
