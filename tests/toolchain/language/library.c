/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The library calls back and is called with what compilers expand: strings and wide strings, searches, trees, formats.
 */
#include "language.h"
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

struct record {
    int key;
    char name[12];
    double weight;
};

static int by_key(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}
static int by_name(const void *a, const void *b)
{
    int order = strcmp(((const struct record *)a)->name, ((const struct record *)b)->name);
    return order ? order : by_key(a, b);
}
static int by_weight(const void *a, const void *b)
{
    double x = ((const struct record *)a)->weight, y = ((const struct record *)b)->weight;
    return x < y ? -1 : x > y ? 1 : by_key(a, b);
}
static int descending_strings(const void *a, const void *b)
{
    return -strcmp(*(char *const *)a, *(char *const *)b);
}

static uint64_t sorts(void)
{
    static struct record records[200];
    for (int i = 0; i < 200; i++) {
        records[i].key = (int)(next_random() % 100000) * 200 + i;
        snprintf(records[i].name, sizeof records[i].name, "%c%d", (int)('a' + next_random() % 26), i % 17);
        records[i].weight = (double)(next_random() % 50) / 4;
    }
    int (*const orders[])(const void *, const void *) = {by_key, by_name, by_weight};
    uint64_t total = 0;
    for (size_t order = 0; order < COUNT(orders); order++) {
        qsort(records, COUNT(records), sizeof records[0], orders[order]);
        for (size_t i = 0; i < COUNT(records); i++)
            total = join(total, (uint64_t)records[i].key + (uint64_t)records[i].name[0]);
        struct record *found = bsearch(&records[77], records, COUNT(records), sizeof records[0], orders[order]);
        total = join(total, found != NULL ? (uint64_t)(found - records) : 999);
    }
    const char *words[] = {"pear", "apple", "fig", "orange", "plum", "date"};
    qsort(words, COUNT(words), sizeof words[0], descending_strings);
    return join(total, hash(words[0], strlen(words[0])) + strlen(words[5]));
}

static uint64_t walked;
static void walk(const void *node, VISIT visit, int depth)
{
    (void)depth;
    if (visit == postorder || visit == leaf)
        walked = join(walked, (uint64_t)(*(const struct record *const *)node)->key);
}

static uint64_t trees(void)
{
    static struct record records[50];
    void *root = NULL;
    for (int i = 0; i < 50; i++) {
        records[i].key = i * 37 % 50;
        tsearch(&records[i], &root, by_key);
    }
    struct record wanted = {.key = 25};
    void *found = tfind(&wanted, &root, by_key);
    uint64_t total = found != NULL ? (uint64_t)(*(struct record **)found - records) : 99;
    for (int i = 0; i < 50; i += 3)
        tdelete(&records[i], &root, by_key);
    walked = 0;
    twalk(root, walk);
    while (root != NULL)
        tdelete(*(struct record **)root, &root, by_key);
    size_t count = 10;
    struct record *linear = lfind(&records[5], records, &count, sizeof records[0], by_key);
    return join(join(total, walked), (uint64_t)(linear - records));
}

/* Calls that compilers expand when sizes and strings are known, and do not when they are not. */
static uint64_t strings(size_t n)
{
    char a[64], b[64], *end;
    uint64_t total = 0;
    memset(a, 'x', sizeof a);
    strcpy(a, "known text");
    strcat(a, " and more");
    total = join(total, strlen(a) + (uint64_t)(strchr(a, 'm') - a) + (uint64_t)(strrchr(a, 'n') - a));
    strncpy(b, a, n);
    b[n] = '\0';
    total = join(total, (uint64_t)(strcmp(a, b) > 0) + (uint64_t)(strncmp(a, b, n) == 0) * 2 + hash(b, n + 1));
    memmove(a + 3, a, n + 7);
    memcpy(b, a + 1, 24);
    end = stpcpy(b + 8, "end");
    total = join(total, hash(a, sizeof a) + (uint64_t)(end - b) + hash(b, 12));
    total = join(total, (uint64_t)(strstr(a, "text") - a) + strspn(a, "know") + strcspn(a, "xyz") + strnlen(a, n));
    char *token, *state, list[] = "one,two;;three, four";
    for (token = strtok_r(list, ",; ", &state); token != NULL; token = strtok_r(NULL, ",; ", &state))
        total = join(total, hash(token, strlen(token)));
    total = join(total, (uint64_t)(memcmp(a, b, n) > 0) + (uint64_t)((char *)memchr(a, 't', 30) - a) +
                            (uint64_t)(strpbrk(a, "tm") - a));
    char *copy = strdup(a);
    total = join(total, copy != NULL ? hash(copy, strlen(copy)) : 0);
    free(copy);
    return join(total, (uint64_t)strtol("-0x7fz", &end, 16) + (uint64_t)*end +
                           strtoull("18446744073709551615", NULL, 10) + raw(strtod("2.5e-3", NULL)) +
                           (uint64_t)atoi(" 42"));
}

static uint64_t wide_strings(size_t n)
{
    wchar_t a[64] = L"wide text", b[64], *state;
    uint64_t total = wcslen(a) + (uint64_t)(wcschr(a, L't') - a) + (uint64_t)(wcsrchr(a, L't') - a);
    wcscpy(b, a);
    wcscat(b, L" \x20ac\U0001f600 end");
    total =
        join(total, hash(b, wcslen(b) * sizeof *b) + (uint64_t)(wcscmp(a, b) < 0) + (uint64_t)(wcsncmp(a, b, n) == 0));
    wmemset(a, L'\x3b1', n);
    wmemmove(a + 2, b, n + 3);
    total = join(total, hash(a, 24) + (uint64_t)(wcsstr(b, L"text") - b) + wcsspn(b, L"wide ") + wcscspn(b, L"t"));
    total = join(total, (uint64_t)(wmemchr(b, L'x', 10) - b) + (uint64_t)(wmemcmp(a, b, n) > 0) +
                            (uint64_t)wcstol(L"-777", NULL, 8));
    wchar_t list[] = L"a b  c";
    for (wchar_t *token = wcstok(list, L" ", &state); token != NULL; token = wcstok(NULL, L" ", &state))
        total = join(total, (uint64_t)*token + wcslen(token));
    for (wchar_t c = 0; c < 128; c++)
        total = join(total, (uint64_t)towupper((wint_t)c) * 8 + (iswalpha((wint_t)c) != 0) * 4u +
                                (iswspace((wint_t)c) != 0) * 2u + (iswpunct((wint_t)c) != 0));
    wchar_t line[80];
    int length = swprintf(line, COUNT(line), L"%d %ls %5.2f %lc %x", -5, L"text", 2.5, (wint_t)L'c', 255);
    int x;
    double d;
    int scanned = swscanf(L"12 3.5 rest", L"%d %lf", &x, &d);
    return join(total, hash(line, (size_t)length * sizeof *line) + (uint64_t)(x * scanned) + raw(d));
}

static uint64_t formats(void)
{
    char line[256];
    int a, b, used;
    char word[20];
    double d;
    unsigned long u;
    uint64_t total = 0;
    for (int i = 0; i < 6; i++) {
        int length = snprintf(line, sizeof line, "%*d|%-*s|%+.*f|%#lx|%c|%05d|%s", i + 3, i * 1000, 8, "left", i,
                              2.0 / 3, 0xabcul << i, 'A' + i, -i, i & 1 ? "odd" : "even");
        total = join(total, hash(line, (size_t)length));
    }
    int fields = sscanf("17 0x1f word 2.75 99z", "%d %i %19s %lf %lu%n", &a, &b, word, &d, &u, &used);
    return join(total, (uint64_t)(fields * 1000 + a + b + used) + u + raw(d) + hash(word, strlen(word)));
}

void library(void)
{
    result("sorts", sorts());
    result("trees", trees());
    for (long n = 5; n < 9; n++) {
        result("strings", strings((size_t)opaque(n)));
        result("wide_strings", wide_strings((size_t)opaque(n)));
    }
    result("formats", formats());
}
