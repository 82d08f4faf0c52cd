/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the executable segment of an ELF file, for the tools of this folder. The loader has its own, complete reader.
 */
#ifndef VERIFIER_EXECUTABLE_H
#define VERIFIER_EXECUTABLE_H

#include "verifier/verifier.h"

/* Returns NULL and a text whose bytes the caller frees, or a message that says what is wrong. */
const char *executable_read(const char *path, struct verifier_text *text);

#endif
