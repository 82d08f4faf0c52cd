# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of what is read of handle tables that change, in an ordinary process; also with a core and a supervisor that lack
# what the tests look for.

ENTRIES_TEST := $(B)/tests/core/entries/entries.t
ENTRIES_SOURCES := $(HANDLE_SOURCES) core/vaults.c core/attachments.c host/objects.c
ENTRIES_VARIANTS := $(patsubst %,$(B)/variants/%/entries,vault-order object-entry derivation sent-entry fetched-once)
ENTRIES_BUILD = $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -ffunction-sections -Wl,--gc-sections -I. -o $@ \
	tests/core/entries/entries.c

$(ENTRIES_TEST): tests/core/entries/entries.c tests/core/handles/tables.h $(ENTRIES_SOURCES) \
    $(wildcard core/*.h host/*.h tests/core/walk.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(ENTRIES_BUILD) $(ENTRIES_SOURCES)

# The file of the variant in place of its original.
$(ENTRIES_VARIANTS): $(B)/variants/%/entries: $(B)/variants/%/comesg $(ENTRIES_TEST)
	$(ENTRIES_BUILD) $$(for file in $(ENTRIES_SOURCES); do \
	    if [ -e $(@D)/$$file ]; then echo $(@D)/$$file; else echo $$file; fi; done)

TESTS += $(ENTRIES_TEST)
TEST_DEPS += $(ENTRIES_TEST) $(ENTRIES_VARIANTS)
