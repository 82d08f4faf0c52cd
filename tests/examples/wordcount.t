#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# wordcount and wordcount-service: the words are those that standard tools count; failures are told; calls need no system
# call.

build=${BUILD:-build}
comesg=$build/cli/comesg
service=$build/examples/wordcount/wordcount-service
client=$build/examples/wordcount/wordcount
text=/usr/share/common-licenses/GPL-3
LC_ALL=C
export LC_ALL

. tests/tap.sh

skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# The same definition of a word, in standard tools.
reference() {
    tr -cs A-Za-z '\n' <"$1" | tr A-Z a-z | sed '/^$/d' | sort | uniq -c | sort -k1,1nr -k2,2
}

count() {
    timeout 60 "$comesg" run "$service" : "$client" "$@"
}

# same NAME FILE [OPTION]
same() {
    name=$1
    file=$2
    shift 2
    reference "$file" >"$scratch/expected"
    count --top=0 "$@" "$file" >"$scratch/words" && cmp "$scratch/expected" "$scratch/words"
    ok $? "$name: the words are those of standard tools"
}

# 600 KB: NULs and all other bytes, words longer than a call carries and than a reply, 30000 different words, no newline
# at the end.
generate() {
    awk 'BEGIN {
        for (i = 0; i < 200000; i++) printf "%c", 97 + i % 26
        for (i = 1; i < 256; i++) printf "%cAb~%c", i, i
        for (i = 0; i < 30000; i++) {
            word = ""
            for (n = i * 7919 % 30011; n > 0; n = int(n / 26)) word = word substr("abcdefghijklmnopqrstuvwxyz", n % 26 + 1, 1)
            printf "%s%s", word, i % 3 ? " " : "\n"
        }
        for (i = 0; i < 70000; i++) printf "Zz"
    }' | tr '~' '\000'
}

# Waits until FILE has a line that matches PATTERN: wait_for PATTERN FILE
wait_for() {
    tries=0
    until grep -q "$1" "$2" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || return 1
        sleep 0.1
    done
}

# Starts a realm in the background whose client reads $scratch/input, or FILE with options.
start_verbose() {
    timeout 60 "$comesg" run -v "$service" : "$client" "$@" >"$scratch/words" 2>"$scratch/errors" &
    realm=$!
}

service_pid() {
    sed -n 's/.*wordcount-service started with pid \([0-9]*\) .*/\1/p' "$scratch/errors"
}

# The client must end by itself, with status 1 and this message.
expect_gone() {
    wait "$realm"
    status=$?
    [ $status -eq 1 ] && grep -q 'the service has ended; the count is lost' "$scratch/errors"
    ok $? "$1: status 1 and a message that names the cause"
}

killed_between_calls() {
    mkfifo "$scratch/input"
    start_verbose "$scratch/input"
    exec 3>"$scratch/input"
    # More than a pipe holds: so the client has handed some of it over when this is done.
    cat "$text" "$text" "$text" "$text" >&3
    wait_for 'wordcount started' "$scratch/errors"
    kill -9 "$(service_pid)"
    wait_for "(pid $(service_pid)) was ended" "$scratch/errors"
    ok $? "the death of the service is reported"
    echo more >&3
    exec 3>&-
    expect_gone "service killed between two calls"
}

killed_while_called() {
    start_verbose --measure=1000000000000 "$text"
    wait_for 'measuring' "$scratch/errors"
    sleep 0.2
    kill -9 "$(service_pid)"
    expect_gone "service killed while it is called"
}

# How many system calls all processes make while the client makes 2 * $1 calls. The supervisor may still be ending its
# part of the start meanwhile, which takes about ten.
system_calls() {
    timeout 120 strace -f -qq -o "$scratch/trace" "$comesg" run "$service" : "$client" --measure="$1" "$text" \
        >"$scratch/words" 2>"$scratch/errors" || return
    awk '/"wordcount: measured/ { if (inside) print count + 0; exit }
         inside && !/resumed>|---|\+\+\+/ { count++ }
         /"wordcount: measuring/ { inside = 1 }' "$scratch/trace"
}

no_system_calls() {
    name="40000 more calls need no more system calls"
    n=$(system_calls 20000)
    twice=$(system_calls 40000)
    if [ -z "$n" ] || [ -z "$twice" ]; then
        skip "$name" "strace is missing or may not trace here"
        return
    fi
    echo "# $n system calls with 40000 calls, $twice with 80000"
    [ $((twice - n)) -lt 40 ]
    ok $? "$name"
}

generate >"$scratch/generated"
: >"$scratch/empty"
same "text" "$text"
same "text, three bytes at a time" "$text" --chunk=3
same "binary file" /bin/ls
same "generated file" "$scratch/generated"
same "generated file, 4093 bytes at a time" "$scratch/generated" --chunk=4093
same "empty file" "$scratch/empty"

count --top=3 "$text" >"$scratch/words"
reference "$text" | head -3 | cmp - "$scratch/words"
ok $? "--top=3 prints three words"

count - <"$text" >"$scratch/words"
reference "$text" | head -20 | cmp - "$scratch/words"
ok $? "standard input"

count "$scratch/missing" >"$scratch/words" 2>"$scratch/errors"
[ $? -eq 1 ] && grep -q "cannot open $scratch/missing: No such file" "$scratch/errors"
ok $? "missing file: status 1 and a message that names it"

count --chunk=0 "$text" 2>"$scratch/errors"
[ $? -eq 2 ] && grep -q "0 is not a number that fits" "$scratch/errors"
ok $? "wrong option: status 2"

timeout 60 "$comesg" run "$client" --timeout=1 "$text" 2>"$scratch/errors"
[ $? -eq 1 ] && grep -q 'no service named wordcount/count after 1 s; start one' "$scratch/errors"
ok $? "no service: status 1 and a message that names the cure"

# The client starts first and waits for the service; the service is the last program, so the realm goes on without it.
timeout 5 "$comesg" run "$client" --top=1 "$text" : "$service" >"$scratch/words"
reference "$text" | head -1 | cmp - "$scratch/words"
ok $? "the client may start first"

killed_between_calls
killed_while_called
no_system_calls

echo "1..$tests"
exit $failed
