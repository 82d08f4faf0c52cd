#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make install to a tree that is then moved: the programs of the README, compiled and run with what was installed, without
# a look at what it was made from; make uninstall leaves nothing.
set -u
source=$(pwd)
. tests/tap.sh

skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# As a person would call it: not as a part of the make that may run this.
make_tree() {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make "$1" DESTDIR="$scratch/stage" PREFIX=/opt/comesg >"$scratch/log" 2>&1
}

# The two columns of the README.
extract() {
    awk -v folder="$scratch/own" '
        index($0, "/* greeter.c */") == 1 { column = index($0, "/* visitor.c */") }
        column && /^```/ { exit }
        column {
            print substr($0, 1, column - 1) >(folder "/greeter.c")
            print substr($0, column) >(folder "/visitor.c")
        }' README.md
    [ -s "$scratch/own/greeter.c" ] && [ -s "$scratch/own/visitor.c" ]
}

# traced COMMAND...: notes the files that the command and its children name
traced() {
    if [ "$can_trace" ]; then
        strace -f -qq -A -o "$scratch/trace" -e trace=%file "$@"
    else
        "$@"
    fi
}

can_trace=
strace -qq -o /dev/null true 2>/dev/null && can_trace=yes

make_tree install
ok $? "make install"
mkdir "$scratch/own"
extract >"$scratch/log" 2>&1
ok $? "the README shows two programs"
mv "$scratch/stage/opt/comesg" "$scratch/moved"
bin=$scratch/moved/bin
cd "$scratch/own" || exit 1
unset COCC_SYSROOT COMESG_UKERNEL
for program in greeter visitor; do
    traced "$bin/cocc" -O2 --verify -o $program $program.c >"$scratch/log" 2>&1
    ok $? "the installed cocc compiles and verifies $program"
done
traced timeout 60 "$bin/comesg" run ./greeter : ./visitor >"$scratch/out" 2>"$scratch/log" &&
    [ "$(cat "$scratch/out")" = "hello, world" ]
ok $? "the installed comesg runs them, with the installed microkernel"

cat >names.c <<'END'
#include <comesg/comsg.h>
#include <stdio.h>
int main(void)
{
    coport_t port = open_named_coport("port", COCARRIER, coproc_init());
    void *message;
    return cosend(port, "hello", 6) != 6 || corecv(port, &message, 0) != 6 || puts(message) < 0;
}
END
traced "$bin/cocc" -O2 -o names names.c -lcoproc -lcomsg >"$scratch/log" 2>&1 &&
    traced timeout 60 "$bin/comesg" run ./names >"$scratch/out" 2>"$scratch/log" && grep -qx hello "$scratch/out"
ok $? "and a program that uses its services"
printf 'program one %s/names\n' "$scratch/own" >realm
traced timeout 60 "$bin/comesg" up realm >"$scratch/out" 2>"$scratch/log" && grep -qx hello "$scratch/out"
ok $? "comesg up too"

name="no file of the build was looked at"
if [ "$can_trace" ]; then
    grep -F "\"$source/" "$scratch/trace" | head -5 >"$scratch/log"
    [ -s "$scratch/trace" ] && [ ! -s "$scratch/log" ]
    ok $? "$name"
else
    skip "$name" "strace is missing or may not trace here"
fi
"$bin/cocc" -print-sysroot | grep -qx "$bin/../lib/comesg/sysroot"
ok $? "cocc tells where its C library is"
for page in man1/comesg.1 man3/cocall.3 man3/coaccept.3 man5/comesg-realm.5; do
    [ -s "$scratch/moved/share/man/$page" ]
    ok $? "the manual has $page"
done

cd "$source" || exit 1
mv "$scratch/moved" "$scratch/stage/opt/comesg"
touch "$scratch/stage/opt/comesg/bin/other" "$scratch/stage/opt/comesg/share/man/man1/other.1"
make_tree uninstall && find "$scratch/stage" -type f | sed "s|$scratch/stage||" | sort >"$scratch/log"
[ "$(cat "$scratch/log")" = "/opt/comesg/bin/other
/opt/comesg/share/man/man1/other.1" ]
ok $? "make uninstall takes what is ours, and nothing else"

echo "1..$tests"
exit $failed
