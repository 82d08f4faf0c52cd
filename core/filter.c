/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Second line of defence: a seccomp filter that admits system calls only from the core's own text. Should verified code
 * ever come to execute a system-call instruction, its process is killed.
 */
#include "core/kernel.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

extern const char __start_core_text[] __attribute__((visibility("hidden")));
extern const char __stop_core_text[] __attribute__((visibility("hidden")));

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_HIGH(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field) + 4)
#define GO(condition, value, yes, no) BPF_JUMP(BPF_JMP | BPF_K | (condition), (value), (yes), (no))

/* The instruction pointer of seccomp is that behind the instruction, so the range is (start, stop]. The two ends may
 * lie in different 4 GiB. 0 or a negative errno. */
int64_t core_install_filter(void)
{
    uint64_t first = (uint64_t)__start_core_text + 1, last = (uint64_t)__stop_core_text;
    struct sock_filter instructions[] = {
        /* 0 */ LOAD(arch),
        /* 1 */ GO(BPF_JEQ, AUDIT_ARCH_X86_64, 0, 10),
        /* 2 */ LOAD_HIGH(instruction_pointer),
        /* 3 */ GO(BPF_JEQ, (uint32_t)(first >> 32), 0, 4),
        /* 4 */ LOAD(instruction_pointer),
        /* 5 */ GO(BPF_JGE, (uint32_t)first, 0, 6),
        /* 6 */ LOAD_HIGH(instruction_pointer),
        /* 7 */ GO(BPF_JEQ, (uint32_t)(last >> 32), 1, 3),
        /* 8 */ GO(BPF_JEQ, (uint32_t)(last >> 32), 0, 3),
        /* 9 */ LOAD(instruction_pointer),
        /* 10 */ GO(BPF_JGT, (uint32_t)last, 1, 0),
        /* 11 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        /* 12 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof instructions / sizeof instructions[0], instructions};
    return kernel3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program);
}
