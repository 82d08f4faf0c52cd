/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The thread pointer is a word of the thread block, the only one that verified code may load.
 */
static __inline uintptr_t __get_tp(void)
{
    uintptr_t tp;

    __asm__("movq 0x40(%%r15),%0" : "=r"(tp));
    return tp;
}

#define MC_PC gregs[REG_RIP]
