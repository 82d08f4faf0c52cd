/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Setting one to two blocks, and more than two: from both ends, with a loop of aligned stores between them for what is
 * longer.
 */
#define STEP (4 * WIDTH)

static inline void NAME(set_step)(unsigned char *to, BLOCK pattern)
{
    AT(BLOCK, to, 0) = pattern;
    AT(BLOCK, to, WIDTH) = pattern;
    AT(BLOCK, to, 2 * WIDTH) = pattern;
    AT(BLOCK, to, 3 * WIDTH) = pattern;
}

static inline BLOCK NAME(repeat)(uint64_t bytes)
{
    typedef uint64_t words __attribute__((vector_size(WIDTH)));
    return (BLOCK)((words){0} + bytes);
}

static inline void NAME(set_two)(unsigned char *to, uint64_t bytes, size_t n)
{
    BLOCK pattern = NAME(repeat)(bytes);
    AT(BLOCK, to, 0) = pattern;
    AT(BLOCK, to, n - WIDTH) = pattern;
}

static __attribute__((noinline)) void *NAME(set_long)(void *start, uint64_t bytes, size_t n)
{
    unsigned char *to = start, *end = to + n;
    BLOCK pattern = NAME(repeat)(bytes);

    if (n <= STEP) {
        AT(BLOCK, to, 0) = pattern;
        AT(BLOCK, to, WIDTH) = pattern;
        AT(BLOCK, end, -2 * WIDTH) = pattern;
        AT(BLOCK, end, -WIDTH) = pattern;
        return start;
    }
    NAME(set_step)(to, pattern);
    for (to += STEP - ((uintptr_t)to & (WIDTH - 1)); to + STEP < end; to += STEP)
        NAME(set_step)(to, pattern);
    NAME(set_step)(end - STEP, pattern);
    return start;
}

#undef STEP
