/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Robust mutexes need nothing from the system here: a thread that ends gives up its own, and no other process has any.
 */
#include <errno.h>

#include "pthread_impl.h"

int pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust)
{
    enum { ROBUST = 4 }; /* pthread_mutex_init copies it into the mutex */
    if (robust != PTHREAD_MUTEX_STALLED && robust != PTHREAD_MUTEX_ROBUST)
        return EINVAL;
    attributes->__attr = robust ? attributes->__attr | ROBUST : attributes->__attr & ~(unsigned)ROBUST;
    return 0;
}
