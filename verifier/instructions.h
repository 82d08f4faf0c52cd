/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The list of admitted instructions. What is not on it is refused.
 */
#ifndef VERIFIER_INSTRUCTIONS_H
#define VERIFIER_INSTRUCTIONS_H

#include <Zydis/Zydis.h>
#include <stdint.h>

enum {
    INSTRUCTION_ADMITTED = 1,
    INSTRUCTION_SIZED = 2,    /* has a 16-bit form made by prefix 66 */
    INSTRUCTION_LOCKABLE = 4, /* may have prefix f0 if the first operand is in memory */
    INSTRUCTION_BIT_STRING = 8,
    INSTRUCTION_ADDRESS_ONLY = 16, /* computes an address and accesses nothing */
    INSTRUCTION_VEX = 32,          /* admitted in its VEX encoding only; without, in its legacy encoding only */
};

/* Indexed by ZydisMnemonic. */
extern const uint8_t verifier_instructions[ZYDIS_MNEMONIC_MAX_VALUE + 1];

#endif
