/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sets the thread pointer: the core keeps it in the thread block, where __get_tp finds it.
 */
#include "pthread_impl.h"
#include "syscall.h"

#define ARCH_SET_FS 0x1002

int __set_thread_area(void *pointer)
{
    return __syscall(SYS_arch_prctl, ARCH_SET_FS, pointer);
}
