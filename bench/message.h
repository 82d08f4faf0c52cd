/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What bench/call sends and bench/echo answers: the same bytes, the first word replaced by the sum of all words; to a
 * message of one word, the number of calls served so far.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stdint.h>

#define MESSAGE_SERVICE "bench-echo"

enum { MESSAGE_LARGEST = 4096, MESSAGE_COUNT_QUESTION = 8 };

union message {
    _Alignas(64) uint64_t words[MESSAGE_LARGEST / 8];
};

#endif
