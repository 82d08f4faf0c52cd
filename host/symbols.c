/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading .symtab and .strtab. The section headers are not otherwise used, and nothing else has checked them.
 */
#include "host/symbols.h"

#include <elf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct symbols {
    size_t count;
    struct symbol functions[]; /* ordered by start */
};

/* A part of the file, wholly inside it. */
struct part {
    const uint8_t *bytes;
    size_t size;
};

struct tables {
    struct part symbols, names;
    uint32_t text_start, text_end;
};

static _Atomic size_t bytes_used;

static bool take_part(struct part whole, uint64_t position, uint64_t size, struct part *part)
{
    if (position > whole.size || size > whole.size - position)
        return false;
    *part = (struct part){whole.bytes + position, size};
    return true;
}

static bool take(struct part whole, uint64_t position, void *to, size_t size)
{
    struct part part;
    if (!take_part(whole, position, size, &part))
        return false;
    memcpy(to, part.bytes, size);
    return true;
}

static bool section(struct part headers, uint32_t index, Elf64_Shdr *header)
{
    return take(headers, index * sizeof *header, header, sizeof *header);
}

static bool find_tables(struct part file, struct tables *tables)
{
    Elf64_Ehdr header;
    Elf64_Shdr symbols = {0}, names;
    struct part headers;
    if (!take(file, 0, &header, sizeof header) || header.e_shentsize != sizeof(Elf64_Shdr) ||
        !take_part(file, header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr), &headers))
        return false;
    for (uint32_t i = 0; i < header.e_shnum && symbols.sh_type != SHT_SYMTAB; i++)
        section(headers, i, &symbols);
    return symbols.sh_type == SHT_SYMTAB && symbols.sh_entsize == sizeof(Elf64_Sym) &&
           section(headers, symbols.sh_link, &names) && names.sh_type == SHT_STRTAB &&
           take_part(file, symbols.sh_offset, symbols.sh_size, &tables->symbols) &&
           take_part(file, names.sh_offset, names.sh_size, &tables->names);
}

/* No quote, space or control character: the name becomes part of a line of messages. */
static bool copy_name(struct part names, uint32_t position, char *name)
{
    size_t length = 0;
    for (; length < SYMBOLS_NAME_MAX && position < names.size - length && names.bytes[position + length]; length++) {
        uint8_t byte = names.bytes[position + length];
        name[length] = byte > ' ' && byte <= '~' ? (char)byte : '?';
    }
    name[length] = '\0';
    return length > 0;
}

static bool read_function(const struct tables *tables, size_t index, struct symbol *symbol)
{
    Elf64_Sym entry;
    if (!take(tables->symbols, index * sizeof entry, &entry, sizeof entry) ||
        ELF64_ST_TYPE(entry.st_info) != STT_FUNC || entry.st_shndx == SHN_UNDEF ||
        entry.st_value < tables->text_start || entry.st_value >= tables->text_end)
        return false;
    uint64_t left = tables->text_end - entry.st_value;
    symbol->start = (uint32_t)entry.st_value;
    symbol->size = (uint32_t)(entry.st_size && entry.st_size < left ? entry.st_size : left);
    return copy_name(tables->names, entry.st_name, symbol->name);
}

/* The number of functions; the first `room` are stored. */
static size_t read_functions(const struct tables *tables, struct symbol *functions, size_t room)
{
    size_t entries = tables->symbols.size / sizeof(Elf64_Sym), count = 0;
    for (size_t i = 0; i < entries && i < SYMBOLS_ENTRIES_MAX && count < SYMBOLS_FUNCTIONS_MAX; i++) {
        struct symbol symbol;
        if (!read_function(tables, i, &symbol))
            continue;
        if (count < room)
            functions[count] = symbol;
        count++;
    }
    return count;
}

static int compare(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->size != b->size ? (a->size < b->size ? -1 : 1) : strcmp(a->name, b->name);
}

static size_t bytes_of(size_t count)
{
    return sizeof(struct symbols) + count * sizeof(struct symbol);
}

static struct symbols *allocate(size_t count)
{
    size_t bytes = bytes_of(count);
    struct symbols *symbols = NULL;
    if (atomic_fetch_add(&bytes_used, bytes) <= SYMBOLS_BYTES_MAX - bytes)
        symbols = malloc(bytes);
    if (!symbols)
        atomic_fetch_sub(&bytes_used, bytes);
    return symbols;
}

struct symbols *symbols_read(const uint8_t *file, size_t size, uint32_t text_start, uint32_t text_end)
{
    struct tables tables = {.text_start = text_start, .text_end = text_end};
    size_t count = find_tables((struct part){file, size}, &tables) ? read_functions(&tables, NULL, 0) : 0;
    struct symbols *symbols = count ? allocate(count) : NULL;
    if (!symbols)
        return NULL;
    symbols->count = count;
    read_functions(&tables, symbols->functions, count);
    qsort(symbols->functions, count, sizeof symbols->functions[0], compare);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    atomic_fetch_sub(&bytes_used, bytes_of(symbols->count));
    free(symbols);
}

const struct symbol *symbols_find(const struct symbols *symbols, uint32_t offset)
{
    size_t low = 0, high = symbols ? symbols->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->functions[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct symbol *symbol = &symbols->functions[low - 1];
    return offset - symbol->start < symbol->size ? symbol : NULL;
}
