# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the C library and of the compiler's runtime.

SYSROOT_TESTS := setjmp memory heap process files fenv atomic
SYSROOT_TEST_NEEDS := $(B)/toolchain/cocc $(SYSROOT_FILES)
COCC_TEST_FLAGS := -std=gnu17 -D_GNU_SOURCE $(WARNINGS) -Wno-vla -Wno-infinite-recursion

$(SYSROOT_TESTS:%=$(B)/tests/sysroot/%): $(B)/tests/sysroot/%: tests/sysroot/%.c tests/sysroot/tap.h $(SYSROOT_TEST_NEEDS)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(COCC_TEST_FLAGS) -O2 -frounding-math -o $@ $<

process_ARGUMENTS := one 'two words'
files_ARGUMENTS := FOLDER

$(SYSROOT_TESTS:%=$(B)/tests/sysroot/%.t): $(B)/tests/sysroot/%.t: $(B)/tests/sysroot/% tests/sysroot/run tests/sysroot/tests.mk
	@printf '#!/bin/sh\nexec sh tests/sysroot/run %s %s\n' $< "$($*_ARGUMENTS)" >$@
	@chmod +x $@

# Compared with the same program compiled natively. Contraction and the like must not differ.
COMPARE_TESTS := math format strings integers sort
COMPARE_LEVELS := O0 O2 O3 Os
COMPARE_PROGRAMS := $(foreach level,$(COMPARE_LEVELS),$(COMPARE_TESTS:%=$(B)/tests/sysroot/compare/%-$(level)))
COMPARE_NATIVE := $(COMPARE_TESTS:%=$(B)/tests/sysroot/compare/%.native)

define compare_program
$(B)/tests/sysroot/compare/%-$(1): tests/sysroot/compare/%.c $$(SYSROOT_TEST_NEEDS)
	@mkdir -p $$(@D)
	$(B)/toolchain/cocc -std=gnu17 -D_GNU_SOURCE -fno-builtin -w -$(1) -o $$@ $$<
endef
$(foreach level,$(COMPARE_LEVELS),$(eval $(call compare_program,$(level))))

$(B)/tests/sysroot/compare/%.native: tests/sysroot/compare/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE -fno-builtin -Wno-builtin-declaration-mismatch -w -O2 -o $@ $< -lm

# Our runtime next to gcc's, in one native program: ours has a prefix to its names.
RUNTIME_NATIVE := $(RUNTIME_SOURCES:toolchain/sysroot/runtime/%.c=$(B)/tests/sysroot/runtime/%.o)

$(RUNTIME_NATIVE): $(B)/tests/sysroot/runtime/%.o: toolchain/sysroot/runtime/%.c toolchain/sysroot/runtime/runtime.h
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -O2 $(WARNINGS) -ffreestanding -c -o $@ $<
	objcopy --prefix-symbols=our $@

$(B)/tests/sysroot/runtime.t: tests/sysroot/runtime.c $(RUNTIME_NATIVE)
	$(CC) -std=gnu17 -O2 -fno-builtin -Wall -Wextra -Werror -o $@ $^ -lm

# The same with the functions on memory and strings.
BLOCK_SOURCES := $(filter-out %/memcpy.c %/strchrnul.c %/strnlen.c,\
    $(wildcard toolchain/sysroot/musl/src/string/comesg/*.c))
BLOCK_NATIVE := $(BLOCK_SOURCES:toolchain/sysroot/musl/src/string/comesg/%.c=$(B)/tests/sysroot/blocks/%.o)

$(BLOCK_NATIVE): $(B)/tests/sysroot/blocks/%.o: toolchain/sysroot/musl/src/string/comesg/%.c \
    $(wildcard toolchain/sysroot/musl/src/string/comesg/*.h) include/comesg/abi.h
	@mkdir -p $(@D)
	$(CC) -std=c99 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -ffreestanding -fno-tree-loop-distribute-patterns -Iinclude \
	    -c -o $@ $<
	objcopy --prefix-symbols=our $@

$(B)/tests/sysroot/blocks.t: tests/sysroot/blocks.c $(BLOCK_NATIVE)
	$(CC) -std=gnu17 -O2 -fno-builtin -Wall -Wextra -Werror -Iinclude -o $@ $^

$(B)/tests/sysroot/sort/qsort.o: toolchain/sysroot/musl/src/stdlib/comesg/qsort.c
	@mkdir -p $(@D)
	$(CC) -std=c99 -O2 -Wall -Wextra -Werror -Wno-cast-function-type -ffreestanding -c -o $@ $<
	objcopy --prefix-symbols=our $@

$(B)/tests/sysroot/sort.t: tests/sysroot/sort.c $(B)/tests/sysroot/sort/qsort.o
	$(CC) -std=gnu17 -O2 -fno-builtin -Wall -Wextra -Werror -o $@ $^

$(B)/tests/sysroot/whole: tests/sysroot/hello.c $(SYSROOT_TEST_NEEDS)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc -O2 -o $@ $< -Wl,--whole-archive -lc -lcocc_runtime -Wl,--no-whole-archive

SYSROOT_TEST_PROGRAMS := $(SYSROOT_TESTS:%=$(B)/tests/sysroot/%.t) $(addprefix $(B)/tests/sysroot/,runtime.t blocks.t sort.t)
SYSROOT_SCRIPTS := tests/sysroot/compare.t tests/sysroot/setup.t tests/sysroot/fetch.t tests/sysroot/whole.t
TESTS += $(SYSROOT_TEST_PROGRAMS) $(SYSROOT_SCRIPTS)
TEST_DEPS += $(SYSROOT_TEST_PROGRAMS) $(COMPARE_PROGRAMS) $(COMPARE_NATIVE) $(B)/tests/sysroot/whole $(B)/verifier/coverify $(B)/cli/comesg

.PHONY: sysroot-tests
sysroot-tests: $(SYSROOT_TEST_PROGRAMS) $(COMPARE_PROGRAMS) $(COMPARE_NATIVE) $(B)/tests/sysroot/whole $(B)/verifier/coverify $(B)/cli/comesg
	prove $(SYSROOT_TEST_PROGRAMS) $(SYSROOT_SCRIPTS)
