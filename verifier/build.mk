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

$(B)/verifier/coverify: $(B)/verifier/coverify.o $(B)/verifier/executable.o $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

$(B)/verifier/verify-rate: $(B)/verifier/verify-rate.o $(B)/verifier/executable.o $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ $(VERIFIER_LIBS)

# $* is the rule's name, in lower case with hyphens; the enumeration constant is VERIFIER_ and the name in upper case.
$(B)/verifier/libverifier-without-%.a: $(VERIFIER_SOURCES:%=verifier/%.c) $(wildcard verifier/*.h) include/comesg/abi.h
	rm -rf $@ $(@D)/without-$*
	mkdir -p $(@D)/without-$*
	for source in $(VERIFIER_SOURCES); do \
	    $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -I. \
	        -DVERIFIER_RULES_REMOVED="(1u << VERIFIER_$$(echo $* | tr a-z- A-Z_))" \
	        -c -o $(@D)/without-$*/$$source.o verifier/$$source.c || exit; \
	done
	ar rcs $@ $(VERIFIER_SOURCES:%=$(@D)/without-$*/%.o)

# The corpora: programs that must be accepted, and programs that must be refused by the rule in their first line.
VERIFIER_CORPUS := $(patsubst %.s,$(B)/%,$(wildcard verifier/corpus/*/*.s))
LD_PROGRAM := ld --entry=0 -pie --no-dynamic-linker --no-relax -z separate-code -Ttext-segment=0x10000 -z noexecstack

$(VERIFIER_CORPUS): $(B)/%: %.s
	@mkdir -p $(@D)
	as -o $@.o $<
	$(LD_PROGRAM) -o $@ $@.o

TESTS += tests/verifier/corpus.t tests/verifier/coverify.t
TEST_DEPS += $(VERIFIER_CORPUS) $(B)/verifier/coverify
