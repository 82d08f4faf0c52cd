/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time per call to the word-count service.
 */
#include "measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEPT_SIZE = 1 << 20, PIECE_SIZE = 64 };

static char kept[KEPT_SIZE];
static size_t kept_length;

void keep_for_measure(const char *text, size_t length)
{
    if (length > KEPT_SIZE - kept_length)
        length = KEPT_SIZE - kept_length;
    memcpy(kept + kept_length, text, length);
    kept_length += length;
}

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool hand_over_kept(struct service_link *link, uint64_t calls)
{
    size_t at = 0;
    for (uint64_t i = 0; i < calls; i++) {
        size_t length = kept_length - at < PIECE_SIZE ? kept_length - at : PIECE_SIZE;
        memcpy(link->request.text, kept + at, length);
        if (!ask(link, WORDCOUNT_TEXT, length))
            return false;
        at += length;
        if (at == kept_length)
            at = 0;
    }
    return true;
}

static bool ask_totals(struct service_link *link, uint64_t calls)
{
    for (uint64_t i = 0; i < calls; i++) {
        if (!ask(link, WORDCOUNT_TOTALS, 0))
            return false;
    }
    return true;
}

/* Between the two lines, nothing but the calls and the readings of the clock happens. */
static bool measure_calls(struct service_link *link, uint64_t calls, double *text, double *totals)
{
    fputs("wordcount: measuring\n", stderr);
    double start = nanoseconds();
    bool good = hand_over_kept(link, calls);
    double middle = nanoseconds();
    good = good && ask_totals(link, calls);
    double end = nanoseconds();
    fputs("wordcount: measured\n", stderr);
    *text = (middle - start) / (double)calls;
    *totals = (end - middle) / (double)calls;
    return good;
}

bool measure(struct service_link *link, uint64_t calls)
{
    double text, totals;
    uint64_t counting_calls = link->calls;
    /* Once for nothing, so that the service has all words in its table and need not ask for memory. */
    if (!ask(link, WORDCOUNT_BEGIN, 0) || !hand_over_kept(link, kept_length / PIECE_SIZE + 1) ||
        !measure_calls(link, calls, &text, &totals) || !ask(link, WORDCOUNT_PLACE, 0))
        return false;
    struct wordcount_place place = link->reply.place;
    fprintf(stderr, "client.pid %d\nclient.buffer %#" PRIxPTR "\nclient.function %#" PRIxPTR "\n", getpid(),
            (uintptr_t)link->request.text, (uintptr_t)measure);
    fprintf(stderr, "service.pid %" PRIu64 "\nservice.table %#" PRIx64 "\nservice.function %#" PRIx64 "\n", place.pid,
            place.table, place.function);
    fprintf(stderr, "calls.counting %" PRIu64 "\ncalls.measured %" PRIu64 "\ntext.ns %.1f\ntotals.ns %.1f\n",
            counting_calls, 2 * calls, text, totals);
    return true;
}
