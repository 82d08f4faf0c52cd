/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Rounding modes and exception flags, which go through the core.
 */
#include <fenv.h>
#include <math.h>

#include "tap.h"

static volatile double one = 1, three = 3, zero, large = 0x1p1023;

static double third(int rounding)
{
    volatile double result;

    fesetround(rounding);
    result = one / three;
    fesetround(FE_TONEAREST);
    return result;
}

static void test_rounding(void)
{
    check(fegetround() == FE_TONEAREST, "programs start rounding to nearest");
    check(third(FE_UPWARD) > third(FE_DOWNWARD), "upward and downward");
    check(third(FE_TOWARDZERO) == third(FE_DOWNWARD), "toward zero");
    check(third(FE_UPWARD) == 0x1.5555555555556p-2, "the exact value upward");
    check(fesetround(0x123) != 0 && fegetround() == FE_TONEAREST, "a wrong mode is refused");
    fesetround(FE_UPWARD);
    check(rint(one / three) == 1 && nearbyint(-(one / three)) == 0, "rint follows the mode");
    fesetround(FE_TONEAREST);
}

static void test_flags(void)
{
    volatile double result;

    feclearexcept(FE_ALL_EXCEPT);
    check(fetestexcept(FE_ALL_EXCEPT) == 0, "flags can be cleared");
    result = one / zero;
    check(fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO, "division by zero raises its flag");
    result = large * large;
    check(fetestexcept(FE_OVERFLOW), "overflow raises its flag");
    feclearexcept(FE_DIVBYZERO);
    check(!fetestexcept(FE_DIVBYZERO) && fetestexcept(FE_OVERFLOW), "one flag can be cleared");
    feraiseexcept(FE_INVALID);
    check(fetestexcept(FE_INVALID), "a flag can be raised");
    (void)result;
}

static void test_environment(void)
{
    fenv_t environment;

    feclearexcept(FE_ALL_EXCEPT);
    fesetround(FE_UPWARD);
    feraiseexcept(FE_INEXACT);
    check(fegetenv(&environment) == 0 && fesetenv(FE_DFL_ENV) == 0 && fegetround() == FE_TONEAREST &&
              !fetestexcept(FE_INEXACT),
          "the default environment");
    check(fesetenv(&environment) == 0 && fegetround() == FE_UPWARD && fetestexcept(FE_INEXACT), "a saved environment");
    check(feholdexcept(&environment) == 0 && !fetestexcept(FE_ALL_EXCEPT), "feholdexcept");
    feraiseexcept(FE_UNDERFLOW);
    check(feupdateenv(&environment) == 0 && fetestexcept(FE_UNDERFLOW) && fetestexcept(FE_INEXACT), "feupdateenv");
    fesetenv(FE_DFL_ENV);
}

int main(void)
{
    test_rounding();
    test_flags();
    test_environment();
    return done();
}
