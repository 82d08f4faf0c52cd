# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of what the core does with descriptors while their numbers become other files', in an ordinary process; also with
# a core that lacks what the tests look for.

NUMBERS_TEST := $(B)/tests/core/numbers/numbers.t
NUMBERS_SOURCES := core/coexec.c core/descriptors.c core/shim/files.c
NUMBERS_VARIANTS := $(patsubst %,$(B)/variants/%/numbers,hide hold)
NUMBERS_BUILD = $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -ffunction-sections -Wl,--gc-sections -I. -o $@ \
	tests/core/numbers/numbers.c

$(NUMBERS_TEST): tests/core/numbers/numbers.c $(NUMBERS_SOURCES) $(wildcard core/*.h core/shim/*.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(NUMBERS_BUILD) $(NUMBERS_SOURCES)

# The file of the variant in place of its original.
$(NUMBERS_VARIANTS): $(B)/variants/%/numbers: $(B)/variants/%/comesg $(NUMBERS_TEST)
	$(NUMBERS_BUILD) $$(for file in $(NUMBERS_SOURCES); do \
	    if [ -e $(@D)/$$file ]; then echo $(@D)/$$file; else echo $$file; fi; done)

TESTS += $(NUMBERS_TEST)
TEST_DEPS += $(NUMBERS_TEST) $(NUMBERS_VARIANTS)
