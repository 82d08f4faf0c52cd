/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The other file of storage.
 */
#include "language.h"

_Thread_local int shared_local = 31;
extern _Thread_local long visible_local;
extern int common_array[100];

__attribute__((weak)) long defined_weakly(long value)
{
    return value + 5000;
}

long replaced(long value)
{
    return value ^ 0x1234;
}

long other_file(long value)
{
    static _Thread_local long calls;
    visible_local += 3;
    common_array[value * 10] += (int)value;
    return ++calls * shared_local;
}
