/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bringing a vault into line with the tables of its service.
 */
#ifndef UKERNEL_COMMON_VAULT_H
#define UKERNEL_COMMON_VAULT_H

#include <comesg/handle.h>

/* Drops all that the vault keeps except these tokens, which are put in order: a worker that lost its context between a
 * change of the vault and one of its tables has left something. */
void vault_keep_only(cohandle_t vault, uint64_t *tokens, size_t count);

#endif
