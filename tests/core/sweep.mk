# SPDX-License-Identifier: BSD-2-Clause
#
# A death at every instruction of a call.

SWEEP_OBJECTS := $(patsubst %.c,$(B)/%.o,$(addprefix tests/core/sweep/,realm.c sweep.c symbols.c tracer.c))

$(B)/tests/core/sweep/party: $(wildcard tests/core/sweep/party.*) tests/core/programs/support.h $(B)/toolchain/cocc \
    $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(CORE_PROGRAM_FLAGS) -I. -o $@ tests/core/sweep/party.c

$(B)/tests/core/sweep/sweep: $(SWEEP_OBJECTS)
	$(CC) -o $@ $^

TESTS += tests/core/sweep.t
TEST_DEPS += $(B)/tests/core/sweep/sweep $(B)/tests/core/sweep/party

# Every instruction; `make test` visits one in five.
.PHONY: sweep
sweep: $(B)/tests/core/sweep/sweep $(B)/tests/core/sweep/party $(B)/cli/comesg
	SWEEP_STRIDE=1 prove --verbose tests/core/sweep.t
