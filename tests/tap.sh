# SPDX-License-Identifier: BSD-2-Clause
#
# What tests written in shell begin with: a folder that is removed at the end, and results. A test ends with
# `echo "1..$tests"` and `exit "$failed"`.
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
tests=0
failed=0

# ok STATUS NAME: after a failure, the end of what was written to `out` and `log` of the folder.
ok() {
    tests=$((tests + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tests - $2"
    else
        echo "not ok $tests - $2"
        cat "$scratch/out" "$scratch/log" 2>/dev/null | tail -20 | sed 's/^/# /'
        failed=1
    fi
}
