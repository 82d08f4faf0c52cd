# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the rewriter and of cocc. torture.t does without the core: the jail stands in for it.

PACKAGES += csmith gdb libcsmith-dev

COCC_TESTS := torture refuse driver guards csmith language debug
TESTS += $(COCC_TESTS:%=tests/toolchain/%.t)
TEST_DEPS += $B/toolchain/cocc $B/toolchain/cocc-rewrite $B/verifier/coverify $B/tests/toolchain/jail $(SYSROOT_FILES)

$B/tests/toolchain/jail: $B/tests/toolchain/jail.o
	$(CC) -o $@ $^

# One program of many files, at each level by gcc for this machine and by cocc; what they print is compared.
LANGUAGE_SOURCES := $(wildcard tests/toolchain/language/*.c)
LANGUAGE_LEVELS := O0 O1 O2 O3 Os $(if $(shell sh tests/toolchain/csmith/levels | grep haswell),haswell)
LANGUAGE_FLAGS := -std=gnu17 -D_GNU_SOURCE -w -Wno-psabi -fwrapv -mcx16
LANGUAGE_haswell := -O3 -march=haswell
LANGUAGE := $B/tests/toolchain/language
LANGUAGE_PROGRAMS := $(foreach level,$(LANGUAGE_LEVELS),$(LANGUAGE)/$(level)/native $(LANGUAGE)/$(level)/program)

# $(1): level; $(2): its options
define language_level
$(LANGUAGE)/$(1)/%.native.o: tests/toolchain/language/%.c tests/toolchain/language/language.h
	@mkdir -p $$(@D)
	$$(CC) $$(LANGUAGE_FLAGS) $(2) -fPIE -mlong-double-64 -c -o $$@ $$<

$(LANGUAGE)/$(1)/%.o: tests/toolchain/language/%.c tests/toolchain/language/language.h $B/toolchain/cocc $$(SYSROOT_FILES)
	@mkdir -p $$(@D)
	$B/toolchain/cocc $$(LANGUAGE_FLAGS) $(2) -c -o $$@ $$<

$(LANGUAGE)/$(1)/native: $$(LANGUAGE_SOURCES:tests/toolchain/language/%.c=$(LANGUAGE)/$(1)/%.native.o)
	$$(CC) -pie -o $$@ $$^ -latomic -lm

$(LANGUAGE)/$(1)/program: $$(LANGUAGE_SOURCES:tests/toolchain/language/%.c=$(LANGUAGE)/$(1)/%.o)
	$B/toolchain/cocc -o $$@ $$^ -lm
endef
$(foreach level,$(LANGUAGE_LEVELS),$(eval $(call language_level,$(level),$(or $(LANGUAGE_$(level)),-$(level)))))

TEST_DEPS += $(LANGUAGE_PROGRAMS) $B/cli/comesg

.PHONY: language-programs
language-programs: $(LANGUAGE_PROGRAMS) $B/cli/comesg $B/verifier/coverify

# Not a part of the tests: FUZZ_PROGRAMS random programs at all levels.
FUZZ_PROGRAMS ?= 1000
.PHONY: fuzz-cocc
fuzz-cocc: $B/toolchain/cocc $B/verifier/coverify $B/tests/verifier/accepted $B/cli/comesg $(SYSROOT_FILES)
	sh tests/toolchain/csmith/fuzz $(FUZZ_PROGRAMS)
