/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads what a program's headers, its dynamic section and its relocations say of how it was linked.
 */
#include "verifier/tools/linking.h"
#include "verifier/tools/executable.h"
#include <stdlib.h>
#include <string.h>

static const char text_relocation[] = "has relocations in its code: compile every part with cocc";
static const char relocation_form[] = "has REL, RELR or PLT relocations: link it statically, with cocc, and without "
                                      "indirect functions (ifunc)";
static const char relocation_type[] =
    "has relocations other than R_X86_64_RELATIVE: link it statically, with cocc, and "
    "without indirect functions (ifunc)";
static const char malformed[] = "its dynamic section or relocation table is malformed: the file is damaged";

struct program {
    struct executable file;
    bool position_independent;
    uint64_t rela, rela_size, rela_entry_size;
};

static Elf64_Phdr segment_at(const struct program *program, unsigned index)
{
    Elf64_Phdr segment;
    memcpy(&segment, program->file.bytes + program->file.header.e_phoff + index * sizeof segment, sizeof segment);
    return segment;
}

/* The bytes of the file that are loaded at an address, if one segment holds them all. */
static const uint8_t *bytes_at(const struct program *program, uint64_t address, uint64_t size)
{
    for (unsigned i = 0; i < program->file.header.e_phnum; i++) {
        Elf64_Phdr segment = segment_at(program, i);
        uint64_t inside = address - segment.p_vaddr;
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && inside <= segment.p_filesz &&
            size <= segment.p_filesz - inside && executable_holds(&program->file, segment.p_offset, segment.p_filesz))
            return program->file.bytes + segment.p_offset + inside;
    }
    return NULL;
}

static const char *check_tag(struct program *program, const Elf64_Dyn *entry)
{
    switch (entry->d_tag) {
    case DT_NEEDED:
        return "needs shared libraries: link it statically, with cocc";
    case DT_TEXTREL:
        return text_relocation;
    case DT_FLAGS:
        return entry->d_un.d_val & DF_TEXTREL ? text_relocation : NULL;
    case DT_FLAGS_1:
        program->position_independent |= (entry->d_un.d_val & DF_1_PIE) != 0;
        return NULL;
    case DT_REL:
    case DT_RELR:
        return relocation_form;
    case DT_PLTRELSZ:
        return entry->d_un.d_val ? relocation_form : NULL;
    case DT_RELA:
        program->rela = entry->d_un.d_ptr;
        return NULL;
    case DT_RELASZ:
        program->rela_size = entry->d_un.d_val;
        return NULL;
    case DT_RELAENT:
        program->rela_entry_size = entry->d_un.d_val;
        return NULL;
    default:
        return NULL;
    }
}

/* A segment has whole pages. */
static const char *check_relocation(const struct program *program, const Elf64_Rela *relocation)
{
    const uint64_t page = 4096, offset = relocation->r_offset;
    if (ELF64_R_TYPE(relocation->r_info) != R_X86_64_RELATIVE)
        return relocation_type;
    for (unsigned i = 0; i < program->file.header.e_phnum; i++) {
        Elf64_Phdr segment = segment_at(program, i);
        if (segment.p_type != PT_LOAD || offset < (segment.p_vaddr & -page) ||
            offset >= ((segment.p_vaddr + segment.p_memsz + page - 1) & -page))
            continue;
        if (segment.p_flags & PF_X)
            return text_relocation;
        if (segment.p_flags & PF_W && offset >= segment.p_vaddr && segment.p_memsz >= 8 &&
            offset - segment.p_vaddr <= segment.p_memsz - 8)
            return NULL;
    }
    return "has a relocation outside its writable data: link it with cocc";
}

static const char *check_relocations(const struct program *program)
{
    if (program->rela_size == 0)
        return NULL;
    const uint8_t *table = bytes_at(program, program->rela, program->rela_size);
    if (table == NULL || program->rela_entry_size != sizeof(Elf64_Rela) || program->rela_size % sizeof(Elf64_Rela) != 0)
        return malformed;
    const char *problem = NULL;
    for (uint64_t at = 0; problem == NULL && at < program->rela_size; at += sizeof(Elf64_Rela)) {
        Elf64_Rela relocation;
        memcpy(&relocation, table + at, sizeof relocation);
        problem = check_relocation(program, &relocation);
    }
    return problem;
}

static const char *check_dynamic(struct program *program, const Elf64_Phdr *dynamic)
{
    const uint8_t *section = bytes_at(program, dynamic->p_vaddr, dynamic->p_filesz);
    if (section == NULL || dynamic->p_filesz % sizeof(Elf64_Dyn) != 0)
        return malformed;
    const char *problem = NULL;
    for (uint64_t at = 0; problem == NULL && at < dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        memcpy(&entry, section + at, sizeof entry);
        if (entry.d_tag == DT_NULL)
            break;
        problem = check_tag(program, &entry);
    }
    return problem != NULL ? problem : check_relocations(program);
}

static bool is_aligned(const Elf64_Phdr *segment)
{
    uint64_t align = segment->p_align;
    return align <= 1 || ((align & (align - 1)) == 0 && (segment->p_vaddr - segment->p_offset) % align == 0);
}

static const char *check_segment(struct program *program, const Elf64_Phdr *segment)
{
    switch (segment->p_type) {
    case PT_INTERP:
        return "needs a dynamic linker: link it statically, with cocc";
    case PT_GNU_STACK:
        if (segment->p_flags & PF_X)
            return "wants an executable stack: remove nested functions and mark assembly with .note.GNU-stack";
        return NULL;
    case PT_LOAD:
        return is_aligned(segment) ? NULL : "the alignment of a segment is wrong: the file is damaged";
    case PT_DYNAMIC:
        return check_dynamic(program, segment);
    default:
        return NULL;
    }
}

/* ld gives a position-independent executable that is linked at another address than 0 the type of a fixed one. */
static const char *check(struct program *program)
{
    const char *problem = NULL;
    program->position_independent = program->file.header.e_type == ET_DYN;
    for (unsigned i = 0; problem == NULL && i < program->file.header.e_phnum; i++) {
        Elf64_Phdr segment = segment_at(program, i);
        problem = check_segment(program, &segment);
    }
    if (problem == NULL && !program->position_independent)
        problem = "not a position-independent executable: link it with cocc";
    return problem;
}

const char *linking_problem(const char *path)
{
    struct program program = {0};
    const char *problem = executable_open(path, &program.file);
    if (problem == NULL)
        problem = check(&program);
    free(program.file.bytes);
    return problem;
}
