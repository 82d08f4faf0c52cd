/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Assembler expressions: the value of a constant one, and the symbols of any.
 */
#include "toolchain/rewriter/internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *at;
    bool failed;
    int depth;
};

static uint64_t parse_level(struct parser *parser, int level);

static void skip_blanks(struct parser *parser)
{
    while (*parser->at == ' ')
        parser->at++;
}

static uint64_t parse_number(struct parser *parser)
{
    char *end;
    int base = 0;
    const char *start = parser->at;
    if (start[0] == '0' && (start[1] == 'b' || start[1] == 'B') && (start[2] == '0' || start[2] == '1')) {
        base = 2;
        start += 2;
    }
    uint64_t value = strtoull(start, &end, base);
    if (isalnum((unsigned char)*end) || *end == '_' || *end == '.' || *end == '$')
        parser->failed = true;
    parser->at = end;
    return value;
}

static uint64_t parse_primary(struct parser *parser)
{
    skip_blanks(parser);
    if (++parser->depth > 100) {
        parser->failed = true;
        return 0;
    }
    uint64_t value = 0;
    char c = *parser->at;
    if (c == '-' || c == '~' || c == '+') {
        parser->at++;
        uint64_t inner = parse_primary(parser);
        value = c == '-' ? -inner : c == '~' ? ~inner : inner;
    } else if (c == '(') {
        parser->at++;
        value = parse_level(parser, 0);
        skip_blanks(parser);
        if (*parser->at == ')')
            parser->at++;
        else
            parser->failed = true;
    } else if (isdigit((unsigned char)c)) {
        value = parse_number(parser);
    } else {
        parser->failed = true;
    }
    parser->depth--;
    return value;
}

static int level_of(const char *at, int *length)
{
    *length = 1;
    if ((at[0] == '<' && at[1] == '<') || (at[0] == '>' && at[1] == '>')) {
        *length = 2;
        return 2;
    }
    switch (*at) {
    case '+':
    case '-':
        return 0;
    case '|':
    case '&':
    case '^':
        return 1;
    case '*':
    case '/':
    case '%':
        return 2;
    default:
        return -1;
    }
}

static uint64_t combine(struct parser *parser, char operator, uint64_t left, uint64_t right)
{
    switch (operator) {
    case '+':
        return left + right;
    case '-':
        return left - right;
    case '|':
        return left | right;
    case '&':
        return left & right;
    case '^':
        return left ^ right;
    case '*':
        return left * right;
    case '<':
        return right < 64 ? left << right : 0;
    case '>':
        return right < 64 ? left >> right : 0;
    default:
        break;
    }
    if ((int64_t)right <= 0 || (int64_t)left < 0) {
        parser->failed = true;
        return 0;
    }
    return operator== '/' ? left / right : left % right;
}

static uint64_t parse_level(struct parser *parser, int level)
{
    if (level > 2)
        return parse_primary(parser);
    uint64_t value = parse_level(parser, level + 1);
    for (;;) {
        int length;
        skip_blanks(parser);
        if (parser->failed || level_of(parser->at, &length) != level)
            return value;
        char operator= * parser->at;
        parser->at += length;
        value = combine(parser, operator, value, parse_level(parser, level + 1));
    }
}

bool evaluate(const char *text, int64_t *value)
{
    struct parser parser = {.at = text};
    skip_blanks(&parser);
    if (!*parser.at) {
        *value = 0;
        return true;
    }
    *value = (int64_t)parse_level(&parser, 0);
    skip_blanks(&parser);
    return !parser.failed && !*parser.at;
}

static bool starts_symbol(char c)
{
    return isalpha((unsigned char)c) || c == '_' || c == '.' || c == '$' || (c & 0x80);
}

static bool continues_symbol(char c)
{
    return starts_symbol(c) || isdigit((unsigned char)c);
}

void each_symbol(struct rewriter *rw, const char *text, void (*found)(struct rewriter *, int, const char *), int at)
{
    while (*text) {
        const char *start = text;
        if (*text == '"') {
            const char *end = strchr(text + 1, '"');
            if (!end)
                return;
            found(rw, at, arena_copy(rw, text + 1, (size_t)(end - text - 1)));
            text = end + 1;
        } else if (*text == '%' || *text == '@') {
            text++;
            while (continues_symbol(*text))
                text++;
        } else if (starts_symbol(*text)) {
            while (continues_symbol(*text))
                text++;
            if (*start != '$')
                found(rw, at, arena_copy(rw, start, (size_t)(text - start)));
            else
                text = start + 1;
        } else if (isdigit((unsigned char)*text)) {
            while (continues_symbol(*text))
                text++;
            size_t digits = strspn(start, "0123456789");
            if (start + digits + 1 == text && (text[-1] == 'f' || text[-1] == 'b'))
                found(rw, at, arena_copy(rw, start, (size_t)(text - start)));
        } else {
            text++;
        }
    }
}
