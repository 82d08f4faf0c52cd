#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# cocc as build systems use it: output names, dependency files, response files, questions.

set -u
build=$(cd "${BUILD:-build}" && pwd)
cocc=$build/toolchain/cocc
support=$(pwd)/tests/toolchain/torture
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
number=0

report() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' log | head -n 5
    fi
}

mkdir sub inc
echo '#define VALUE 5' >inc/value.h
printf '#include "value.h"\nint get(void) { return VALUE + EXTRA; }\n' >sub/a.c
printf '#include "support.h"\nint get(void);\nvoid torture(void) { result("get", (unsigned long)get()); }\n' >b.c
printf '#define NUMBER $7\n.globl seven\nseven: movl NUMBER,%%eax; ret\n' >c.S
printf '.globl eight\neight:\n\tmovl $8,%%eax\n\tret\n' >d.s

"$cocc" -c sub/a.c -Iinc -DEXTRA=1 >log 2>&1 && [ -f a.o ]
report $? "-c writes to the present folder"
"$cocc" -S sub/a.c -I inc -D EXTRA=1 -o - 2>log | grep -q '^get:'
report $? "-S -o - writes to standard output"
"$cocc" -E sub/a.c -Iinc -DEXTRA=1 2>log | grep -q 'return 5 + 1'
report $? "-E preprocesses"
"$cocc" -MD -c sub/a.c -Iinc -DEXTRA=1 -o sub/x.o >log 2>&1 && grep -q '^sub/x.o:' sub/x.d && grep -q value.h sub/x.d
report $? "-MD names the object and its sources"
"$cocc" -MMD -MP -MF y.dep -MT target -c sub/a.c -Iinc -DEXTRA=1 >log 2>&1 && grep -q '^target:' y.dep
report $? "-MF and -MT"
"$cocc" -M sub/a.c -Iinc 2>log | grep -q '^a.o:.*'
report $? "-M lists dependencies"
"$cocc" -c c.S >log 2>&1 && "$cocc" -c d.s >log 2>&1 && nm c.o | grep -q ' T seven' && nm d.o | grep -q ' T eight'
report $? "assembly with and without preprocessor"
objdump -d c.o | grep -q endbr64
report $? "a global label of assembly is a landing pad"
echo 'int f(void) { return 3; }' | "$cocc" -x c -c -o stdin.o - >log 2>&1 && nm stdin.o | grep -q ' T f'
report $? "standard input with -x c"
echo 'void f(_Atomic double *x) { *x += 1; }' | "$cocc" -x c -c -o stdin2.o - >log 2>&1 && nm stdin2.o | grep -q ' T f'
report $? "standard input that is compiled twice"
printf -- '-c sub/a.c\n-Iinc "-DEXTRA=2"\n-o response.o' >arguments
"$cocc" @arguments >log 2>&1 && [ -f response.o ]
report $? "response files"
"$cocc" -ffreestanding -nostdlib -I"$support" -Iinc -DEXTRA=4 b.c sub/a.c "$support/support.c" c.o d.s -o prog >log 2>&1 &&
    "$build/tests/toolchain/jail" ./prog >out 2>log && grep -q 'get 0000000000000009' out
report $? "several inputs are linked"
readelf -h prog 2>log | grep -q 'Type:.*DYN' && readelf -lW prog | grep -q ' R E '
report $? "a program is position-independent with one text segment"
"$cocc" -ffreestanding -nostdlib -I"$support" -Iinc -DEXTRA=4 b.c sub/a.c "$support/support.c" -o prog --verify >log 2>&1 &&
    grep -q accepted log
report $? "--verify"
ar rc libget.a response.o && "$cocc" -ffreestanding -nostdlib -I"$support" b.c "$support/support.c" -L. -lget -Wl,--gc-sections -o prog2 >log 2>&1
report $? "archives by -L and -l, options by -Wl"
"$cocc" -r a.o c.o -nostdlib -o both.o >log 2>&1 && nm both.o | grep -q ' T seven'
report $? "-r joins objects"
"$cocc" --version 2>log | grep -q 'cocc.*gcc'
report $? "--version names gcc"
"$cocc" --help 2>log | grep -q usage
report $? "--help"
[ "$("$cocc" -dumpmachine 2>log)" = x86_64-linux-musl ]
report $? "-dumpmachine"
[ "$("$cocc" --sysroot=/nowhere -print-sysroot 2>log)" = /nowhere ] && [ "$(COCC_SYSROOT=/there "$cocc" -print-sysroot)" = /there ]
report $? "--sysroot and COCC_SYSROOT"
"$cocc" -### -c sub/a.c -Iinc -o none.o 2>log && grep -q '^gcc' log && grep -q '^as' log && [ ! -e none.o ]
report $? "-### only shows commands"
"$cocc" -v >log 2>&1
report $? "-v alone"
! "$cocc" -c missing.c >log 2>&1
report $? "a missing file fails"
! "$cocc" >log 2>&1 && grep -q 'no input' log
report $? "no input fails"
! "$cocc" -c sub/a.c b.c -o x.o >log 2>&1 && grep -q 'one output' log
report $? "one output for two inputs fails"
echo 'int f(void) { return undeclared; }' >bad.c
! "$cocc" -c bad.c >log 2>&1 && grep -q 'bad.c:1' log && [ ! -e bad.o ]
report $? "gcc's errors are passed on"
! COCC_SYSROOT=/nowhere "$cocc" bad.c stdin.o -o x >log 2>&1
report $? "a failed compilation links nothing"
! COCC_SYSROOT=/nowhere "$cocc" stdin.o -o x >log 2>&1 && grep -q 'sysroot' log
report $? "a missing sysroot is named"
mkdir tmp && TMPDIR=$scratch/tmp "$cocc" -c sub/a.c -Iinc -DEXTRA=1 >log 2>&1 && [ -z "$(ls tmp)" ]
report $? "temporary files are removed"
[ -z "$(echo | "$cocc" -dM -E -x c - 2>log | grep 'LDBL_MANT_DIG__ 64')" ] && echo | "$cocc" -dM -E -x c - | grep -q __comesg__
report $? "predefined macros"

# What gcc makes of loops for all sorts of CPUs has to be admitted, though not all of it can run here.
cat >loops.c <<'EOF'
int products(const unsigned char *a, const signed char *b, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i] * b[i]; return s; }
int shorts(const short *a, const short *b, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i] * b[i]; return s; }
void fuse(double *restrict a, const double *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = a[i] * b[i] - a[i]; }
void turn(unsigned *a, int n) { for (int i = 0; i < n; i++) a[i] = a[i] << 7 | a[i] >> 25; }
void shift(unsigned *a, const unsigned *b, int n) { for (int i = 0; i < n; i++) a[i] <<= b[i]; }
void gather(double *restrict a, const double *b, const int *x, int n) { for (int i = 0; i < n; i++) a[i] = b[x[i]]; }
void masked(int *restrict a, const int *b, int n) { for (int i = 0; i < n; i++) if (b[i] > 3) a[i] += b[i]; }
void count(unsigned long *a, int n) { for (int i = 0; i < n; i++) a[i] = (unsigned long)__builtin_popcountl(a[i]) + (a[i] & -a[i]); }
EOF
for cpu in native nehalem sandybridge haswell skylake-avx512 tigerlake alderlake sapphirerapids knl amdfam10 bdver4 btver2 znver3; do
    "$cocc" -O3 -march=$cpu -ffreestanding -nostdlib -Wl,--entry=0 loops.c -o loops >log 2>&1 && "$build/verifier/coverify" loops >>log 2>&1
    report $? "-march=$cpu"
done
"$cocc" -O2 -ffunction-sections -fdata-sections -ffreestanding -nostdlib -I"$support" -Wl,--gc-sections loops.c "$support/support.c" \
    "$support/memory.c" -o sections >log 2>&1 && nm sections | grep -q ' torture' && ! nm sections | grep -q ' gather' &&
    "$build/tests/toolchain/jail" ./sections >out 2>log && grep -q matrix out
report $? "-ffunction-sections and --gc-sections drop what is not used"

echo "1..$number"
