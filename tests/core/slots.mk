# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the slots of threads alone, in an ordinary process; also with a core that lacks what the tests look for.

SLOTS_TEST := $(B)/tests/core/slots/slots.t
SLOTS_VARIANTS := $(patsubst %,$(B)/variants/%/slots,slot-reuse slot-taken slot-death)
SLOTS_BUILD = $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -I. -o $@ tests/core/slots/slots.c

$(SLOTS_TEST): tests/core/slots/slots.c core/slot.c $(wildcard core/*.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(SLOTS_BUILD) core/slot.c

$(SLOTS_VARIANTS): $(B)/variants/%/slots: $(B)/variants/%/comesg tests/core/slots/slots.c
	$(SLOTS_BUILD) $(@D)/core/slot.c

TESTS += $(SLOTS_TEST)
TEST_DEPS += $(SLOTS_TEST) $(SLOTS_VARIANTS)
