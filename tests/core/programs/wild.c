/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Uses wild pointers: for each address in its input, which is somebody else's, it reads and writes there in every way
 * that a compiler knows. The same offset in its own region is mapped, so nothing faults; every access must land there.
 * Prints one line for each address, and the failures.
 */
#include "support.h"

enum { AREA = 512, CENTRE = 256 };
#define HEAP_LIMIT 0x60000000UL
#define MAPPINGS_END 0xff6f0000UL

static unsigned char *own; /* where accesses to the address must land */
static uint64_t wild;
static unsigned failures;
static char where[64];

static unsigned char pattern(unsigned i)
{
    return (unsigned char)(0xa5 ^ i * 7);
}

static void prepare(void)
{
    for (unsigned i = 0; i < AREA; i++)
        own[(int)i - CENTRE] = pattern(i);
}

static void fail(const char *what)
{
    failures++;
    printf("# %s: %s\n", where, what);
}

/* What was read must be what lies at the same offset here. */
static void check_read(const char *what, const void *got, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (((const unsigned char *)got)[i] != pattern(CENTRE + (unsigned)i)) {
            fail(what);
            return;
        }
    }
}

/* `size` bytes must have changed here, and nothing beside them. */
static void check_written(const char *what, size_t size)
{
    bool changed = false, beside = false;
    for (int i = 0; i < AREA; i++) {
        bool different = own[i - CENTRE] != pattern((unsigned)i);
        if (i >= CENTRE && i < CENTRE + (int)size)
            changed |= different;
        else
            beside |= different;
    }
    if (!changed || beside)
        fail(what);
    prepare();
}

#define PLAIN(type)                                                                                                    \
    static void plain_##type(void)                                                                                     \
    {                                                                                                                  \
        type value = *(volatile type *)wild;                                                                           \
        check_read("load of " #type, &value, sizeof value);                                                            \
        *(volatile type *)wild = (type)0x1122334455667788;                                                             \
        check_written("store of " #type, sizeof value);                                                                \
        *(volatile type *)wild += 3;                                                                                   \
        check_written("addition to " #type, sizeof value);                                                             \
        value = __atomic_fetch_add((type *)wild, 5, __ATOMIC_SEQ_CST);                                                 \
        check_read("xadd of " #type, &value, sizeof value);                                                            \
        check_written("xadd of " #type, sizeof value);                                                                 \
        value = __atomic_exchange_n((type *)wild, 9, __ATOMIC_SEQ_CST);                                                \
        check_read("xchg of " #type, &value, sizeof value);                                                            \
        check_written("xchg of " #type, sizeof value);                                                                 \
        __atomic_compare_exchange_n((type *)wild, &value, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);               \
        check_written("cmpxchg of " #type, sizeof value);                                                              \
        __atomic_fetch_or((type *)wild, 0x7f, __ATOMIC_SEQ_CST);                                                       \
        check_written("or of " #type, sizeof value);                                                                   \
    }
PLAIN(uint8_t)
PLAIN(uint16_t)
PLAIN(uint32_t)
PLAIN(uint64_t)

static void double_and_wide(void)
{
    if (wild % 16 == 0) {
        uint64_t a = 0, d = 0;
        __asm__ volatile("lock cmpxchg16b (%2)" : "+a"(a), "+d"(d) : "r"(wild), "b"(1UL), "c"(2UL) : "memory", "cc");
        check_read("cmpxchg16b", &a, 8);
    }
    unsigned char bytes[32];
    __asm__ volatile("movdqu (%1), %%xmm0\n\tmovdqu %%xmm0, %0" : "=m"(bytes) : "r"(wild) : "xmm0", "memory");
    check_read("movdqu", bytes, 16);
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovdqu %%xmm0, (%0)" ::"r"(wild) : "xmm0", "memory");
    check_written("movdqu", 16);
    __asm__ volatile("movsd (%1), %%xmm0\n\tmovsd %%xmm0, %0" : "=m"(bytes) : "r"(wild) : "xmm0", "memory");
    check_read("movsd", bytes, 8);
    __asm__ volatile("movhps (%1), %%xmm0\n\tmovdqu %%xmm0, %0" : "=m"(bytes) : "r"(wild) : "xmm0", "memory");
    check_read("movhps", bytes + 8, 8);
    __asm__ volatile("movnti %1, (%0)" ::"r"(wild), "r"(0x7777777777777777) : "memory");
    check_written("movnti", 8);
#ifdef AVX
    __asm__ volatile("vmovdqu (%1), %%ymm0\n\tvmovdqu %%ymm0, %0" : "=m"(bytes) : "r"(wild) : "xmm0", "memory");
    check_read("vmovdqu", bytes, 32);
    __asm__ volatile("vpcmpeqd %%ymm0, %%ymm0, %%ymm0\n\tvmovdqu %%ymm0, (%0)" ::"r"(wild) : "xmm0", "memory");
    check_written("vmovdqu", 32);
#endif
}

static void strings(void)
{
    unsigned char bytes[64];
    uint64_t from = wild, to = (uint64_t)bytes, count = sizeof bytes, value = 0;
    __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count)::"memory");
    check_read("rep movsb from there", bytes, sizeof bytes);
    memset(bytes, 0x11, sizeof bytes);
    from = (uint64_t)bytes, to = wild, count = 8;
    __asm__ volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(count)::"memory");
    check_written("rep movsq to there", 64);
    to = wild, count = 16;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0x22) : "memory");
    check_written("rep stosl", 64);
    from = wild;
    __asm__ volatile("lodsq" : "+S"(from), "=a"(value)::"memory");
    check_read("lodsq", &value, 8);
    uint8_t equal;
    to = wild, count = 1;
    __asm__ volatile("scasb\n\tsete %1" : "+D"(to), "=r"(equal) : "a"(pattern(CENTRE)) : "memory", "cc");
    if (!equal)
        fail("scasb");
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = pattern(CENTRE + i);
    from = wild, to = (uint64_t)bytes, count = sizeof bytes;
    __asm__ volatile("repe cmpsb\n\tsete %3" : "+S"(from), "+D"(to), "+c"(count), "=r"(equal)::"memory", "cc");
    if (!equal)
        fail("repe cmpsb");
    memcpy(bytes, (void *)wild, sizeof bytes);
    check_read("memcpy from there", bytes, sizeof bytes);
    memset((void *)wild, 0x33, 100);
    check_written("memset there", 100);
}

static void read_modify_write(void)
{
    __asm__ volatile("incq (%0)" ::"r"(wild) : "memory", "cc");
    check_written("incq", 8);
    __asm__ volatile("notb (%0)" ::"r"(wild) : "memory", "cc");
    check_written("notb", 1);
    __asm__ volatile("lock negl (%0)" ::"r"(wild) : "memory", "cc");
    check_written("lock negl", 4);
    __asm__ volatile("roll $7, (%0)" ::"r"(wild) : "memory", "cc");
    check_written("roll", 4);
    __asm__ volatile("lock btcq $9, (%0)" ::"r"(wild) : "memory", "cc");
    check_written("lock btcq", 8);
    __asm__ volatile("cmpq %0, %0\n\tsetne (%0)" ::"r"(wild) : "memory", "cc");
    check_written("setne", 1);
}

/* The address comes about by arithmetic, not from a pointer. */
static void addressing(void)
{
    uint64_t value, index = (wild - (uint64_t)own) / 8;
    volatile uint64_t *array = (volatile uint64_t *)own;
    value = array[index];
    check_read("wild index", &value, 8);
    array[index] = 1;
    check_written("wild index", 8);
    __asm__ volatile("movq 0x7ffffff0(%1), %0" : "=r"(value) : "r"(wild - 0x7ffffff0) : "memory");
    check_read("large displacement", &value, 8);
    __asm__ volatile("movq -0x7ffffff0(%1), %0" : "=r"(value) : "r"(wild + 0x7ffffff0) : "memory");
    check_read("large negative displacement", &value, 8);
    __asm__ volatile("movq 16(%1,%2,8), %0" : "=r"(value) : "r"(wild - 16 - 8000), "r"(1000UL) : "memory");
    check_read("base and index", &value, 8);
    __asm__ volatile("movb $1, (%0,%1,4)" ::"r"(wild + 4096), "r"(-1024L) : "memory");
    check_written("negative index", 1);
}

/* True if accesses around this offset harm nobody but the bytes there. */
static bool make_accessible(uint64_t offset)
{
    static uint64_t heap_start, heap_end;
    uint64_t base = region_base(), start = (offset - CENTRE) & ~4095UL, end = (offset + AREA + 4095) & ~4095UL;
    if (!heap_start) {
        heap_start = (uint64_t)syscall(SYS_brk, 0) - base;
        heap_end = (uint64_t)syscall(SYS_brk, base + HEAP_LIMIT - PAGE) - base;
    }
    if (offset > PAGE && start >= heap_start && end <= heap_end)
        return true;
    if (offset < HEAP_LIMIT + PAGE || end > MAPPINGS_END)
        return false;
    void *place = (void *)(base + start);
    return mmap(place, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place;
}

int main(void)
{
    static char line[64];
    unsigned count = 0;
    static char buffer[4096];
    setvbuf(stdin, buffer, _IOFBF, sizeof buffer);
    make_accessible(0);
    printf("# ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) && line[0] != '.') {
        wild = strtoul(line, NULL, 16);
        if (!make_accessible((uint32_t)wild))
            continue;
        own = (unsigned char *)region_base() + (uint32_t)wild;
        snprintf(where, sizeof where, "%#lx", (unsigned long)wild);
        prepare();
        plain_uint8_t();
        plain_uint16_t();
        plain_uint32_t();
        plain_uint64_t();
        double_and_wide();
        prepare();
        strings();
        read_modify_write();
        addressing();
        count++;
    }
    printf("# done: %u addresses, %u failures\n", count, failures);
    fflush(stdout);
    (void)!fgets(line, sizeof line, stdin);
    return failures != 0;
}
