/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses of programs by name, and names of the core's addresses.
 */
#ifndef COMESG_TESTS_CORE_SWEEP_SYMBOLS_H
#define COMESG_TESTS_CORE_SWEEP_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The value of this symbol in this program, or 0. */
uint64_t symbol_value(const char *program, const char *name);

/* Where this process has mapped the first byte of its program. */
uint64_t load_address(pid_t pid);

/* The nearest symbol of the core at or below this offset in comesg, as "name+0x12". */
void symbol_at(const char *comesg, uint64_t offset, char *text, size_t size);

#endif
