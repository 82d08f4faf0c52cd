/* SPDX-License-Identifier: BSD-2-Clause
 *
 * stpcpy, by which strcpy goes, too.
 */
#include <string.h>

char *__stpcpy(char *restrict to, const char *restrict from)
{
    size_t length = strlen(from);
    return (char *)memcpy(to, from, length + 1) + length;
}

extern __typeof(__stpcpy) stpcpy __attribute__((__weak__, alias("__stpcpy")));
