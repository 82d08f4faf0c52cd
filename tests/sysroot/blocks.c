/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The C library's functions on memory and strings, compiled natively with the prefix "our", next to those of the
 * machine's own C library: with blocks of either width, at all alignments, next to pages that cannot be accessed.
 */
#define _GNU_SOURCE
#include "comesg/abi.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *ourmemmove(void *, const void *, size_t);
void *ourmemcpy(void *, const void *, size_t);
void *ourmemset(void *, int, size_t);
void *ourmemchr(const void *, int, size_t);
int ourmemcmp(const void *, const void *, size_t);
void *ourmemrchr(const void *, int, size_t);
size_t ourstrlen(const char *);
size_t ourstrnlen(const char *, size_t);
char *ourstrchr(const char *, int);
char *ourstrchrnul(const char *, int);
int ourstrcmp(const char *, const char *);
int ourstrncmp(const char *, const char *, size_t);
char *ourstpcpy(char *, const char *);
char *ourstpncpy(char *, const char *, size_t);
char *ourstrcpy(char *, const char *);
char *ourstrncpy(char *, const char *, size_t);
char *ourstrncat(char *, const char *, size_t);
char *ourstrrchr(const char *, int);
void *ourmemccpy(void *, const void *, int, size_t);

size_t our__hwcap;

enum { PAGE = 4096, PAGES = 3, AREA = PAGES * PAGE, ROUNDS = 10000, AROUND = 64, LONGEST = 330 };

static unsigned char *left, *right, *spare;

/* Readable memory between pages that are not. */
static unsigned char *make_area(void)
{
    unsigned char *area = mmap(NULL, AREA + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || mprotect(area + PAGE, AREA, PROT_READ | PROT_WRITE) != 0) {
        puts("Bail out! no memory");
        exit(EXIT_FAILURE);
    }
    return area + PAGE;
}

static size_t below(size_t limit)
{
    return (size_t)random() % limit;
}

/* Mostly short; a quarter of them ends with the area, others begin with it or near the end of a page. */
static size_t choose_size(void)
{
    return below(8) ? below(300) : below(2 * PAGE);
}

static size_t choose_place(size_t size)
{
    size_t dice = below(4), last = AREA - size;
    if (dice == 0)
        return last;
    if (dice == 1)
        return below(AROUND) % (last + 1);
    return dice == 2 ? (PAGE - below(2 * AROUND)) % (last + 1) : below(last + 1);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static bool check_memmove(void)
{
    size_t size = choose_size(), from = choose_place(size), to = choose_place(size);
    if (below(2) && from >= 100 && from + size + 100 <= AREA)
        to = from - 100 + below(200);
    for (size_t i = 0; i < AREA; i++)
        left[i] = (unsigned char)(i * 7 + i / 256);
    memcpy(right, left, AREA);
    memmove(right + to, right + from, size);
    return ourmemmove(left + to, left + from, size) == left + to && memcmp(left, right, AREA) == 0;
}

static bool check_memcpy(void)
{
    size_t size = choose_size(), from = choose_place(size), to = choose_place(size);
    for (size_t i = 0; i < AREA; i++)
        spare[i] = (unsigned char)(i * 5 + i / 256);
    memset(left, 1, AREA);
    memset(right, 1, AREA);
    memcpy(right + to, spare + from, size);
    return ourmemcpy(left + to, spare + from, size) == left + to && memcmp(left, right, AREA) == 0;
}

static bool check_memset(void)
{
    size_t size = choose_size(), to = choose_place(size);
    int value = (int)random();
    memset(left, 1, AREA);
    memset(right, 1, AREA);
    memset(right + to, value, size);
    return ourmemset(left + to, value, size) == left + to && memcmp(left, right, AREA) == 0;
}

static bool check_memchr(void)
{
    size_t size = choose_size(), at = choose_place(size);
    int value = (int)below(256);
    memset(left, value + 1, AREA);
    for (int i = 0; i < 3; i++)
        left[below(AREA)] = (unsigned char)value;
    if (below(2))
        left[(at + below(size * 2 + 1)) % AREA] = (unsigned char)value;
    return ourmemchr(left + at, value, size) == memchr(left + at, value, size);
}

static bool check_memrchr(void)
{
    size_t size = choose_size(), at = choose_place(size);
    int value = (int)below(256);
    memset(left, value + 1, AREA);
    for (int i = 0; i < 3; i++)
        left[below(AREA)] = (unsigned char)value;
    if (below(2))
        left[(at + below(size * 2 + 1)) % AREA] = (unsigned char)value;
    return ourmemrchr(left + at, value, size) == memrchr(left + at, value, size);
}

static bool check_memcmp(void)
{
    size_t size = choose_size(), one = choose_place(size), two = choose_place(size);
    memset(left + one, 3, size);
    memset(right + two, 3, size);
    for (size_t i = below(3); i > 0 && size > 0; i--)
        (below(2) ? left + one : right + two)[below(size)] = (unsigned char)random();
    return sign(ourmemcmp(left + one, right + two, size)) == sign(memcmp(left + one, right + two, size));
}

static bool check_strlen(void)
{
    size_t size = 1 + choose_size(), at = choose_place(size);
    memset(left, below(2) ? 0 : 1, AREA);
    memset(left + at, 0x80 + (int)below(4), size - 1);
    left[at + size - 1] = 0;
    return ourstrlen((char *)left + at) == size - 1;
}

static bool check_strnlen(void)
{
    size_t size = choose_size(), at = choose_place(size), n = below(8) ? size : SIZE_MAX;
    memset(left, 1, AREA);
    if (size > 0 && (below(2) || n > size))
        left[at + below(size)] = 0;
    else
        n = size;
    return ourstrnlen((char *)left + at, n) == strnlen((char *)left + at, n);
}

static bool check_strcmp(void)
{
    size_t size = 1 + choose_size(), one = choose_place(size), two = choose_place(size);
    memset(left + one, 0x85, size);
    memset(right + two, 0x85, size);
    for (size_t i = below(3); i > 0; i--)
        (below(2) ? left + one : right + two)[below(size)] = (unsigned char)random();
    left[one + size - 1] = right[two + size - 1] = 0;
    const char *first = (char *)left + one, *second = (char *)right + two;
    return sign(ourstrcmp(first, second)) == sign(strcmp(first, second)) && ourstrcmp(first, first) == 0;
}

static bool check_strncmp(void)
{
    size_t size = choose_size(), one = choose_place(size), two = choose_place(size),
           n = below(2) ? size : below(size + 1);
    memset(left, 1, AREA);
    memset(right, 2, AREA);
    memset(left + one, 0x85, size);
    memset(right + two, 0x85, size);
    for (size_t i = below(3); i > 0 && size > 0; i--)
        (below(2) ? left + one : right + two)[below(size)] = (unsigned char)random();
    if (size > 0 && below(2)) {
        left[one + size - 1] = right[two + size - 1] = 0;
        n += below(2) ? below(100) : SIZE_MAX / 2;
    }
    const char *first = (char *)left + one, *second = (char *)right + two;
    return sign(ourstrncmp(first, second, n)) == sign(strncmp(first, second, n)) && ourstrncmp(first, first, n) == 0;
}

static bool check_strchr(void)
{
    size_t size = 1 + choose_size(), at = choose_place(size);
    int value = (int)below(4) ? 0x81 + (int)below(100) : 0;
    memset(left, below(2) ? 0 : value, AREA);
    memset(left + at, 0x80, size - 1);
    for (size_t i = below(3); i > 0; i--)
        left[at + below(size)] = (unsigned char)value;
    left[at + size - 1] = 0;
    char *string = (char *)left + at;
    return ourstrchr(string, value) == strchr(string, value) && ourstrchrnul(string, value) == strchrnul(string, value);
}

/* Strings of which copies end with the area, too. */
static bool check_stpcpy(void)
{
    size_t size = 1 + choose_size(), from = choose_place(size), to = choose_place(size);
    for (size_t i = 0; i < AREA; i++)
        spare[i] = (unsigned char)(i * 5 + i / 256) | 1;
    spare[from + size - 1] = 0;
    memset(left, 2, AREA);
    memset(right, 2, AREA);
    char *source = (char *)spare + from, *end = stpcpy((char *)right + to, source);
    return ourstpcpy((char *)left + to, source) - (char *)left == end - (char *)right && memcmp(left, right, AREA) == 0;
}

static bool check_stpncpy(void)
{
    size_t size = choose_size(), from = choose_place(size), to = choose_place(size);
    for (size_t i = 0; i < AREA; i++)
        spare[i] = (unsigned char)(i * 5 + i / 256) | 1;
    if (size > 0 && below(2))
        spare[from + below(size)] = 0;
    memset(left, 2, AREA);
    memset(right, 2, AREA);
    char *source = (char *)spare + from, *end = stpncpy((char *)right + to, source, size);
    bool same = ourstpncpy((char *)left + to, source, size) - (char *)left == end - (char *)right &&
                memcmp(left, right, AREA) == 0;
    memset(left, 2, AREA);
    return ourstrncpy((char *)left + to, source, size) == (char *)left + to && memcmp(left, right, AREA) == 0 && same;
}

static bool check_strncat(void)
{
    size_t size = 1 + choose_size(), from = choose_place(size), n = below(2) ? below(size + 1) : SIZE_MAX;
    size_t before = below(300), to = choose_place(before + size);
    memset(spare, 0x81, AREA);
    spare[from + size - 1] = 0;
    memset(left, 2, AREA);
    left[to + before] = 0;
    memcpy(right, left, AREA);
    char *source = (char *)spare + from;
    strncat((char *)right + to, source, n);
    return ourstrncat((char *)left + to, source, n) == (char *)left + to && memcmp(left, right, AREA) == 0;
}

static bool check_strrchr(void)
{
    size_t size = 1 + choose_size(), at = choose_place(size);
    int value = (int)below(4) ? 0x81 + (int)below(100) : 0;
    memset(left, below(2) ? 0 : value, AREA);
    memset(left + at, below(8) ? 0x80 : value | 0x80, size - 1);
    for (size_t i = below(4); i > 0; i--)
        left[at + below(size)] = (unsigned char)value;
    left[at + size - 1] = 0;
    return ourstrrchr((char *)left + at, value) == strrchr((char *)left + at, value);
}

static bool check_memccpy(void)
{
    size_t size = choose_size(), from = choose_place(size), to = choose_place(size);
    int value = (int)below(256);
    memset(spare, value + 1, AREA);
    if (size > 0 && below(2))
        spare[from + below(size)] = (unsigned char)value;
    memset(left, 2, AREA);
    memset(right, 2, AREA);
    unsigned char *wanted = memccpy(right + to, spare + from, value, size);
    unsigned char *end = ourmemccpy(left + to, spare + from, value, size);
    return (wanted ? end == left + (wanted - right) : !end) && memcmp(left, right, AREA) == 0;
}

/* Of a string that ends in front of a page that cannot be accessed, or begins behind one: all lengths and alignments.
 */
static bool copies(const char *source, size_t length, size_t alignment)
{
    size_t size = length + 1;
    unsigned char *to = left + AREA - size - alignment;
    memset(to - AROUND, 2, AROUND + size + alignment);
    bool copied = ourstpcpy((char *)to, source) == (char *)to + length && memcmp(to, source, size) == 0;
    memset(to, 2, size);
    copied = copied && ourstrcpy((char *)to, source) == (char *)to && memcmp(to, source, size) == 0;
    for (size_t i = 0; i < alignment; i++)
        copied = copied && to[size + i] == 2;
    for (size_t i = 1; i <= AROUND; i++)
        copied = copied && *(to - i) == 2;
    return copied;
}

static bool measures(char *string, size_t length)
{
    char *end = string + length;
    bool found = ourstrlen(string) == length && ourstrnlen(string, length) == length && ourstrrchr(string, 0) == end &&
                 ourstrrchr(string, 'x') == NULL;
    for (size_t i = 0; i < length; i += 1 + i / 4) {
        char kept = string[i];
        string[i] = 'x';
        found = found && ourstrrchr(string, 'x') == string + i && ourstrchr(string, 'x') == string + i;
        string[i] = kept;
    }
    return found;
}

static bool check_every(bool (*check)(char *, size_t, size_t))
{
    bool passed = true;
    for (size_t length = 0; length <= LONGEST; length++) {
        for (size_t alignment = 0; alignment < AROUND; alignment++) {
            memset(spare, 'x', LONGEST + AROUND);
            memset(spare + AREA - LONGEST - 2 * AROUND, 'x', LONGEST + 2 * AROUND);
            char *places[] = {(char *)spare + alignment, (char *)spare + AREA - alignment - length - 1};
            for (int i = 0; i < 2; i++) {
                for (size_t k = 0; k < length; k++)
                    places[i][k] = (char)(1 + k % 100);
                places[i][length] = 0;
                passed = passed && check(places[i], length, alignment);
            }
        }
    }
    return passed;
}

static bool check_copy(char *source, size_t length, size_t alignment)
{
    return copies(source, length, alignment) && copies(source, length, 0);
}

static bool check_search(char *string, size_t length, size_t alignment)
{
    (void)alignment;
    return measures(string, length);
}

static const struct {
    const char *name;
    bool (*check)(void);
} functions[] = {
    {"memmove", check_memmove}, {"memcpy", check_memcpy},   {"memset", check_memset},   {"memchr", check_memchr},
    {"memcmp", check_memcmp},   {"strlen", check_strlen},   {"strcmp", check_strcmp},   {"memrchr", check_memrchr},
    {"strncmp", check_strncmp}, {"strchr", check_strchr},   {"stpcpy", check_stpcpy},   {"stpncpy", check_stpncpy},
    {"strnlen", check_strnlen}, {"strncat", check_strncat}, {"strrchr", check_strrchr}, {"memccpy", check_memccpy}};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

static void report(bool passed, const char *what, const char *width)
{
    static int number;
    printf("%s %d - %s %s\n", passed ? "ok" : "not ok", ++number, what, width);
}

static bool check_often(bool (*check)(void))
{
    for (int i = 0; i < ROUNDS; i++)
        if (!check())
            return false;
    return true;
}

static void check_width(const char *width)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        report(check_often(functions[i].check), functions[i].name, width);
    report(check_every(check_copy), "copies of strings of every length and alignment", width);
    report(check_every(check_search), "searches in strings of every length and alignment", width);
}

int main(void)
{
    bool wide = __builtin_cpu_supports("avx2");
    left = make_area();
    right = make_area();
    spare = make_area();
    printf("1..%d\n", (wide ? 2 : 1) * (FUNCTIONS + 2));
    check_width("by 16 bytes");
    our__hwcap = COMESG_HWCAP_V3;
    if (wide)
        check_width("by 32 bytes");
    return EXIT_SUCCESS;
}
