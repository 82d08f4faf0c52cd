# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the supervisor's step in which a process is reaped; also with one that lacks what the test looks for.

REAPING_TEST := $(B)/tests/core/reaping/reaping.t
REAPING_OBJECTS := $(B)/host/libhost.a $(B)/core/core.o $(B)/verifier/libverifier.a
REAPING_BUILD = $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) $(REAPING_FLAGS) -I. -Wno-unused-function -o $@ \
	tests/core/reaping/reaping.c $(REAPING_OBJECTS) -lZydis -pthread

$(REAPING_TEST): tests/core/reaping/reaping.c host/supervisor.c $(REAPING_OBJECTS) $(wildcard core/*.h host/*.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(REAPING_BUILD)

$(B)/variants/forget/reaping: REAPING_FLAGS = -I$(@D)
$(B)/variants/forget/reaping: $(B)/variants/forget/comesg $(REAPING_TEST)
	$(REAPING_BUILD)

TESTS += $(REAPING_TEST)
TEST_DEPS += $(REAPING_TEST) $(B)/variants/forget/reaping
