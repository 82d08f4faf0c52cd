# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the handle tables alone, in ordinary processes.
#
# make fuzz-handles    the random ones for FUZZ_STEPS steps, from a seed of the clock

HANDLE_SOURCES := core/handles.c core/derivation.c core/revoke.c core/working.c core/seals.c core/ports.c core/poll.c
HANDLE_TESTS := $(B)/tests/core/handles/model.t

$(HANDLE_TESTS): $(B)/tests/core/handles/%.t: tests/core/handles/%.c tests/core/handles/tables.h $(HANDLE_SOURCES) \
    $(wildcard core/*.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -fsanitize=address,undefined -fno-sanitize-recover=all -ffunction-sections -Wl,--gc-sections -I. -o $@ $< $(HANDLE_SOURCES) -pthread

# Its kernel threads share the memory and die: the sanitizers know no such thing.
HANDLE_DEATHS := $(B)/tests/core/handles/deaths.t

$(HANDLE_DEATHS): tests/core/handles/deaths.c tests/core/handles/tables.h $(HANDLE_SOURCES) $(wildcard core/*.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -ffunction-sections -Wl,--gc-sections -I. -o $@ $< $(HANDLE_SOURCES)

FUZZ_STEPS ?= 3000000
.PHONY: fuzz-handles
fuzz-handles: $(HANDLE_TESTS)
	for test in $(HANDLE_TESTS); do $$test $$(date +%s) $(FUZZ_STEPS) || exit 1; done
	$(HANDLE_DEATHS) $$(date +%s) 20000

fuzz-handles: $(HANDLE_DEATHS)

TESTS += $(HANDLE_TESTS) $(HANDLE_DEATHS)
TEST_DEPS += $(HANDLE_TESTS) $(HANDLE_DEATHS)
