/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The builder of hand-made programs.
 */
#include "tests/loader/program.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/loader/tap.h"

static void make_header(Elf64_Ehdr *header)
{
    *header = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                           .e_type = ET_DYN,
                           .e_machine = EM_X86_64,
                           .e_version = EV_CURRENT,
                           .e_entry = PROGRAM_TEXT,
                           .e_phoff = offsetof(struct program, headers),
                           .e_ehsize = sizeof(Elf64_Ehdr),
                           .e_phentsize = sizeof(Elf64_Phdr),
                           .e_phnum = PROGRAM_HEADERS};
}

static Elf64_Phdr load(uint32_t flags, uint64_t file, uint64_t address, uint64_t file_size, uint64_t size)
{
    return (Elf64_Phdr){.p_type = PT_LOAD,
                        .p_flags = flags,
                        .p_offset = file,
                        .p_vaddr = address,
                        .p_paddr = address,
                        .p_filesz = file_size,
                        .p_memsz = size,
                        .p_align = 0x1000};
}

static void make_headers(Elf64_Phdr *headers)
{
    const uint64_t dynamic = offsetof(struct program, dynamic);
    const uint64_t dynamic_size = sizeof(((struct program *)0)->dynamic);
    headers[HEADERS_SEGMENT] = load(PF_R, 0, COMESG_IMAGE_START, 0x1000, 0x1000);
    headers[DATA_SEGMENT] = load(PF_R | PF_W, PROGRAM_DATA_FILE, PROGRAM_DATA, PROGRAM_DATA_SIZE, PROGRAM_DATA_MEMORY);
    headers[DYNAMIC_HEADER] = load(PF_R, dynamic, COMESG_IMAGE_START + dynamic, dynamic_size, dynamic_size);
    headers[DYNAMIC_HEADER].p_type = PT_DYNAMIC;
    headers[STACK_HEADER] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
    headers[SPARE_HEADER] = (Elf64_Phdr){.p_type = PT_NULL};
}

static void make_dynamic(struct program *program)
{
    program->dynamic[0] = (Elf64_Dyn){DT_RELA, {.d_ptr = COMESG_IMAGE_START + offsetof(struct program, relocations)}};
    program->dynamic[1] = (Elf64_Dyn){DT_RELASZ, {.d_val = sizeof program->relocations}};
    program->dynamic[2] = (Elf64_Dyn){DT_RELAENT, {.d_val = sizeof(Elf64_Rela)}};
    for (int i = 0; i < 2; i++)
        program->relocations[i] = (Elf64_Rela){PROGRAM_DATA + 8U * (unsigned)i, R_X86_64_RELATIVE, PROGRAM_DATA};
}

void program_make(struct program *program)
{
    memset(program, 0, sizeof *program);
    program->size = PROGRAM_SIZE;
    make_header(&program->header);
    make_headers(program->headers);
    make_dynamic(program);
    uint8_t text[64];
    program_set_text(program, text, program_make_text(text, 1));
    memset(program->bytes + PROGRAM_DATA_FILE, 0xda, PROGRAM_DATA_SIZE);
}

void program_set_text(struct program *program, const void *bytes, size_t size)
{
    memset(program->bytes + PROGRAM_TEXT_FILE, 0, PROGRAM_DATA_FILE - PROGRAM_TEXT_FILE);
    memcpy(program->bytes + PROGRAM_TEXT_FILE, bytes, size);
    program->headers[TEXT_SEGMENT] = load(PF_R | PF_X, PROGRAM_TEXT_FILE, PROGRAM_TEXT, size, size);
}

size_t program_make_text(uint8_t *bytes, uint32_t value)
{
    /* endbr64; movl $value,%eax; ud2 */
    const uint8_t text[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xb8, 0, 0, 0, 0, 0x0f, 0x0b};
    memcpy(bytes, text, sizeof text);
    memcpy(bytes + 5, &value, sizeof value);
    return sizeof text;
}

int program_file(const struct program *program)
{
    int fd = memfd_create("program", MFD_CLOEXEC);
    need(fd >= 0 && write(fd, program->bytes, program->size) == (ssize_t)program->size, "cannot write a test program");
    return fd;
}

bool program_read(const struct program *program, struct image *image, struct image_error *error)
{
    int fd = program_file(program);
    bool success = image_read(fd, "program", image, error);
    close(fd);
    return success;
}
