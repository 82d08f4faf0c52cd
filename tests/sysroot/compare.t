#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Programs compiled with cocc print the same as when they are compiled natively, at each optimisation level.
set -u
built=build/tests/sysroot/compare
number=0

set -- "$built"/*-O[0-9s]
echo "1..$#"
for program; do
    number=$((number + 1))
    name=${program##*/}
    native=$built/${name%-O?}.native
    "$native" >"$native.output"
    status=$?
    if [ $status -ne 0 ] || [ ! -s "$native.output" ]; then
        echo "not ok $number - $name: the native program failed with status $status"
    elif ! build/verifier/coverify "$program" >"$program.output"; then
        echo "not ok $number - $name is refused by the verifier"
        sed 's/^/# /' "$program.output"
    elif ! build/cli/comesg run --bare "$program" >"$program.output"; then
        echo "not ok $number - $name fails as a co-process"
    elif cmp -s "$native.output" "$program.output"; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name differs from the native output"
        diff "$native.output" "$program.output" | head -n 6 | sed 's/^/# /'
    fi
done
