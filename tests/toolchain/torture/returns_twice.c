/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A function that returns twice, written with the gates in a co-process and by hand elsewhere.
 */
#include "support.h"

typedef unsigned long context[8];
int save(context) __attribute__((returns_twice));
_Noreturn void restore(context, int);

#ifdef __comesg__
__asm__(".text\n"
        ".globl save\n.type save,@function\n"
        "save:\n"
        "	endbr64\n"
        "	movq %rbx,(%rdi)\n"
        "	movq %rbp,8(%rdi)\n"
        "	movq %r12,16(%rdi)\n"
        "	movq %r13,24(%rdi)\n"
        "	movq %rdi,%rbx\n"
        "	call *0x18(%r15)\n"
        "	movq %rax,32(%rbx)\n"
        "	movq %rdx,40(%rbx)\n"
        "	movq (%rbx),%rbx\n"
        "	xorl %eax,%eax\n"
        "	ret\n"
        ".globl restore\n.type restore,@function\n"
        "restore:\n"
        "	endbr64\n"
        "	movl %esi,%edx\n"
        "	movq (%rdi),%rbx\n"
        "	movq 8(%rdi),%rbp\n"
        "	movq 16(%rdi),%r12\n"
        "	movq 40(%rdi),%rsi\n"
        "	movl 24(%rdi),%eax\n"
        "	movq 32(%rdi),%rdi\n"
        "	movl %eax,%r13d\n"
        "	jmp *0x20(%r15)\n");
#else
__asm__(".text\n"
        ".globl save\n.type save,@function\n"
        "save:\n"
        "	movq %rbx,(%rdi)\n	movq %rbp,8(%rdi)\n	movq %r12,16(%rdi)\n	movq %r13,24(%rdi)\n	movq "
        "%r14,32(%rdi)\n"
        "	movq %r15,40(%rdi)\n	leaq 8(%rsp),%rdx\n	movq %rdx,48(%rdi)\n	movq (%rsp),%rdx\n	movq "
        "%rdx,56(%rdi)\n"
        "	xorl %eax,%eax\n	ret\n"
        ".globl restore\n.type restore,@function\n"
        "restore:\n"
        "	movl %esi,%eax\n	movq (%rdi),%rbx\n	movq 8(%rdi),%rbp\n	movq 16(%rdi),%r12\n	movq "
        "24(%rdi),%r13\n"
        "	movq 32(%rdi),%r14\n	movq 40(%rdi),%r15\n	movq 48(%rdi),%rsp\n	jmp *56(%rdi)\n");
#endif

static context buffer;

HIDDEN static void descend(int depth, int value)
{
    volatile char frame[100];
    frame[depth % 100] = (char)value;
    if (!depth)
        restore(buffer, value);
    descend(depth - 1, value + frame[depth % 100] / 100);
}

HIDDEN static long with_frame(int rounds)
{
    volatile long total = 1;
    volatile int round = 0;
    long kept = opaque(rounds);
    int value = save(buffer);
    total = total * 7 + value + kept;
    if (round < rounds) {
        round = round + 1;
        descend(round * 10, round);
    }
    return total;
}

HIDDEN static long with_array(int count)
{
    volatile long total = 3;
    long words[count];
    words[count - 1] = 17;
    int value = save(buffer);
    total = total * 5 + value + *(long *)opaque_pointer(&words[count - 1]);
    if (value < 4)
        descend(3, value + 1);
    return total;
}

void torture(void)
{
    result("with_frame", (unsigned long)with_frame(5));
    result("with_array", (unsigned long)with_array((int)opaque(20)));
}
