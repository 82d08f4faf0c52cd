/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sorting written out: numbers by quicksort and by heapsort, words of a text by merging pointers to them.
 */
#include "work.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 100000, TEXT = 256 * 1024, SMALL = 12 };

static uint64_t input[NUMBERS], quick[NUMBERS], heap[NUMBERS];
static char text[TEXT + 1];
static const char *words[TEXT], *sorted[TEXT], *other[TEXT];
static size_t word_count;

static inline void swap(uint64_t *a, uint64_t *b)
{
    uint64_t kept = *a;
    *a = *b;
    *b = kept;
}

static void insertion_sort(uint64_t *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t number = numbers[i];
        size_t at = i;
        for (; at > 0 && numbers[at - 1] > number; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = number;
    }
}

static void quick_sort(uint64_t *numbers, size_t count)
{
    while (count > SMALL) {
        uint64_t pivot = numbers[count / 2];
        size_t low = 0, high = count - 1;
        for (;; low++, high--) {
            while (numbers[low] < pivot)
                low++;
            while (numbers[high] > pivot)
                high--;
            if (low >= high)
                break;
            swap(&numbers[low], &numbers[high]);
        }
        quick_sort(numbers + high + 1, count - high - 1);
        count = high + 1;
    }
    insertion_sort(numbers, count);
}

static void sift(uint64_t *numbers, size_t at, size_t count)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && numbers[child + 1] > numbers[child])
            child++;
        if (numbers[at] >= numbers[child])
            return;
        swap(&numbers[at], &numbers[child]);
    }
}

static void heap_sort(uint64_t *numbers, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(numbers, i, count);
    for (size_t i = count; i-- > 1;) {
        swap(&numbers[0], &numbers[i]);
        sift(numbers, 0, i);
    }
}

static int compare_words(const char *a, const char *b)
{
    while (*a == *b && *a > ' ')
        a++, b++;
    return (*a > ' ' ? *a : 0) - (*b > ' ' ? *b : 0);
}

static void merge_sort(const char **list, const char **spare, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2, left = 0, right = half, at = 0;
    merge_sort(list, spare, half);
    merge_sort(list + half, spare + half, count - half);
    while (left < half && right < count)
        spare[at++] = compare_words(list[left], list[right]) <= 0 ? list[left++] : list[right++];
    while (left < half)
        spare[at++] = list[left++];
    memcpy(list, spare, at * sizeof *list);
}

void work_prepare(void)
{
    uint64_t seed = 2;
    for (int i = 0; i < NUMBERS; i++)
        input[i] = work_random(&seed);
    work_text(text, TEXT, 3);
    for (size_t i = 0; i < TEXT; i++) {
        if (text[i] > ' ' && (i == 0 || text[i - 1] <= ' '))
            words[word_count++] = text + i;
    }
}

void work_round(void)
{
    memcpy(quick, input, sizeof quick);
    memcpy(heap, input, sizeof heap);
    memcpy(sorted, words, word_count * sizeof *words);
    quick_sort(quick, NUMBERS);
    heap_sort(heap, NUMBERS);
    merge_sort(sorted, other, word_count);
}

uint64_t work_result(void)
{
    uint64_t sum = work_sum(work_sum(0, quick, sizeof quick), heap, sizeof heap);
    if (memcmp(quick, heap, sizeof quick) != 0)
        work_fail("sort: the numbers are not sorted");
    for (size_t i = 0; i < word_count; i++) {
        ptrdiff_t place = sorted[i] - text;
        sum = work_sum(sum, &place, sizeof place);
    }
    return sum;
}
