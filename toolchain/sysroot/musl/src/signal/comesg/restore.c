/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The core returns from signal handlers with a restorer of its own; this one is only a value for the kernel's
 * structure.
 */
#include <features.h>

#include "atomic.h"

hidden void __restore_rt(void);

void __restore_rt(void)
{
    a_crash();
}
