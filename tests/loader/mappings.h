/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Looking at the kernel's list of mappings, and using it up.
 */
#ifndef COMESG_TESTS_LOADER_MAPPINGS_H
#define COMESG_TESTS_LOADER_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Accessible mappings in a range. When rights is not NULL it gets the four characters of the last one. */
size_t mappings_accessible(uintptr_t start, uintptr_t end, char rights[5]);

/* Bytes of a range into which the kernel could put something. */
size_t mappings_holes(uintptr_t start, uintptr_t end);

/* Makes mappings until the kernel grants no more; false when its limit is too high to try. */
bool mappings_exhaust(void);
/* Gives some of them back, or all. */
void mappings_relax(size_t count);

#endif
