# SPDX-License-Identifier: BSD-2-Clause
#
# Random deaths and stops under load.

STRESS_PROGRAMS := $(patsubst tests/core/stress/%.c,$(B)/tests/core/stress/%,$(wildcard tests/core/stress/*.c))

$(STRESS_PROGRAMS): $(B)/tests/core/stress/%: tests/core/stress/%.c $(wildcard tests/core/stress/*.h) \
    tests/core/programs/support.h $(B)/toolchain/cocc $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(CORE_PROGRAM_FLAGS) -I. -o $@ $< -lcomsg

TESTS += tests/core/stress.t tests/core/restart.t
TEST_DEPS += $(STRESS_PROGRAMS)

# As long as you like: make soak STRESS_SECONDS=3600, of each kind.
.PHONY: soak
soak: $(STRESS_PROGRAMS) $(B)/cli/comesg
	STRESS_SECONDS=$${STRESS_SECONDS:-600} prove --verbose tests/core/stress.t
	RESTART_SECONDS=$${STRESS_SECONDS:-600} prove --verbose tests/core/restart.t
