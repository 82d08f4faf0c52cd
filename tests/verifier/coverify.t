#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The command line of coverify, its messages and exit statuses, and the ELF files it must not call verified.
set -u
coverify=build/verifier/coverify
good=build/verifier/corpus/pass/general
bad=build/verifier/corpus/fail/memory-plain-register
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0

check() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

# run STATUS PATTERN WHAT ARGUMENT...: the command exits with STATUS and prints a line that matches PATTERN.
run() {
    wanted=$1 pattern=$2 what=$3
    shift 3
    $coverify "$@" >"$work/out" 2>&1
    status=$?
    [ "$status" = "$wanted" ] && grep -Eq -- "$pattern" "$work/out"
    check $? "$what"
}

link() {
    ld --entry=0 -pie --no-dynamic-linker -Ttext-segment=0x10000 "$@"
}

printf '.data\n.byte 1\n' | as -o "$work/data.o" -
link -z noexecstack -z noseparate-code -o "$work/no-text" "$work/data.o"
printf 'ud2\n' | as -o "$work/text.o" -
link -N -o "$work/writable-text" "$work/text.o" 2>/dev/null
printf 'SECTIONS { .a 0x10000 : { *(.text) } :a  .b 0x20000 : { *(.other) } :b }
PHDRS { a PT_LOAD FLAGS(5); b PT_LOAD FLAGS(5); }\n' >"$work/two.ld"
printf 'ud2\n.section .other,"ax"\nud2\n' | as -o "$work/two.o" -
ld -pie --no-dynamic-linker --entry=0 -T "$work/two.ld" -o "$work/two-texts" "$work/two.o" 2>/dev/null
ld --entry=0 -pie --no-dynamic-linker -z separate-code -z noexecstack -Ttext-segment=0x3ffff000 \
    -o "$work/above-limit" "$work/text.o"
head -c 100 "$good" >"$work/cut-header"
head -c 4100 "$good" >"$work/cut-text"
: >"$work/empty"
head -c 4096 /dev/zero >"$work/zeros"
cp "$good" "$work/many-headers"
printf '\377\377' | dd of="$work/many-headers" bs=1 seek=56 conv=notrunc 2>/dev/null
cp "$good" "$work/far-headers"
printf '\377\377\377\377\377\377\377\377' | dd of="$work/far-headers" bs=1 seek=32 conv=notrunc 2>/dev/null
mkdir "$work/directory"
ld --entry=0 -pie --no-dynamic-linker -z separate-code -z noexecstack -Ttext-segment=0x10000 --no-as-needed \
    -o "$work/shared" "$work/text.o" "$(gcc -print-file-name=libc.so.6)"

echo 1..22
run 0 '^Usage: coverify' '--help' --help
run 0 ': accepted, [0-9]+ bytes' 'an acceptable program' "$good"
run 1 ': refused at 0x11000: 48 8b 08: mov .*\[memory-form\] Memory is accessed as' \
    'a refusal names address, bytes, instruction, rule and sentence' "$bad"
run 1 '^\{"file":.*"verdict":"refused","rule":"memory-form","address":69632,"bytes":"48 8b 08"' '--json' --json "$bad"
run 1 'accepted' 'several files: one refusal is enough, all are reported' "$bad" "$good"
run 2 'no-text' 'several files: the worst status wins' "$bad" "$work/no-text" "$good"
run 2 'no executable segment' 'no executable segment is not success' "$work/no-text"
run 2 'more than one executable segment' 'two executable segments' "$work/two-texts"
run 2 'writable' 'a writable executable segment' "$work/writable-text"
run 1 'text-bounds' 'text above the image limit' "$work/above-limit"
run 1 'text-bounds' 'text linked at address 0' /bin/true
run 2 'program header' 'cut within the program headers' "$work/cut-header"
run 2 'not wholly in the file' 'cut within the text' "$work/cut-text"
run 2 'regular file' 'an empty file' "$work/empty"
run 2 'not an ELF file' 'a file of zeros' "$work/zeros"
run 2 'program header' 'more program headers than the file holds' "$work/many-headers"
run 2 'program header' 'program headers at an absurd offset' "$work/far-headers"
run 2 'needs shared libraries' 'good code in a program that cannot relocate itself' "$work/shared"
run 2 'regular file' 'a directory' "$work/directory"
run 2 'No such file' 'a missing file' "$work/missing"
run 2 'no file given' 'no argument'
run 2 'unknown option' 'an unknown option' --frobnicate
