/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the C tests of the verifier share: TAP output, and verdicts on byte strings.
 */
#ifndef TESTS_VERIFIER_CHECK_H
#define TESTS_VERIFIER_CHECK_H

#include "verifier/verifier.h"

/* The region offset at which tests place texts. */
#define CHECK_ADDRESS 0x11000

/* Reports one test point. */
void check(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the report. Returns the exit status. */
int check_done(void);

/* The verdict on these bytes as a whole text, and on these bytes with a ud2 behind them. */
enum verifier_rule check_text(const uint8_t *bytes, size_t size);
enum verifier_rule check_then_trap(const uint8_t *bytes, size_t size);

#endif
