/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the executable segment of an ELF file, for the tools of this folder. The loader has its own, complete reader.
 */
#ifndef VERIFIER_EXECUTABLE_H
#define VERIFIER_EXECUTABLE_H

#include "verifier/verifier.h"
#include <elf.h>

struct executable {
    uint8_t *bytes;
    size_t size;
    Elf64_Ehdr header; /* its program headers lie in the file */
};

/* Reads a whole ELF file, whose bytes the caller frees in any case: NULL, or a message that says what is wrong. */
const char *executable_open(const char *path, struct executable *);
bool executable_holds(const struct executable *, uint64_t offset, uint64_t size);

/* Returns NULL and a text whose bytes the caller frees, or a message that says what is wrong. */
const char *executable_read(const char *path, struct verifier_text *text);

#endif
