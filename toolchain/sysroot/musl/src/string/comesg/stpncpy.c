/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strncpy and stpncpy.
 */
#include <string.h>

/* Returns the length. */
static inline __attribute__((always_inline)) size_t copy(char *restrict to, const char *restrict from, size_t n)
{
    size_t length = strnlen(from, n);

    memcpy(to, from, length);
    if (length < n)
        memset(to + length, 0, n - length);
    return length;
}

char *__stpncpy(char *restrict to, const char *restrict from, size_t n)
{
    return to + copy(to, from, n);
}

extern __typeof(__stpncpy) stpncpy __attribute__((__weak__, alias("__stpncpy")));

char *strncpy(char *restrict to, const char *restrict from, size_t n)
{
    copy(to, from, n);
    return to;
}
