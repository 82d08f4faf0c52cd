# SPDX-License-Identifier: BSD-2-Clause
#
# libverifier.a     the library
# coverify          verifies executables
# verify-rate       measures the library against the decoder alone
# libverifier-without-RULE.a   for tests only: the library without one rule

PACKAGES += libzydis-dev

VERIFIER_SOURCES := verifier operands patterns instructions rules
VERIFIER_OBJECTS := $(VERIFIER_SOURCES:%=$(B)/verifier/%.o)
VERIFIER_LIBS := -lZydis

all: $(B)/verifier/libverifier.a $(B)/verifier/coverify $(B)/verifier/verify-rate

$(B)/verifier/libverifier.a: $(VERIFIER_OBJECTS)
	rm -f $@
	ar rcs $@ $^

COVERIFY_OBJECTS := $(patsubst %,$(B)/verifier/tools/%.o,coverify executable linking)

$(B)/verifier/coverify: $(COVERIFY_OBJECTS) $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

$(B)/verifier/verify-rate: $(B)/verifier/tools/verify-rate.o $(B)/verifier/tools/executable.o $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

# $* is the rule's name, in lower case with hyphens; the enumeration constant is VERIFIER_ and the name in upper case.
# verifier.c holds the one place where a violation is recorded, so the other objects are those of the real library.
$(B)/verifier/without-%.o: verifier/verifier.c $(wildcard verifier/*.h) include/comesg/abi.h
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -I. -c -o $@ $< \
	    -DVERIFIER_RULES_REMOVED="(1u << VERIFIER_$$(echo $* | tr a-z- A-Z_))"

$(B)/verifier/libverifier-without-%.a: $(B)/verifier/without-%.o $(filter-out %/verifier.o,$(VERIFIER_OBJECTS))
	rm -f $@
	ar rcs $@ $^

.PRECIOUS: $(B)/verifier/without-%.o $(B)/verifier/libverifier-without-%.a

# The corpora: programs that must be accepted, and programs that must be refused by the rule in their first line.
VERIFIER_CORPUS := $(patsubst %.s,$(B)/%,$(wildcard verifier/corpus/*/*.s))
LD_PROGRAM := ld --entry=0 -pie --no-dynamic-linker --no-relax -z separate-code -Ttext-segment=0x10000 -z noexecstack

$(VERIFIER_CORPUS): $(B)/%: %.s
	@mkdir -p $(@D)
	as -o $@.o $<
	$(LD_PROGRAM) -o $@ $@.o

VERIFIER_TEST_PROGRAMS := unit.t mutate.t hardware.t
VERIFIER_TEST_OBJECTS := $(B)/tests/verifier/check.o $(B)/verifier/fuzz/recheck.o $(B)/verifier/tools/executable.o

$(VERIFIER_TEST_PROGRAMS:%=$(B)/tests/verifier/%): $(B)/tests/verifier/%.t: $(B)/tests/verifier/%.o \
    $(VERIFIER_TEST_OBJECTS) $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS) $(VERIFIER_TEST_FLAGS)

$(B)/tests/verifier/unit.t: VERIFIER_TEST_FLAGS := -Wl,--wrap=calloc

# The tests that must fail: the same programs with a verifier that lacks a rule.
VERIFIER_REMOVABLE := encoding instruction prefix register-class stack-pointer thread-block region-base upper-half \
    memory-form rip-range bit-offset branch-form return gate branch-target string-unit landing-pad fall-through

$(B)/tests/verifier/coverify-without-%: $(COVERIFY_OBJECTS) $(B)/verifier/libverifier-without-%.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

$(B)/tests/verifier/mutate-without-%: $(B)/tests/verifier/mutate.o $(VERIFIER_TEST_OBJECTS) \
    $(B)/verifier/libverifier-without-%.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

$(B)/tests/verifier/hardware-without-%: $(B)/tests/verifier/hardware.o $(VERIFIER_TEST_OBJECTS) \
    $(B)/verifier/libverifier-without-%.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

# What the verifier accepts, for a comparison with another decoder.
$(B)/tests/verifier/accepted: $(B)/tests/verifier/accepted.o $(B)/verifier/tools/executable.o $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

$(B)/tests/verifier/accepted-without-%: $(B)/tests/verifier/accepted.o $(B)/verifier/tools/executable.o \
    $(B)/verifier/libverifier-without-%.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

TESTS += tests/verifier/second-decoder.t
TEST_DEPS += $(B)/tests/verifier/accepted $(B)/tests/verifier/accepted-without-encoding \
    $(B)/tests/verifier/accepted-without-branch-form
TESTS += tests/verifier/corpus.t tests/verifier/coverify.t tests/verifier/second-opinion.t tests/verifier/controls.t
TESTS += $(B)/tests/verifier/unit.t $(B)/tests/verifier/hardware.t
TEST_DEPS += $(VERIFIER_CORPUS) $(B)/verifier/coverify $(VERIFIER_TEST_PROGRAMS:%=$(B)/tests/verifier/%)
TEST_DEPS += $(VERIFIER_REMOVABLE:%=$(B)/tests/verifier/coverify-without-%)
TEST_DEPS += $(B)/tests/verifier/mutate-without-memory-form $(B)/tests/verifier/hardware-without-region-base

# Not a part of the tests: runs until something is found or FUZZ_SECONDS are over. Needs clang and libclang-rt-14-dev.
FUZZ_SECONDS ?= 60
FUZZ_SOURCES := $(VERIFIER_SOURCES:%=verifier/%.c) verifier/fuzz/fuzz.c verifier/fuzz/recheck.c

$(B)/verifier/fuzz/fuzz: $(FUZZ_SOURCES) $(wildcard verifier/*.h verifier/fuzz/*.h)
	@mkdir -p $(@D)
	clang -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE -Iinclude -I. \
	    -o $@ $(FUZZ_SOURCES) $(VERIFIER_LIBS)

.PHONY: fuzz-verifier
fuzz-verifier: $(B)/verifier/fuzz/fuzz $(VERIFIER_CORPUS)
	@mkdir -p $(B)/verifier/fuzz/found
	verifier/fuzz/seeds $(B)/verifier/fuzz/seeds $(VERIFIER_CORPUS)
	cd $(B)/verifier/fuzz && ./fuzz -max_len=64 -max_total_time=$(FUZZ_SECONDS) found seeds
