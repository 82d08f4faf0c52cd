/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a program was linked. The loader does not depend on it: what was linked otherwise ends by its own doing when it
 * relocates itself.
 */
#ifndef VERIFIER_LINKING_H
#define VERIFIER_LINKING_H

/* NULL if the program in this file can relocate itself to where it is loaded (doc/abi.md), or what is wrong with it. */
const char *linking_problem(const char *path);

#endif
