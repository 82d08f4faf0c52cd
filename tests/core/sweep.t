#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# A death at every instruction of a call. SWEEP_STRIDE=1 visits all of them, as `make sweep` does; otherwise one in five
# is visited, from a start that changes from run to run, which the first line tells. SWEEP_START chooses it, SWEEP_PLAN
# one plan by its number, SWEEP_SECONDS how long what is to happen may take.
stride=${SWEEP_STRIDE:-5}
start=${SWEEP_START:-$(($(date +%s) % stride))}
echo "# one instruction in $stride, from number $start on"
# shellcheck disable=SC2086
exec build/tests/core/sweep/sweep "$stride" "$start" ${SWEEP_PLAN-}
