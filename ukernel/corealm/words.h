/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines of words.
 */
#ifndef COMESG_UKERNEL_COREALM_WORDS_H
#define COMESG_UKERNEL_COREALM_WORDS_H

#include <stddef.h>

enum words_error { WORDS_GOOD, WORDS_TOO_MANY, WORDS_QUOTE, WORDS_MEMORY };

/* Splits a line at spaces and tabs. A word in double quotes may contain both; a backslash there makes the next byte
 * ordinary. A word that begins with # begins a comment. The words are malloc'ed; the last one is followed by NULL. */
enum words_error words_split(const char *line, char **words, size_t most, size_t *count);

#endif
