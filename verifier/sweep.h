/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of the verifier share while one text is being swept.
 */
#ifndef VERIFIER_SWEEP_H
#define VERIFIER_SWEEP_H

#include "verifier/verifier.h"
#include <Zydis/Zydis.h>

/* Tests build verifiers that lack one rule, to show that they would notice. The shipped verifier lacks none. */
#ifndef VERIFIER_RULES_REMOVED
#define VERIFIER_RULES_REMOVED 0u
#endif

struct sweep {
    struct verifier_text text;
    struct verifier_refusal *refusal;
    ZydisDecoder decoder;
    uint8_t *starts;  /* one bit per byte of the text: an instruction or a unit starts here */
    uint8_t *targets; /* one bit per byte of the text: a direct branch goes here */
    bool stopped;     /* control does not continue behind the last instruction */
};

/* Records a violation. False if this build goes on without the rule. */
bool verifier_refuse(struct sweep *sweep, size_t offset, enum verifier_rule rule);

/* Judges the instruction at `offset`, which no pattern matches. Returns its length, or 0 if it is refused. */
unsigned verifier_check_instruction(struct sweep *sweep, size_t offset);

#endif
