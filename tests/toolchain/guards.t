#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# How many guards the rewriter puts into pieces of assembly: as few as possible, and one wherever r11 holds something
# else or the distance from it is too large. Likewise changes of r13: pushes and subtractions count together. That the results stay the same is what the torture tests show.

set -u
build=${BUILD:-build}
number=0

# count REGISTER COUNT DESCRIPTION TEXT: how many instructions write REGISTER; semicolons separate the lines
count() {
    number=$((number + 1))
    text=$(printf '.text\n.globl f\n.type f,@function\nf:\n%s\nret\n' "$(echo "$4" | tr ';' '\n')")
    rewritten=$(echo "$text" | "$build/toolchain/cocc-rewrite")
    counted=$(echo "$rewritten" | grep -c ",%$1")
    if [ "$counted" = "$2" ]; then
        echo "ok $number - $3"
    else
        echo "not ok $number - $3: $counted instead of $2"
        echo "$rewritten" | sed 's/^/# /'
    fi
}

guards() {
    count r11d "$@"
}

moves() {
    count r13d "$@"
}

guards 1 "fields of one structure" 'movq (%rdi),%rax; movq 8(%rdi),%rdx; movl %eax,16(%rdi)'
guards 1 "the same sum of two registers" 'movb (%rdi,%rsi),%al; movb %al,-1(%rdi,%rsi)'
guards 2 "the same registers, another scale" 'movl (%rdi,%rsi,4),%eax; movl (%rdi,%rsi,8),%edx'
guards 2 "the base has changed" 'movq (%rdi),%rdi; movq 8(%rdi),%rax'
guards 2 "the index has changed" 'movb (%rdi,%rsi),%al; xorl %esi,%esi; movb (%rdi,%rsi),%al'
guards 2 "half of the base has changed" 'movb (%rdi),%al; movw %ax,%di; movb (%rdi),%al'
guards 1 "a constant has been added to the base" 'movq (%rdi),%rax; addq $8,%rdi; movq (%rdi),%rdx; subq $24,%rdi; movq (%rdi),%rcx'
guards 1 "a constant has been added to the index" 'movq (%rdi,%rsi,8),%rax; addq $1,%rsi; movq (%rdi,%rsi,8),%rdx'
guards 2 "a large constant has been added to the base" 'movq (%rdi),%rax; addq $70000,%rdi; movq (%rdi),%rdx'
guards 1 "a large constant has been added and taken into account" 'movq (%rdi),%rax; addq $70000,%rdi; movq -70000(%rdi),%rdx'
guards 2 "a large displacement" 'movq (%rdi),%rax; movq 70000(%rdi),%rdx'
guards 1 "two large displacements near each other" 'movq 70000(%rdi),%rax; movq 70008(%rdi),%rdx'
guards 1 "copies of the base" 'movq (%rdi),%rax; movq %rdi,%rbx; movq 8(%rbx),%rdx; movl %ebx,%ecx; movq 16(%rcx),%rsi'
guards 1 "a base that lea computed" 'movq (%rdi),%rax; leaq 16(%rdi),%rbx; movq (%rbx),%rdx'
guards 1 "a sum that lea computed" 'movq (%rdi,%rsi,8),%rax; leaq (%rdi,%rsi,8),%rbx; movq %rax,8(%rbx)'
guards 1 "a conditional jump does not go there" 'movq (%rdi),%rax; testq %rax,%rax; je f; movq 8(%rdi),%rax'
guards 2 "a label that is jumped to" 'movq (%rdi),%rax; .Lhere: movq 8(%rdi),%rax; testq %rax,%rax; je .Lhere'
guards 1 "a label that one jump reaches" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; ret; .Lhere: movq 8(%rdi),%rax'
guards 1 "a label where a jump and control from above agree" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; movq 8(%rdi),%rdx; .Lhere: movq 16(%rdi),%rcx'
guards 1 "two numeric labels" 'movq (%rdi),%rax; testq %rax,%rax; je 1f; jns 2f; incq 8(%rdi); 1: incq 16(%rdi); jmp 1f; 2: decq 24(%rdi); 1: incq 32(%rdi)'
guards 2 "what holds at all jumps is kept, though only that" 'movq (%rdi),%rbx; testq %rbx,%rbx; je .Lhere; movq %rdi,%rdx; js .Lhere; ret; .Lhere: movq 8(%rdi),%rax; movq 8(%rdx),%rax'
guards 3 "control from above has another address" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; movq (%rsi),%rdx; .Lhere: movq 8(%rdi),%rcx'
guards 3 "the second jump has another address" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; movq (%rsi),%rdx; js .Lhere; ret; .Lhere: movq 8(%rdi),%rcx'
guards 2 "the register has changed at one of two jumps" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; addq %rax,%rdi; js .Lhere; ret; .Lhere: movq 8(%rdi),%rcx'
guards 2 "a constant has been added at one of two jumps" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; addq $8,%rdi; js .Lhere; ret; .Lhere: movq 8(%rdi),%rcx'
guards 2 "a jump that comes later" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; .Lhere: movq 8(%rdi),%rcx; testq %rcx,%rcx; jne .Lhere'
guards 2 "a label whose address is taken" 'leaq .Lhere(%rip),%rbx; movq (%rdi),%rax; testq %rax,%rax; je .Lhere; ret; .Lhere: movq 8(%rdi),%rcx'
guards 2 "a label that is called" 'movq (%rdi),%rax; testq %rax,%rax; je .Lhere; ret; .Lhere: movq 8(%rdi),%rcx; call .Lhere'
guards 2 "a global label" '.globl here; movq (%rdi),%rax; testq %rax,%rax; je here; ret; here: movq 8(%rdi),%rcx'
guards 1 "a label that nothing uses" 'movq (%rdi),%rax; .Lhere: movq 8(%rdi),%rax'
guards 2 "a call" 'movq (%rbx),%rax; call g; movq 8(%rbx),%rax'
guards 2 "a string instruction" 'movq (%rbx),%rax; rep stosb; movq 8(%rbx),%rax'
guards 2 "an instruction that writes rdx unnamed" 'movq (%rdx),%rcx; mulq %rcx; movq (%rdx),%rcx'
guards 2 "a division" 'movl (%rax),%ecx; cltd; idivl %ecx; movl (%rax),%ecx'
guards 1 "sign extension of the index" 'movb (%rdi,%rax),%cl; cltq; movb %cl,1(%rdi,%rax)'
guards 2 "a compare and exchange writes rax" 'movq (%rax),%rcx; cmpxchgq %rcx,%rdx; movq (%rax),%rcx'
guards 2 "an exchange writes both" 'movq (%rdi),%rcx; xchgq %rdi,%rsi; movq (%rdi),%rcx'
guards 2 "a string comparison writes rcx" 'movb (%rcx),%al; pcmpistri $0,%xmm0,%xmm1; movb (%rcx),%al'
guards 2 "two registers are written" 'movq (%rdi),%rcx; mulx %rsi,%rdi,%rax; movq (%rdi),%rcx'
guards 2 "a register from the stack" 'movq (%rbx),%rax; pushq %rcx; popq %rbx; movq (%rbx),%rax'
guards 3 "r11 has been written by hand" 'movq (%rdi),%rax; movl %esi,%r11d; movb (%r14,%r11),%al; movq (%rdi),%rax'
guards 3 "another address in between" 'movq (%rdi),%rax; movq (%rsi),%rdx; movq 8(%rdi),%rax'
guards 4 "addresses on the stack in between" 'movq (%rdi),%rax; movq (%rsp,%rsi,8),%rdx; movq %rdx,8(%rsp,%rsi,8); movq (%rdi),%rax'

moves 0 "a leaf without a frame" 'movq (%rdi),%rax'
moves 0 "a leaf with a frame in the red zone" 'pushq %rbx; subq $32,%rsp; movq %rdi,8(%rsp); addq $32,%rsp; popq %rbx'
moves 2 "a frame" 'pushq %rbp; pushq %rbx; subq $40,%rsp; call g; addq $40,%rsp; popq %rbx; popq %rbp'
moves 3 "a frame with a frame pointer, which leave copies" 'pushq %rbp; movq %rsp,%rbp; pushq %rbx; subq $24,%rsp; call g; movq -8(%rbp),%rbx; leave'
moves 2 "two calls in one frame" 'pushq %rbx; call g; movq %rax,%rbx; call g; popq %rbx'
moves 2 "no branch but one around the frame" 'testq %rdi,%rdi; je .Lout; pushq %rbx; movq %rdi,%rbx; call g; popq %rbx; .Lout:'
moves 3 "a large frame" 'pushq %rbx; subq $4096,%rsp; movq %rdi,(%rsp); call g; addq $4096,%rsp; popq %rbx; pushq %rax; call g; popq %rax'
echo "1..$number"
