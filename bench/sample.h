/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a sample is taken, in the same way natively and in a co-process: several batches of executions, of which the
 * median counts, so that a moment when the machine did something else does not.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { SAMPLE_BATCHES = 11 };

/* Executes what is measured `count` times; false if it failed. */
typedef bool sample_batch(void *argument, uint64_t count);

static inline double sample_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds of a batch, or -1. */
static inline double sample_time(sample_batch *batch, void *argument, uint64_t count)
{
    double start = sample_nanoseconds();
    bool good = batch(argument, count);
    double taken = sample_nanoseconds() - start;
    return good ? taken : -1;
}

static inline int sample_compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Nanoseconds per execution, or -1. `duration` is that of the whole, roughly, in nanoseconds. */
static inline double sample(sample_batch *batch, void *argument, double duration)
{
    double times[SAMPLE_BATCHES];
    uint64_t count = 16;
    for (double taken; (taken = sample_time(batch, argument, count)) < duration / SAMPLE_BATCHES / 1.5; count *= 2) {
        if (taken < 0)
            return -1;
    }
    for (int i = 0; i < SAMPLE_BATCHES; i++) {
        times[i] = sample_time(batch, argument, count);
        if (times[i] < 0)
            return -1;
    }
    qsort(times, SAMPLE_BATCHES, sizeof times[0], sample_compare);
    return times[SAMPLE_BATCHES / 2] / (double)count;
}

#endif
