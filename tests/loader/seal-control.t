#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Negative control: the test of the seals must fail when the texts are not sealed.
echo 1..2
output=$(build/tests/loader/unsealed 2>&1)
status=$?
if [ "$status" -eq 1 ]; then
    echo "ok 1 - without seals the test of the seals fails"
else
    echo "not ok 1 - without seals the test of the seals fails (status $status)"
fi
case $output in
*"not ok"*"writing through a writable descriptor fails"*) echo "ok 2 - because a text can be written to" ;;
*) echo "not ok 2 - because a text can be written to" ;;
esac
