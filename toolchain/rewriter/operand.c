/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Parses AT&T operands: registers, immediates, memory.
 */
#include "toolchain/rewriter/internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const names64[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8",
                                      "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip"};
static const char *const names32[] = {"eax", "ecx",  "edx",  "ebx",  "esp",  "ebp",  "esi",  "edi", "r8d",
                                      "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d", "eip"};
static const char *const names16[] = {"ax",  "cx",  "dx",   "bx",   "sp",   "bp",   "si",   "di",
                                      "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w"};
static const char *const names8[] = {"al",  "cl",  "dl",   "bl",   "spl",  "bpl",  "sil",  "dil",
                                     "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"};
static const char *const names_high[] = {"ah", "ch", "dh", "bh"};

static const struct {
    const char *const *names;
    int count;
    int size;
    bool high;
} name_tables[] = {{names64, 17, 8, false},
                   {names32, 17, 4, false},
                   {names16, 16, 2, false},
                   {names8, 16, 1, false},
                   {names_high, 4, 1, true}};

const char *register_name(int number, int size)
{
    switch (size) {
    case 8:
        return names64[number];
    case 4:
        return names32[number];
    case 2:
        return names16[number];
    default:
        return names8[number];
    }
}

static bool same_name(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && !strncasecmp(name, text, length);
}

static bool parse_numbered(const char *text, size_t length, const char *stem, int limit, int *number)
{
    size_t stem_length = strlen(stem);
    if (length <= stem_length || length > stem_length + 2 || strncasecmp(text, stem, stem_length))
        return false;
    *number = 0;
    for (size_t i = stem_length; i < length; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        *number = *number * 10 + (text[i] - '0');
    }
    return *number < limit;
}

static bool parse_special(const char *text, size_t length, struct machine_register *reg)
{
    static const char *const segments[] = {"es", "cs", "ss", "ds", "fs", "gs"};
    reg->class = CLASS_VECTOR;
    reg->size = 16;
    if (parse_numbered(text, length, "xmm", 16, &reg->number))
        return true;
    reg->size = 32;
    if (parse_numbered(text, length, "ymm", 16, &reg->number))
        return true;
    reg->class = CLASS_MMX;
    if (parse_numbered(text, length, "mm", 8, &reg->number))
        return true;
    reg->class = CLASS_X87;
    if (length >= 2 && !strncasecmp(text, "st", 2) && (length == 2 || text[2] == '('))
        return true;
    reg->class = CLASS_SEGMENT;
    for (size_t i = 0; i < 6; i++)
        if (same_name(segments[i], text, length))
            return true;
    reg->class = CLASS_OTHER;
    return true;
}

bool parse_register(const char *text, size_t length, struct machine_register *reg)
{
    *reg = (struct machine_register){.class = CLASS_GENERAL};
    for (size_t table = 0; table < sizeof name_tables / sizeof *name_tables; table++) {
        for (int i = 0; i < name_tables[table].count; i++) {
            if (!same_name(name_tables[table].names[i], text, length))
                continue;
            reg->number = i;
            reg->size = name_tables[table].size;
            reg->high = name_tables[table].high;
            return true;
        }
    }
    return parse_special(text, length, reg);
}

static size_t register_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]))
        length++;
    return length;
}

static const char *skip(const char *text)
{
    while (*text == ' ')
        text++;
    return text;
}

static bool parse_address_register(struct operand *operand, const char **text, int *number)
{
    struct machine_register reg;
    *text = skip(*text);
    if (**text != '%')
        return false;
    size_t length = register_length(*text + 1);
    parse_register(*text + 1, length, &reg);
    if (reg.class != CLASS_GENERAL || reg.size < 4 || reg.high)
        return false;
    if (reg.size == 4)
        operand->address32 = true;
    *number = reg.number;
    *text = skip(*text + 1 + length);
    return true;
}

/* After the parenthesis: base, index, scale. */
static bool parse_address(struct operand *operand, const char *text)
{
    text = skip(text);
    if (*text != ',' && !parse_address_register(operand, &text, &operand->base))
        return false;
    if (*text == ',') {
        text = skip(text + 1);
        if (*text == '%' && !parse_address_register(operand, &text, &operand->index))
            return false;
        if (*text == ',') {
            char *end;
            operand->scale = (int)strtol(text + 1, &end, 0);
            text = skip(end);
        }
    }
    bool scale_fits = operand->scale == 1 || operand->scale == 2 || operand->scale == 4 || operand->scale == 8;
    return *text == ')' && !*skip(text + 1) && scale_fits && operand->index != RSP && operand->index != RIP;
}

/* Where the parenthesis of "disp(base,index,scale)" opens, or NULL. */
static const char *find_address(const char *text)
{
    size_t length = strlen(text);
    while (length && text[length - 1] == ' ')
        length--;
    if (!length || text[length - 1] != ')')
        return NULL;
    int depth = 0;
    const char *at = text + length - 1;
    for (;; at--) {
        depth += *at == ')' ? 1 : *at == '(' ? -1 : 0;
        if (!depth)
            break;
        if (at == text)
            return NULL;
    }
    const char *inside = skip(at + 1);
    return *inside == '%' || *inside == ',' ? at : NULL;
}

static bool parse_memory(struct rewriter *rw, struct operand *operand, const char *text)
{
    operand->kind = OPERAND_MEMORY;
    if (*text == '%') {
        size_t length = register_length(text + 1);
        const char *after = skip(text + 1 + length);
        if (*after != ':')
            return false;
        operand->segment = arena_copy(rw, text + 1, length);
        text = skip(after + 1);
    }
    const char *address = find_address(text);
    size_t length = address ? (size_t)(address - text) : strlen(text);
    operand->expression = arena_copy(rw, text, length);
    operand->literal = evaluate(operand->expression, &operand->value);
    return !address || parse_address(operand, address + 1);
}

static bool parse_operand(struct rewriter *rw, struct operand *operand, const char *text)
{
    *operand = (struct operand){.base = NO_REGISTER, .index = NO_REGISTER, .scale = 1, .expression = ""};
    if (*text == '*') {
        operand->indirect = true;
        text = skip(text + 1);
    }
    operand->text = text;
    if (*text == '$') {
        operand->kind = OPERAND_IMMEDIATE;
        operand->expression = text + 1;
        operand->literal = evaluate(text + 1, &operand->value);
        return true;
    }
    if (*text == '%' && !strchr(text, ':')) {
        size_t length = strlen(text + 1);
        while (length && text[length] == ' ')
            length--;
        operand->kind = OPERAND_REGISTER;
        return parse_register(text + 1, length, &operand->reg);
    }
    return *text && !strchr(text, '{') && parse_memory(rw, operand, text);
}

void parse_operands(struct rewriter *rw, struct statement *statement, const char *text)
{
    text = skip(text);
    while (*text) {
        int depth = 0;
        bool quoted = false;
        const char *end = text;
        for (; *end && (*end != ',' || depth || quoted); end++) {
            quoted ^= *end == '"';
            depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
        }
        size_t length = (size_t)(end - text);
        while (length && text[length - 1] == ' ')
            length--;
        if (statement->count == OPERANDS_MAX) {
            refuse(rw, statement, "too many operands");
            return;
        }
        if (!parse_operand(rw, &statement->operands[statement->count++], arena_copy(rw, text, length))) {
            refuse(rw, statement, "operand %d is not understood", statement->count);
            return;
        }
        text = *end ? skip(end + 1) : end;
    }
}

bool operand_is(const struct operand *operand, int number)
{
    return operand->kind == OPERAND_REGISTER && operand->reg.class == CLASS_GENERAL && operand->reg.number == number;
}

bool memory_uses(const struct operand *operand, int number)
{
    return operand->kind == OPERAND_MEMORY && (operand->base == number || operand->index == number);
}

static bool is_native(const struct operand *operand, int index)
{
    return operand->kind == OPERAND_MEMORY && !operand->segment && !operand->address32 && operand->base == R14 &&
           operand->index == index && operand->scale == 1;
}

bool is_native_stack(const struct operand *operand)
{
    return is_native(operand, R13);
}

bool is_native_guard(const struct operand *operand)
{
    return is_native(operand, R11);
}
