/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The C library's qsort_r, compiled natively with the prefix "our": lists of all small counts and some large ones, of
 * elements of many widths, with and without memory, with orders that are orders and one that is none.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int comparison(const void *, const void *, void *);

void ourqsort_r(void *, size_t, size_t, comparison *, void *);

enum { COUNTS = 200, LARGE = 3000, WIDEST = 40, MARGIN = 64, MARK = 0xa5 };

static bool has_memory;
static size_t allocated, width;
static unsigned char area[MARGIN + LARGE * WIDEST + MARGIN], before[sizeof area];

void *ourmalloc(size_t size)
{
    allocated++;
    return has_memory ? malloc(size) : NULL;
}

void ourfree(void *memory)
{
    free(memory);
}

void *ourmemcpy(void *to, const void *from, size_t size)
{
    return memcpy(to, from, size);
}

static int compare(const void *a, const void *b, void *argument)
{
    return memcmp(a, b, *(size_t *)argument);
}

static int compare_bytes(const void *a, const void *b)
{
    return memcmp(a, b, width);
}

/* Large results, whose difference would overflow, and equality as well. */
static int answer_at_random(const void *a, const void *b, void *argument)
{
    (void)a, (void)b, (void)argument;
    int dice = (int)(random() % 3);
    return dice == 0 ? INT32_MIN : dice == 1 ? INT32_MAX : 0;
}

static bool is_margin_intact(size_t count)
{
    for (size_t i = 0; i < MARGIN; i++)
        if (area[i] != MARK || area[MARGIN + count * width + i] != MARK)
            return false;
    return true;
}

/* Few different bytes give many equal elements. */
static void fill(size_t count, unsigned int bytes)
{
    memset(area, MARK, sizeof area);
    for (size_t i = 0; i < count * width; i++)
        area[MARGIN + i] = (unsigned char)((unsigned long)random() % bytes);
    memcpy(before, area, sizeof area);
}

static bool sorts(size_t count, unsigned int bytes)
{
    fill(count, bytes);
    ourqsort_r(area + MARGIN, count, width, compare, &width);
    qsort(before + MARGIN, count, width, compare_bytes);
    if (memcmp(area, before, sizeof area) != 0)
        return false;
    ourqsort_r(area + MARGIN, count, width, compare, &width);
    return memcmp(area, before, sizeof area) == 0;
}

/* The elements stay what they are, wherever they go. */
static bool endures(size_t count)
{
    fill(count, 256);
    ourqsort_r(area + MARGIN, count, width, answer_at_random, NULL);
    if (!is_margin_intact(count))
        return false;
    qsort(area + MARGIN, count, width, compare_bytes);
    qsort(before + MARGIN, count, width, compare_bytes);
    return memcmp(area, before, sizeof area) == 0;
}

static bool check_width(void)
{
    for (size_t count = 0; count < COUNTS; count++)
        if (!sorts(count, 3) || !sorts(count, 256) || !endures(count))
            return false;
    return sorts(LARGE, 2) && sorts(LARGE, 256) && endures(LARGE);
}

int main(void)
{
    static const size_t widths[] = {1, 2, 3, 4, 5, 8, 12, 16, 17, 24, WIDEST};
    enum { WIDTHS = sizeof widths / sizeof *widths };

    printf("1..%d\n", 2 * WIDTHS);
    for (int i = 0; i < 2 * WIDTHS; i++) {
        has_memory = i < WIDTHS;
        width = widths[i % WIDTHS];
        allocated = 0;
        bool passed = check_width() && allocated > 0;
        printf("%s %d - elements of %zu bytes, %s memory\n", passed ? "ok" : "not ok", i + 1, width,
               has_memory ? "with" : "without");
    }
    return EXIT_SUCCESS;
}
