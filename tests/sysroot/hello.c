/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The program to which whole.t links everything.
 */
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
