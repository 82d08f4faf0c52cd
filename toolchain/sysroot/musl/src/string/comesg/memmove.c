/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memmove and memcpy, which are the same function: up to 128 bytes everything is loaded before anything is stored,
 * above that the direction of the loop is chosen.
 */
#include <string.h>

#include "block.h"

#define STEP (4 * BLOCK)

static inline void move_ends(unsigned char *to, const unsigned char *from, size_t n)
{
    if (n >= 8) {
        quad first = CONST_AT(quad, from, 0), last = CONST_AT(quad, from, n - 8);
        AT(quad, to, 0) = first;
        AT(quad, to, n - 8) = last;
    } else if (n >= 4) {
        word first = CONST_AT(word, from, 0), last = CONST_AT(word, from, n - 4);
        AT(word, to, 0) = first;
        AT(word, to, n - 4) = last;
    } else if (n >= 2) {
        half first = CONST_AT(half, from, 0), last = CONST_AT(half, from, n - 2);
        AT(half, to, 0) = first;
        AT(half, to, n - 2) = last;
    } else if (n) {
        *to = *from;
    }
}

/* 17 to 128 bytes: blocks from both ends, which meet or overlap in the middle. */
static inline void move_blocks(unsigned char *to, const unsigned char *from, size_t n)
{
    block first[4], last[4];
    size_t count = n <= 2 * BLOCK ? 1 : n <= 4 * BLOCK ? 2 : 4;

    first[0] = CONST_AT(block, from, 0);
    last[0] = CONST_AT(block, from, n - BLOCK);
    if (count == 1)
        goto store1;
    first[1] = CONST_AT(block, from, BLOCK);
    last[1] = CONST_AT(block, from, n - 2 * BLOCK);
    if (count == 2)
        goto store2;
    first[2] = CONST_AT(block, from, 2 * BLOCK);
    last[2] = CONST_AT(block, from, n - 3 * BLOCK);
    first[3] = CONST_AT(block, from, 3 * BLOCK);
    last[3] = CONST_AT(block, from, n - 4 * BLOCK);
    AT(block, to, 2 * BLOCK) = first[2];
    AT(block, to, n - 3 * BLOCK) = last[2];
    AT(block, to, 3 * BLOCK) = first[3];
    AT(block, to, n - 4 * BLOCK) = last[3];
store2:
    AT(block, to, BLOCK) = first[1];
    AT(block, to, n - 2 * BLOCK) = last[1];
store1:
    AT(block, to, 0) = first[0];
    AT(block, to, n - BLOCK) = last[0];
}

static inline void move_step(unsigned char *to, const unsigned char *from)
{
    block a = CONST_AT(block, from, 0), b = CONST_AT(block, from, BLOCK);
    block c = CONST_AT(block, from, 2 * BLOCK), d = CONST_AT(block, from, 3 * BLOCK);

    AT(block, to, 0) = a;
    AT(block, to, BLOCK) = b;
    AT(block, to, 2 * BLOCK) = c;
    AT(block, to, 3 * BLOCK) = d;
}

/* The last step is loaded first, because the loop may overwrite it, and stored last. */
static void move_up(unsigned char *to, const unsigned char *from, size_t n)
{
    const unsigned char *tail = from + n - STEP;
    unsigned char *end = to + n - STEP;
    block a = CONST_AT(block, tail, 0), b = CONST_AT(block, tail, BLOCK);
    block c = CONST_AT(block, tail, 2 * BLOCK), d = CONST_AT(block, tail, 3 * BLOCK);

    for (; to < end; to += STEP, from += STEP)
        move_step(to, from);
    AT(block, end, 0) = a;
    AT(block, end, BLOCK) = b;
    AT(block, end, 2 * BLOCK) = c;
    AT(block, end, 3 * BLOCK) = d;
}

static void move_down(unsigned char *to, const unsigned char *from, size_t n)
{
    block a = CONST_AT(block, from, 0), b = CONST_AT(block, from, BLOCK);
    block c = CONST_AT(block, from, 2 * BLOCK), d = CONST_AT(block, from, 3 * BLOCK);

    for (size_t left = n; left > STEP; left -= STEP)
        move_step(to + left - STEP, from + left - STEP);
    AT(block, to, 0) = a;
    AT(block, to, BLOCK) = b;
    AT(block, to, 2 * BLOCK) = c;
    AT(block, to, 3 * BLOCK) = d;
}

void *memmove(void *to, const void *from, size_t n)
{
    if (n <= BLOCK)
        move_ends(to, from, n);
    else if (n <= 8 * BLOCK)
        move_blocks(to, from, n);
    else if ((uintptr_t)to - (uintptr_t)from >= n)
        move_up(to, from, n);
    else
        move_down(to, from, n);
    return to;
}

extern void *memcpy(void *restrict, const void *restrict, size_t) __attribute__((alias("memmove")));
