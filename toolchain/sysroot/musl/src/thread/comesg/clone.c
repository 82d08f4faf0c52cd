/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads are made by the core; a co-process cannot clone itself, which posix_spawn turns into an error of its own.
 */
#define _GNU_SOURCE
#include <comesg/abi.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>

#include "pthread_impl.h"
#include "syscall.h"

/* At the top of the new thread's stack. */
struct start {
    int (*function)(void *);
    void *argument;
};

static void begin(struct start *start)
{
    int status = start->function(start->argument);
    for (;;)
        __syscall(SYS_exit, status);
}

int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
    enum { STACK_ALIGNMENT = 16 };
    if (!(flags & CLONE_THREAD))
        return -ENOSYS;
    va_list more;
    va_start(more, argument);
    pid_t *tid = va_arg(more, pid_t *);
    void *thread_pointer = va_arg(more, void *);
    int *clear = va_arg(more, int *);
    va_end(more);
    struct start *start = (struct start *)((uintptr_t)stack & -(uintptr_t)STACK_ALIGNMENT) - 1;
    *start = (struct start){function, argument};
    return __syscall(COMESG_CALL_THREAD_CREATE, begin, start, start, thread_pointer, tid, clear);
}
