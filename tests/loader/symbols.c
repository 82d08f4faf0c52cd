/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The names of functions, from tables that are right, damaged or made to mislead; under the address and
 * undefined-behaviour sanitizers.
 */
#include "host/symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/loader/tap.h"

enum { TEXT_START = 0x11000, TEXT_END = 0x13000, FUNCTIONS = 8, SECTIONS = 3, NAMES = 256 };

static struct file {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTIONS];
    Elf64_Sym symbols[FUNCTIONS];
    char names[NAMES];
} file;

static void set(unsigned index, const char *name, uint64_t value, uint64_t size)
{
    uint32_t position = 1 + index * 24;
    snprintf(file.names + position, sizeof file.names - position, "%s", name);
    file.symbols[index] =
        (Elf64_Sym){.st_name = position, .st_info = STT_FUNC, .st_shndx = 1, .st_value = value, .st_size = size};
}

static void make_file(void)
{
    memset(&file, 0, sizeof file);
    file.header.e_shoff = offsetof(struct file, sections);
    file.header.e_shnum = SECTIONS;
    file.header.e_shentsize = sizeof(Elf64_Shdr);
    file.sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                    .sh_link = 2,
                                    .sh_offset = offsetof(struct file, symbols),
                                    .sh_size = sizeof file.symbols,
                                    .sh_entsize = sizeof(Elf64_Sym)};
    file.sections[2] =
        (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = offsetof(struct file, names), .sh_size = sizeof file.names};
    set(1, "third", 0x12800, 0);
    set(2, "first", 0x11010, 0x20);
    set(3, "second", 0x11030, 0x10);
    set(4, "below", 0x10fff, 0x100);
    set(5, "behind", TEXT_END, 0x10);
}

/* The name at an offset, "" if it has none. */
static const char *at(uint32_t offset)
{
    static char name[SYMBOLS_NAME_MAX + 1];
    uint8_t *copy = malloc(sizeof file); /* what lies beyond it is guarded */
    need(copy != NULL, "memory");
    memcpy(copy, &file, sizeof file);
    struct symbols *symbols = symbols_read(copy, sizeof file, TEXT_START, TEXT_END);
    free(copy);
    const struct symbol *symbol = symbols_find(symbols, offset);
    snprintf(name, sizeof name, "%s", symbol ? symbol->name : "");
    symbols_free(symbols);
    return name;
}

static void is(uint32_t offset, const char *expected, const char *what)
{
    const char *name = at(offset);
    ok(strcmp(name, expected) == 0, "%s: '%s'", what, name);
}

static void test_sound(void)
{
    is(0x11010, "first", "the start of a function");
    is(0x1102f, "first", "its last byte");
    is(0x11030, "second", "the next one");
    is(0x11040, "", "between two");
    is(0x1100f, "", "before the first");
    is(0x11000, "", "a function that begins below the text");
    is(0x12fff, "third", "one without a size");
    is(TEXT_END, "", "behind the text");
    ok(symbols_find(NULL, 0x11010) == NULL, "no table");
}

/* Sets a field of the file, expects that there are no names, makes the file whole again. */
#define WITHOUT(field, value)                                                                                          \
    do {                                                                                                               \
        file.field = (value);                                                                                          \
        is(0x11010, "", #field " = " #value);                                                                          \
        make_file();                                                                                                   \
    } while (0)

static void test_damaged(void)
{
    WITHOUT(header.e_shoff, UINT64_MAX);
    WITHOUT(header.e_shoff, UINT64_MAX - sizeof(Elf64_Shdr) * SECTIONS + 1);
    WITHOUT(header.e_shoff, sizeof file - sizeof(Elf64_Shdr));
    WITHOUT(header.e_shnum, 0);
    WITHOUT(header.e_shnum, 1);
    WITHOUT(header.e_shnum, UINT16_MAX);
    WITHOUT(header.e_shentsize, sizeof(Elf64_Shdr) - 1);
    WITHOUT(sections[1].sh_type, SHT_DYNSYM);
    WITHOUT(sections[1].sh_entsize, 0);
    WITHOUT(sections[1].sh_entsize, 1);
    WITHOUT(sections[1].sh_link, SECTIONS);
    WITHOUT(sections[1].sh_link, UINT32_MAX);
    WITHOUT(sections[1].sh_link, 1);
    WITHOUT(sections[1].sh_offset, UINT64_MAX);
    WITHOUT(sections[1].sh_size, UINT64_MAX);
    WITHOUT(sections[1].sh_size, sizeof file);
    WITHOUT(sections[1].sh_size, sizeof(Elf64_Sym) - 1);
    WITHOUT(sections[2].sh_type, SHT_PROGBITS);
    WITHOUT(sections[2].sh_offset, UINT64_MAX - 1);
    WITHOUT(sections[2].sh_size, sizeof file);
    WITHOUT(sections[2].sh_size, 0);
    WITHOUT(symbols[2].st_name, UINT32_MAX);
    WITHOUT(symbols[2].st_name, NAMES);
    WITHOUT(symbols[2].st_name, 0);
    WITHOUT(symbols[2].st_info, STT_OBJECT);
    WITHOUT(symbols[2].st_shndx, SHN_UNDEF);
    WITHOUT(symbols[2].st_value, UINT64_MAX);
    WITHOUT(symbols[2].st_value, 0x100011010);
    ok(symbols_read((const uint8_t *)&file, sizeof file.header - 1, TEXT_START, TEXT_END) == NULL, "no ELF header");
}

static void test_names(void)
{
    memcpy(file.names + file.symbols[2].st_name, "a\nb\033[\"\x80 ", 9);
    is(0x11010, "a?b?[\"??", "what is not printable is replaced");
    make_file();
    memset(file.names + 100, 'n', NAMES - 100);
    file.symbols[2].st_name = 100;
    ok(strspn(at(0x11010), "n") == SYMBOLS_NAME_MAX, "a long name is cut");
    file.symbols[2].st_name = NAMES - 3;
    is(0x11010, "nnn", "a name that the table ends");
    make_file();
    file.symbols[2].st_size = UINT64_MAX;
    is(0x1102f, "first", "a size beyond the text");
    is(0x11030, "second", "does not hide the next function");
    make_file();
}

/* As many functions as there may be and more, all alike: bounded and quick. */
static void test_many(void)
{
    const size_t entries = 4 * SYMBOLS_ENTRIES_MAX, size = sizeof file + entries * sizeof(Elf64_Sym);
    uint8_t *large = malloc(size);
    need(large != NULL, "memory");
    for (size_t i = 0; i < entries; i++)
        memcpy(large + sizeof file + i * sizeof(Elf64_Sym), &file.symbols[2], sizeof(Elf64_Sym));
    file.sections[1].sh_offset = sizeof file;
    file.sections[1].sh_size = entries * sizeof(Elf64_Sym);
    memcpy(large, &file, sizeof file);
    enum { PROGRAMS = 100 };
    struct symbols *programs[PROGRAMS];
    size_t kept = 0, again = 0;
    for (int i = 0; i < PROGRAMS; i++)
        kept += (programs[i] = symbols_read(large, size, TEXT_START, TEXT_END)) != NULL;
    size_t bytes = sizeof(struct symbol) * SYMBOLS_FUNCTIONS_MAX;
    ok(kept == SYMBOLS_BYTES_MAX / bytes, "%zu of %d large tables are kept", kept, PROGRAMS);
    for (int i = 0; i < PROGRAMS; i++)
        symbols_free(programs[i]);
    for (int i = 0; i < PROGRAMS; i++) {
        struct symbols *symbols = symbols_read(large, size, TEXT_START, TEXT_END);
        again += symbols != NULL;
        symbols_free(symbols);
    }
    ok(again == PROGRAMS, "what is freed can be used again");
    free(large);
    make_file();
}

/* The sanitizers look. A printable name of bounded length, or none, is all that can come of it. */
static void test_random(unsigned seed)
{
    unsigned found = 0, wrong = 0;
    const uint64_t values[] = {0, 1, 8, 24, 64, sizeof file, sizeof file - 1, UINT32_MAX, UINT64_MAX, INT64_MAX};
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        for (int i = rand() % 4; i >= 0; i--) {
            size_t position = (size_t)rand() % (sizeof file - 8);
            if (rand() % 2)
                memcpy((uint8_t *)&file + position / 4 * 4, &values[rand() % 10], rand() % 2 ? 8 : 4);
            else
                ((uint8_t *)&file)[position] = (uint8_t)rand();
        }
        const char *name = at(0x11000 + (uint32_t)rand() % 0x2000);
        found += *name != '\0';
        for (; *name; name++)
            wrong += *name <= ' ' || *name > '~';
        make_file();
    }
    ok(found > 1000 && wrong == 0, "random damage, seed %u: %u names found", seed, found);
}

int main(int argc, char **argv)
{
    make_file();
    test_sound();
    test_damaged();
    test_names();
    test_many();
    test_random(argc > 1 ? (unsigned)atoi(argv[1]) : 1);
    return done_testing();
}
