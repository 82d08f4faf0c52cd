/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Words from and to memory that may fault, in line: what core_copy does, for the few that every call needs.
 */
#ifndef COMESG_CORE_WORDS_H
#define COMESG_CORE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* An entry of the table of fix-ups for the instruction between labels 1 and 2: a fault continues at the C label
 * `fault`, with the address in rax. */
#define WORDS_FIXUP "\n2:\t.pushsection core_fixup_table, \"aw\"\n\t.quad 1b, 2b, %l[fault]\n\t.popsection"

/* False if it faults. */
static inline __attribute__((always_inline)) bool core_fetch_word(uint64_t *to, uint64_t from)
{
    uint64_t word;
    __asm__ goto("1:\tmovq %[from], %[word]" WORDS_FIXUP
                 : [word] "=&r"(word)
                 : [from] "m"(*(const uint64_t *)from)
                 : "rax"
                 : fault);
    *to = word;
    return true;
fault:
    return false;
}

static inline __attribute__((always_inline)) bool core_put_word(uint64_t to, uint64_t word)
{
    __asm__ goto("1:\tmovq %[word], %[to]" WORDS_FIXUP
                 :
                 : [word] "r"(word), [to] "m"(*(uint64_t *)to)
                 : "rax", "memory"
                 : fault);
    return true;
fault:
    return false;
}

#undef WORDS_FIXUP

#endif
