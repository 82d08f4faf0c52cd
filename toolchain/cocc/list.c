/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Word lists, formatted strings and fatal messages of the driver.
 */
#include "toolchain/cocc/cocc.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fail(const char *pattern, ...)
{
    va_list arguments;
    va_start(arguments, pattern);
    fputs("cocc: error: ", stderr);
    vfprintf(stderr, pattern, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    remove_temporary_files();
    exit(1);
}

char *format(const char *pattern, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, pattern);
    if (vasprintf(&text, pattern, arguments) < 0)
        fail("out of memory");
    va_end(arguments);
    return text;
}

void list_add(struct list *list, const char *item)
{
    if (list->count + 1 >= list->capacity) {
        int capacity = list->capacity * 2 + 32;
        const char **grown = realloc(list->items, (size_t)capacity * sizeof *grown);
        if (!grown)
            fail("out of memory");
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}

void list_add_all(struct list *list, const char *const *items)
{
    for (; *items; items++)
        list_add(list, *items);
}

void list_join(struct list *list, const struct list *other)
{
    for (int i = 0; i < other->count; i++)
        list_add(list, other->items[i]);
}
