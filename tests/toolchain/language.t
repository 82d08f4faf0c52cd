#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The program of tests/toolchain/language prints the same from a co-process as natively, at each level of optimisation,
# and the verifier accepts it.
set -u
build=${BUILD:-build}
programs=$build/tests/toolchain/language
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0

report() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$work/log" | head -n 20
    fi
}

for program in "$programs"/*/program; do
    level=${program%/program}
    native=$level/native
    level=${level##*/}
    "$build/verifier/coverify" "$program" >"$work/log" 2>&1
    report $? "$level: accepted"
    "$native" >"$work/expected" 2>"$work/log" && [ "$(wc -l <"$work/expected")" -gt 300 ]
    report $? "$level: natively"
    timeout 60 "$build/cli/comesg" run --bare "$program" >"$work/results" 2>"$work/log"
    status=$?
    [ $status = 0 ] || echo "status $status" >>"$work/log"
    report $status "$level: as a co-process"
    diff "$work/expected" "$work/results" >"$work/log"
    report $? "$level: the same results"
done
echo "1..$number"
[ $number -ge 20 ]
