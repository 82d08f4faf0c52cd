# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the rewriter and of cocc. torture.t does without the core: the jail stands in for it.

PACKAGES += csmith libcsmith-dev

COCC_TESTS := torture refuse driver csmith
TESTS += $(COCC_TESTS:%=tests/toolchain/%.t)
TEST_DEPS += $B/toolchain/cocc $B/toolchain/cocc-rewrite $B/verifier/coverify $B/tests/toolchain/jail $(SYSROOT_FILES)

$B/tests/toolchain/jail: $B/tests/toolchain/jail.o
	$(CC) -o $@ $^

# Not a part of the tests: FUZZ_PROGRAMS random programs at all levels.
FUZZ_PROGRAMS ?= 1000
.PHONY: fuzz-cocc
fuzz-cocc: $B/toolchain/cocc $B/verifier/coverify $B/cli/comesg $(SYSROOT_FILES)
	sh tests/toolchain/csmith/fuzz $(FUZZ_PROGRAMS)
