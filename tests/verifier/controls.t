#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The tests can fail: a verifier without one rule accepts a program of that rule's failing corpus, and the mutation and
# the hardware test notice that a rule is missing.
set -u
tests=build/tests/verifier
number=0

check() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

accepts_a_failing_program() {
    grep -lx "# rule: $1" verifier/corpus/fail/*.s | while read -r source; do
        name=${source##*/}
        "$tests/coverify-without-$1" "build/verifier/corpus/fail/${name%.s}"
    done | grep -q ': accepted,'
}

must_fail() {
    "$@" >/dev/null
    [ $? = 1 ]
}

set -- "$tests"/coverify-without-*
echo "1..$(($# + 2))"
for program; do
    rule=${program##*/coverify-without-}
    accepts_a_failing_program "$rule"
    check $? "without the rule $rule, a program that breaks it is accepted"
done
must_fail "$tests/mutate-without-memory-form" build/verifier/corpus/pass/general
check $? 'the mutation test notices a missing memory-form rule'
must_fail "$tests/hardware-without-region-base"
check $? 'the hardware test notices a missing region-base rule'
