# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the rewriter and of cocc, without the core: the jail stands in for it.

TESTS += tests/toolchain/torture.t tests/toolchain/refuse.t tests/toolchain/driver.t
TEST_DEPS += $B/toolchain/cocc $B/toolchain/cocc-rewrite $B/verifier/coverify $B/tests/toolchain/jail

$B/tests/toolchain/jail: $B/tests/toolchain/jail.o
	$(CC) -o $@ $^
