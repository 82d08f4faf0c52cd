/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Integer arithmetic of every width, bit-fields, bit operations, atomics, thread-local variables.
 */
#include "support.h"
#include <stdint.h>

struct fields {
    unsigned a : 3;
    int b : 7;
    unsigned long c : 41;
    signed char d : 5;
    unsigned e : 1;
    uint16_t f;
    long g : 62;
} __attribute__((packed));

HIDDEN static unsigned long use_fields(struct fields *fields, long value)
{
    fields->a = (unsigned)value;
    fields->b = (int)(value >> 3) & 0x3f;
    fields->c += (unsigned long)value * 12345;
    fields->d = (signed char)((value & 7) - 4);
    fields->e ^= 1;
    fields->f = (uint16_t)(fields->f + value);
    fields->g = value * 99;
    return fields->a + (unsigned long)fields->b * 3 + fields->c * 5 + (unsigned long)fields->d * 7 + fields->e * 11u +
           fields->f * 13u + (unsigned long)fields->g;
}

HIDDEN static unsigned long wide(unsigned long a, unsigned long b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    product += (unsigned __int128)a << 67;
    product = (product >> 13) | (product << 31);
    __int128 difference = (__int128)product - ((__int128)b << 64);
    if (difference < 0)
        product ^= (unsigned __int128)difference;
    return (unsigned long)product ^ (unsigned long)(product >> 64);
}

HIDDEN static unsigned high_bytes(unsigned value, unsigned char *out)
{
    out[0] = (unsigned char)(value >> 8);
    out[1] = (unsigned char)((value >> 8) + out[2]);
    unsigned other = value * 3;
    out[3] ^= (unsigned char)(other >> 8);
    return ((value >> 8) & 0xff) + ((other >> 8) & 0xff) * 256;
}

HIDDEN static unsigned long narrow(signed char *bytes, unsigned short *words, int count)
{
    unsigned long total = 0;
    for (int i = 0; i < count; i++) {
        bytes[i] = (signed char)(bytes[i] * 3 - i);
        words[i] = (unsigned short)(words[i] / 3 + bytes[i]);
        words[i] = (unsigned short)(words[i] << 3 | words[i] >> 13);
        total = total * 7 + (unsigned char)bytes[i] % 11 + words[i] + (unsigned long)(bytes[i] >> 2);
    }
    return total;
}

HIDDEN static unsigned long divide(long a, long b, unsigned c, int d)
{
    return (unsigned long)(a / b) * 3 + (unsigned long)(a % b) + (unsigned long)a / (unsigned long)c + c % 7 +
           (unsigned long)(d / 10) + (unsigned long)(d % (int)c);
}

HIDDEN static unsigned long bits(unsigned long value, int count)
{
#ifdef __POPCNT__
    value += (unsigned long)__builtin_popcountl(value) + (unsigned long)__builtin_parityl(value);
#endif
    unsigned long total = (unsigned long)__builtin_clzl(value) * 64 + (unsigned long)__builtin_ctzl(value) * 4096;
    total ^= value << count | value >> (64 - count);
    total += __builtin_bswap64(value) + __builtin_bswap32((unsigned)value) + __builtin_bswap16((unsigned short)value);
    if (value & 1ul << count)
        value &= ~(1ul << (count + 1));
    value |= 1ul << (count + 7);
    value ^= 1ul << (count & 3);
    return total + value + (unsigned long)__builtin_ffsl((long)value);
}

HIDDEN static long overflow(long a, long b, int c)
{
    long sum, product;
    int narrow_product;
    long flags = __builtin_add_overflow(a, b, &sum);
    flags = flags * 2 + __builtin_mul_overflow(a, b, &product);
    flags = flags * 2 + __builtin_mul_overflow(c, (int)b, &narrow_product);
    unsigned long carry = (unsigned long)a + (unsigned long)b < (unsigned long)a;
    return flags * 1000 + (long)carry + (sum ^ product ^ narrow_product);
}

static _Atomic(uint8_t) atomic8 = 7;
static _Atomic(uint16_t) atomic16 = 9;
static _Atomic(uint32_t) atomic32 = 11;
static _Atomic(uint64_t) atomic64 = 13;

#define EXERCISE(object, type)                                                                                         \
    do {                                                                                                               \
        type old = __atomic_fetch_add(&object, (type)value, __ATOMIC_SEQ_CST);                                         \
        total = total * 3 + old + __atomic_fetch_or(&object, (type)0x55, __ATOMIC_SEQ_CST);                            \
        total = total * 3 + __atomic_fetch_and(&object, (type)~0x11u, __ATOMIC_SEQ_CST);                               \
        total = total * 3 + __atomic_xor_fetch(&object, (type)0x3c, __ATOMIC_SEQ_CST);                                 \
        total = total * 3 + __atomic_exchange_n(&object, (type)(value * 5), __ATOMIC_SEQ_CST);                         \
        type expected = (type)(value * 5);                                                                             \
        total += __atomic_compare_exchange_n(&object, &expected, (type)77, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);     \
        expected = (type)1;                                                                                            \
        total += __atomic_compare_exchange_n(&object, &expected, (type)78, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) +    \
                 expected;                                                                                             \
        __atomic_store_n(&object, (type)(value + 2), __ATOMIC_SEQ_CST);                                                \
        total += __atomic_load_n(&object, __ATOMIC_ACQUIRE);                                                           \
    } while (0)

HIDDEN static unsigned long atomics(unsigned long value)
{
    unsigned long total = 0;
    for (int i = 0; i < 5; i++, value += 37) {
        EXERCISE(*(_Atomic(uint8_t) *)opaque_pointer(&atomic8), uint8_t);
        EXERCISE(*(_Atomic(uint16_t) *)opaque_pointer(&atomic16), uint16_t);
        EXERCISE(*(_Atomic(uint32_t) *)opaque_pointer(&atomic32), uint32_t);
        EXERCISE(*(_Atomic(uint64_t) *)opaque_pointer(&atomic64), uint64_t);
        EXERCISE(atomic8, uint8_t);
        EXERCISE(atomic16, uint16_t);
        EXERCISE(atomic32, uint32_t);
        EXERCISE(atomic64, uint64_t);
        total += (unsigned long)__sync_bool_compare_and_swap(&atomic32, (uint32_t)value + 2, 5u);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    return total;
}

HIDDEN static unsigned long wide_atomic(unsigned long value)
{
    static _Alignas(16) unsigned __int128 target = 5;
    unsigned __int128 old = __sync_val_compare_and_swap_16(&target, 5, ((unsigned __int128)value << 64) | 9);
    old += __sync_val_compare_and_swap_16((unsigned __int128 *)opaque_pointer(&target), 1, 2);
    return (unsigned long)old ^ (unsigned long)(old >> 64) ^ (unsigned long)target;
}

static _Thread_local long local_value = 1234;
static _Thread_local int local_array[10];
_Thread_local char global_local = 5;

HIDDEN static unsigned long thread_local_data(int index)
{
    local_array[index] += (int)local_value;
    local_value += index;
    int *pointer = &local_array[index];
    long *whole = &local_value;
    global_local = (char)(global_local + 3);
    *(int *)opaque_pointer(pointer) += 3;
    return (unsigned long)local_array[index] + (unsigned long)*whole * 3 + (unsigned long)global_local +
           (unsigned long)local_array[(index + 1) % 10];
}

HIDDEN static unsigned long landing_pad_constants(unsigned long value)
{
    unsigned long total = value ^ 0xfa1e0ff3;
    total += (value | 0x12fa1e0ff3456789) * 3;
    total ^= value + 0xfa1e0ff300000000;
    if ((unsigned)value == 0xfa1e0ff3)
        total++;
    if (((unsigned)value & 0x00fa1e0f) == 0x001e0f00)
        total += 5;
    unsigned narrow_value = (unsigned)value ^ 0xfa1e0f;
    static volatile unsigned word;
    word = 0xfa1e0ff3;
    return total + narrow_value * 0xfa1e0ff3u + word;
}

void torture(void)
{
    static struct fields fields = {1, 2, 3, 4, 0, 6, 7};
    unsigned char bytes[4] = {1, 2, 3, 4};
    signed char signed_bytes[20];
    unsigned short words[20];
    for (int i = 0; i < 20; i++) {
        signed_bytes[i] = (signed char)(i * 13);
        words[i] = (unsigned short)(i * 4001);
    }
    for (long i = 1; i < 6; i++) {
        result("fields", use_fields(opaque_pointer(&fields), i * 1234567));
        result("wide", wide((unsigned long)i * 0x9e3779b97f4a7c15, ~(unsigned long)i));
        result("high_bytes", high_bytes((unsigned)i * 0x12345, bytes) + bytes[0] + bytes[1] * 3u + bytes[3]);
        result("narrow", narrow(signed_bytes, words, 20));
        result("divide", divide(i * -1234567891234, i * 77, (unsigned)i * 3, (int)i * -100));
        result("bits", bits((unsigned long)i * 0x0123456789abcdef, (int)i * 5));
        result("overflow", (unsigned long)overflow(i << 60, i << 61, (int)i << 28));
        result("atomics", atomics((unsigned long)i));
        result("wide_atomic", wide_atomic((unsigned long)i));
        result("thread_local", thread_local_data((int)opaque(i)));
        result("constants", landing_pad_constants((unsigned long)i * 0x3e87c3fc));
    }
}
