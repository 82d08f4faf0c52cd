/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the microkernel is found.
 */
#ifndef COMESG_HOST_MICROKERNEL_H
#define COMESG_HOST_MICROKERNEL_H

#include <stdbool.h>

enum { MICROKERNEL_ARGUMENTS = 4 };

/* How to start coprocd: its arguments, the first one its path, the last one before NULL the folder of the services.
 * False, when it has said on standard error what is missing. */
bool microkernel_find(char *arguments[MICROKERNEL_ARGUMENTS], bool verbose);

#endif
