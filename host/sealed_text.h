/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Verified machine code in sealed memory files, shared between the co-processes of one program.  A sealed text is found
 * again by its bytes and its address in the region, never by a name, inode or time.
 */
#ifndef COMESG_HOST_SEALED_TEXT_H
#define COMESG_HOST_SEALED_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "host/span.h"

/* Sealed texts kept although no image or region uses them. */
#define SEALED_TEXT_UNUSED_MAX 16
#define SEALED_TEXT_UNUSED_BYTES_MAX 0x4000000UL

struct sealed_text;

/* A reference to the sealed text with exactly these bytes, verified for exactly this region offset, or NULL. */
struct sealed_text *sealed_text_find(const uint8_t *bytes, size_t size, uint32_t offset);
/* Seals a copy of bytes that the verifier has accepted; size is a multiple of the page size. Gives a reference, or NULL
 * and errno. */
struct sealed_text *sealed_text_create(const uint8_t *bytes, size_t size, uint32_t offset);
struct sealed_text *sealed_text_reference(struct sealed_text *text);
void sealed_text_release(struct sealed_text *text);

/* Maps it read-only and executable at its offset in the region: 0 or a negative errno. */
int sealed_text_map(const struct sealed_text *text, const struct span *span, size_t region);
/* The read-only descriptor of the memory file, for tests and introspection. */
int sealed_text_descriptor(const struct sealed_text *text);
/* What errno of sealed_text_create means and what to do about it. */
const char *sealed_text_problem(int error);

#endif
