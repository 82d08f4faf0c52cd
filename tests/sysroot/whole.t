#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# All of the C library and of the runtime in one program: every function passes the verifier.
set -u
program=build/tests/sysroot/whole
echo 1..3
size=$(wc -c <"$program")
if [ "$size" -gt 600000 ]; then
    echo "ok 1 - the program holds the whole library"
else
    echo "not ok 1 - the program holds the whole library: it has $size bytes only"
fi
if build/verifier/coverify "$program" >"$program.verdict"; then
    echo "ok 2 - the verifier accepts it"
else
    echo "not ok 2 - the verifier accepts it"
    sed 's/^/# /' "$program.verdict"
fi
if [ "$(build/cli/comesg run --bare "$program")" = hello ]; then
    echo "ok 3 - it runs"
else
    echo "not ok 3 - it runs"
fi
