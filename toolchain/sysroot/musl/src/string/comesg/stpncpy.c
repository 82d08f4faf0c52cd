/* SPDX-License-Identifier: BSD-2-Clause
 *
 * stpncpy, by which strncpy goes, too.
 */
#include <string.h>

char *__stpncpy(char *restrict to, const char *restrict from, size_t n)
{
    size_t length = strnlen(from, n);
    memcpy(to, from, length);
    return memset(to + length, 0, n - length);
}

extern __typeof(__stpncpy) stpncpy __attribute__((__weak__, alias("__stpncpy")));
