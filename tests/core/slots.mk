# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the slots of threads alone, in an ordinary process; also with a core that lacks what the tests look for.

SLOTS_TEST := $(B)/tests/core/slots/slots.t
SLOTS_SOURCES := core/slot.c core/block.c core/threads.c core/shim/process.c
SLOTS_VARIANTS := $(patsubst %,$(B)/variants/%/slots,slot-reuse slot-taken slot-death used-up block-order cancelled)
SLOTS_BUILD = $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -ffunction-sections -fdata-sections -Wl,--gc-sections \
	$(SLOTS_FLAGS) -I. -o $@ tests/core/slots/slots.c

$(SLOTS_TEST): tests/core/slots/slots.c $(SLOTS_SOURCES) $(wildcard core/*.h core/shim/*.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(SLOTS_BUILD) $(SLOTS_SOURCES)

# The files of the variant in place of their originals.
$(SLOTS_VARIANTS): SLOTS_FLAGS = -I$(@D)
$(SLOTS_VARIANTS): $(B)/variants/%/slots: $(B)/variants/%/comesg $(SLOTS_TEST)
	$(SLOTS_BUILD) $$(for file in $(SLOTS_SOURCES); do \
	    if [ -e $(@D)/$$file ]; then echo $(@D)/$$file; else echo $$file; fi; done)

TESTS += $(SLOTS_TEST)
TEST_DEPS += $(SLOTS_TEST) $(SLOTS_VARIANTS)
