/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memccpy.
 */
#include <string.h>

void *memccpy(void *restrict to, const void *restrict from, int value, size_t n)
{
    const char *place = memchr(from, value, n);

    if (!place) {
        memcpy(to, from, n);
        return NULL;
    }
    n = (size_t)(place + 1 - (const char *)from);
    return (char *)memcpy(to, from, n) + n;
}
