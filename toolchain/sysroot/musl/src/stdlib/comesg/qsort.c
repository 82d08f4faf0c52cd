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
#define FEW 4      /* so many elements are sorted without spare room */
#define LONG_RUN 8 /* so many are worth a comparison to see whether their halves are in order already */

typedef int comparison(const void *, const void *, void *);

struct order {
    comparison *compare;
    void *argument;
};

/* Of a constant size without a call, although musl is compiled as freestanding. */
static inline __attribute__((always_inline)) void move(char *to, const char *from, size_t size)
{
    __builtin_memcpy(to, from, size);
}

static inline int is_before(struct order order, const char *a, const char *b)
{
    return order.compare(a, b, order.argument) < 0;
}

static inline __attribute__((always_inline)) void copy(char *to, const char *from, size_t size, size_t width)
{
    if (!__builtin_constant_p(width) || size > 128) {
        move(to, from, size);
        return;
    }
    for (; size; size -= width, to += width, from += width)
        move(to, from, width);
}

/*
 * Merges two sorted runs by way of spare: what is left of the first there fits in front of what is left of the second.
 * Which one the next element is of cannot be foretold, so it is no branch.
 */
static inline __attribute__((always_inline)) void merge(struct order order, char *list, char *right, char *end,
                                                        char *spare, size_t width)
{
    char *last = spare + (right - list);

    copy(spare, list, (size_t)(right - list), width);
    while (spare < last && right < end) {
        size_t step = -(size_t)is_before(order, right, spare) & width;
        move(right - (last - spare), step ? right : spare, width);
        right += step;
        spare += width - step;
    }
    copy(right - (last - spare), spare, (size_t)(last - spare), width);
}

static inline __attribute__((always_inline)) void exchange(struct order order, const char **first, const char **second)
{
    const char *a = *first, *b = *second;
    int is_wrong = is_before(order, b, a);

    *first = is_wrong ? b : a;
    *second = is_wrong ? a : b;
}

/* The places of two to four elements, in their order. Four are merged from two pairs. */
static inline __attribute__((always_inline)) void find_order(struct order order, const char *place[FEW], size_t count)
{
    const char *a, *b, *c, *d;
    int first, second; /* are of the right pair */

    exchange(order, &place[0], &place[1]);
    if (count == 3 && is_before(order, place[2], place[1])) {
        c = place[2];
        place[2] = place[1];
        place[1] = c;
        exchange(order, &place[0], &place[1]);
    }
    if (count < FEW)
        return;
    exchange(order, &place[2], &place[3]);
    a = place[0], b = place[1], c = place[2], d = place[3];
    first = is_before(order, c, a);
    second = is_before(order, first ? d : c, first ? a : b);
    place[0] = first ? c : a;
    place[1] = second ? (first ? d : c) : (first ? a : b);
    place[2] = first ? a : c;
    place[3] = first ? b : d;
    if (first != second) {
        place[2] = b;
        place[3] = d;
        exchange(order, &place[2], &place[3]);
    }
}

/* Of at most 16 bytes each. */
static inline __attribute__((always_inline)) void sort_few(struct order order, char *list, size_t count, size_t width)
{
    const char *place[FEW] = {list, list + width, list + 2 * width, list + 3 * width};
    char elements[FEW][16];

    find_order(order, place, count);
    move(elements[0], place[0], width);
    move(elements[1], place[1], width);
    if (count > 2)
        move(elements[2], place[2], width);
    if (count > 3)
        move(elements[3], place[3], width);
    move(list, elements[0], width);
    move(list + width, elements[1], width);
    if (count > 2)
        move(list + 2 * width, elements[2], width);
    if (count > 3)
        move(list + 3 * width, elements[3], width);
}

typedef void sorting(struct order order, char *list, size_t count, char *spare, size_t width);

static inline __attribute__((always_inline)) void sort(struct order order, char *list, size_t count, char *spare,
                                                       size_t width, sorting *sort_half)
{
    char *right = list + count / 2 * width;

    if (count < 2)
        return;
    if (__builtin_constant_p(width) && count <= FEW) {
        sort_few(order, list, count, width);
        return;
    }
    sort_half(order, list, count / 2, spare, width);
    sort_half(order, right, count - count / 2, spare, width);
    if (count >= LONG_RUN && !is_before(order, right, right - width))
        return;
    merge(order, list, right, list + count * width, spare, width);
}

static void sort_any(struct order order, char *list, size_t count, char *spare, size_t width)
{
    sort(order, list, count, spare, width, sort_any);
}

/* The same for widths that are common, as constants. */
static void sort_4(struct order order, char *list, size_t count, char *spare, size_t width)
{
    (void)width;
    sort(order, list, count, spare, 4, sort_4);
}

static void sort_8(struct order order, char *list, size_t count, char *spare, size_t width)
{
    (void)width;
    sort(order, list, count, spare, 8, sort_8);
}

static void sort_16(struct order order, char *list, size_t count, char *spare, size_t width)
{
    (void)width;
    sort(order, list, count, spare, 16, sort_16);
}

static void sort_list(struct order order, char *list, size_t count, char *spare, size_t width)
{
    if (width == 4)
        sort_4(order, list, count, spare, width);
    else if (width == 8)
        sort_8(order, list, count, spare, width);
    else if (width == 16)
        sort_16(order, list, count, spare, width);
    else
        sort_any(order, list, count, spare, width);
}

static void swap(char *a, char *b, size_t width)
{
    for (; width; width--, a++, b++) {
        char kept = *a;
        *a = *b;
        *b = kept;
    }
}

static void sift(struct order order, char *list, size_t at, size_t count, size_t width)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_before(order, list + child * width, list + (child + 1) * width))
            child++;
        if (!is_before(order, list + at * width, list + child * width))
            return;
        swap(list + at * width, list + child * width, width);
    }
}

static void sort_in_place(struct order order, char *list, size_t count, size_t width)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(order, list, i, count, width);
    for (size_t i = count; i-- > 1;) {
        swap(list, list + i * width, width);
        sift(order, list, 0, i, width);
    }
}

void qsort_r(void *base, size_t count, size_t width, comparison *compare, void *argument)
{
    struct order order = {compare, argument};
    char near[ON_STACK], *spare = near;

    if (count < 2 || !width)
        return;
    if (count / 2 > ON_STACK / width)
        spare = malloc(count / 2 * width);
    if (spare)
        sort_list(order, base, count, spare, width);
    else
        sort_in_place(order, base, count, width);
    if (spare != near)
        free(spare);
}

/* A comparison of two arguments does not mind a third, in a register that it does not look at. */
void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *))
{
    qsort_r(base, count, width, (comparison *)compare, NULL);
}

extern __typeof(qsort_r) __qsort_r __attribute__((alias("qsort_r")));
