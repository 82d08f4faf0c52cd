/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A co-process cannot clone itself: pthread_create and posix_spawn turn this into an error of theirs.
 */
#include <errno.h>

#include "pthread_impl.h"

int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
    (void)function;
    (void)stack;
    (void)flags;
    (void)argument;
    return -ENOSYS;
}
