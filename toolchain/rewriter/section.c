/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which section each statement is in, and the order of statements within a section.
 */
#include "toolchain/rewriter/internal.h"
#include <stdlib.h>
#include <string.h>

#define NESTING_MAX 64

struct tracker {
    struct rewriter *rw;
    struct section *current;
    struct section *previous;
    struct section *stack[NESTING_MAX];
    int depth;
};

static bool starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static bool named(const char *name, const char *stem)
{
    size_t length = strlen(stem);
    return !strncmp(name, stem, length) && (!name[length] || name[length] == '.');
}

/* The flags string of a section directive's arguments, or NULL. */
static const char *flags_of(const char *arguments)
{
    const char *comma = strchr(arguments, ',');
    if (!comma)
        return NULL;
    comma++;
    while (*comma == ' ')
        comma++;
    return *comma == '"' ? comma + 1 : NULL;
}

static bool is_executable(const char *name, const char *arguments)
{
    const char *flags = flags_of(arguments);
    if (flags) {
        for (; *flags && *flags != '"'; flags++)
            if (*flags == 'x')
                return true;
        return false;
    }
    return named(name, ".text") || named(name, ".init") || named(name, ".fini") || named(name, ".plt");
}

static bool is_debug(const char *name)
{
    return starts(name, ".debug") || starts(name, ".gnu.debug") || starts(name, ".stab") || starts(name, ".note") ||
           starts(name, ".comment") || starts(name, ".eh_frame");
}

static struct section *find_section(struct tracker *tracker, const char *name, const char *directive,
                                    const char *arguments)
{
    struct rewriter *rw = tracker->rw;
    for (int i = 0; i < rw->section_count; i++) {
        struct section *section = rw->sections[i];
        /* Sections of one name in different groups are different sections. */
        bool grouped = strstr(section->directive, "comdat") || strstr(directive, "comdat");
        if (!strcmp(section->name, name) && (!grouped || !strcmp(section->directive, directive)))
            return section;
    }
    struct section *section = arena_allocate(rw, sizeof *section);
    section->name = name;
    section->directive = directive;
    section->executable = is_executable(name, arguments);
    section->debug = is_debug(name);
    section->last = -1;
    section->number = rw->section_count;
    struct section **grown = realloc(rw->sections, (size_t)(rw->section_count + 1) * sizeof(*grown));
    if (!grown)
        abort();
    rw->sections = grown;
    rw->sections[rw->section_count++] = section;
    return section;
}

static const char *section_name(struct rewriter *rw, const char *arguments)
{
    size_t length = strcspn(arguments, ", ");
    if (arguments[0] == '"' && length >= 2)
        return arena_copy(rw, arguments + 1, length - 2);
    return arena_copy(rw, arguments, length);
}

static void enter(struct tracker *tracker, struct section *section)
{
    tracker->previous = tracker->current;
    tracker->current = section;
}

static void select_named(struct tracker *tracker, const struct statement *statement)
{
    const char *arguments = statement->arguments;
    const char *name = section_name(tracker->rw, arguments);
    const char *directive = arena_format(tracker->rw, ".section %s", arguments);
    enter(tracker, find_section(tracker, name, directive, arguments));
}

static void push_section(struct tracker *tracker, struct statement *statement)
{
    if (tracker->depth == NESTING_MAX) {
        refuse(tracker->rw, statement, "sections are nested too deeply");
        return;
    }
    tracker->stack[tracker->depth++] = tracker->current;
    select_named(tracker, statement);
}

static void pop_section(struct tracker *tracker, struct statement *statement)
{
    if (!tracker->depth) {
        refuse(tracker->rw, statement, ".popsection without .pushsection");
        return;
    }
    enter(tracker, tracker->stack[--tracker->depth]);
}

static void track_directive(struct tracker *tracker, struct statement *statement)
{
    const char *name = statement->name;
    if (!strcmp(name, ".text") || !strcmp(name, ".data") || !strcmp(name, ".bss")) {
        if (*statement->arguments && strcmp(statement->arguments, "0"))
            refuse(tracker->rw, statement, "subsections are not followed; use sections of different names");
        enter(tracker, find_section(tracker, name, name, ""));
    } else if (!strcmp(name, ".section")) {
        select_named(tracker, statement);
    } else if (!strcmp(name, ".pushsection")) {
        push_section(tracker, statement);
    } else if (!strcmp(name, ".popsection")) {
        pop_section(tracker, statement);
    } else if (!strcmp(name, ".previous")) {
        enter(tracker, tracker->previous);
    } else if (!strcmp(name, ".subsection")) {
        refuse(tracker->rw, statement, "subsections are not followed; use sections of different names");
    }
}

static void link_statement(struct rewriter *rw, struct section *section, int index)
{
    struct statement *statement = &rw->statements[index];
    if (!section->executable)
        return;
    if (section->last >= 0)
        rw->statements[section->last].next = index;
    section->last = index;
    if (statement->kind == STATEMENT_INSTRUCTION)
        section->has_code = true;
}

void assign_sections(struct rewriter *rw)
{
    struct tracker tracker = {.rw = rw};
    tracker.current = find_section(&tracker, ".text", ".text", "");
    tracker.previous = tracker.current;
    for (int i = 0; i < rw->count; i++) {
        struct statement *statement = &rw->statements[i];
        if (statement->kind == STATEMENT_DIRECTIVE)
            track_directive(&tracker, statement);
        statement->section = tracker.current;
        if (statement->kind == STATEMENT_INSTRUCTION && !tracker.current->executable)
            refuse(rw, statement, "an instruction in a section that is not executable");
        if (statement->kind == STATEMENT_INSTRUCTION || statement->kind == STATEMENT_LABEL)
            link_statement(rw, tracker.current, i);
    }
}
