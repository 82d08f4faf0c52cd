/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Cancellation. The core knows which system calls are cancellation points, and makes them return EINTR when their
 * thread has been cancelled; so there is no signal handler. The asynchronous type acts like the deferred one.
 */
#include <comesg/abi.h>
#include <errno.h>

#include "pthread_impl.h"
#include "syscall.h"

hidden long __cancel(void);
hidden long __syscall_cp_c(syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t,
                           syscall_arg_t);

/* Returns only to a condition variable, which has its mutex to take first. */
long __cancel(void)
{
    pthread_t self = __pthread_self();
    if (self->canceldisable == PTHREAD_CANCEL_ENABLE)
        pthread_exit(PTHREAD_CANCELED);
    self->canceldisable = PTHREAD_CANCEL_DISABLE;
    return -ECANCELED;
}

/* A close that a cancellation interrupted would leave the descriptor open: it acts before, never during it. */
long __syscall_cp_c(syscall_arg_t number, syscall_arg_t a, syscall_arg_t b, syscall_arg_t c, syscall_arg_t d,
                    syscall_arg_t e, syscall_arg_t f)
{
    pthread_t self = __pthread_self();
    int state = self->canceldisable;
    if (state == PTHREAD_CANCEL_DISABLE || (state != PTHREAD_CANCEL_ENABLE && number == SYS_close))
        return __syscall(number, a, b, c, d, e, f);
    if (self->cancel)
        return __cancel();
    if (number == SYS_close)
        return __syscall(number, a, b, c, d, e, f);
    long result = __syscall(number | COMESG_CANCELLATION_POINT, a, b, c, d, e, f);
    if (result == -EINTR && self->cancel && self->canceldisable != PTHREAD_CANCEL_DISABLE)
        return __cancel();
    return result;
}

void __testcancel(void)
{
    pthread_t self = __pthread_self();
    if (self->cancel && self->canceldisable == PTHREAD_CANCEL_ENABLE)
        __cancel();
}

int pthread_cancel(pthread_t thread)
{
    a_store(&thread->cancel, 1);
    if (thread != __pthread_self())
        return pthread_kill(thread, COMESG_SIGNAL_CANCEL);
    if (thread->canceldisable == PTHREAD_CANCEL_ENABLE && thread->cancelasync)
        pthread_exit(PTHREAD_CANCELED);
    return 0;
}
