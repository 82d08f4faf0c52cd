/* SPDX-License-Identifier: BSD-2-Clause
 *
 * qsort and qsort_r: merge sort, which asks for the fewest comparisons. Where there is no room for a copy of half the
 * elements, heap sort.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ON_STACK 1024

typedef int comparison(const void *, const void *, void *);

struct order {
    comparison *compare;
    void *argument;
    size_t width;
};

static inline int is_before(const struct order *order, const char *a, const char *b)
{
    return order->compare(a, b, order->argument) < 0;
}

static inline __attribute__((always_inline)) void copy(char *to, const char *from, size_t size, size_t width)
{
    if (width > 16 || size > 128) {
        memcpy(to, from, size);
        return;
    }
    for (; size; size -= width, to += width, from += width)
        memcpy(to, from, width);
}

/* Merges two sorted runs by way of spare. The width is a constant where it is common. */
static inline __attribute__((always_inline)) void merge(const struct order *order, char *list, char *right, char *end,
                                                        char *spare, size_t width)
{
    char *last = spare + (right - list);

    copy(spare, list, (size_t)(right - list), width);
    for (; spare < last && right < end; list += width) {
        if (is_before(order, right, spare)) {
            memcpy(list, right, width);
            right += width;
        } else {
            memcpy(list, spare, width);
            spare += width;
        }
    }
    copy(list, spare, (size_t)(last - spare), width);
}

static void sort(const struct order *order, char *list, size_t count, char *spare)
{
    size_t width = order->width, half = count / 2;
    char *right = list + half * width, *end = list + count * width;

    if (half > 1)
        sort(order, list, half, spare);
    if (count - half > 1)
        sort(order, right, count - half, spare);
    if (!is_before(order, right, right - width))
        return;
    if (width == 8)
        merge(order, list, right, end, spare, 8);
    else if (width == 4)
        merge(order, list, right, end, spare, 4);
    else if (width == 16)
        merge(order, list, right, end, spare, 16);
    else
        merge(order, list, right, end, spare, width);
}

static void swap(char *a, char *b, size_t width)
{
    for (; width; width--, a++, b++) {
        char kept = *a;
        *a = *b;
        *b = kept;
    }
}

static void sift(const struct order *order, char *list, size_t at, size_t count)
{
    size_t width = order->width;

    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_before(order, list + child * width, list + (child + 1) * width))
            child++;
        if (!is_before(order, list + at * width, list + child * width))
            return;
        swap(list + at * width, list + child * width, width);
    }
}

static void sort_in_place(const struct order *order, char *list, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(order, list, i, count);
    for (size_t i = count; i-- > 1;) {
        swap(list, list + i * order->width, order->width);
        sift(order, list, 0, i);
    }
}

void qsort_r(void *base, size_t count, size_t width, comparison *compare, void *argument)
{
    struct order order = {compare, argument, width};
    char near[ON_STACK], *spare = near;

    if (count < 2 || !width)
        return;
    if (count / 2 > ON_STACK / width)
        spare = malloc(count / 2 * width);
    if (spare)
        sort(&order, base, count, spare);
    else
        sort_in_place(&order, base, count);
    if (spare != near)
        free(spare);
}

/* A comparison of two arguments does not mind a third, in a register that it does not look at. */
void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *))
{
    qsort_r(base, count, width, (comparison *)compare, NULL);
}

extern __typeof(qsort_r) __qsort_r __attribute__((alias("qsort_r")));
