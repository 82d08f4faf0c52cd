# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the microkernel. The .c files test parts of its services in ordinary processes.

UKERNEL_STATE_TEST := $(B)/tests/ukernel/state.t

$(UKERNEL_STATE_TEST): tests/ukernel/state.c tests/ukernel/steps.h ukernel/common/state.c ukernel/common/clients.c \
    $(wildcard ukernel/common/*.h) tests/loader/tap.h
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -mno-red-zone -I. -o $@ $< ukernel/common/state.c ukernel/common/clients.c

UKERNEL_NAMES_TEST := $(B)/tests/ukernel/names-tables.t

$(UKERNEL_NAMES_TEST): tests/ukernel/names-tables.c tests/ukernel/steps.h ukernel/nsd/names.c ukernel/common/state.c \
    ukernel/common/clients.c $(wildcard ukernel/common/*.h ukernel/nsd/*.h) tests/loader/tap.h
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -mno-red-zone -DNAMES_MAX=64 -DCLIENTS_MAX=8 -I. -o $@ $< \
	    ukernel/nsd/names.c ukernel/common/state.c ukernel/common/clients.c

UKERNEL_EVENTS_TEST := $(B)/tests/ukernel/events-tables.t

$(UKERNEL_EVENTS_TEST): tests/ukernel/events-tables.c tests/ukernel/steps.h ukernel/coeventd/events.c \
    ukernel/common/state.c ukernel/common/clients.c $(wildcard ukernel/common/*.h ukernel/coeventd/*.h) \
    tests/loader/tap.h
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -mno-red-zone -DEVENTS_MAX=64 -DCLIENTS_MAX=8 -I. -o $@ $< \
	    ukernel/coeventd/events.c ukernel/common/state.c ukernel/common/clients.c

UKERNEL_CARRIER_TEST := $(B)/tests/ukernel/carrier-tables.t
UKERNEL_CARRIER_SOURCES := ukernel/ipcd/carrier.c ukernel/ipcd/arena.c ukernel/ipcd/table.c ukernel/ipcd/pipe.c \
    ukernel/common/state.c ukernel/common/clients.c

$(UKERNEL_CARRIER_TEST): tests/ukernel/carrier-tables.c tests/ukernel/steps.h $(UKERNEL_CARRIER_SOURCES) \
    $(wildcard ukernel/common/*.h ukernel/ipcd/*.h) tests/loader/tap.h
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -mno-red-zone -DCOPIED_INSIDE=16384 -I. -o $@ $< $(UKERNEL_CARRIER_SOURCES)

UKERNEL_PORT_TEST := $(B)/tests/ukernel/port-tables.t
UKERNEL_PORT_SOURCES := $(UKERNEL_CARRIER_SOURCES) ukernel/ipcd/closings.c

$(UKERNEL_PORT_TEST): tests/ukernel/port-tables.c tests/ukernel/steps.h $(UKERNEL_PORT_SOURCES) \
    $(wildcard ukernel/common/*.h ukernel/ipcd/*.h ukernel/protocol/*.h) tests/loader/tap.h
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -mno-red-zone -DCOPIED_INSIDE=16384 -I. -o $@ $< $(UKERNEL_PORT_SOURCES)

UKERNEL_UNIT_TESTS += $(UKERNEL_STATE_TEST) $(UKERNEL_NAMES_TEST) $(UKERNEL_EVENTS_TEST) $(UKERNEL_CARRIER_TEST) \
    $(UKERNEL_PORT_TEST)
TESTS += $(UKERNEL_UNIT_TESTS)
TEST_DEPS += $(UKERNEL_UNIT_TESTS)

# Programs that use the microkernel, and the tests that run them.
UKERNEL_TEST_PROGRAMS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/ukernel/programs/*.c))

$(UKERNEL_TEST_PROGRAMS): $(B)/tests/%: tests/%.c $(wildcard tests/ukernel/programs/*.h) \
    tests/core/programs/support.h $(B)/toolchain/cocc $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(CORE_PROGRAM_FLAGS) -I. -o $@ $< -lcoproc -lcomsg

TESTS += $(wildcard tests/ukernel/*.t)
TEST_DEPS += $(UKERNEL_TEST_PROGRAMS) $(UKERNEL_PROGRAMS) $(B)/cli/comesg
