#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each torture program is compiled by gcc and by cocc with the same options; what cocc makes must be accepted by the
# verifier and report the same results in the jail as gcc's does natively. The programs stay for tests of the verifier.

set -u
build=${BUILD:-build}
here=tests/toolchain/torture
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
common="-std=gnu17 -w -Wno-psabi -fno-math-errno -ffreestanding -fno-strict-aliasing -fwrapv -mcx16 -fno-tree-loop-distribute-patterns -I$here"
programs=$build/tests/toolchain/torture
mkdir -p "$programs" || exit 1
number=0

check() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        [ -f "$scratch/log" ] && sed 's/^/# /' "$scratch/log" | head -n 20
    fi
}

try() {
    program=$1
    shift
    binary=$programs/$program$(echo "$*" | tr -d ' ')
    gcc $common "$@" -static-pie -fPIE -nostdlib -mlong-double-64 "$here/$program.c" "$here/support.c" -o "$scratch/native" 2>"$scratch/log" &&
        "$scratch/native" >"$scratch/expected" 2>"$scratch/log" &&
        "$build/toolchain/cocc" $common "$@" -nostdlib "$here/$program.c" "$here/support.c" -o "$scratch/program" 2>"$scratch/log" &&
        "$build/verifier/coverify" "$scratch/program" >"$scratch/log" 2>&1 &&
        mv "$scratch/program" "$binary" &&
        { "$build/tests/toolchain/jail" "$binary" >"$scratch/results" 2>"$scratch/log" || { echo "status $?" >"$scratch/log"; false; }; } &&
        [ -s "$scratch/results" ] && diff "$scratch/expected" "$scratch/results" >"$scratch/log"
    check $? "$program $*"
}

echo "1..69"
for program in ${TORTURE:-calls control integers vectors assembly bits returns_twice memory}; do
    for options in -O0 -O1 -O2 -O3 -Os "-O2 -fno-omit-frame-pointer" "-O2 -fno-shrink-wrap -funroll-all-loops" "-O1 -g"; do
        try $program $options
    done
done
try vectors -O3 -mavx2 -mfma -mbmi -mbmi2
try memory -O3 -mavx2 -mbmi2
try memory -O3 -ffast-math -march=haswell
try integers -O2 -mbmi -mbmi2 -mpopcnt -mlzcnt -mmovbe
try control -O2 -fno-jump-tables -freorder-blocks-and-partition -ffunction-sections
