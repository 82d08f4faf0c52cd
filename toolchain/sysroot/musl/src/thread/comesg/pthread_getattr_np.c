/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The stack of a thread; that of the first one lies at the end of the region.
 */
#define _GNU_SOURCE
#include <comesg/abi.h>
#include <stdint.h>

#include "libc.h"
#include "pthread_impl.h"

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    const uintptr_t region = (uintptr_t)libc.auxv & -(uintptr_t)COMESG_REGION_SIZE;
    *attributes = (pthread_attr_t){0};
    attributes->_a_detach = thread->detach_state >= DT_DETACHED;
    attributes->_a_guardsize = thread->stack ? thread->guard_size : COMESG_STACK_GUARD;
    attributes->_a_stackaddr = thread->stack ? (uintptr_t)thread->stack : region + COMESG_STACK_TOP;
    attributes->_a_stacksize = thread->stack ? thread->stack_size : COMESG_STACK_SIZE;
    return 0;
}
