/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading and checking a program: what the sandbox depends on is checked here and by the verifier. A program relocates
 * itself; whether it was linked so that it can, coverify says.
 */
#include "host/image.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/verifier.h"

#define HLT 0xf4

/* What the checks work on. The headers are copies, so that they need no alignment. */
struct reader {
    struct image *image;
    struct image_error *error;
    const char *name;
    Elf64_Ehdr header;
    Elf64_Phdr programs[IMAGE_HEADERS_MAX];
};

__attribute__((format(printf, 3, 4))) static bool refuse(struct reader *reader, enum image_fault fault,
                                                         const char *format, ...)
{
    struct image_error *error = reader->error;
    error->fault = fault;
    error->number = fault == IMAGE_NO_MEMORY ? ENOMEM : ENOEXEC;
    int used = snprintf(error->text, sizeof error->text, "%.100s: ", reader->name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text + used, sizeof error->text - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

/* Copies a structure out of the file, if the file holds all of it. */
static bool fetch(const struct image *image, uint64_t position, void *to, size_t size)
{
    if (position > image->file_size || size > image->file_size - position)
        return false;
    memcpy(to, image->file + position, size);
    return true;
}

static bool read_bytes(struct reader *reader, int fd)
{
    struct image *image = reader->image;
    size_t done = 0;
    while (done < image->file_size) {
        ssize_t count = pread(fd, image->file + done, image->file_size - done, (off_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return refuse(reader, IMAGE_READ, "cannot be read: %s", strerror(errno));
        if (count == 0)
            return refuse(reader, IMAGE_READ, "became shorter while it was read: start it again when it is complete");
        done += (size_t)count;
    }
    return true;
}

static bool read_file(struct reader *reader, int fd)
{
    struct image *image = reader->image;
    struct stat status;
    if (fstat(fd, &status) != 0)
        return refuse(reader, IMAGE_READ, "cannot be examined: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(reader, IMAGE_NOT_REGULAR, "not a regular file: give the path of a program");
    if ((uint64_t)status.st_size > IMAGE_SIZE_MAX)
        return refuse(reader, IMAGE_TOO_LARGE, "larger than 1 GiB: strip its debug information");
    if (status.st_size == 0)
        return refuse(reader, IMAGE_TRUNCATED, "too short for an ELF file: build it with cocc");
    image->file_size = (size_t)status.st_size;
    image->file = mmap(NULL, image->file_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (image->file == MAP_FAILED) {
        image->file = NULL;
        return refuse(reader, IMAGE_NO_MEMORY, "not enough memory to read it");
    }
    return read_bytes(reader, fd);
}

static bool check_header(struct reader *reader)
{
    Elf64_Ehdr *header = &reader->header;
    if (!fetch(reader->image, 0, header, sizeof *header))
        return refuse(reader, IMAGE_TRUNCATED, "too short for an ELF file: build it with cocc");
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return refuse(reader, IMAGE_NOT_ELF, "not an ELF file: build it with cocc");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_X86_64)
        return refuse(reader, IMAGE_MACHINE, "not a 64-bit x86-64 program: build it with cocc");
    if (header->e_ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT ||
        header->e_ehsize != sizeof *header)
        return refuse(reader, IMAGE_NOT_ELF, "unknown ELF version: build it with cocc");
    /* ld gives a position-independent executable that is linked at another address than 0 the type of a fixed one. */
    if (header->e_type != ET_DYN && header->e_type != ET_EXEC)
        return refuse(reader, IMAGE_TYPE, "not an executable: link it with cocc");
    return true;
}

static bool fetch_programs(struct reader *reader)
{
    const Elf64_Ehdr *header = &reader->header;
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf64_Phdr))
        return refuse(reader, IMAGE_HEADERS, "no program headers: link it with cocc");
    if (header->e_phnum > IMAGE_HEADERS_MAX)
        return refuse(reader, IMAGE_HEADERS, "%u program headers, at most %d are allowed: link it with cocc",
                      header->e_phnum, IMAGE_HEADERS_MAX);
    if (!fetch(reader->image, header->e_phoff, reader->programs, header->e_phnum * sizeof(Elf64_Phdr)))
        return refuse(reader, IMAGE_TRUNCATED, "its program headers lie outside the file: the file is damaged");
    return true;
}

static bool check_bounds(struct reader *reader, const Elf64_Phdr *program)
{
    size_t file_size = reader->image->file_size;
    if (program->p_offset > file_size || program->p_filesz > file_size - program->p_offset)
        return refuse(reader, IMAGE_TRUNCATED, "a segment lies outside the file: the file is damaged");
    if (program->p_filesz > program->p_memsz)
        return refuse(reader, IMAGE_SEGMENT_BOUNDS, "a segment is smaller than its contents: the file is damaged");
    if (program->p_vaddr < COMESG_IMAGE_START || program->p_vaddr > COMESG_IMAGE_LIMIT ||
        program->p_memsz > COMESG_IMAGE_LIMIT - program->p_vaddr)
        return refuse(
            reader, IMAGE_SEGMENT_BOUNDS,
            "a segment lies outside 0x%x to 0x%x: link it with cocc; a program's static data ends below 1 GiB",
            COMESG_IMAGE_START, COMESG_IMAGE_LIMIT);
    return true;
}

/* Every segment has pages of its own, so each can have rights of its own. */
static bool add_segment(struct reader *reader, const Elf64_Phdr *program)
{
    struct image *image = reader->image;
    if (program->p_memsz == 0)
        return true;
    if (image->segment_count == IMAGE_SEGMENTS_MAX)
        return refuse(reader, IMAGE_SEGMENT_COUNT, "more than %d load segments: link it with cocc", IMAGE_SEGMENTS_MAX);
    if (image->segment_count > 0) {
        const struct image_segment *last = &image->segments[image->segment_count - 1];
        if (span_page_floor((uint32_t)program->p_vaddr) < span_page_ceiling(last->offset + last->size))
            return refuse(reader, IMAGE_SEGMENT_OVERLAP,
                          "load segments overlap, share a page or are not in order: link it with cocc");
    }
    image->segments[image->segment_count++] = (struct image_segment){.bytes = image->file + program->p_offset,
                                                                     .file_size = (uint32_t)program->p_filesz,
                                                                     .offset = (uint32_t)program->p_vaddr,
                                                                     .size = (uint32_t)program->p_memsz,
                                                                     .writable = program->p_flags & PF_W,
                                                                     .executable = program->p_flags & PF_X};
    return true;
}

static bool check_programs(struct reader *reader)
{
    for (size_t i = 0; i < reader->header.e_phnum; i++) {
        const Elf64_Phdr *program = &reader->programs[i];
        if (program->p_type == PT_INTERP) /* what one meets first: a native program */
            return refuse(reader, IMAGE_INTERPRETER, "needs a dynamic linker: link it statically, with cocc");
        if (program->p_type == PT_LOAD && !(check_bounds(reader, program) && add_segment(reader, program)))
            return false;
    }
    return true;
}

static bool find_text(struct reader *reader)
{
    struct image *image = reader->image;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (!segment->executable)
            continue;
        if (image->text != NULL)
            return refuse(reader, IMAGE_TEXT_SEVERAL, "has more than one executable segment: link it with cocc");
        image->text = segment;
    }
    if (image->text == NULL)
        return refuse(reader, IMAGE_TEXT_MISSING, "has no executable segment: link it with cocc");
    if (image->text->writable)
        return refuse(reader, IMAGE_TEXT_WRITABLE, "its code is writable: link it with cocc");
    if (image->text->size != image->text->file_size)
        return refuse(reader, IMAGE_TEXT_SIZE, "its code is not wholly in the file: link it with cocc");
    return true;
}

/* The bytes of the file that are mapped at a region offset, if one segment holds them all. */
static const uint8_t *bytes_at(const struct image *image, uint64_t offset, uint64_t size)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (offset < segment->offset || offset - segment->offset > segment->file_size)
            continue;
        uint64_t inside = offset - segment->offset;
        if (size <= segment->file_size - inside)
            return segment->bytes + inside;
    }
    return NULL;
}

static bool check_entry(struct reader *reader)
{
    struct image *image = reader->image;
    uint64_t entry = reader->header.e_entry;
    const struct image_segment *text = image->text;
    const uint8_t *pad = bytes_at(image, entry, 4);
    if (pad == NULL || entry < text->offset || entry - text->offset >= text->size)
        return refuse(reader, IMAGE_ENTRY_OUTSIDE, "its entry point lies outside its code: link it with cocc");
    uint32_t value;
    memcpy(&value, pad, sizeof value);
    if (value != (uint32_t)-COMESG_LANDING_PAD_NEGATED)
        return refuse(reader, IMAGE_ENTRY_PAD, "its entry point is not a landing pad (endbr64): build it with cocc");
    image->entry = (uint32_t)entry;
    return true;
}

/* The program finds its own headers through AT_PHDR, so they must be loaded. */
static bool locate_headers(struct reader *reader)
{
    struct image *image = reader->image;
    uint64_t position = reader->header.e_phoff, size = reader->header.e_phnum * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        uint64_t start = (uint64_t)(segment->bytes - image->file);
        if (position < start || position - start > segment->file_size || size > segment->file_size - (position - start))
            continue;
        image->headers = segment->offset + (uint32_t)(position - start);
        image->header_count = reader->header.e_phnum;
        return true;
    }
    return refuse(reader, IMAGE_HEADERS, "its program headers are not in a load segment: link it with cocc");
}

static bool refuse_text(struct reader *reader, const struct verifier_refusal *refusal)
{
    if (refusal->rule == VERIFIER_OUT_OF_MEMORY)
        return refuse(reader, IMAGE_NO_MEMORY, "not enough memory to verify its code");
    return refuse(reader, IMAGE_REFUSED_BY_VERIFIER, "refused by the verifier at 0x%" PRIx64 ": %.100s: %s: %s",
                  refusal->address, refusal->disassembly, verifier_rule_name(refusal->rule),
                  verifier_rule_text(refusal->rule));
}

/* Verifies and seals the pages as they will be mapped; an equal sealed text has been verified before. */
static bool verify_and_seal(struct reader *reader, const uint8_t *pages, size_t size, uint32_t offset)
{
    struct image *image = reader->image;
    image->sealed = sealed_text_find(pages, size, offset);
    if (image->sealed != NULL)
        return true;
    struct verifier_refusal refusal = {0};
    struct verifier_text text = {.bytes = pages, .size = size, .address = offset};
    if (!verifier_check(&text, &refusal))
        return refuse_text(reader, &refusal);
    image->sealed = sealed_text_create(pages, size, offset);
    if (image->sealed == NULL)
        return refuse(reader, IMAGE_SEAL, "cannot seal its code: %s", sealed_text_problem(errno));
    return true;
}

static bool check_text(struct reader *reader)
{
    const struct image_segment *text = reader->image->text;
    uint32_t start = span_page_floor(text->offset);
    size_t size = span_page_ceiling(text->offset + text->size) - start;
    uint8_t *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return refuse(reader, IMAGE_NO_MEMORY, "not enough memory for its code");
    size_t before = text->offset - start;
    memset(pages, HLT, before);
    memcpy(pages + before, text->bytes, text->size);
    memset(pages + before + text->size, HLT, size - before - text->size);
    bool accepted = verify_and_seal(reader, pages, size, start);
    munmap(pages, size);
    return accepted;
}

static bool check_file(struct reader *reader)
{
    return check_header(reader) && fetch_programs(reader) && check_programs(reader) && find_text(reader) &&
           check_entry(reader) && locate_headers(reader) && check_text(reader);
}

bool image_read(int fd, const char *name, struct image *image, struct image_error *error)
{
    struct reader reader = {.image = image, .error = error, .name = name};
    *image = (struct image){0};
    *error = (struct image_error){0};
    if (read_file(&reader, fd) && check_file(&reader))
        return true;
    image_free(image);
    return false;
}

bool image_check(uint8_t *file, size_t size, const char *name, struct image *image, struct image_error *error)
{
    struct reader reader = {.image = image, .error = error, .name = name};
    *image = (struct image){.file = file, .file_size = size, .borrowed = true};
    *error = (struct image_error){0};
    if (check_file(&reader))
        return true;
    image_free(image);
    return false;
}

void image_free(struct image *image)
{
    if (image->file != NULL && !image->borrowed)
        munmap(image->file, image->file_size);
    sealed_text_release(image->sealed);
    *image = (struct image){0};
}
