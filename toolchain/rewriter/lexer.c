/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Splits GNU assembly text into statements: labels, directives, assignments and instructions, without comments, each
 * with the place in the source that messages name.
 */
#include "toolchain/rewriter/internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct lexer {
    struct rewriter *rw;
    const char *at;
    const char *file; /* of the assembly text */
    int line;
    const char *marker_file; /* from a line marker, or NULL */
    int marker_line;
    const char *located_file; /* from .loc */
    int located_line;
    const char *files[1024]; /* from .file */
    unsigned pending_prefixes;
    struct buffer statement;
};

struct statement *add_statement(struct rewriter *rw)
{
    if (rw->count == rw->capacity) {
        int capacity = rw->capacity ? rw->capacity * 2 : 1024;
        struct statement *grown = realloc(rw->statements, (size_t)capacity * sizeof *grown);
        if (!grown)
            abort();
        rw->statements = grown;
        rw->capacity = capacity;
    }
    struct statement *statement = &rw->statements[rw->count++];
    memset(statement, 0, sizeof *statement);
    statement->next = -1;
    statement->function = -1;
    return statement;
}

static struct statement *new_statement(struct lexer *lexer, enum statement_kind kind, const char *text)
{
    struct statement *statement = add_statement(lexer->rw);
    statement->kind = kind;
    statement->text = text;
    statement->file = lexer->file;
    statement->line = lexer->line;
    if (lexer->marker_file) {
        statement->file = lexer->marker_file;
        statement->line = lexer->marker_line;
    } else if (lexer->located_file) {
        statement->file = lexer->located_file;
        statement->line = lexer->located_line;
    }
    return statement;
}

static bool is_symbol_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$' || (c & 0x80);
}

static const char *skip_space(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static void lex_file_directive(struct lexer *lexer, const char *arguments)
{
    char *end;
    long number = strtol(arguments, &end, 10);
    if (end == arguments || number < 0 || number >= 1024)
        return;
    const char *last = strrchr(end, '"');
    if (!last || last == end)
        return;
    const char *first = last - 1;
    while (first > end && *first != '"')
        first--;
    if (*first == '"')
        lexer->files[number] = arena_copy(lexer->rw, first + 1, (size_t)(last - first - 1));
}

static void lex_location_directive(struct lexer *lexer, const char *arguments)
{
    char *end;
    long number = strtol(arguments, &end, 10);
    long line = strtol(end, NULL, 10);
    if (number >= 0 && number < 1024 && lexer->files[number]) {
        lexer->located_file = lexer->files[number];
        lexer->located_line = (int)line;
    }
}

static void lex_directive(struct lexer *lexer, const char *text)
{
    size_t length = 0;
    while (is_symbol_character(text[length]))
        length++;
    struct statement *statement = new_statement(lexer, STATEMENT_DIRECTIVE, text);
    statement->name = arena_copy(lexer->rw, text, length);
    statement->arguments = skip_space(text + length);
    if (!strcmp(statement->name, ".file"))
        lex_file_directive(lexer, statement->arguments);
    if (!strcmp(statement->name, ".loc"))
        lex_location_directive(lexer, statement->arguments);
}

static unsigned prefix_of(const char *word, size_t length)
{
    static const struct {
        const char *name;
        unsigned prefix;
    } prefixes[] = {
        {"lock", PREFIX_LOCK},      {"rep", PREFIX_REP},        {"repe", PREFIX_REP},        {"repz", PREFIX_REP},
        {"repne", PREFIX_REPNE},    {"repnz", PREFIX_REPNE},    {"notrack", PREFIX_NOTRACK}, {"bnd", PREFIX_NOTRACK},
        {"data16", PREFIX_OTHER},   {"data32", PREFIX_OTHER},   {"addr16", PREFIX_OTHER},    {"addr32", PREFIX_OTHER},
        {"cs", PREFIX_OTHER},       {"ds", PREFIX_OTHER},       {"es", PREFIX_OTHER},        {"ss", PREFIX_OTHER},
        {"fs", PREFIX_OTHER},       {"gs", PREFIX_OTHER},       {"rex", PREFIX_OTHER},       {"rex64", PREFIX_OTHER},
        {"xacquire", PREFIX_OTHER}, {"xrelease", PREFIX_OTHER},
    };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strlen(prefixes[i].name) == length && !strncmp(prefixes[i].name, word, length))
            return prefixes[i].prefix;
    return 0;
}

static void lex_instruction(struct lexer *lexer, const char *text)
{
    const char *rest = text;
    unsigned prefixes = lexer->pending_prefixes;
    size_t length;
    for (;;) {
        length = 0;
        while (rest[length] && !isspace((unsigned char)rest[length]))
            length++;
        unsigned prefix = prefix_of(rest, length);
        if (!prefix)
            break;
        prefixes |= prefix;
        rest = skip_space(rest + length);
    }
    lexer->pending_prefixes = 0;
    if (!*rest) {
        lexer->pending_prefixes = prefixes;
        return;
    }
    struct statement *statement = new_statement(lexer, STATEMENT_INSTRUCTION, text);
    char *name = arena_copy(lexer->rw, rest, length);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    statement->name = name;
    statement->prefixes = prefixes;
    statement->arguments = skip_space(rest + length);
}

static void lex_assignment(struct lexer *lexer, const char *text, size_t name_length, const char *value)
{
    struct statement *statement = new_statement(lexer, STATEMENT_ASSIGNMENT, text);
    statement->name = arena_copy(lexer->rw, text, name_length);
    statement->arguments = skip_space(value);
}

/* A statement without comments; may start with labels. */
static void lex_statement(struct lexer *lexer, const char *text)
{
    for (;;) {
        text = skip_space(text);
        if (!*text)
            return;
        size_t length = 0;
        bool quoted = *text == '"';
        if (quoted) {
            const char *end = strchr(text + 1, '"');
            length = end ? (size_t)(end - text) + 1 : 0;
        }
        while (!quoted && is_symbol_character(text[length]))
            length++;
        const char *after = skip_space(text + length);
        if (length && *after == ':') {
            struct statement *label = new_statement(lexer, STATEMENT_LABEL, NULL);
            label->name = quoted ? arena_copy(lexer->rw, text + 1, length - 2) : arena_copy(lexer->rw, text, length);
            text = after + 1;
            continue;
        }
        if (length && *after == '=' && after[1] != '=')
            lex_assignment(lexer, text, length, after + 1);
        else if (*text == '.')
            lex_directive(lexer, text);
        else
            lex_instruction(lexer, text);
        return;
    }
}

static void flush_statement(struct lexer *lexer)
{
    if (!lexer->statement.length)
        return;
    size_t length = lexer->statement.length;
    while (length && isspace((unsigned char)lexer->statement.data[length - 1]))
        length--;
    const char *text = arena_copy(lexer->rw, lexer->statement.data, length);
    lexer->statement.length = 0;
    lex_statement(lexer, text);
}

static void put(struct lexer *lexer, char c)
{
    buffer_append(&lexer->statement, &c, 1);
}

static void lex_string(struct lexer *lexer)
{
    put(lexer, *lexer->at++);
    while (*lexer->at && *lexer->at != '"') {
        if (*lexer->at == '\\' && lexer->at[1])
            put(lexer, *lexer->at++);
        if (*lexer->at == '\n')
            lexer->line++;
        put(lexer, *lexer->at++);
    }
    if (*lexer->at)
        put(lexer, *lexer->at++);
}

/* 'c or 'c' stands for a number. */
static void lex_character(struct lexer *lexer)
{
    lexer->at++;
    if (*lexer->at == '\\' && lexer->at[1])
        lexer->at++;
    const char *number = arena_format(lexer->rw, "%d", (unsigned char)*lexer->at);
    buffer_append(&lexer->statement, number, strlen(number));
    if (*lexer->at)
        lexer->at++;
    if (*lexer->at == '\'')
        lexer->at++;
}

static void skip_block_comment(struct lexer *lexer)
{
    lexer->at += 2;
    while (*lexer->at && !(lexer->at[0] == '*' && lexer->at[1] == '/')) {
        if (*lexer->at == '\n')
            lexer->line++;
        lexer->at++;
    }
    if (*lexer->at)
        lexer->at += 2;
    put(lexer, ' ');
}

/* "# 12 "file.c" 1" says where the following lines come from; line 0 ends an asm statement's own lines. */
static void lex_marker(struct lexer *lexer, const char *text)
{
    char *end;
    if (*text != ' ' || !isdigit((unsigned char)text[1]))
        return;
    long line = strtol(text, &end, 10);
    const char *first = skip_space(end);
    const char *last = *first == '"' ? strpbrk(first + 1, "\"\n") : NULL;
    if (!last || *last != '"')
        return;
    lexer->marker_file = NULL;
    if (last > first + 1 && line > 0) {
        lexer->marker_file = arena_copy(lexer->rw, first + 1, (size_t)(last - first - 1));
        lexer->marker_line = (int)line - 1;
    }
}

static void skip_line_comment(struct lexer *lexer)
{
    const char *start = lexer->at;
    bool first = !lexer->statement.length && (start == lexer->rw->request->text || start[-1] == '\n');
    while (*lexer->at && *lexer->at != '\n')
        lexer->at++;
    if (first)
        lex_marker(lexer, start + 1);
}

void lex(struct rewriter *rw)
{
    struct lexer lexer = {.rw = rw, .at = rw->request->text, .file = rw->request->name, .line = 1};
    while (*lexer.at) {
        char c = *lexer.at;
        if (c == '"') {
            lex_string(&lexer);
        } else if (c == '\'') {
            lex_character(&lexer);
        } else if (c == '#') {
            skip_line_comment(&lexer);
        } else if (c == '/' && lexer.at[1] == '*') {
            skip_block_comment(&lexer);
        } else if (c == '\n' || c == ';') {
            flush_statement(&lexer);
            lexer.at++;
            if (c == '\n') {
                lexer.line++;
                lexer.marker_line++;
            }
        } else {
            if (lexer.statement.length || !isspace((unsigned char)c))
                put(&lexer, c == '\t' || c == '\r' ? ' ' : c);
            lexer.at++;
        }
    }
    flush_statement(&lexer);
    if (lexer.pending_prefixes) {
        struct statement at = {.file = lexer.file, .line = lexer.line};
        refuse(rw, &at, "a prefix without an instruction");
    }
    free(lexer.statement.data);
}
