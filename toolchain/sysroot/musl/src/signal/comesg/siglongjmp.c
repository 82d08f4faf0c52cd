/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The counterpart of sigsetjmp (src/setjmp): puts the saved signal mask back before it jumps.
 */
#include <setjmp.h>
#include <signal.h>

#include "syscall.h"

_Noreturn void siglongjmp(sigjmp_buf buffer, int value)
{
    if (buffer->__fl)
        __syscall(SYS_rt_sigprocmask, SIG_SETMASK, buffer->__ss, 0, _NSIG / 8);
    longjmp(buffer, value);
}
