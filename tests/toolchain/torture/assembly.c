/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inline assembly as programs write it: semicolons, local labels, push and pop, string instructions, high bytes, locks.
 */
#include "support.h"
#include <stdint.h>

HIDDEN static long push_and_pop(long a, long b)
{
    long c;
    __asm__ volatile(
        "subq $128,%%rsp; push %1; pushq %2; pushq $-5; pop %0; popq %%rcx; add %%rcx,%0; pop %%rcx; sub %%rcx,%0; "
        "addq $128,%%rsp"
        : "=&r"(c)
        : "r"(a), "r"(b)
        : "rcx", "cc", "memory");
    return c;
}

HIDDEN static long push_memory(long a)
{
    static long source = 77, target;
    source += a;
    __asm__ volatile("subq $128,%%rsp\n\tpushq %1 # a comment; not a statement\n\tpushq (%2)\n\tpopq %0\n\tpopq "
                     "(%3)\n\taddq $128,%%rsp"
                     : "=m"(target)
                     : "m"(source), "r"(opaque_pointer(&source)), "r"(opaque_pointer(&source))
                     : "memory");
    return source * 3 + target;
}

HIDDEN static long save_frame_pointer(long a)
{
    __asm__ volatile("subq $128,%%rsp\n"
                     "	pushq %%rbp\n"
                     "	pushq %%rbx\n"
                     "	movq %0,%%rbp\n"
                     "	leaq 1(%%rbp,%%rbp,2),%%rbx\n"
                     "	movq %%rbx,%0\n"
                     "	popq %%rbx\n"
                     "	popq %%rbp\n"
                     "	addq $128,%%rsp"
                     : "+a"(a)
                     :
                     : "memory");
    return a;
}

HIDDEN static long local_labels(long count)
{
    long total = 0;
    __asm__ volatile("1:	testq %1,%1\n"
                     "	jz 2f; addq %1,%0\n"
                     "	decq %1 /* one less */\n"
                     "	jmp 1b\n"
                     "2:\n"
                     "	jmp 2f\n"
                     "1:	incq %0\n"
                     "2:	incq %0"
                     : "+r"(total), "+r"(count)
                     :
                     : "cc");
    return total;
}

HIDDEN static int asm_goto(long value)
{
    __asm__ goto("testq %0,%0; js %l1" : : "r"(value) : "cc" : negative);
    return 1;
negative:
    return -1;
}

HIDDEN static unsigned long string_instructions(char *to, const char *from, unsigned long count)
{
    unsigned long total = 0, left = count;
    char *target = to;
    const char *source = from;
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(left) : : "memory");
    total += (unsigned long)(target - to) * 3 + (unsigned long)(source - from);
    left = count / 8;
    target = to + 64;
    __asm__ volatile("cld; rep; stosq" : "+D"(target), "+c"(left) : "a"(0x0102030405060708) : "memory");
    left = count;
    target = to;
    __asm__ volatile("repne scasb (%%rdi),%%al" : "+D"(target), "+c"(left) : "a"(from[5]) : "memory", "cc");
    total = total * 100 + left;
    left = count;
    target = to;
    source = from;
    unsigned char equal;
    __asm__ volatile("repe cmpsb; sete %3" : "+D"(target), "+S"(source), "+c"(left), "=r"(equal) : : "memory", "cc");
    total = total * 100 + left * 2 + equal;
    source = from;
    unsigned long word;
    __asm__ volatile("lodsq" : "+S"(source), "=a"(word) : : "memory");
    __asm__ volatile("movsl; movsw" : "+D"(target), "+S"(source) : : "memory");
    return total + word;
}

HIDDEN static unsigned high_byte(unsigned char *memory, unsigned value)
{
    __asm__ volatile("movb %%ah,(%1); addb 1(%1),%%ah; xchgb %%ah,2(%1); movb %%bh,3(%1); cmpb %%ah,4(%1); setb %%bh"
                     : "+a"(value)
                     : "r"(memory), "b"(value * 3)
                     : "memory", "cc");
    return value;
}

HIDDEN static unsigned long locked(unsigned long *word, unsigned long value)
{
    unsigned long old = value;
    unsigned char bit;
    __asm__ volatile("lock; xaddq %0,%1" : "+r"(old), "+m"(*word) : : "memory", "cc");
    __asm__ volatile("lock btsq $5,%0; setc %1" : "+m"(*word), "=r"(bit) : : "memory", "cc");
    __asm__ volatile("lock\n\tandq %1,%0" : "+m"(*word) : "r"(~value) : "memory", "cc");
    __asm__ volatile("xchgq %0,%1" : "+r"(value), "+m"(*word) : : "memory");
    return old + bit + value * 3 + *word;
}

HIDDEN static unsigned long flags_survive(unsigned long *words, unsigned long a)
{
    unsigned long low = a, high = a;
    /* Guards between an addition and the use of its carry must not change the flags. */
    __asm__ volatile("addq (%2),%0; adcq 8(%2),%1; adcq $0,16(%2); sbbq %%rcx,%%rcx; subq %%rcx,24(%2,%3,8)"
                     : "+r"(low), "+r"(high)
                     : "r"(words), "r"(opaque(0))
                     : "rcx", "memory", "cc");
    return low ^ high * 3 ^ words[2] * 5 ^ words[3] * 7;
}

HIDDEN static unsigned long addresses(const uint32_t *table, long index)
{
    unsigned long a, b, c, d;
    __asm__ volatile("movl (2*4-4)(%4),%k0; movl 0x8(%4,%5,4),%k1; leaq -3(%4,%5),%2; subq %4,%2; movl 400000(%6),%k3"
                     : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
                     : "r"(table), "r"(index), "r"((const char *)table - 400000 + 12)
                     : "memory");
    return a + b * 3 + c * 5 + d * 7;
}

HIDDEN static unsigned long stack_pointer(void)
{
    unsigned long value, same, aligned;
    __asm__ volatile("movq %%rsp,%0; leaq 16(%%rsp),%1; movq %%rsp,%2; andq $15,%2; subq %0,%1; cmpq %%rsp,%0; sete "
                     "%b0; movzbl %b0,%k0"
                     : "=&r"(value), "=&r"(same), "=&r"(aligned)
                     :
                     : "cc");
    return value * 100 + same * 10 + aligned % 8;
}

HIDDEN static long call_in_asm(long a)
{
    long b;
    __asm__ volatile("subq $136,%%rsp\n\tcall opaque\n\taddq $136,%%rsp"
                     : "=a"(b), "+D"(a)
                     :
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
    return b + 1;
}

__attribute__((used)) _Thread_local long thread_words[4] = {11, 22, 33, 44};

HIDDEN static unsigned long thread_segment(long index)
{
    unsigned long a, b, c = 1, d;
    __asm__ volatile(
        "movq %%fs:thread_words@tpoff,%0; addq %%fs:thread_words@tpoff(,%4,8),%2; "
        "incq %%fs:thread_words@tpoff+8(%5); movq %%fs:0,%1; subq %%fs:0,%1; movq %%fs:thread_words@tpoff+8(%5,%4,8),%3"
        : "=&r"(a), "=&r"(b), "+&r"(c), "=&r"(d)
        : "r"(index), "r"(opaque(0))
        : "memory", "cc");
    return a + b * 3 + c * 5 + d * 7 + (unsigned long)thread_words[1];
}

/* Functions of a file's own that do not say that they are some: called from outside by way of the linkage table, each
 * with another state of the stack, by each other, and through a pointer only. */
long triple_second(long, long);
long sum_of_calls(long, long);
long by_pointer(long);
__asm__(".text\n"
        "triple_second:\n\tpushq %rsi\n\tpopq %rax\n\timulq $3,%rax\n\tret\n"
        "sum_of_calls: call add_one\n\tpushq %rax\n\tcall triple_second\n\taddq (%rsp),%rax\n\tpopq %rcx\n\tret\n"
        "add_one:\n\tleaq 1(%rdi),%rax\n\tret\n"
        "by_pointer:\n\tendbr64\n\tcall add_one\n\taddq %rax,%rax\n\tret\n");

HIDDEN static long file_scope(long x)
{
    volatile long guard = 77;
    long (*pointer)(long) = opaque_pointer((void *)by_pointer);
    return triple_second(x, x + 1) + sum_of_calls(x, x) * 3 + pointer(x) * 5 + guard;
}

void torture(void)
{
    static char to[256], from[64] = "a string of some length with all sorts of bytes in it";
    static unsigned char bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static unsigned long words[4] = {~0ul, ~0ul, 3, 4};
    static uint32_t table[8] = {10, 20, 30, 40, 50, 60, 70, 80};
    static unsigned long word = 100;
    for (long i = 1; i < 5; i++) {
        result("push_and_pop", (unsigned long)push_and_pop(i * 100, i));
        result("push_memory", (unsigned long)push_memory(i));
        result("save_frame_pointer", (unsigned long)save_frame_pointer(i));
        result("local_labels", (unsigned long)local_labels(i * 10));
        result("asm_goto", (unsigned long)(asm_goto(i - 3)));
        result("strings", string_instructions(to, from, 50));
        result("high_byte", high_byte(bytes, (unsigned)i * 0x1234) + bytes[0] + bytes[2] * 3u + bytes[3] * 5u);
        result("locked", locked(&word, (unsigned long)i));
        result("flags", flags_survive(words, (unsigned long)i));
        result("addresses", addresses(table, i));
        result("thread_segment", thread_segment(i % 3));
        result("stack_pointer", stack_pointer());
        result("call_in_asm", (unsigned long)call_in_asm(i));
        result("file_scope", (unsigned long)file_scope(i));
    }
    for (int i = 0; i < 256; i += 8)
        result("bytes", *(unsigned long *)(to + i));
}
