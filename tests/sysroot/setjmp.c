/* SPDX-License-Identifier: BSD-2-Clause
 *
 * setjmp, longjmp and their signal-mask variants: values, nesting, registers, and the data stack after a jump.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "tap.h"

static jmp_buf outer, inner;

__attribute__((noinline)) static void descend(jmp_buf buffer, int depth, int value)
{
    volatile char frame[100];

    memset((char *)frame, depth, sizeof frame);
    if (depth == 0)
        longjmp(buffer, value);
    descend(buffer, depth - 1, value);
    frame[0] = 1;
}

static void test_values(void)
{
    volatile int returns = 0;
    int value = setjmp(outer);

    if (value == 0 && returns++ == 0)
        descend(outer, 20, 7);
    check(value == 7 && returns == 1, "longjmp from 20 frames below returns its value");
    returns = 0;
    value = setjmp(outer);
    if (returns++ == 0)
        descend(outer, 0, 0);
    check(value == 1 && returns == 2, "the value 0 becomes 1");
    value = setjmp(outer);
    if (value == 0)
        longjmp(outer, -5);
    check(value == -5, "a negative value stays");
}

static void test_repeated(void)
{
    volatile int count = 0;

    setjmp(outer);
    if (++count < 10000)
        descend(outer, count % 50, 1);
    check(count == 10000, "one buffer serves 10,000 jumps");
}

__attribute__((noinline)) static int inner_level(void)
{
    int value = setjmp(inner);

    if (value == 0)
        descend(inner, 5, 1);
    if (value == 1)
        descend(inner, 5, 2);
    descend(outer, 5, 40 + value);
    return -1;
}

static void test_nested(void)
{
    int value = setjmp(outer);

    if (value == 0)
        value = inner_level();
    check(value == 42, "an inner buffer is used twice, then the outer one");
}

/* Many values that live across the jump in registers or in the frame. */
__attribute__((noinline)) static uint64_t keep_values(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                                                      uint64_t f, uint64_t g)
{
    volatile int jumps = 0;
    char text[64];

    strcpy(text, "kept in the frame");
    setjmp(outer);
    if (jumps++ < 3)
        descend(outer, 10, 1);
    if (strcmp(text, "kept in the frame") != 0)
        return 0;
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g;
}

static void test_kept(void)
{
    check(keep_values(1, 20, 300, 4000, 50000, 600000, 7000000) ==
              1 + 2 * 20 + 3 * 300 + 4 * 4000 + 5 * 50000 + 6 * 600000 + 7ull * 7000000,
          "parameters that are not changed have their values after the jumps");
}

/* Stack that grows by a run-time amount lies below the frame that is returned to. */
__attribute__((noinline)) static void jump_from_variable_frame(volatile int size)
{
    char bytes[size];

    memset(bytes, 1, sizeof bytes);
    longjmp(outer, bytes[size - 1]);
}

static void test_variable_frame(void)
{
    volatile int round = 0;
    int value = setjmp(outer);

    if (++round < 100)
        jump_from_variable_frame(round * 100);
    check(value == 1 && round == 100, "jumps out of frames of variable size");
}

static void test_pointer(void)
{
    void (*volatile jump)(jmp_buf, int) = longjmp;
    int value = setjmp(outer);

    if (value == 0)
        jump(outer, 9);
    check(value == 9, "longjmp through a pointer");
}

static bool blocked(int number)
{
    sigset_t set;

    sigprocmask(SIG_SETMASK, NULL, &set);
    return sigismember(&set, number) == 1;
}

static void test_mask(int save, bool expect, const char *what)
{
    sigjmp_buf buffer;
    sigset_t set;
    volatile int round = 0;
    int value;

    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    value = sigsetjmp(buffer, save);
    if (round++ == 0) {
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        siglongjmp(buffer, 3);
    }
    check(value == 3 && blocked(SIGUSR1) == expect, what);
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

int main(void)
{
    test_values();
    test_repeated();
    test_nested();
    test_kept();
    test_variable_frame();
    test_pointer();
    test_mask(1, false, "siglongjmp puts a saved signal mask back");
    test_mask(0, true, "siglongjmp leaves the mask alone if it was not saved");
    return done();
}
