/* SPDX-License-Identifier: BSD-2-Clause
 *
 * bt, bts, btr, btc on memory with the offset in a register: it is signed and reaches words before and behind the
 * operand. All widths, with lock and without, all kinds of addresses; the carry flag is the bit, the zero flag stays.
 */
#include "support.h"
#include <stdint.h>

#define WORDS 64

static uint64_t words[WORDS], random_state = 88172645463325252;

static uint64_t next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t sum(const uint64_t *from)
{
    uint64_t total = 0;
    for (int i = 0; i < WORDS; i++)
        total = (total ^ from[i]) * 0x100000001b3 + (total >> 29);
    return total;
}

/* Returns the carry flag and the zero flag, which was set before according to the parity of the value in "zero". */
#define FLAGS(text, ...)                                                                                               \
    __asm__ volatile("testb $1,%b[zero]; " text "; setc %b[carry]; setz %b[kept]"                                      \
                     : [carry] "=&r"(carry), [kept] "=&r"(kept)                                                        \
                     : [zero] "r"(zero), __VA_ARGS__                                                                   \
                     : "cc", "memory");                                                                                \
    return carry * 2u + kept;

#define OPERATION(name, text, type, letter)                                                                            \
    HIDDEN static unsigned name##_##letter##_base(void *base, type by, int zero)                                       \
    {                                                                                                                  \
        unsigned char carry, kept;                                                                                     \
        FLAGS(text #letter " %[by],(%[base])", [base] "r"(base), [by] "r"(by))                                         \
    }                                                                                                                  \
    HIDDEN static unsigned name##_##letter##_sum(void *base, long index, type by, int zero)                            \
    {                                                                                                                  \
        unsigned char carry, kept;                                                                                     \
        FLAGS(text #letter " %[by],-24(%[base],%[index],4)", [base] "r"(base), [index] "r"(index), [by] "a"(by))       \
    }                                                                                                                  \
    HIDDEN static unsigned name##_##letter##_named(type by, int zero)                                                  \
    {                                                                                                                  \
        unsigned char carry, kept;                                                                                     \
        FLAGS(text #letter " %[by],%[place]", [place] "m"(words[WORDS / 2]), [by] "c"(by))                             \
    }                                                                                                                  \
    HIDDEN static uint64_t name##_##letter##_local(type by, int zero)                                                  \
    {                                                                                                                  \
        uint64_t frame[WORDS];                                                                                         \
        for (int i = 0; i < WORDS; i++)                                                                                \
            frame[i] = (uint64_t)(i + by) * 0x9e3779b97f4a7c15;                                                        \
        unsigned char carry, kept;                                                                                     \
        __asm__ volatile("testb $1,%b[zero]; " text #letter " %[by],%[place]; setc %b[carry]; setz %b[kept]"           \
                         : [carry] "=&r"(carry), [kept] "=&r"(kept), [place] "+m"(frame[WORDS / 2])                    \
                         : [zero] "r"(zero), [by] "r"(by)                                                              \
                         : "cc", "memory");                                                                            \
        return sum(frame) * 4 + carry * 2u + kept;                                                                     \
    }                                                                                                                  \
    HIDDEN static uint64_t name##_##letter(void)                                                                       \
    {                                                                                                                  \
        uint64_t total = 0;                                                                                            \
        for (int by = -1500; by < 1500; by += 1 + (int)(next() % 40)) {                                                \
            type offset = (type)by;                                                                                    \
            total = total * 5 + name##_##letter##_base(opaque_pointer(&words[WORDS / 2]), offset, by & 1);             \
            total = total * 5 + name##_##letter##_sum(opaque_pointer(words), WORDS + (by & 7), offset, by >> 1 & 1);   \
            total = total * 5 + name##_##letter##_named(offset, by >> 2 & 1);                                          \
            total = total * 5 + name##_##letter##_local(offset, by >> 3 & 1);                                          \
        }                                                                                                              \
        return total ^ sum(words);                                                                                     \
    }

#define WIDTHS(name, text)                                                                                             \
    OPERATION(name, text, int16_t, w)                                                                                  \
    OPERATION(name, text, int32_t, l)                                                                                  \
    OPERATION(name, text, int64_t, q)

WIDTHS(bt, "bt")
WIDTHS(bts, "bts")
WIDTHS(btr, "btr")
WIDTHS(btc, "btc")
WIDTHS(lock_bts, "lock bts")
WIDTHS(lock_btr, "lock; btr")
WIDTHS(lock_btc, "lock btc")

/* The registers that a rewriter is likely to take are in use, and keep their values; so does everything on the stack.
 */
HIDDEN static uint64_t crowded(uint64_t *place, long by)
{
    uint64_t total = 0;
    __asm__ volatile("subq $128,%%rsp\n"
                     "	pushq %%rbp\n"
                     "	movq $3,%%r8; movq $4,%%r9; movq $5,%%r10; movq $6,%%r12; movq $7,%%rbp; movq $-9,%%rdi\n"
                     "	pushq $77\n"
                     "	btsq %2,(%1,%%r10,8)\n"
                     "	adcq %%r8,%0\n"
                     "	lock btcq %%rdi,(%1,%%r9,8)\n"
                     "	adcq %%r9,%0\n"
                     "	lock btrl %%r10d,16(%1,%%r12,2)\n"
                     "	adcq %%r10,%0\n"
                     "	btcw %%r12w,(%1,%%rbp,4)\n"
                     "	adcq %%r12,%0\n"
                     "	lock btsq %%r12,(%%rsp)\n"
                     "	adcq %%rbp,%0\n"
                     "	btrl %%ebp,-4(%%rsp,%%r9,1)\n"
                     "	adcq %%rdi,%0\n"
                     "	leaq (%0,%%r8,8),%0\n"
                     "	popq %%rdi; addq %%rdi,%0\n"
                     "	popq %%rbp; addq $128,%%rsp"
                     : "+&a"(total)
                     : "b"(place), "d"(by)
                     : "r8", "r9", "r10", "r12", "rdi", "cc", "memory");
    return total;
}

/* gcc makes locked bit instructions of these. */
HIDDEN static unsigned atomics(uint64_t *word, unsigned by)
{
    uint32_t *half = (uint32_t *)word + 1, mask = 1u << (by & 31);
    uint64_t wide = 1ull << (by & 63);
    unsigned total = (__atomic_fetch_or(half, mask, __ATOMIC_SEQ_CST) & mask) != 0;
    total = total * 2 + ((__atomic_fetch_and(word, ~wide, __ATOMIC_SEQ_CST) & wide) != 0);
    total = total * 2 + ((__atomic_fetch_xor(half, mask, __ATOMIC_SEQ_CST) & mask) != 0);
    return total * 2 + ((__atomic_fetch_or(word, wide, __ATOMIC_SEQ_CST) & wide) == 0);
}

void torture(void)
{
    for (int i = 0; i < WORDS; i++)
        words[i] = next();
#define REPORT(name)                                                                                                   \
    result(#name " w", name##_w());                                                                                    \
    result(#name " l", name##_l());                                                                                    \
    result(#name " q", name##_q())
    REPORT(bt);
    REPORT(bts);
    REPORT(btr);
    REPORT(btc);
    REPORT(lock_bts);
    REPORT(lock_btr);
    REPORT(lock_btc);
    for (long by = -300; by < 300; by += 37) {
        result("crowded", crowded(opaque_pointer(&words[WORDS / 2]), by) ^ sum(words));
        result("atomics", atomics(opaque_pointer(words), (unsigned)by) ^ sum(words));
    }
}
