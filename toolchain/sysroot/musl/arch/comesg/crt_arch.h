/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Program entry: the stack holds argc, argv, the environment and the auxiliary vector, aligned to 16 bytes.
 */
__asm__(".text\n"
        ".global " START "\n"
        ".type " START ",@function\n" START ":\n"
        "	endbr64\n"
        "	xorl %ebp,%ebp\n"
        "	movq %rsp,%rdi\n"
        ".weak _DYNAMIC\n"
        ".hidden _DYNAMIC\n"
        "	leaq _DYNAMIC(%rip),%rsi\n"
        "	call " START "_c\n"
        "	ud2\n"
        ".size " START ",.-" START "\n");
