/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Code that is admitted as an exact sequence of bytes: all control flow, the units, everything that names r15, and the
 * instructions that do nothing. No decoder takes part, so none can be wrong about it.
 */
#ifndef VERIFIER_PATTERNS_H
#define VERIFIER_PATTERNS_H

#include <stdbool.h>
#include <stdint.h>

/* The matcher reads this many bytes whatever it matches. */
#define PATTERN_WINDOW 32

struct pattern {
    unsigned length; /* 0: nothing matches */
    bool stops;      /* control never continues behind it */
    bool branches;   /* contains a direct branch, to the offset branch_end + displacement from the first byte */
    unsigned branch_start;
    unsigned branch_end;
    int32_t displacement;
};

struct pattern pattern_match(const uint8_t window[PATTERN_WINDOW]);

#endif
