/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading and writing what programs point to, with EFAULT for what cannot be.  Not for programs.
 */
#ifndef LIBCOMSG_MEMORY_H
#define LIBCOMSG_MEMORY_H

#include <stddef.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden)

/* Copies within the region. Returns 0, or -1 with EFAULT. */
int comesg_copy(void *to, const void *from, size_t size);

/* Copies a string without the 0 at its end, at most `size` bytes. Returns its length; -1 with ENAMETOOLONG, EFAULT. */
ssize_t comesg_copy_string(char *to, const char *from, size_t size);

#pragma GCC visibility pop

#endif
