/* SPDX-License-Identifier: BSD-2-Clause
 *
 * qsort and bsearch over elements of many sizes, with comparisons through function pointers; search trees; dates.
 */
#define _XOPEN_SOURCE 700
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t random64(void)
{
    static uint64_t state = 0xfeedface12345;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t element;

/* A total order, so that unstable sorts agree. */
static int compare_elements(const void *left, const void *right)
{
    return memcmp(left, right, element);
}

static int compare_numbers(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void sort_elements(size_t size, size_t count)
{
    unsigned char *elements = malloc(size * count), key[64];
    uint64_t sum = 0;
    unsigned char *found;

    for (size_t i = 0; i < size * count; i++)
        elements[i] = (unsigned char)(random64() % 7);
    element = size;
    qsort(elements, count, size, compare_elements);
    for (size_t i = 0; i < size * count; i++)
        sum = sum * 31 + elements[i];
    memcpy(key, elements + count / 2 * size, size);
    found = bsearch(key, elements, count, size, compare_elements);
    printf("%zu %zu %llx %d\n", size, count, (unsigned long long)sum, found && memcmp(found, key, size) == 0);
    free(elements);
}

static void sort_numbers(void)
{
    static int64_t numbers[200000];
    size_t count = sizeof numbers / sizeof *numbers;

    for (size_t i = 0; i < count; i++)
        numbers[i] = (int64_t)random64();
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < count; i += 1000)
        printf("%lld\n", (long long)numbers[i]);
}

static void visit(const void *node, VISIT order, int level)
{
    (void)level;
    if (order == postorder || order == leaf)
        printf("%lld ", (long long)**(int64_t *const *)node);
}

static void tree(void)
{
    static int64_t numbers[300];
    void *root = NULL;

    for (int i = 0; i < 300; i++) {
        numbers[i] = (int64_t)(random64() % 1000);
        tsearch(&numbers[i], &root, compare_numbers);
    }
    for (int i = 0; i < 300; i += 3)
        tdelete(&numbers[i], &root, compare_numbers);
    twalk(root, visit);
    printf("\n");
}

static void dates(void)
{
    char text[100];

    for (int i = 0; i < 200; i++) {
        time_t moment = (time_t)(random64() % 8000000000);
        struct tm parts;
        gmtime_r(&moment, &parts);
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %b %j %U %V %p", &parts);
        printf("%s %lld\n", text, (long long)(mktime(&parts) == moment));
    }
}

int main(void)
{
    for (size_t size = 1; size <= 64; size++)
        sort_elements(size, 50 + size * 3);
    sort_numbers();
    tree();
    setenv("TZ", "UTC0", 1);
    dates();
    return 0;
}
