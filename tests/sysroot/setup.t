#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The set-up script on imitated machines: commands of apt and dpkg that note how they were called.
set -u
number=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {
    number=$((number + 1))
    if [ "$2" = 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        cat "$work/output" "$work/calls" 2>/dev/null | sed 's/^/# /'
    fi
}

# imitate NAME SCRIPT: a command that notes its arguments, then runs the script.
imitate() {
    printf '#!/bin/sh\necho "%s $*" >>"%s"\n%s\n' "$1" "$work/calls" "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# Installed packages are files in the folder "installed"; apt-get update makes the file "lists".
new_machine() {
    rm -rf "$work/bin" "$work/installed" "$work/lists" "$work/calls"
    mkdir -p "$work/bin" "$work/installed"
    : >"$work/calls"
    for tool in sh env grep sed cat touch; do
        ln -s "$(command -v $tool)" "$work/bin/$tool"
    done
    imitate id "echo ${1:-0}"
    imitate dpkg-query "for last; do :; done; [ -f '$work/installed/'\$last ] && printf installed"
    imitate apt-cache "[ -f '$work/lists' ] && echo '  Candidate: 1.0'"
    imitate apt-get "case \$1 in
        update) touch '$work/lists' ;;
        install) [ -f '$work/lists' ] || exit 100
            for package; do touch '$work/installed/'\$package; done ;;
        esac"
}

run_setup() {
    (PATH=$work/bin && export PATH && sh toolchain/setup "$@") >"$work/output" 2>&1
}

called() {
    grep -q "$1" "$work/calls"
}

echo 1..11

new_machine
touch "$work/installed/one" "$work/installed/two" "$work/lists"
run_setup one two
status=$?
! called apt-get
check "nothing is done when everything is installed" $((status + $?))

new_machine
touch "$work/installed/one" "$work/lists"
run_setup one two
check "a missing package is installed" $?
called 'apt-get install .* two$' && ! called 'apt-get install .*one'
check "only the missing one is asked for" $?
! called 'apt-get update'
check "package lists that are there are not fetched" $?

new_machine
run_setup one
check "without package lists it succeeds too" $?
called 'apt-get update'
check "by fetching them" $?

new_machine
imitate apt-get 'exit 100'
touch "$work/lists"
! run_setup one && grep -q 'could not install: one' "$work/output"
check "a failing apt-get is reported with the package" $?

new_machine 1000
touch "$work/lists"
! run_setup one && grep -q 'become root and run: apt-get install one' "$work/output"
check "an ordinary user without sudo is told what to do" $?

new_machine 1000
touch "$work/lists"
# shellcheck disable=SC2016
imitate sudo 'exec "$@"'
run_setup one && called 'sudo env .*apt-get install .*one'
check "sudo is used when it is there" $?

new_machine
rm "$work/bin/apt-get"
! run_setup one two && grep -q 'not a Debian system.* one two' "$work/output"
check "another system is told which packages it needs" $?

new_machine
touch "$work/lists"
imitate apt-get 'exit 0'
! run_setup one && grep -q 'still missing: one' "$work/output"
check "an apt-get that only claims success is noticed" $?
