/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What each program of the benchmark provides to main.c, and what they share: numbers and words that look random and
 * are the same in every run.
 */
#ifndef BENCH_SFI_WORK_H
#define BENCH_SFI_WORK_H

#include <stddef.h>
#include <stdint.h>

/* Outside the timed part: input. */
void work_prepare(void);
/* What is timed. Every round does the same. */
void work_round(void);
/* Outside the timed part: a number that depends on everything that the last round computed. */
uint64_t work_result(void);

/* Ends the program. */
_Noreturn void work_fail(const char *problem);

static inline uint64_t work_random(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

/* The sum of numbers or bytes, in order; begins with 0. */
static inline uint64_t work_sum(uint64_t sum, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3;
    return sum;
}

/* Fills with text of a language of a few thousand words, some of them frequent, in lines. */
void work_text(char *text, size_t size, uint64_t seed);

#endif
