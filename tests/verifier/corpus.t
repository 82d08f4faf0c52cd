#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Every program of verifier/corpus/pass is accepted; every one of fail is refused by the rule its first line names.
set -u
coverify=build/verifier/coverify
built=build/verifier/corpus
number=0

result() {
    number=$((number + 1))
    echo "$1 $number - $2"
}

set -- verifier/corpus/pass/*.s verifier/corpus/fail/*.s
echo "1..$#"
for source; do
    name=${source#verifier/corpus/}
    name=${name%.s}
    verdict=$($coverify --json "$built/$name")
    status=$?
    case $name in
    pass/*)
        wanted='"verdict":"accepted"'
        wanted_status=0
        ;;
    *)
        wanted="\"rule\":\"$(sed -n '1s/^# rule: //p' "$source")\","
        wanted_status=1
        ;;
    esac
    case $status:$verdict in
    "$wanted_status:"*"$wanted"*) result ok "$name" ;;
    *)
        result 'not ok' "$name"
        echo "# wanted $wanted, got status $status: $verdict"
        ;;
    esac
done
