/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where variables and functions are: thread-local ones, weak, aligned and renamed ones, in sections of their own, with
 * addresses of each other in them, constructed before main.
 */
#include "language.h"
#include <string.h>

static _Thread_local int initialised = 12345;
static _Thread_local int zero;
static _Thread_local _Alignas(64) char aligned[100] = "aligned";
static _Alignas(4096) char page[5000];
static _Thread_local struct {
    char tag;
    long words[500];
    double last;
} large = {.tag = 't', .words = {1, 2, 3}, .last = 2.5};
_Thread_local long visible_local = -5;
__thread unsigned char bits[3] = {1, 2, 3};

ALONE static uint64_t thread_local_storage(long at)
{
    static _Thread_local long inside = 77;
    static _Thread_local const char *text = "local text";
    uint64_t total = (uint64_t)(initialised + zero) + (uintptr_t)opaque_pointer(aligned) % 64;
    initialised += (int)at;
    zero -= 3;
    large.words[at] += inside++;
    large.last *= 1.5;
    shared_local += 5;
    visible_local ^= at << 40;
    bits[at % 3]++;
    aligned[at] = (char)at;
    total = join(total, (uint64_t)(large.words[at] + large.words[2]) + raw(large.last) + (uint64_t)large.tag);
    total = join(total, (uint64_t)(shared_local + visible_local) + bits[1] * 256u + hash(aligned, sizeof aligned));
    const int *pointer = at & 1 ? &initialised : &shared_local;
    return join(total, (uint64_t)*pointer + strlen(text + at) + (uint64_t)other_file(at));
}

/* Only declared; defined here and weakly there; defined here weakly and there. */
extern int nowhere __attribute__((weak));
void never(void) __attribute__((weak));
long replaced(long value) __attribute__((weak));
ALONE long replaced(long value)
{
    return value + 1000000;
}
ALONE long defined_weakly(long value)
{
    return value * 3;
}
static long renamed_target(long value) __attribute__((used));
ALONE static long renamed_target(long value)
{
    return value - 9;
}
extern long another_name(long) __attribute__((alias("with_alias")));
ALONE long with_alias(long value)
{
    return renamed_target(value) * 2;
}
static long referenced(long) __attribute__((weakref("with_alias")));
static const int other_name[4] __attribute__((alias("numbers"), unused));
const int numbers[4] = {4, 3, 2, 1};

ALONE static uint64_t weak_symbols(long value)
{
    uint64_t total = &nowhere ? 1 : 2;
    if (never)
        never();
    long (*volatile pointer)(long) = replaced;
    total = join(total, (uint64_t)replaced(value) + (uint64_t)defined_weakly(value) + (uint64_t)pointer(value + 1));
    return join(total, (uint64_t)(another_name(value) + referenced(value) + other_name[value & 3]));
}

/* Addresses in constants. */
struct node {
    const char *name;
    const struct node *next;
    long (*function)(long);
    const int *inside;
    ptrdiff_t distance;
};
extern const struct node nodes[3];
const struct node nodes[3] = {
    {"first", &nodes[1], with_alias, &numbers[2], 0},
    {"second" + 3, &nodes[2], replaced, numbers, sizeof nodes},
    {(const char *)&nodes[0] + 1, NULL, NULL, numbers + 4, 7},
};
static const char *const strings[] = {"zero", "one", "two", [5] = "five", [3] = "three"};
static char (*volatile arrays[2])[5000] = {&page, (char (*)[5000])(page + 100)};

ALONE static uint64_t addresses(void)
{
    uint64_t total = 0;
    for (const struct node *node = nodes; node != NULL; node = node->next) {
        total = join(total, node->next != NULL ? strlen(node->name) : (uint64_t)(node->name - (const char *)nodes));
        total = join(total, node->function != NULL ? (uint64_t)node->function(5) : 0);
        total = join(total, (uint64_t)(node->inside - numbers) + (uint64_t)node->distance);
    }
    for (size_t i = 0; i < COUNT(strings); i++)
        total = join(total, strings[i] != NULL ? hash(strings[i], strlen(strings[i])) : 9);
    (*arrays[0])[150] = 7;
    return join(total, (uint64_t)(*arrays[1])[50] + (uintptr_t)opaque_pointer(page) % 4096);
}

/* Sections whose members the linker gathers. */
#define REGISTER(name, value)                                                                                          \
    static const struct item name __attribute__((used, section("language_items"))) = {#name, value}
static const struct item {
    const char *name;
    long value;
} * unused_item __attribute__((unused));
REGISTER(one, 11);
REGISTER(two, 22);
REGISTER(three, 33);
extern const struct item __start_language_items[], __stop_language_items[];

ALONE __attribute__((section(".text.elsewhere"))) static long elsewhere(long value)
{
    return value ^ 0x55;
}
__attribute__((cold)) ALONE static long rarely(long value)
{
    return elsewhere(value) + 1;
}
__attribute__((hot)) ALONE static long often(long value)
{
    return value > 5 ? rarely(value) : elsewhere(value);
}

static char order[16];
static size_t order_length;
__attribute__((constructor(201))) static void build_second(void)
{
    order[order_length++] = '2';
}
__attribute__((constructor(150))) static void build_first(void)
{
    order[order_length++] = '1';
}
__attribute__((constructor)) static void build_last(void)
{
    order[order_length++] = '3';
}

int common_array[100];
static long counter(void)
{
    static long calls;
    static struct {
        char c;
        long l;
    } last = {1, 2};
    last.l += ++calls * last.c;
    return last.l;
}

void storage(void)
{
    for (long i = 1; i < 4; i++) {
        result("thread_local", thread_local_storage(opaque(i)));
        result("weak", weak_symbols(i));
        result("addresses", addresses());
        result("sections", (uint64_t)(often(i * 4) + counter() + common_array[i * 10]++));
    }
    uint64_t total = 0;
    for (const struct item *item = __start_language_items; item < __stop_language_items; item++)
        total += (uint64_t)item->value * strlen(item->name);
    result("items", total);
    result("constructors", hash(order, order_length));
}
