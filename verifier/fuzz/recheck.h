/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A second opinion for tests: judges accepted text anew, slowly and by other means than the verifier. It looks at
 * decoded operands only, knows no byte pattern, and follows the meaning of the instructions of a unit.
 */
#ifndef VERIFIER_RECHECK_H
#define VERIFIER_RECHECK_H

#include "verifier/verifier.h"

/* Returns NULL if the text is safe, else what is wrong; `*address` says where. */
const char *recheck(const struct verifier_text *text, uint64_t *address);

#endif
