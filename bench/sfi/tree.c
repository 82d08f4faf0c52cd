/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A balanced (AVL) tree of allocated nodes: keys are inserted, looked up, walked over and erased.
 */
#include "work.h"

#include <stdlib.h>

enum { KEYS = 40000, LOOKUPS = 4 };

struct node {
    struct node *side[2];
    uint64_t key;
    uint64_t value;
    int height;
};

static uint64_t keys[KEYS];
static uint64_t sum;

static int height(const struct node *node)
{
    return node ? node->height : 0;
}

static void measure(struct node *node)
{
    int left = height(node->side[0]), right = height(node->side[1]);
    node->height = 1 + (left > right ? left : right);
}

/* The node on the given side becomes the top. */
static struct node *rotate(struct node *top, int side)
{
    struct node *risen = top->side[side];
    top->side[side] = risen->side[!side];
    risen->side[!side] = top;
    measure(top);
    measure(risen);
    return risen;
}

static struct node *balance(struct node *top)
{
    measure(top);
    int difference = height(top->side[1]) - height(top->side[0]);
    if (difference >= -1 && difference <= 1)
        return top;
    int side = difference > 0;
    struct node *high = top->side[side];
    if (height(high->side[!side]) > height(high->side[side]))
        top->side[side] = rotate(high, !side);
    return rotate(top, side);
}

static struct node *insert(struct node *top, uint64_t key)
{
    if (!top) {
        top = calloc(1, sizeof *top);
        if (!top)
            work_fail("tree: out of memory");
        top->key = key;
        top->height = 1;
        return top;
    }
    if (key == top->key) {
        top->value++;
        return top;
    }
    int side = key > top->key;
    top->side[side] = insert(top->side[side], key);
    return balance(top);
}

static struct node *take_first(struct node *top, struct node **first)
{
    if (!top->side[0]) {
        *first = top;
        return top->side[1];
    }
    top->side[0] = take_first(top->side[0], first);
    return balance(top);
}

static struct node *erase(struct node *top, uint64_t key)
{
    if (!top)
        return NULL;
    if (key != top->key) {
        int side = key > top->key;
        top->side[side] = erase(top->side[side], key);
        return balance(top);
    }
    struct node *left = top->side[0], *right = top->side[1], *first;
    free(top);
    if (!right)
        return left;
    right = take_first(right, &first);
    first->side[0] = left;
    first->side[1] = right;
    return balance(first);
}

static const struct node *find(const struct node *top, uint64_t key)
{
    while (top && top->key != key)
        top = top->side[key > top->key];
    return top;
}

static void walk(const struct node *top)
{
    if (!top)
        return;
    walk(top->side[0]);
    sum = (sum ^ (top->key + top->value)) * 0x100000001b3;
    walk(top->side[1]);
}

void work_prepare(void)
{
    uint64_t seed = 4;
    for (int i = 0; i < KEYS; i++)
        keys[i] = work_random(&seed) % (2 * KEYS);
}

void work_round(void)
{
    struct node *top = NULL;
    sum = 0;
    for (int i = 0; i < KEYS; i++)
        top = insert(top, keys[i]);
    for (int k = 0; k < LOOKUPS; k++)
        for (uint64_t i = 0; i < KEYS; i++)
            sum += find(top, keys[i] + (uint64_t)k) != NULL;
    walk(top);
    for (int i = 0; i < KEYS; i++)
        top = erase(top, keys[i]);
    if (top)
        work_fail("tree: something is left");
}

uint64_t work_result(void)
{
    return sum;
}
