/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Atomic operations, left to the compiler so that their memory operands are ordinary ones.
 */
#define a_cas a_cas
static __inline int a_cas(volatile int *p, int expected, int desired)
{
    __atomic_compare_exchange_n(p, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

#define a_cas_p a_cas_p
static __inline void *a_cas_p(volatile void *p, void *expected, void *desired)
{
    __atomic_compare_exchange_n((void *volatile *)p, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

#define a_swap a_swap
static __inline int a_swap(volatile int *p, int value)
{
    return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}

#define a_fetch_add a_fetch_add
static __inline int a_fetch_add(volatile int *p, int value)
{
    return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
}

#define a_and a_and
static __inline void a_and(volatile int *p, int value)
{
    (void)__atomic_fetch_and(p, value, __ATOMIC_SEQ_CST);
}

#define a_or a_or
static __inline void a_or(volatile int *p, int value)
{
    (void)__atomic_fetch_or(p, value, __ATOMIC_SEQ_CST);
}

#define a_and_64 a_and_64
static __inline void a_and_64(volatile uint64_t *p, uint64_t value)
{
    (void)__atomic_fetch_and(p, value, __ATOMIC_SEQ_CST);
}

#define a_or_64 a_or_64
static __inline void a_or_64(volatile uint64_t *p, uint64_t value)
{
    (void)__atomic_fetch_or(p, value, __ATOMIC_SEQ_CST);
}

#define a_inc a_inc
static __inline void a_inc(volatile int *p)
{
    (void)__atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
}

#define a_dec a_dec
static __inline void a_dec(volatile int *p)
{
    (void)__atomic_fetch_sub(p, 1, __ATOMIC_SEQ_CST);
}

#define a_store a_store
static __inline void a_store(volatile int *p, int value)
{
    __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

/* The processor keeps stores in order; only the compiler must be held back. */
#define a_barrier a_barrier
static __inline void a_barrier(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#define a_spin a_spin
static __inline void a_spin(void)
{
    __asm__ __volatile__("pause" : : : "memory");
}

#define a_crash a_crash
static __inline void a_crash(void)
{
    __builtin_trap();
}

#define a_ctz_64 a_ctz_64
static __inline int a_ctz_64(uint64_t x)
{
    return __builtin_ctzll(x);
}

#define a_clz_64 a_clz_64
static __inline int a_clz_64(uint64_t x)
{
    return __builtin_clzll(x);
}
