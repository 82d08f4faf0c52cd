/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory and string functions over all small sizes and alignments, and some large ones; a checksum for each.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#define SIZE 70000

static unsigned char area[SIZE], other[SIZE];
static uint64_t state = 0x123456789abcdef;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void refill(void)
{
    for (size_t i = 0; i < SIZE; i++)
        area[i] = (unsigned char)random64();
    memset(other, 0x55, SIZE);
}

static uint64_t checksum(const unsigned char *bytes)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < SIZE; i++)
        sum = sum * 1099511628211u + bytes[i];
    return sum;
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void copies(size_t size)
{
    size_t to = random64() % 64, from = random64() % 64;

    memcpy(other + to, area + from, size);
    printf("memcpy %zu %016llx\n", size, (unsigned long long)checksum(other));
    memmove(area + to, area + from, size);
    printf("memmove %zu %016llx\n", size, (unsigned long long)checksum(area));
    memmove(area + from + 1, area + from, size);
    memmove(area + from, area + from + 17, size);
    printf("memmove by one %016llx\n", (unsigned long long)checksum(area));
    memset(area + to, (int)random64(), size);
    printf("memset %zu %016llx\n", size, (unsigned long long)checksum(area));
}

/* Two blocks that differ in one byte, or not at all. */
static void comparisons(size_t size)
{
    unsigned char *left = area + random64() % 64, *right = other + random64() % 64;

    memcpy(right, left, size);
    printf("equal %d", memcmp(left, right, size));
    for (int i = 0; i < 4 && size; i++) {
        size_t at = random64() % size;
        right[at] ^= (unsigned char)(1 << random64() % 8);
        printf(" %d", sign(memcmp(left, right, size)));
    }
    printf(" %td\n", size ? (unsigned char *)memchr(left, left[size - 1], size) - left : 0);
}

static void text(size_t length)
{
    char *start = (char *)area + random64() % 16, *copy = (char *)other + random64() % 16;

    for (size_t i = 0; i < length; i++)
        start[i] = (char)('a' + random64() % 5);
    start[length] = 0;
    strcpy(copy, start);
    printf("%zu %d %td", strlen(start), strcmp(copy, start), stpcpy(copy, start) - copy);
    printf(" %td %td", strchrnul(start, 'c') - start, strrchr(start, 0) - start);
    printf(" %td %zu", strchr(start, 0) - start, strnlen(start, length / 2 + 1));
    printf(" %td", (char *)memrchr(start, 0, length + 1) - start);
    printf(" %zu %zu", strspn(start, "abc"), strcspn(start, "de"));
    printf(" %td", strstr(start, "abc") ? strstr(start, "abc") - start : -1);
    printf(" %td", strpbrk(start, "e") ? strpbrk(start, "e") - start : -1);
    copy[length / 2] = 'z';
    printf(" %d %d\n", sign(strcmp(start, copy)), sign(strncmp(start, copy, length / 2)));
    strncpy(copy, start, length + 5);
    strncat(copy, "tail", 3);
    printf("%zu %d %d\n", strlen(copy), strcasecmp("HeLLo", "hEllO"), sign(strncasecmp("abcX", "ABCY", 4)));
}

static void tokens(void)
{
    char words[] = "  one two,three;;four ", *rest;

    for (char *word = strtok_r(words, " ,;", &rest); word; word = strtok_r(NULL, " ,;", &rest))
        printf("<%s>", word);
    printf(" %d %d\n", strverscmp("file9", "file10") < 0, (int)strnlen("abc", 2));
    for (int c = 0; c < 256; c++)
        printf("%d%d%d%d%d ", !!isalpha(c), !!isdigit(c), !!isspace(c), toupper(c), !!ispunct(c));
    printf("\n%zu %d\n", wcslen(L"wide"), (int)wmemcmp(L"abc", L"abc", 3));
}

int main(void)
{
    refill();
    for (size_t size = 0; size < 300; size++)
        copies(size);
    for (size_t size = 300; size < 60000; size = size * 5 / 3)
        copies(size);
    refill();
    for (size_t size = 0; size < 300; size++)
        comparisons(size);
    for (size_t length = 0; length < 300; length++)
        text(length);
    tokens();
    return 0;
}
