/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A tiny stand-in for the core: loads one program built by cocc into a region and runs it, so that the compiler is
 * tested without the rest. It isolates nothing. Usage: jail PROGRAM [ARGUMENT...]
 */
#include "comesg/abi.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REGION ((char *)0x200000000000)
#define CONTROL_SIZE (1 << 24)
#define MAPPING_START 0x80000000

struct thread_block {
    void (*gates[8])(void);
    uint64_t thread_pointer;
    char *control_top;
    uint64_t gate_stack;
    uint64_t saved;
};

static struct thread_block block;
static uint64_t next_mapping = MAPPING_START;

long serve(long number, const long *arguments);
void gate_syscall(void);
void gate_setjmp(void);
void gate_longjmp(void);
void gate_missing(void);
_Noreturn void enter(void *entry, struct thread_block *thread, char *region, uint64_t stack, char *control);

__asm__(".text\n"
        /* Called by the program. rax: number, rdi rsi rdx r10 r8 r9: arguments. */
        "gate_syscall:\n"
        "	pushq %rbp\n"
        "	movq %rsp,%rbp\n"
        "	pushq %r9\n"
        "	pushq %r8\n"
        "	pushq %r10\n"
        "	pushq %rdx\n"
        "	pushq %rsi\n"
        "	pushq %rdi\n"
        "	movq %rax,%rdi\n"
        "	movq %rsp,%rsi\n"
        "	andq $-16,%rsp\n"
        "	call serve\n"
        "	movq %rbp,%rsp\n"
        "	popq %rbp\n"
        "	xorl %ecx,%ecx\n"
        "	xorl %edx,%edx\n"
        "	xorl %esi,%esi\n"
        "	xorl %edi,%edi\n"
        "	xorl %r8d,%r8d\n"
        "	xorl %r9d,%r9d\n"
        "	xorl %r10d,%r10d\n"
        "	xorl %r11d,%r11d\n"
        "	ret\n"
        /* Called by the program's setjmp. */
        "gate_setjmp:\n"
        "	movq 0x48(%r15),%rax\n"
        "	subq %rsp,%rax\n"
        "	subq $16,%rax\n"
        "	movq 8(%rsp),%rdx\n"
        "	xorl %r11d,%r11d\n"
        "	ret\n"
        /* Jumped to by the program's longjmp. rdi: depth, rsi: target, edx: value. */
        "gate_longjmp:\n"
        "	cmpl $0xfa1e0ff3,(%rsi)\n"
        "	jne gate_missing\n"
        "	movq 0x48(%r15),%rsp\n"
        "	subq %rdi,%rsp\n"
        "	movl %edx,%eax\n"
        "	xorl %r11d,%r11d\n"
        "	jmp *%rsi\n"
        "gate_missing:\n"
        "	ud2\n"
        /* Called by main. */
        "enter:\n"
        "	movq %rsi,%r15\n"
        "	movq %rdx,%r14\n"
        "	movl %ecx,%r13d\n"
        "	movq %r8,%rsp\n"
        "	xorl %edx,%edx\n"
        "	xorl %r11d,%r11d\n"
        "	jmp *%rdi\n");

static long map_anonymous(size_t length)
{
    length = (length + 4095) & ~4095ul;
    if (length > COMESG_STACK_TOP - COMESG_STACK_SIZE - next_mapping)
        return -ENOMEM;
    char *at = REGION + next_mapping;
    next_mapping += length + 4096;
    return mmap(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at ? (long)at
                                                                                                          : -ENOMEM;
}

long serve(long number, const long *arguments)
{
    long result;
    switch (number) {
    case SYS_write:
    case SYS_writev:
    case SYS_exit:
    case SYS_exit_group:
    case SYS_clock_gettime:
    case SYS_getpid:
    case SYS_read:
    case SYS_open:
    case SYS_close:
    case SYS_rt_sigprocmask:
        result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3]);
        return result < 0 ? -errno : result;
    case SYS_mmap:
        return arguments[3] & MAP_ANONYMOUS && !(arguments[3] & MAP_FIXED) ? map_anonymous((size_t)arguments[1])
                                                                           : -ENOSYS;
    case SYS_arch_prctl:
        block.thread_pointer = (uint64_t)arguments[1];
        return 0;
    case SYS_set_tid_address:
        return getpid();
    case SYS_munmap:
        return 0;
    default:
        return -ENOSYS;
    }
}

static void die(const char *what)
{
    perror(what);
    exit(125);
}

static char *read_program(const char *name, size_t *size)
{
    struct stat status;
    int file = open(name, O_RDONLY);
    if (file < 0 || fstat(file, &status))
        die(name);
    *size = (size_t)status.st_size;
    char *bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        die(name);
    return bytes;
}

static void load_segment(const char *bytes, const Elf64_Phdr *header)
{
    uint64_t start = header->p_vaddr & ~4095ul, end = (header->p_vaddr + header->p_memsz + 4095) & ~4095ul;
    int protection = PROT_READ | (header->p_flags & PF_W ? PROT_WRITE : 0) | (header->p_flags & PF_X ? PROT_EXEC : 0);
    char *at = REGION + start;
    if (mmap(at, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
        die("mmap");
    memcpy(REGION + header->p_vaddr, bytes + header->p_offset, header->p_filesz);
    if (mprotect(at, end - start, protection))
        die("mprotect");
}

static uint64_t push_strings(uint64_t at, int count, char **strings, uint64_t *pointers)
{
    for (int i = count - 1; i >= 0; i--) {
        at -= strlen(strings[i]) + 1;
        strcpy(REGION + at, strings[i]);
        pointers[i] = (uint64_t)REGION + at;
    }
    return at;
}

static uint64_t build_stack(const Elf64_Ehdr *header, int argc, char **argv)
{
    uint64_t pointers[64] = {0};
    uint64_t at = push_strings(COMESG_STACK_TOP - 64, argc, argv, pointers);
    uint64_t tables = (uint64_t)REGION + COMESG_IMAGE_START + header->e_phoff;
    uint64_t auxiliary[] = {
        AT_PHDR,         tables,    AT_PHENT, sizeof(Elf64_Phdr), AT_PHNUM,
        header->e_phnum, AT_PAGESZ, 4096,     AT_RANDOM,          (uint64_t)REGION + COMESG_STACK_TOP - 64,
        AT_NULL,         0};
    uint64_t zero[1] = {0}, count[1] = {(uint64_t)argc};
    uint64_t words = 1 + (uint64_t)argc + 2 + sizeof auxiliary / 8;
    at = (at - words * 8) & ~15ul;
    char *place = REGION + at;
    place = mempcpy(place, count, 8);
    place = mempcpy(place, pointers, (size_t)argc * 8);
    place = mempcpy(place, zero, 8);
    place = mempcpy(place, zero, 8);
    memcpy(place, auxiliary, sizeof auxiliary);
    return at;
}

int main(int argc, char **argv)
{
    size_t size;
    if (argc < 2 || argc > 60) {
        fputs("usage: jail PROGRAM [ARGUMENT...]\n", stderr);
        return 125;
    }
    const char *bytes = read_program(argv[1], &size);
    const Elf64_Ehdr *header = (const void *)bytes;
    const Elf64_Phdr *segments = (const void *)(bytes + header->e_phoff);
    if (mmap(REGION, COMESG_REGION_STRIDE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE,
             -1, 0) != REGION)
        die("mmap");
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD)
            load_segment(bytes, &segments[i]);
    char *stack = REGION + COMESG_STACK_TOP - COMESG_STACK_SIZE;
    char *control = mmap(NULL, CONTROL_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (control == MAP_FAILED ||
        mmap(stack, COMESG_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != stack)
        die("mmap");
    for (int i = 0; i < 8; i++)
        block.gates[i] = gate_missing;
    block.gates[COMESG_GATE_SYSCALL / 8] = gate_syscall;
    block.gates[COMESG_GATE_SETJMP / 8] = gate_setjmp;
    block.gates[COMESG_GATE_LONGJMP / 8] = gate_longjmp;
    block.control_top = control + CONTROL_SIZE - 64;
    uint64_t at = build_stack(header, argc - 1, argv + 1);
    enter(REGION + header->e_entry, &block, REGION, at + 8, block.control_top);
}
