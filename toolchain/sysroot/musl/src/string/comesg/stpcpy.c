/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strcpy and stpcpy.
 */
#include <string.h>

#include "block.h"
#include "less.h"

#define FUNCTIONS "stpcpy.h"
#include "width.h"

char *__stpcpy(char *restrict to, const char *restrict from)
{
    return (char *)(has_wide_blocks() ? copy32((unsigned char *)to, (const unsigned char *)from)
                                      : copy16((unsigned char *)to, (const unsigned char *)from));
}

extern __typeof(__stpcpy) stpcpy __attribute__((__weak__, alias("__stpcpy")));

char *strcpy(char *restrict to, const char *restrict from)
{
    __stpcpy(to, from);
    return to;
}
