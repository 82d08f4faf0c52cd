/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inline assembly as libraries have it: carries, wide products, bit scans, compare-and-swap, spin loops, copies,
 * barriers, vectors, tables in other sections.
 */
#include "language.h"
#include <string.h>

ALONE static uint64_t add_large(uint64_t *to, const uint64_t *a, const uint64_t *b, size_t count)
{
    unsigned char carry;
    size_t at = 0;
    uint64_t word;
    __asm__ volatile("	clc\n"
                     "1:	movq (%[a],%[at],8),%[word]\n"
                     "	adcq (%[b],%[at],8),%[word]\n"
                     "	movq %[word],(%[to],%[at],8)\n"
                     "	leaq 1(%[at]),%[at]\n"
                     "	decq %[count]\n"
                     "	jnz 1b\n"
                     "	setc %[carry]"
                     : [at] "+r"(at), [count] "+r"(count), [word] "=&r"(word), [carry] "=q"(carry)
                     : [a] "r"(a), [b] "r"(b), [to] "r"(to)
                     : "cc", "memory");
    return carry;
}

ALONE static uint64_t multiply_divide(uint64_t a, const uint64_t *b, uint64_t by)
{
    uint64_t low, high, quotient, rest;
    __asm__("mulq %3" : "=a"(low), "=d"(high) : "0"(a), "m"(*b) : "cc");
    __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "0"(low), "1"(high % by), "rm"(by) : "cc");
    __asm__("imulq $1000003,%1,%0" : "=r"(a) : "m"(b[1]) : "cc");
    return join(join(quotient, rest), a);
}

ALONE static uint64_t scans_and_turns(uint64_t a, unsigned count)
{
    uint64_t first, last, swapped = a, turned = a, narrow = a;
    uint32_t half = (uint32_t)a;
    __asm__("bsfq %1,%0\n\tcmovzq %2,%0" : "=&r"(first) : "r"(a), "r"(64ul) : "cc");
    __asm__("bsrq %1,%0" : "=r"(last) : "rm"(a | 1) : "cc");
    __asm__("bswapq %0" : "+r"(swapped));
    __asm__("rolq %%cl,%0; rorl $7,%1" : "+r"(turned), "+r"(half) : "c"(count) : "cc");
    __asm__("xchgb %b0,%h0; rolw $8,%w0; rolw $4,%w0" : "+Q"(narrow) : : "cc");
    __asm__("shldq %%cl,%2,%0; shrdq $9,%2,%1" : "+r"(first), "+r"(last) : "r"(a), "c"(count) : "cc");
    return join(join(join(first, last), swapped ^ turned), narrow + half);
}

ALONE static uint64_t compare_and_swap(uint64_t *word, uint64_t expected, uint64_t wanted)
{
    unsigned char same;
    uint64_t found;
    __asm__ volatile("lock; cmpxchgq %3,%1\n\tsete %0"
                     : "=q"(same), "+m"(*word), "=a"(found)
                     : "r"(wanted), "2"(expected)
                     : "memory", "cc");
    uint32_t low = 5, high = 6;
    static _Alignas(16) uint64_t pair[2] = {0x0000000600000005, 9};
    __asm__ volatile("lock cmpxchg8b %0" : "+m"(pair[0]), "+a"(low), "+d"(high) : "b"(7), "c"(8) : "cc", "memory");
    uint64_t a = pair[0], d = pair[1];
    __asm__ volatile("lock cmpxchg16b %0" : "+m"(pair), "+a"(a), "+d"(d) : "b"(wanted), "c"(~wanted) : "cc", "memory");
    pair[0] = 0x0000000600000005;
    return join(join(same, found), join(pair[1], low + high));
}

/* A ticket lock, as short as they come. */
struct ticket {
    uint16_t next, owner;
};

ALONE static unsigned lock_unlock(struct ticket *lock)
{
    uint16_t mine = 1;
    __asm__ volatile("lock xaddw %w0,%1\n"
                     "1:	cmpw %w0,%2\n"
                     "	je 2f\n"
                     "	pause\n"
                     "	jmp 1b\n"
                     "2:"
                     : "+r"(mine), "+m"(lock->next)
                     : "m"(lock->owner)
                     : "memory", "cc");
    __asm__ volatile("lock; incw %0" : "+m"(lock->owner) : : "memory", "cc");
    return mine;
}

ALONE static void barriers(volatile int *word)
{
    __asm__ volatile("mfence; lfence; sfence" : : : "memory");
    __asm__ volatile("lock; addl $0,0(%%rsp)" : : : "memory", "cc");
    __asm__ volatile("" : "+m"(*word) : : "memory");
    __asm__ volatile("prefetcht0 %0; prefetchnta 64%0" : : "m"(*word));
    __asm__ volatile("movnti %1,%0" : "=m"(*word) : "r"(77) : "memory");
    __asm__ volatile("rep; nop; nop; nopw 0(%%rax,%%rax,1)" ::: "memory");
}

ALONE static uint64_t copies(char *to, const char *from, size_t count)
{
    size_t left = count;
    char *target = to;
    __asm__ volatile("movq %2,%%rcx; shrq $3,%%rcx; rep movsq; movq %2,%%rcx; andl $7,%%ecx; rep movsb"
                     : "+D"(target), "+S"(from), "+r"(left)
                     :
                     : "rcx", "memory", "cc");
    __asm__ volatile("rep stosl" : "+D"(target), "+c"(left) : "a"(0x2a2a2a2a) : "memory");
    size_t length = ~0ul;
    const char *scanned = to;
    __asm__ volatile("repne scasb; notq %1; decq %1" : "+D"(scanned), "+c"(length) : "a"(0) : "memory", "cc");
    return join((uint64_t)(target - to), length);
}

ALONE static uint64_t vectors_in_assembly(const float *a, const double *b, float *to)
{
    uint64_t mask, word;
    __asm__ volatile("movups (%2),%%xmm0\n\tmulps 16(%2),%%xmm0\n\tshufps $0x1b,%%xmm0,%%xmm0\n\tmovups %%xmm0,(%3)\n"
                     "	movmskps %%xmm0,%k0; movq %%xmm0,%1"
                     : "=r"(mask), "=r"(word)
                     : "r"(a), "r"(to)
                     : "xmm0", "memory");
    double sum;
    __asm__("movsd %1,%0; addsd 8%1,%0; sqrtsd %0,%0" : "=&x"(sum) : "m"(*b));
    long integer;
    __asm__("cvttsd2si %1,%0" : "=r"(integer) : "xm"(b[2]));
    return join(join(mask, word), raw(sum) + (uint64_t)integer);
}

/* Where the operands are on the stack and so are the temporaries. */
ALONE static uint64_t around_the_stack(uint64_t a, uint64_t b)
{
    volatile uint64_t first = a, second = b, third;
    uint64_t fourth;
    __asm__ volatile(
        "leaq -128(%%rsp),%%rsp; pushq %%rbx; movq %2,%%rbx; pushq %%rbx; movq 8(%%rsp),%%rbx; popq %%rcx; addq "
        "$8,%%rsp; subq $-128,%%rsp; movq %%rcx,%0; movq %%rbx,%1"
        : "=&r"(fourth), "=r"(a)
        : "r"(b)
        : "rcx", "rbx", "cc", "memory");
    __asm__ volatile("movq %1,%%rax; xorq %2,%%rax; movq %%rax,%0"
                     : "=m"(third)
                     : "m"(first), "m"(second)
                     : "rax", "cc");
    return join(third, fourth);
}

/* A table in another section, in the way of exception tables, and a symbol of the file. */
struct entry {
    uint64_t value;
    const char *name;
};
extern const struct entry idiom_table[] __attribute__((visibility("hidden")));
extern const struct entry idiom_table_end[] __attribute__((visibility("hidden")));
__asm__(".pushsection .data.rel.ro,\"aw\"\n"
        "	.balign 8\n"
        "idiom_table:\n"
        "	.quad 0x1122334455667788, 1f\n"
        "	.quad 99, 2f\n"
        "idiom_table_end:\n"
        "1:	.asciz \"first\"\n"
        "2:	.string \"second\"\n"
        "	.popsection");

ALONE static uint64_t table(int which)
{
    __asm__ volatile(".pushsection .rodata; 1: .long 5; .popsection");
    uint64_t total = 0;
    for (const struct entry *entry = idiom_table; entry < idiom_table_end; entry++)
        total = join(total, entry->value + strlen(entry->name + which));
    return total;
}

/* Several ways out. */
ALONE static int ways(uint64_t a, uint64_t b)
{
    __asm__ goto("cmpq %1,%0\n\tja %l[above]\n\tjb %l[below]" : : "r"(a), "r"(b) : "cc" : above, below);
    return 0;
above:
    return opaque(3) > 2 ? 1 : 5;
below:
    return -(int)opaque(1);
}

/* Functions of assembly with arguments on the stack and calls of C. */
uint64_t seventh(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h);
uint64_t twice_through(uint64_t (*function)(uint64_t), uint64_t value);
__asm__(".text\n"
        "	.p2align 4,,15\n"
        "	.type seventh,@function\n"
        "seventh:\n"
        "	pushq %rbp\n"
        "	movq %rsp,%rbp\n"
        "	movq 16(%rbp),%rax\n"
        "	imulq $31,24(%rbp),%rdx\n"
        "	addq %rdx,%rax\n"
        "	popq %rbp\n"
        "	ret\n"
        "	.size seventh,.-seventh\n"
        "	.type twice_through,@function\n"
        "twice_through:\n"
        "	pushq %rbx\n"
        "	movq %rdi,%rbx\n"
        "	movq %rsi,%rdi\n"
        "	call *%rbx\n"
        "	movq %rax,%rdi\n"
        "	movq %rbx,%rdx\n"
        "	popq %rbx\n"
        "	jmp *%rdx\n"
        "	.size twice_through,.-twice_through\n");

ALONE static uint64_t triple(uint64_t value)
{
    return value * 3 + 1;
}

void idioms(void)
{
    uint64_t a[8], b[8], to[8];
    static struct ticket ticket;
    static volatile int word;
    static char target[128];
    float f[8];
    double d[3] = {9, 16, -1234.5};
    for (int i = 0; i < 8; i++) {
        a[i] = next_random();
        b[i] = i & 1 ? ~a[i] : next_random();
        f[i] = (float)(i * 3 - 7);
    }
    for (int i = 1; i < 4; i++) {
        result("add_large", add_large(to, a, b, (size_t)opaque(i * 2)) + hash(to, (size_t)i * 16));
        result("multiply_divide", multiply_divide(a[i], &b[i], a[i + 1] | 1));
        result("scans_and_turns", scans_and_turns(b[i], (unsigned)opaque(i * 9)));
        result("compare_and_swap", compare_and_swap(&a[0], i & 1 ? a[0] : 5, b[i]));
        result("lock", lock_unlock(opaque_pointer(&ticket)));
        barriers(&word);
        result("barriers", (uint64_t)word);
        result("copies", copies(target, "some text to be copied in pieces", 33) + hash(target, sizeof target));
        result("vectors", vectors_in_assembly(f, d, (float *)to) + hash(to, 16));
        result("around", around_the_stack(a[i], b[i]));
        result("table", table(i));
        result("ways", (uint64_t)(ways(a[i], b[i]) * 10 + ways(5, (uint64_t)opaque(5))));
        result("seventh", seventh(1, 2, 3, 4, 5, 6, a[i], b[i]));
        result("twice", twice_through(triple, a[i]));
    }
}
