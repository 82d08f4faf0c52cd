/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The names of a program's functions, for messages only. The table is whatever the file says: it may be damaged,
 * missing, or lie.
 */
#ifndef COMESG_HOST_SYMBOLS_H
#define COMESG_HOST_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer names are cut. */
#define SYMBOLS_NAME_MAX 64
/* Entries of the table that are looked at, and functions that are kept, of one program. */
#define SYMBOLS_ENTRIES_MAX 0x40000
#define SYMBOLS_FUNCTIONS_MAX 0x4000
/* Bytes that the tables of all programs have together. Programs beyond have none. */
#define SYMBOLS_BYTES_MAX 0x4000000UL

struct symbol {
    uint32_t start, size;            /* of one without a size: up to the end, or the next one */
    char name[SYMBOLS_NAME_MAX + 1]; /* printable */
};

struct symbols;

/* The functions between two offsets of the image that the ELF file names, or NULL if there are none. */
struct symbols *symbols_read(const uint8_t *file, size_t size, uint32_t text_start, uint32_t text_end);
void symbols_free(struct symbols *symbols);
/* The function that the offset lies in, or NULL. */
const struct symbol *symbols_find(const struct symbols *symbols, uint32_t offset);

#endif
