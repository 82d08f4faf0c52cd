/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Start-up, output and the few functions that gcc calls by itself, without any library.
 */
#include "support.h"
#include <elf.h>
#include <stddef.h>
#include <stdint.h>

HIDDEN long opaque(long value)
{
    __asm__ volatile("" : "+r"(value));
    return value;
}

HIDDEN void *opaque_pointer(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer));
    return pointer;
}

#ifdef __comesg__
#define CALL "call *0x0(%%r15)"
#else
#define CALL "syscall"
#endif

static long call(long number, long first, long second, long third)
{
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    register long r9 __asm__("r9") = 0;
    __asm__ volatile(CALL
                     : "+a"(number), "+D"(first), "+S"(second), "+d"(third), "+r"(r10), "+r"(r8), "+r"(r9)
                     :
                     : "rcx", "r11", "memory", "cc");
    return number;
}

void result(const char *name, unsigned long value)
{
    char line[128];
    size_t length = 0;
    while (name[length] && length < 80) {
        line[length] = name[length];
        length++;
    }
    line[length++] = ' ';
    for (int shift = 60; shift >= 0; shift -= 4)
        line[length++] = "0123456789abcdef"[value >> shift & 15];
    line[length++] = '\n';
    call(1, 1, (long)line, (long)length);
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    char *target = to;
    const char *source = from;
    while (count--)
        *target++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    char *target = to;
    const char *source = from;
    if ((uintptr_t)target <= (uintptr_t)source)
        return memcpy(to, from, count);
    while (count--)
        target[count] = source[count];
    return to;
}

void *memset(void *to, int value, size_t count)
{
    char *target = to;
    while (count--)
        *target++ = (char)value;
    return to;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left, *b = right;
    for (; count; count--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

static _Alignas(64) char thread_block[4096];

static void set_up_thread(const char *image, const Elf64_Phdr *segments, size_t count)
{
    char *pointer = thread_block + sizeof thread_block - 64;
    for (size_t i = 0; i < count; i++) {
        if (segments[i].p_type != PT_TLS)
            continue;
        size_t size = (segments[i].p_memsz + segments[i].p_align - 1) / segments[i].p_align * segments[i].p_align;
        memcpy(pointer - size, image + segments[i].p_vaddr, segments[i].p_filesz);
    }
    *(char **)pointer = pointer;
    call(158, 0x1002, (long)pointer, 0);
}

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

static void relocate(char *base)
{
    Elf64_Rela *entries = NULL;
    size_t size = 0;
    for (Elf64_Dyn *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RELA)
            entries = (Elf64_Rela *)(base + entry->d_un.d_ptr);
        if (entry->d_tag == DT_RELASZ)
            size = entry->d_un.d_val;
    }
    for (size_t i = 0; i < size / sizeof *entries; i++)
        *(char **)(base + entries[i].r_offset) = base + entries[i].r_addend;
}

__attribute__((used)) static void start(void)
{
    const Elf64_Ehdr *header = (const void *)__ehdr_start;
    const Elf64_Phdr *segments = (const void *)(__ehdr_start + header->e_phoff);
    char *base = (char *)__ehdr_start - segments[0].p_vaddr;
    relocate(base);
    set_up_thread(base, segments, header->e_phnum);
    torture();
    call(60, 0, 0, 0);
}

__asm__(".text\n"
        ".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "	endbr64\n"
        "	xorl %ebp,%ebp\n"
        "	call start\n"
        "	ud2\n");
