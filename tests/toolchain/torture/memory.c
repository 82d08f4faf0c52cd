/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses: bases outside their object, large displacements, block copies, structures that gcc copies inline.
 */
#include "support.h"
#include <stddef.h>
#include <stdint.h>

static int array[300000];
static char text[5000];

HIDDEN static long offset_loops(int from, int to)
{
    long total = 0;
    for (int i = from; i < to; i++)
        array[i - 100000] = i * 3;
    for (int i = from; i < to; i++)
        total = total * 3 + array[i - 100000] + array[i - 99000 + 17];
    for (int i = to - 1; i >= from; i--)
        total ^= array[i - 100000] << (i & 7);
    return total;
}

HIDDEN static long far_pointer(int *base, long index)
{
    return base[-20000] + base[index - 25000] + base[100000 + index];
}

HIDDEN static long on_stack(int from, int count)
{
    int local[64];
    long total = 0;
    for (int i = from; i < from + count; i++)
        local[i - 1000000] = i;
    opaque_pointer(local);
    for (int i = from; i < from + count; i++)
        total = total * 3 + local[i - 1000000];
    return total;
}

struct block {
    char bytes[333];
    long words[40];
};

HIDDEN static struct block copy(const struct block *from)
{
    struct block local = *from;
    local.words[5] += local.bytes[7];
    __builtin_memset(local.bytes + 100, 3, 200);
    __builtin_memmove(local.bytes + 3, local.bytes, 150);
    return local;
}

HIDDEN static unsigned long checksum(const void *memory, size_t count)
{
    const unsigned char *bytes = memory;
    unsigned long total = 0;
    for (size_t i = 0; i < count; i++)
        total = total * 31 + bytes[i];
    return total;
}

HIDDEN static size_t builtins(size_t count)
{
    char local[300];
    __builtin_memset(local, 0, sizeof local);
    __builtin_memcpy(local, text, count);
    local[count] = 0;
    size_t length = __builtin_strlen(local);
    return length * 100 + (size_t)(__builtin_memcmp(local, text, count) == 0) + (unsigned char)local[count - 1];
}

HIDDEN static long matrix(int n)
{
    static int a[40][50], b[50][40], c[40][40];
    long total = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            a[i][j] = i * j + 1;
            b[j][i] = i - j;
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n; k++)
                c[i][j] += a[i][k] * b[k][j];
    for (int i = 0; i < n; i++)
        total = total * 7 + c[i][n - 1 - i];
    return total;
}

struct node {
    struct node *next, *previous;
    int value;
};

HIDDEN static long list(int count)
{
    static struct node nodes[100];
    struct node *head = &nodes[0];
    head->next = head->previous = head;
    for (int i = 1; i < count; i++) {
        nodes[i].value = i * 7 % 31;
        struct node *at = head->next;
        while (at != head && at->value < nodes[i].value)
            at = at->next;
        nodes[i].next = at;
        nodes[i].previous = at->previous;
        at->previous->next = &nodes[i];
        at->previous = &nodes[i];
    }
    long total = 0;
    for (struct node *at = head->next; at != head; at = at->next)
        total = total * 5 + at->value;
    return total;
}

/* With AVX2 a compiler would like to gather. */
HIDDEN static long picked(const int *table, const int *places, int count)
{
    static double wide[256];
    long total = 0;
    for (int i = 0; i < 256; i++)
        wide[i] = i * 3;
    for (int i = 0; i < count; i++)
        array[i] = table[places[i]] * 5;
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += wide[places[i]];
    for (int i = 0; i < count; i++)
        total = total * 3 + array[i];
    return total + (long)sum;
}

/* Fields through one pointer, which moves by constants and is copied, between branches. */
HIDDEN static long walk(struct block *block, long count)
{
    long total = 0;
    long *word = block->words;
    for (; count > 0; count--, word += 2) {
        long *copy = word + 1;
        total += word[0];
        word[0] = total ^ copy[0];
        if (word[0] & 1)
            copy[1] += word[-1];
        copy[0] = word[2] - copy[2];
        total = total * 5 + word[1];
    }
    return total;
}

void torture(void)
{
    static struct block block;
    static int places[256];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 11 % 97 + 1);
    for (size_t i = 0; i < sizeof block; i++)
        ((unsigned char *)&block)[i] = (unsigned char)(i * 3);
    result("offset_loops", (unsigned long)offset_loops((int)opaque(100000), 130000));
    result("far_pointer", (unsigned long)far_pointer(array + 25000, opaque(100)));
    result("on_stack", (unsigned long)on_stack((int)opaque(1000000), 64));
    struct block copied = copy(&block);
    result("copy", checksum(&copied, sizeof copied));
    result("builtins", builtins((size_t)opaque(257)));
    result("matrix", (unsigned long)matrix((int)opaque(40)));
    for (int i = 0; i < 256; i++)
        places[i] = i * 37 & 255;
    result("picked", (unsigned long)picked(array + 1000, places, (int)opaque(200)));
    result("walk", (unsigned long)walk(&block, opaque(18)));
    result("list", (unsigned long)list((int)opaque(100)));
}
