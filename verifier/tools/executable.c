/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the executable segment of an ELF file. Nothing in the file is trusted: every offset is checked against its
 * size.
 */
#include "verifier/tools/executable.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than an image may have; keeps absurd files out of memory. */
#define FILE_LIMIT (2L << 30)

static const char *read_whole(FILE *stream, struct executable *file)
{
    struct stat status;
    if (fstat(fileno(stream), &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode) || status.st_size <= 0 || status.st_size > FILE_LIMIT)
        return "not a regular file of 1 byte to 2 GiB";
    file->size = (size_t)status.st_size;
    file->bytes = malloc(file->size);
    if (file->bytes == NULL)
        return "not enough memory to read it";
    if (fread(file->bytes, 1, file->size, stream) != file->size)
        return "cannot read it whole; it may have been cut while it was read";
    return NULL;
}

static const char *open_and_read(const char *path, struct executable *file)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return strerror(errno);
    const char *error = read_whole(stream, file);
    fclose(stream);
    return error;
}

bool executable_holds(const struct executable *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset;
}

static const char *check_header(struct executable *file)
{
    Elf64_Ehdr *header = &file->header;
    if (!executable_holds(file, 0, sizeof(*header)))
        return "too short for an ELF file";
    memcpy(header, file->bytes, sizeof(*header));
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != EM_X86_64)
        return "not an ELF file for x86-64; build it with cocc";
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf64_Phdr) ||
        !executable_holds(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr)))
        return "no valid program header table; link it into an executable first";
    return NULL;
}

/* Finds the one executable segment. */
static const char *find_text(const struct executable *file, Elf64_Phdr *text)
{
    const Elf64_Ehdr *header = &file->header;
    unsigned found = 0;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, file->bytes + header->e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X)) {
            *text = segment;
            found++;
        }
    }
    if (found != 1)
        return found == 0 ? "no executable segment: nothing was verified" : "more than one executable segment";
    if (text->p_flags & PF_W)
        return "the executable segment is writable; link with -z separate-code and without -z execstack";
    if (text->p_filesz != text->p_memsz || !executable_holds(file, text->p_offset, text->p_filesz))
        return "the executable segment is not wholly in the file";
    return NULL;
}

const char *executable_open(const char *path, struct executable *file)
{
    const char *error = open_and_read(path, file);
    return error != NULL ? error : check_header(file);
}

const char *executable_read(const char *path, struct verifier_text *text)
{
    struct executable file = {0};
    Elf64_Phdr segment;
    const char *error = executable_open(path, &file);
    if (error == NULL)
        error = find_text(&file, &segment);
    if (error != NULL) {
        free(file.bytes);
        return error;
    }
    memmove(file.bytes, file.bytes + segment.p_offset, segment.p_filesz);
    *text = (struct verifier_text){file.bytes, segment.p_filesz, segment.p_vaddr};
    return NULL;
}
