#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What cannot run in a co-process is refused with file, line and reason, in C and in assembly; nothing is written then.

set -u
build=${BUILD:-build}
cocc=$build/toolchain/cocc
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0

report() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$scratch/log" | head -n 5
    fi
}

# refuse_asm LINE REASON: the line stands third in a file
refuse_asm() {
    printf '.text\nf:\n%s\nret\n' "$1" >"$scratch/a.s"
    rm -f "$scratch/a.o"
    "$cocc" -c "$scratch/a.s" -o "$scratch/a.o" >"$scratch/log" 2>&1
    [ $? = 1 ] && [ ! -e "$scratch/a.o" ] && grep -q "a\.s:3: error: .*$2" "$scratch/log"
    report $? "assembly: $1"
}

# refuse_c REASON: the C text is on standard input, its culprit in the third line
refuse_c() {
    cat >"$scratch/c.c"
    rm -f "$scratch/c.o"
    "$cocc" -O1 -c "$scratch/c.c" -o "$scratch/c.o" >"$scratch/log" 2>&1
    [ $? = 1 ] && [ ! -e "$scratch/c.o" ] && grep -q "c\.c:3:.*$1" "$scratch/log"
    report $? "C: $1"
}

refuse_option() {
    echo 'int x;' >"$scratch/o.c"
    "$cocc" -c "$scratch/o.c" -o "$scratch/o.o" "$1" >"$scratch/log" 2>&1
    [ $? = 1 ] && grep -q "error: .*$2" "$scratch/log"
    report $? "option $1"
}

refuse_asm 'syscall' 'gate'
refuse_asm 'int $0x80' 'gate'
refuse_asm 'int3' 'ud2'
refuse_asm 'sysenter' 'gate'
refuse_asm 'cpuid' 'getauxval'
refuse_asm 'rdtsc' 'clock_gettime'
refuse_asm 'rdrand %rax' 'getrandom'
refuse_asm 'fldl (%rax)' 'x87'
refuse_asm 'fninit' 'x87'
refuse_asm 'movq %mm0,%rax' 'MMX'
refuse_asm 'emms' 'MMX'
refuse_asm 'vaddps %zmm0,%zmm1,%zmm2' 'refused'
refuse_asm 'vaddps %xmm0,%xmm1,%xmm2{%k1}' 'refused'
refuse_asm 'vaddps %xmm16,%xmm1,%xmm2' 'refused'
refuse_asm 'kmovw %k1,%eax' 'refused'
refuse_asm 'vpgatherdd %xmm0,(%rax,%xmm1,4),%xmm2' 'operand'
refuse_asm 'ldmxcsr (%rax)' 'fenv'
refuse_asm 'stmxcsr (%rax)' 'fenv'
refuse_asm 'fxsave (%rax)' 'fenv'
refuse_asm 'xsave (%rax)' 'fenv'
refuse_asm 'pushfq' 'flags'
refuse_asm 'popfq' 'flags'
refuse_asm 'std' 'direction'
refuse_asm 'xlat' 'movb'
refuse_asm 'maskmovdqu %xmm0,%xmm1' 'implicit'
refuse_asm 'enter $8,$0' 'push'
refuse_asm 'ret $8' 'operand'
refuse_asm 'lret' 'control'
refuse_asm 'iretq' 'control'
refuse_asm 'loop f' 'conditional jump'
refuse_asm 'jrcxz f' 'conditional jump'
refuse_asm 'jmp f+2' 'plain symbol'
refuse_asm 'jmp .+4' 'plain symbol'
refuse_asm 'call 0x1234' 'plain symbol'
refuse_asm 'jmp *(%rax)' 'load it first'
refuse_asm 'jmp *%r11' 'register'
refuse_asm 'call *%rsp' 'register'
refuse_asm 'call *0x10(%r15)' 'gate'
refuse_asm 'call *-8(%r15)' 'gate'
refuse_asm 'call *0x30(%r15)' 'gate'
refuse_asm 'call *0x38(%r15)' 'gate'
refuse_asm 'jmp *0x0(%r15)' 'gate'
refuse_asm 'call *(%r15,%rax)' 'gate'
refuse_asm 'movq (%r15),%rax' 'r15'
refuse_asm 'movq 0x48(%r15),%rax' 'r15'
refuse_asm 'movl 0x40(%r15),%eax' 'r15'
refuse_asm 'movq %rax,0x40(%r15)' 'r15'
refuse_asm 'movq %r15,%rax' 'r15'
refuse_asm 'movq %rax,%r15' 'r15'
refuse_asm 'leaq 8(%r15),%rax' 'r15'
refuse_asm 'movq %rax,%r14' 'r14'
refuse_asm 'xchgq %r14,%rax' 'r14'
refuse_asm 'xaddq %r14,%rax' 'r14'
refuse_asm 'mulxq %rax,%r14,%rcx' 'r14'
refuse_asm 'movq %rax,%r11' '32-bit'
refuse_asm 'movb %al,%r13b' '32-bit'
refuse_asm 'popq %r13' '32-bit'
refuse_asm 'xchgl %eax,%r13d' '32-bit'
refuse_asm 'movq %r11,(%rax)' 'guard register'
refuse_asm 'xchgq %rsp,%rax' 'stack pointer'
refuse_asm 'popq %rsp' 'not followed'
refuse_asm 'pushq %rsp' 'not followed'
refuse_asm 'movl %eax,%esp' 'stack pointer'
refuse_asm 'imulq $3,%rsp' 'stack pointer'
refuse_asm 'movq (%rsp),%rax' 'return address'
refuse_asm 'popq %rax' 'return address'
refuse_asm 'btq %r11,symbol(%rip)' 'r11'
refuse_asm 'btsq %r13,(%rdx)' 'r13'
refuse_asm 'btrq %rax,8(%r14,%r11)' 'r11'
refuse_asm 'lock btcq %rsp,(%rdx)' 'stack pointer'
refuse_asm 'btsq %rax,(%rsp)' 'return address'
refuse_asm 'btsq %rax,%fs:(%rdx)' 'segment'
refuse_asm 'btb %al,(%rdx)' 'unknown'
refuse_asm 'lock btl %eax,(%rdx)' 'lock needs'
refuse_asm 'movq %gs:0,%rax' 'segment'
refuse_asm 'movw %fs,%ax' 'segment'
refuse_asm 'wrfsbase %rax' 'egment'
refuse_asm 'rep addl $1,(%rax)' 'prefix'
refuse_asm 'data16 movl %eax,%ecx' 'prefix'
refuse_asm 'xacquire lock incl (%rax)' 'prefix'
refuse_asm 'repne movsb' 'prefix'
refuse_asm 'movabsq 0x123456789abcdef0,%rax' 'absolute'
refuse_asm 'movl symbol,%eax' 'absolute'
refuse_asm '.byte 0x0f,0x05' 'data among instructions'
refuse_asm '.long 12' 'data among instructions'
refuse_asm '.macro m' 'not followed'
refuse_asm '.intel_syntax noprefix' 'not followed'
refuse_asm 'frobnicate %rax' 'unknown'
refuse_asm 'bogus %rax' 'unknown instruction'
refuse_asm 'movl {,%eax' 'operand'
refuse_asm '.type f,@gnu_indirect_function' 'indirect'
refuse_asm '.set g,f+2' 'middle'
refuse_asm 'g = .' 'label'
refuse_asm '. = . + 8' 'label'
refuse_asm '.section .note.GNU-stack,"x"' 'executable stack'
refuse_asm 'xbegin f' 'lock'
refuse_asm 'clflush (%rax)' 'cache'

refuse_c 'gate' <<'EOF'
long f(void) {
    long n = 60;
    __asm__ volatile("nop; syscall" : "+a"(n));
    return n; }
EOF
refuse_c 'x87' <<'EOF'
void f(__float80 *x) {
    *x
    *= 3; }
EOF
refuse_c 'return address' <<'EOF'
void *f(void) {
    return
    __builtin_return_address(0); }
EOF
refuse_c 'trampoline' <<'EOF'
void use(int (*)(void));
void f(int x) {
    int g(void) { return x; }
    use(g); }
EOF
refuse_c 'data among instructions' <<'EOF'
void f(void)
{
    __asm__ volatile(".byte 0x90"); }
EOF

refuse_c 'setjmp' <<'EOF'
extern void *buffer[5];
void f(void) {
    __builtin_longjmp(buffer, 1); }
EOF

# inline LINE REASON: the same in inline assembly, without -g, as a second instruction in the third line
inline() {
    refuse_c "$2" <<EOF
void f(long a, void *b) {
    a++; /* $1 */
    __asm__ volatile("nop; $1" : "+r"(a) : "r"(b) : "memory", "cc"); }
EOF
}
inline 'syscall' 'gate'
inline 'int3' 'ud2'
inline 'cpuid' 'getauxval'
inline 'rdtsc' 'clock_gettime'
inline 'rdtscp' 'clock_gettime'
inline 'xgetbv' 'getauxval'
inline 'fsin' 'x87'
inline 'fldcw (%1)' 'x87'
inline 'emms' 'MMX'
inline 'ldmxcsr (%1)' 'fenv'
inline 'fxsave (%1)' 'fenv'
inline 'pushfq; popq %0' 'flags'
inline 'pushq %0; popfq' 'flags'
inline 'std' 'direction'
inline 'movq (%%rsp),%0' 'return address'
inline 'movq %%gs:40,%0' 'segment'
inline 'rdfsbase %0' 'egment'
inline 'movq %0,%%r15' 'r15'
inline 'movq %%r15,%0' 'r15'
inline 'movq %0,%%r14' 'r14'
inline 'xchgq %0,%%rsp' 'stack pointer'
inline 'jmp *(%1)' 'load it first'
inline 'call *0x10(%%r15)' 'gate'
inline 'loop .' 'jump'
inline '1: xbegin 1b' 'lock'
inline 'vpgatherdd %%xmm0,(%1,%%xmm1,4),%%xmm2' 'operand'
inline '.byte 0x0f,0x05' 'data among instructions'
inline '.long 0x90909090' 'data among instructions'
inline '.rept 3; nop; .endr' 'not followed'
inline '.macro m; nop; .endm' 'not followed'
inline '.intel_syntax noprefix; mov eax, 1' 'not followed'
inline 'lock movq %0,(%1)' 'lock needs'
inline 'lock incq %0' 'lock needs'
inline 'lock; nop' 'lock needs'
inline 'lock leaq (%1),%0' 'lock needs'
inline 'lock addq (%1),%0' 'lock needs'

inline 'frobnicate %0' 'unknown instruction'
inline 'jmp 1f' 'no label 1f'
inline 'jne 3f' 'no label 3f'
inline 'leaq 7b(%%rip),%0' 'no label 7b'

# What only the assembler finds.
refuse_as() {
    printf '.text\nf:\n%s\nret\n' "$1" >"$scratch/a.s"
    rm -f "$scratch/a.o"
    "$cocc" -c "$scratch/a.s" -o "$scratch/a.o" >"$scratch/log" 2>&1
    [ $? = 1 ] && [ ! -e "$scratch/a.o" ] && grep -q "a\.s:3: Error: .*$2" "$scratch/log" && ! grep -q rewritten "$scratch/log"
    report $? "assembler: $1"
}
refuse_as 'movl (%rax,%rbx,4),%rcx' 'suffix'
refuse_as 'addl %eax,%ebx,%ecx' 'operands'
refuse_as 'nop; movq %xmm0,%eax; nop' 'add\|mov'
refuse_as '.p2align where' 'expression'
refuse_as '.popsection_' 'unknown pseudo-op'
refuse_as 'nop; f: ret' 'already defined'
inline 'movl (%1,%0,4),%%rax' 'Error: .*suffix'
inline 'movl %k0,%%ecx,%%ecx' 'Error: .*operands'
inline 'btq $300,(%1)' 'Error: .*mismatch'
inline 'f: nop' 'Error: .*already defined'
inline 'movq (%1),%%xmm1,%%xmm2' 'Error: .*operands'
printf 'void f(void) {\n    int c;\n    __asm__ volatile("addb $300,%%b0" : "=r"(c)); }\n' >"$scratch/w.c"
for options in '' -g '-O2 -g1' '-Os -ffunction-sections'; do
    # shellcheck disable=SC2086
    "$cocc" $options -c "$scratch/w.c" -o "$scratch/w.o" >"$scratch/log" 2>&1 && [ -e "$scratch/w.o" ] &&
        grep -q 'w\.c:3: Warning: .*shortened' "$scratch/log" && ! grep -q rewritten "$scratch/log"
    report $? "a warning of the assembler names the line: $options"
done
printf '#define WORD %%rax\n#define TWO movl (WORD),WORD\n.text\n\n.globl f\nf: nop\nTWO\nret\n' >"$scratch/t.S"
! "$cocc" -c "$scratch/t.S" -o "$scratch/t.o" >"$scratch/log" 2>&1 && grep -q 't\.S:7: Error: ' "$scratch/log" && [ ! -e "$scratch/t.o" ]
report $? 'the assembler on a line of a .S before the preprocessor'
mkdir "$scratch/temporary" && ! TMPDIR="$scratch/temporary" "$cocc" -c "$scratch/t.S" -o "$scratch/t.o" >"$scratch/log" 2>&1 && [ -z "$(ls "$scratch/temporary")" ]
report $? 'nothing temporary is left'
for language in c assembler assembler-with-cpp; do
    line='f: addl %ax,%eax; ret'
    [ $language != c ] || line='void f(void) { __asm__("addl %ax,%eax"); }'
    ! printf '\n%s\n' "$line" | "$cocc" -x $language -c - -o "$scratch/t.o" >"$scratch/log" 2>&1 && grep -q '^<stdin>:2: Error' "$scratch/log" && [ "$(grep -c . "$scratch/log")" = 2 ]
    report $? "the assembler on a line of standard input, -x $language"
done

# In a header, where the message has to name the header; in several lines of assembly; in a macro; behind #line.
printf 'static inline void leave(void)\n{\n    __asm__ volatile("sti");\n}\n' >"$scratch/header.h"
printf '#include "header.h"\nvoid f(void) { leave(); }\n' >"$scratch/h.c"
! "$cocc" -O2 -c "$scratch/h.c" -o "$scratch/h.o" >"$scratch/log" 2>&1 && grep -q 'header\.h:3: error: .*sti' "$scratch/log"
report $? 'C: the header that holds it is named'
printf '#define STOP __asm__("sti")\nvoid f(int x) {\n    if (x)\n        STOP;\n}\n' >"$scratch/m.c"
! "$cocc" -O2 -c "$scratch/m.c" -o "$scratch/m.o" >"$scratch/log" 2>&1 && grep -q 'm\.c:4: error: .*sti' "$scratch/log"
report $? 'C: the line where a macro is used is named'
printf '#line 77 "original.y"\nvoid f(void) { __asm__("cli"); }\n' >"$scratch/l.c"
! "$cocc" -O2 -c "$scratch/l.c" -o "$scratch/l.o" >"$scratch/log" 2>&1 && grep -q 'original\.y:77: error: .*cli' "$scratch/log"
report $? 'C: the source that #line names'
printf '#include "part.inc"\n.globl f\nf:\n#ifdef ONE\nnop\n#endif\nwbinvd\nret\n' >"$scratch/p.S"
printf '.text\n\n\n' >"$scratch/part.inc"
! "$cocc" -DONE -c "$scratch/p.S" -o "$scratch/p.o" >"$scratch/log" 2>&1 && grep -q 'p\.S:7: error: .*wbinvd' "$scratch/log"
report $? 'assembly: the line of a .S before the preprocessor'
printf '.text\nf: nop; syscall\nnop\nrdmsr\nret\n' >"$scratch/two.s"
! "$cocc" -c "$scratch/two.s" -o "$scratch/two.o" >"$scratch/log" 2>&1 && grep -q 'two\.s:2: error: syscall' "$scratch/log" && grep -q 'two\.s:4: error: .*rdmsr' "$scratch/log"
report $? 'assembly: every refused line is named'
refuse_option -shared 'static'
refuse_option -flto 'rewriter'
refuse_option -m32 '64-bit'
refuse_option -pg 'return addresses'
refuse_option -fsanitize=address 'run-time'
refuse_option -mavx512f 'AVX2'
refuse_option -masm=intel 'AT&T'
refuse_option -mlong-double-80 'x87'
refuse_option -xc++ 'only C'
refuse_option -Wl,-shared 'static'
refuse_option -Wl,-z,execstack 'executable'

cp "$scratch/o.c" "$scratch/o.cpp"
"$cocc" -c "$scratch/o.cpp" -o "$scratch/o.o" >"$scratch/log" 2>&1
[ $? = 1 ] && grep -q 'only C' "$scratch/log"
report $? "a C++ file"

echo "1..$number"
