#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Random programs print the same from a co-process as natively; options in rotation. Half of the seeds are fixed, half
# change from day to day or follow CSMITH_SEED. objdump divides them all into the instructions that the verifier sees.
set -u
here=tests/toolchain/csmith
fixed=50
rotating=50
first=${CSMITH_SEED:-$(($(date +%s) / 86400 * 1000))}
levels=$("$here/levels")
count=$(echo "$levels" | wc -l)
number=0

# Every level in turn, and a fresh seed if the program of this one does not end.
try() {
    number=$((number + 1))
    seed=$1
    options=$(echo "$levels" | sed -n "$((number % count + 1))p")
    while
        # shellcheck disable=SC2086
        sh "$here/try" "$seed" $options >"$log" 2>&1
        status=$?
        [ $status = 77 ]
    do
        seed=$((seed + 1000000))
    done
    [ $status = 0 ] && echo "ok $number - seed $seed $options" && return
    echo "not ok $number - seed $seed $options"
    sed 's/^/# /' "$log"
}

log=$(mktemp) || exit 1
CSMITH_PROGRAMS=$(mktemp -d) || exit 1
export CSMITH_PROGRAMS
trap 'rm -rf "$log" "$CSMITH_PROGRAMS"' EXIT
echo "1..$((fixed + rotating + 1))"
echo "# CSMITH_SEED=$first"
for seed in $(seq 1 $fixed) $(seq "$first" $((first + rotating - 1))); do
    try "$seed"
done
if perl "$here/decode" "$CSMITH_PROGRAMS"/* >"$log" 2>&1; then
    echo "ok $((number + 1)) - objdump sees the same instructions in all"
else
    echo "not ok $((number + 1)) - objdump sees the same instructions in all"
    head -n 20 "$log" | sed 's/^/# /'
fi
