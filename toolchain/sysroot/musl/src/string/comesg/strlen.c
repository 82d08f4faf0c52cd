/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strlen by aligned blocks, which never reach into a page that the string does not.
 */
#include <string.h>

#include "block.h"

typedef char bytes __attribute__((vector_size(16), may_alias));

static inline unsigned int zeros(const unsigned char *at)
{
    return (unsigned int)__builtin_ia32_pmovmskb128(*(const bytes *)at == (bytes){0});
}

size_t strlen(const char *string)
{
    const unsigned char *start = (const unsigned char *)string;
    const unsigned char *at = (const unsigned char *)((uintptr_t)start & -BLOCK);
    unsigned int found = zeros(at) >> (start - at);

    if (found)
        return (size_t)__builtin_ctz(found);
    do
        at += BLOCK;
    while (!(found = zeros(at)));
    return (size_t)(at - start) + (size_t)__builtin_ctz(found);
}
