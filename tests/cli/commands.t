#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Every command: its help names what its manual page names; mistakes give a message that names cause and cure, nothing on
# standard output, and the exit status of the manual.
set -u
comesg=build/cli/comesg
coverify=build/verifier/coverify
cocc=build/toolchain/cocc
rewrite=build/toolchain/cocc-rewrite
. tests/tap.sh

# run COMMAND...: what it says is in $scratch/out and $scratch/log
run() {
    timeout 60 "$@" </dev/null >"$scratch/out" 2>"$scratch/log"
}

# mistake STATUS PATTERN COMMAND...: one message, which matches all of it
mistake() {
    wanted=$1 pattern=$2
    shift 2
    run "$@"
    [ $? -eq "$wanted" ] && [ ! -s "$scratch/out" ] && [ "$(wc -l <"$scratch/log")" -eq 1 ] &&
        grep -Eqx -- "$pattern" "$scratch/log"
    ok $? "$*: $pattern"
}

# The long options that a file names, without the two dashes.
options_of_help() {
    grep -Eo -- '--[a-z]+' "$1" | sed 's/^--//' | sort -u
}

options_of_page() {
    grep -E '^\.(It|Op) Fl |^\.Fl ' "$1" | grep -Eo -- ' -[a-z]+' | sed 's/^ -//' | sort -u
}

# help COMMAND PAGE
help() {
    run "$1" --help && grep -iq '^usage: ' "$scratch/out" && [ ! -s "$scratch/log" ]
    ok $? "$1 --help"
    options_of_help "$scratch/out" >"$scratch/of-help"
    options_of_page "$2" >"$scratch/of-page"
    comm -23 "$scratch/of-help" "$scratch/of-page" >"$scratch/log"
    [ -s "$scratch/of-help" ] && [ ! -s "$scratch/log" ]
    ok $? "$2 has all options that it names"
}

help $comesg doc/man/comesg.1
comm -13 "$scratch/of-help" "$scratch/of-page" >"$scratch/log"
[ ! -s "$scratch/log" ]
ok $? "and it names all that the page has"
help $coverify doc/man/coverify.1
comm -13 "$scratch/of-help" "$scratch/of-page" >"$scratch/log"
[ ! -s "$scratch/log" ]
ok $? "and it names all that the page has"
help $cocc doc/man/cocc.1
for command in run up; do
    run $comesg $command --help && grep -q '^Usage: comesg run' "$scratch/out"
    ok $? "comesg $command --help"
done
run $rewrite --help && grep -q '^usage: cocc-rewrite' "$scratch/out"
ok $? "cocc-rewrite --help"
for command in $comesg $coverify $cocc; do
    run $command --version && [ "$(wc -l <"$scratch/out")" -eq 1 ] && grep -q "^${command##*/} " "$scratch/out"
    ok $? "$command --version"
done

see='\(see comesg --help\)'
mistake 2 "comesg: a command is missing $see" $comesg
mistake 2 "comesg: frob is no command $see" $comesg frob
mistake 2 "comesg: --frob is no command $see" $comesg --frob
mistake 2 "comesg: unknown option -z $see" $comesg run -bz x
mistake 2 "comesg: unknown option --frob $see" $comesg run --frob x
mistake 2 "comesg: unknown option --frob $see" $comesg up -v --frob
mistake 2 "comesg: a program is missing $see" $comesg run
mistake 2 "comesg: a program is missing $see" $comesg run -b a : : b
mistake 2 "comesg: name one realm file $see" $comesg up
mistake 2 "comesg: name one realm file $see" $comesg up a b
mistake 2 'comesg: doc: Is a directory' $comesg up doc
mistake 2 'comesg: /nowhere: No such file or directory' $comesg up /nowhere
mistake 126 'comesg: nowhere: in no folder of PATH: write \./nowhere for one in this folder' $comesg run -b nowhere
mistake 126 'comesg: \./nowhere: No such file or directory' $comesg run -b ./nowhere
mistake 126 'comesg: \./doc: not a regular file: give the path of a program' $comesg run -b ./doc
mistake 126 'comesg: /bin/true: .*: link it statically, with cocc' $comesg run -b /bin/true
mistake 126 'comesg: \./README\.md: not an ELF file.*cocc' $comesg run -b ./README.md
refused=build/tests/core/programs/raw/attack-memory-form
mistake 126 "comesg: $refused: refused by the verifier at 0x[0-9a-f]+: .*" $comesg run -b $refused
mistake 126 'comesg: there is no microkernel .*: set COMESG_UKERNEL to where it is, or .*--bare.*' \
    env COMESG_UKERNEL=/nowhere $comesg up Makefile
for service in nsd coserviced coeventd; do
    mistake 2 "$service: a service of the microkernel, started by coprocd: use comesg run" \
        $comesg run -b build/ukernel/$service
done
mistake 1 'ipcd: is started by coprocd, not by hand' $comesg run -b build/ukernel/ipcd
mistake 2 'coprocd: .*: use comesg run, which starts it' $comesg run -b build/ukernel/coprocd
mistake 2 'corealm: use comesg up, which starts this' $comesg run -b build/ukernel/corealm

mistake 2 'coverify: no file given; see coverify --help' $coverify
mistake 2 'coverify: unknown option -z; see coverify --help' $coverify -z
mistake 2 'coverify: README\.md: not an ELF file for x86-64; build it with cocc' $coverify README.md
run $coverify --json build/verifier/corpus/pass/general $refused README.md
perl -MJSON::PP -ne '$seen .= " " . decode_json($_)->{verdict};
    END { exit($seen ne " accepted refused error") }' "$scratch/out" 2>>"$scratch/log"
ok $? "coverify --json: each line is an object with its verdict"

mistake 1 'cocc: error: no input files; see --help' $cocc
mistake 1 'cocc: error: -shared: a co-process program is one static file; link static libraries' $cocc -shared x.c
mistake 1 'cocc: error: x\.cc: only C and assembly can be compiled' $cocc x.cc
printf 'int main(void) { return 0; }\n' >"$scratch/a.c"
mistake 1 'cocc: error: /nowhere/lib/program\.ld is missing; build the sysroot .*, or name another one with --sysroot' \
    $cocc --sysroot=/nowhere -nostdinc -o "$scratch/a" "$scratch/a.c"
mistake 1 'cocc: error: cannot run gcc: No such file or directory; install gcc and binutils' \
    env PATH=/nowhere $cocc -c "$scratch/a.c"
mistake 1 'cocc: error: cannot create a temporary folder .*; set TMPDIR' env TMPDIR=/nowhere $cocc -c "$scratch/a.c"
mistake 1 'cocc-rewrite: cannot open /nowhere: No such file or directory' $rewrite /nowhere

echo "1..$tests"
exit $failed
