#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Mutants of the passing corpus: what the verifier accepts satisfies the second opinion.
programs=
for source in verifier/corpus/pass/*.s; do
    name=${source##*/}
    programs="$programs build/verifier/corpus/pass/${name%.s}"
done
# shellcheck disable=SC2086
exec build/tests/verifier/mutate.t $programs
