/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A hand-made valid program, to be damaged by the tests.
 *
 *     file 0x0000  region 0x10000  R   ELF header, program headers, dynamic section, relocations
 *     file 0x1000  region 0x11000  RX  code
 *     file 0x2000  region 0x12000  RW  data, and zeroed memory behind it
 */
#ifndef COMESG_TESTS_LOADER_PROGRAM_H
#define COMESG_TESTS_LOADER_PROGRAM_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "host/image.h"

#define PROGRAM_TEXT_FILE 0x1000
#define PROGRAM_TEXT 0x11000
#define PROGRAM_DATA_FILE 0x2000
#define PROGRAM_DATA 0x12000
#define PROGRAM_DATA_SIZE 0x80
#define PROGRAM_DATA_MEMORY 0x3000
#define PROGRAM_SIZE (PROGRAM_DATA_FILE + PROGRAM_DATA_SIZE)

enum { HEADERS_SEGMENT, TEXT_SEGMENT, DATA_SEGMENT, DYNAMIC_HEADER, STACK_HEADER, SPARE_HEADER, PROGRAM_HEADERS };

struct program {
    union {
        uint8_t bytes[0x10000];
        struct {
            Elf64_Ehdr header;
            Elf64_Phdr headers[PROGRAM_HEADERS];
            Elf64_Dyn dynamic[8]; /* RELA, RELASZ, RELAENT, spare entries */
            Elf64_Rela relocations[2];
        };
    };
    size_t size;
};

void program_make(struct program *program);
/* Replaces the code; at most a page. */
void program_set_text(struct program *program, const void *bytes, size_t size);
/* Valid code that differs with the value. */
size_t program_make_text(uint8_t *bytes, uint32_t value);
/* Writes it to a new file. */
int program_file(const struct program *program);
bool program_read(const struct program *program, struct image *image, struct image_error *error);

#endif
