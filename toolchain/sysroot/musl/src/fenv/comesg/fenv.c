/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The floating-point environment.  Verified code has no access to MXCSR, so the core reads and writes it.
 */
#include <comesg/abi.h>
#include <fenv.h>

#include "syscall.h"

#define ROUNDING_SHIFT 3 /* FE_UPWARD and friends are MXCSR's rounding bits, shifted right */
#define ROUNDING_MASK 0xc00
#define MXCSR_DEFAULT 0x1f80

hidden int __fesetround(int);

static void set_mxcsr(unsigned int value)
{
    __syscall(COMESG_CALL_SETMXCSR, value);
}

/* Every gate loads the value that was set last, which lacks the exceptions raised since: what was read is set again. */
static unsigned int get_mxcsr(void)
{
    unsigned int value = (unsigned int)__syscall(COMESG_CALL_GETMXCSR);

    set_mxcsr(value);
    return value;
}

int feclearexcept(int mask)
{
    unsigned int value = get_mxcsr();

    mask &= FE_ALL_EXCEPT;
    if (value & mask)
        set_mxcsr(value & ~(unsigned int)mask);
    return 0;
}

int feraiseexcept(int mask)
{
    set_mxcsr(get_mxcsr() | (mask & FE_ALL_EXCEPT));
    return 0;
}

int fetestexcept(int mask)
{
    return (int)(get_mxcsr() & mask & FE_ALL_EXCEPT);
}

int fegetround(void)
{
    return (int)(get_mxcsr() >> ROUNDING_SHIFT & ROUNDING_MASK);
}

int __fesetround(int rounding)
{
    set_mxcsr((get_mxcsr() & ~((unsigned int)ROUNDING_MASK << ROUNDING_SHIFT)) | rounding << ROUNDING_SHIFT);
    return 0;
}

int fegetenv(fenv_t *environment)
{
    environment->__mxcsr = get_mxcsr();
    return 0;
}

int fesetenv(const fenv_t *environment)
{
    set_mxcsr(environment == FE_DFL_ENV ? MXCSR_DEFAULT : environment->__mxcsr);
    return 0;
}
