#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Debugging information survives the rewriting: gdb knows lines and types of a program, stops a co-process at a
# line, and the address that comesg gives for a fault leads to its line.
set -u
build=$(cd "${BUILD:-build}" && pwd)
cocc=$build/toolchain/cocc
comesg=$build/cli/comesg
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
        sed 's/^/# /' log | tail -n 15
    fi
}

cat >stepped.c <<'EOF2'
#include <stdio.h>
struct sum {
    int total;
};
static void add(struct sum *sum, int value)
{
    int doubled = sum->total * 2;
    sum->total = doubled + value;
}

int main(int argc, char **argv)
{
    struct sum sum = {0};
    int *nowhere = (int *)8;
    (void)argv;
    while (getchar() == 'x')
        add(&sum, argc);
    if (sum.total == 0)
        *nowhere = 5;
    printf("%d\n", sum.total);
    return 0;
}
EOF2

ask() {
    program=$1
    shift
    for command; do
        set -- "$@" -ex "$command"
        shift
    done
    timeout 60 gdb -nx -batch "$@" "$program" >log 2>&1
}

"$cocc" -g -O0 stepped.c -o plain >log 2>&1
report $? 'compile with -g'
ask ./plain 'info line stepped.c:7' && grep -Eq 'Line 7 of "stepped.c" starts at address 0x[0-9a-f]+ <add\+[0-9]+> and ends' log
report $? 'info line'
ask ./plain 'list add' && grep -Eq '^7[[:space:]]+int doubled' log
report $? 'list'
ask ./plain 'break stepped.c:8' && grep -q 'Breakpoint 1 at 0x1.*file stepped.c, line 8' log
report $? 'break at a line'
ask ./plain 'ptype struct sum' 'info scope add' && grep -q 'int total;' log && grep -q 'Symbol doubled' log
report $? 'types and names of variables'
"$cocc" -g -O2 -ffunction-sections -fno-inline stepped.c -Wl,--gc-sections -o optimised >log 2>&1 &&
    ask ./optimised 'disassemble /s add' && grep -Eq '^8[[:space:]]+sum->total' log && grep -q '^stepped.c:' log
report $? 'lines with -O2 and -ffunction-sections'

"$comesg" run --bare ./optimised </dev/null >log 2>&1
address=$(sed -n 's/.* at main[.a-z]*+0x[0-9a-f]* (\(0x[0-9a-f]*\) in its image).*/\1/p' log)
[ -n "$address" ] && addr2line -e optimised "$address" >log && grep -q 'stepped.c:19' log
report $? 'from the message of a fault to its line'

# A running one, in which gdb writes no breakpoints: its text is sealed.
mkfifo input
"$comesg" run --bare -v ./plain <input >output 2>messages &
exec 9>input
for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q 'started with pid' messages && break
    sleep 0.2
done
pid=$(sed -n 's/.*started with pid \([0-9]*\) at 0x.*/\1/p' messages)
base=$(sed -n 's/.*started with pid [0-9]* at \(0x[0-9a-f]*\).*/\1/p' messages)
printf xxx >&9
# It may be waiting in a call of the core; the next character comes when gdb is there.
cat >commands <<EOF2
set pagination off
set confirm off
attach $pid
add-symbol-file plain -o $base
hbreak stepped.c:8
shell printf x >&9
continue
info line *\$pc
list
delete
detach
EOF2
timeout 60 gdb -nx -batch -x commands >log 2>&1
printf y >&9
exec 9>&-
wait
if grep -Eq 'ptrace|not permitted|Could not insert hardware|No hardware breakpoint' log; then
    number=$((number + 1))
    echo "ok $number # SKIP no right to attach, or no hardware breakpoints"
else
    grep -q 'Breakpoint 1, add' log && grep -q 'Line 8 of "stepped.c"' log && grep -Eq '^8[[:space:]]+sum->total' log
    report $? 'gdb stops a co-process at a line'
fi
cp output log
grep -qx 15 output
report $? 'and lets it go on'
echo "1..$number"
