/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The verifier of machine code: decides whether the executable segment of a program keeps to the binary interface
 * (doc/abi.md). Pure: reads its argument, writes the refusal, keeps no state, does no input or output.
 */
#ifndef COMESG_VERIFIER_H
#define COMESG_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why code is refused. verifier_rule_name() gives each rule's name, doc/verifier.md the details. */
enum verifier_rule {
    VERIFIER_ACCEPTED,
    VERIFIER_OUT_OF_MEMORY,
    VERIFIER_TEXT_BOUNDS,
    VERIFIER_UNDECODABLE,
    VERIFIER_ENCODING,
    VERIFIER_INSTRUCTION,
    VERIFIER_PREFIX,
    VERIFIER_REGISTER_CLASS,
    VERIFIER_STACK_POINTER,
    VERIFIER_THREAD_BLOCK,
    VERIFIER_REGION_BASE,
    VERIFIER_UPPER_HALF,
    VERIFIER_MEMORY_FORM,
    VERIFIER_RIP_RANGE,
    VERIFIER_BIT_OFFSET,
    VERIFIER_BRANCH_FORM,
    VERIFIER_RETURN,
    VERIFIER_GATE,
    VERIFIER_BRANCH_TARGET,
    VERIFIER_STRING_UNIT,
    VERIFIER_LANDING_PAD,
    VERIFIER_FALL_THROUGH,
    VERIFIER_RULE_COUNT
};

/* The whole executable segment. `address` is the region offset of bytes[0]. */
struct verifier_text {
    const uint8_t *bytes;
    size_t size;
    uint64_t address;
};

/* The first violation found. `length` is 0 when no particular instruction is to blame. */
struct verifier_refusal {
    uint64_t address;
    uint8_t bytes[16];
    unsigned length;
    char disassembly[128];
    enum verifier_rule rule;
};

/* True if the text may run in a co-process. Otherwise `refusal` says why not. The caller must see to it that the bytes
 * do not change during and after the call. */
bool verifier_check(const struct verifier_text *text, struct verifier_refusal *refusal);

/* A short constant name ("memory-form"), and a sentence that says what is refused and why. */
const char *verifier_rule_name(enum verifier_rule rule);
const char *verifier_rule_text(enum verifier_rule rule);

#endif
