/* SPDX-License-Identifier: BSD-2-Clause
 *
 * main of the programs of the benchmark: times rounds of work, prints nanoseconds per round and
 * the result.
 */
#include "work.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EXIT_USAGE = 2, WORDS = 4096, WORD_SIZE = 12 };

void work_fail(const char *problem)
{
    fprintf(stderr, "bench: %s\n", problem);
    exit(EXIT_FAILURE);
}

static void make_words(char words[WORDS][WORD_SIZE], uint64_t *seed)
{
    for (int i = 0; i < WORDS; i++) {
        int length = 2 + (int)(work_random(seed) % (WORD_SIZE - 3));
        for (int k = 0; k < length; k++)
            words[i][k] = "etaoinshrdlucmfwypvbgkjqxz"[work_random(seed) % 26 * (work_random(seed) % 26) / 26];
        words[i][length] = 0;
    }
}

void work_text(char *text, size_t size, uint64_t seed)
{
    static char words[WORDS][WORD_SIZE];
    make_words(words, &seed);
    for (size_t at = 0, column = 0; at < size; at++, column++) {
        uint64_t dice = work_random(&seed);
        const char *word = words[dice % WORDS * (dice >> 16 & 0xff) / 256];
        for (; *word && at < size; at++, column++)
            text[at] = *word++;
        if (at < size)
            text[at] = column > 72 ? '\n' : ' ';
        column = column > 72 ? 0 : column;
    }
}

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The median, so that a moment when the machine did something else does not count. */
static uint64_t time_rounds(size_t rounds)
{
    uint64_t *times = calloc(rounds, sizeof *times);
    if (!times)
        work_fail("out of memory");
    for (size_t i = 0; i < rounds; i++) {
        uint64_t start = nanoseconds();
        work_round();
        times[i] = nanoseconds() - start;
    }
    qsort(times, rounds, sizeof *times, compare);
    return times[rounds / 2];
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long rounds = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    if (rounds == 0 || *end) {
        fprintf(
            stderr,
            "Usage: %s ROUNDS\nTimes ROUNDS rounds of the same work; prints nanoseconds per round and the result.\n",
            argv[0]);
        return EXIT_USAGE;
    }
    work_prepare();
    work_round();
    uint64_t taken = time_rounds(rounds);
    printf("%" PRIu64 " %" PRIx64 "\n", taken, work_result());
    return EXIT_SUCCESS;
}
