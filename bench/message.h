/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What bench/call sends and bench/echo answers: the same bytes, the first pair of words replaced by the sum of all
 * pairs; to a message of one word, the number of calls served so far.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stdint.h>

#define MESSAGE_SERVICE "bench-echo"
#define MESSAGE_RECEIVER "bench-receive"

enum { MESSAGE_LARGEST = 4096, MESSAGE_COUNT_QUESTION = 8 };

typedef uint64_t pair __attribute__((vector_size(16)));

/* What bench/receive answers. */
struct receipt {
    uint64_t request; /* its one word */
    uint64_t closed;  /* handles that came and were closed again, since the beginning */
};

struct message {
    _Alignas(64) pair pairs[MESSAGE_LARGEST / sizeof(pair)];
};

#endif
