/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bringing a vault into line with the tables of its service.
 */
#include "ukernel/common/vault.h"

#include <comesg/microkernel.h>

#include <stdlib.h>

/* What does not fit is looked at the next time. No co-process has more handles. */
enum { KEPT_MAX = 65536 };

static uint64_t kept[KEPT_MAX];

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

void vault_keep_only(cohandle_t vault, uint64_t *tokens, size_t count)
{
    ssize_t listed = covault_list(vault, kept, KEPT_MAX);
    qsort(tokens, count, sizeof tokens[0], compare);
    for (ssize_t i = 0; i < listed && i < KEPT_MAX; i++) {
        if (!bsearch(&kept[i], tokens, count, sizeof tokens[0], compare))
            covault_drop(vault, kept[i]);
    }
}
