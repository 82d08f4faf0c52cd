/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time per call to the word-count service.
 */
#ifndef WORDCOUNT_MEASURE_H
#define WORDCOUNT_MEASURE_H

#include "ask.h"

/* Keeps a part of the text in memory, of the first bytes that come. */
void keep_for_measure(const char *text, size_t length);

/* Hands the kept text over with `calls` calls, and as often asks a question without text. Tells the time per call, the
 * pids and some addresses on standard error, in lines of a name and a value. */
bool measure(struct service_link *link, uint64_t calls);

#endif
