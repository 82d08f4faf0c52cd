# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the core: programs compiled with cocc, or written in assembly, that call, attack and crash each other under
# `comesg run`.

PACKAGES += perl

CORE_PROGRAM_FLAGS := -std=gnu17 -O2 -g $(WARNINGS) -Wno-vla -Wno-infinite-recursion -D_GNU_SOURCE
CORE_C_PROGRAMS := $(patsubst tests/core/programs/%.c,$(B)/tests/core/programs/%,$(wildcard tests/core/programs/*.c))
CORE_RAW_PROGRAMS := $(patsubst %.s,$(B)/%,$(wildcard tests/core/programs/raw/*.s))
CORE_REGISTER_PROGRAMS := $(B)/tests/core/programs/registers-avx $(B)/tests/core/programs/registers-sse
CORE_PROGRAMS := $(CORE_C_PROGRAMS) $(CORE_RAW_PROGRAMS) $(CORE_REGISTER_PROGRAMS) $(B)/tests/core/programs/wild-avx

$(CORE_C_PROGRAMS): $(B)/tests/core/programs/%: tests/core/programs/%.c $(wildcard tests/core/programs/*.h) \
    $(B)/toolchain/cocc $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(CORE_PROGRAM_FLAGS) -o $@ $< -lcomsg

$(B)/tests/core/programs/wild-avx: tests/core/programs/wild.c $(wildcard tests/core/programs/*.h) $(B)/toolchain/cocc \
    $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(CORE_PROGRAM_FLAGS) -DAVX -o $@ $<

$(CORE_RAW_PROGRAMS): $(B)/%: %.s $(wildcard tests/core/programs/raw/*)
	@mkdir -p $(@D)
	as -o $@.o $<
	ld -pie --no-dynamic-linker --no-relax -z separate-code -Ttext-segment=0x10000 -z noexecstack -o $@ $@.o

$(B)/tests/core/programs/registers-avx: CORE_GATES_FLAGS := -DAVX
$(CORE_REGISTER_PROGRAMS): $(wildcard tests/core/programs/registers/* tests/core/programs/*.h) $(B)/toolchain/cocc \
    $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(CC) $(CORE_GATES_FLAGS) -c -o $@.gates.o tests/core/programs/registers/gates.S
	$(B)/toolchain/cocc $(CORE_PROGRAM_FLAGS) -frounding-math -I. -o $@ tests/core/programs/registers/registers.c $@.gates.o


# The tests that must fail: the command with exactly one check removed.
CORE_CLI_OBJECTS := $(B)/cli/comesg.o $(B)/host/libhost.a $(B)/core/core.o
CORE_RULES := memory-form region-base upper-half branch-form landing-pad branch-target stack-pointer thread-block gate \
    string-unit instruction
CORE_RULE_VARIANTS := $(CORE_RULES:%=$(B)/variants/rule-%/comesg)

$(CORE_RULE_VARIANTS): $(B)/variants/rule-%/comesg: $(CORE_CLI_OBJECTS) $(B)/verifier/libverifier-without-%.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lZydis -pthread

# Those with an edited source. The trusted sources need no hooks for tests.
CORE_EDIT_VARIANTS := $(patsubst %,$(B)/variants/%/comesg,$(shell cut -d' ' -f1 tests/core/variants))

$(CORE_EDIT_VARIANTS): $(B)/variants/%/comesg: tests/core/variants tests/core/make-variant $(CORE_CLI_OBJECTS) \
    $(B)/verifier/libverifier.a
	CC='$(CC)' LD='$(LD)' CORE_CFLAGS='$(filter-out -MMD -MP,$(CORE_CFLAGS))' HOST_CFLAGS='$(filter-out -MMD -MP,$(HOST_CFLAGS))' \
	    CORE_ASFLAGS='$(filter-out -MMD -MP,$(CORE_ASFLAGS))' CORE_OBJECTS='$(CORE_OBJECTS)' CORE_C='$(CORE_C)' \
	    sh tests/core/make-variant $*

# Without the rule, and with and without the second line of defence behind it.
$(B)/variants/filter-and-rule/comesg: $(B)/cli/comesg.o $(B)/variants/filter/comesg \
    $(B)/verifier/libverifier-without-instruction.a
	@mkdir -p $(@D)
	$(CC) -o $@ $< $(B)/host/libhost.a $(B)/variants/filter/core.o $(B)/verifier/libverifier-without-instruction.a -lZydis -pthread

CORE_VARIANTS := $(CORE_RULE_VARIANTS) $(CORE_EDIT_VARIANTS) $(B)/variants/filter-and-rule/comesg

CORE_TESTS := buffers controls crash deadline deadlock descriptors exec handles identity interrupt isolation jumps kill memory-objects messages microkernel options polling quota random-kill raw recovery refuse registers reuse sharing shim sockets structures waiting windows
TESTS += tests/doc/errors.t tests/doc/manual.t tests/doc/prototype.t tests/doc/security.t
TESTS += $(CORE_TESTS:%=tests/core/%.t) tests/core/deaths.t tests/core/classes.t tests/core/launching.t
TEST_DEPS += $(CORE_PROGRAMS) $(B)/cli/comesg $(CORE_VARIANTS)

.PHONY: core-test-programs
core-test-programs: $(CORE_PROGRAMS) $(B)/cli/comesg $(CORE_VARIANTS)

include tests/core/sweep.mk tests/core/stress.mk
include tests/core/handles.mk tests/core/slots.mk tests/core/pools.mk tests/core/entries.mk tests/core/numbers.mk tests/core/reaping.mk tests/models/tests.mk

include tests/toolchain/tests.mk tests/sysroot/tests.mk
