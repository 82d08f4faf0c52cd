# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of pools alone, in an ordinary process; also with a core that lacks what the tests look for.

POOLS_TEST := $(B)/tests/core/pools/pools.t
POOLS_VARIANTS := $(patsubst %,$(B)/variants/%/pools,pool-change pool-claim pool-gate gate-handle gate-service pools-end)
# Whatever the switcher calls, the test has instead.
POOLS_ASFLAGS = -Iinclude -I. $(patsubst %,-Dcore_%=slow_call,cocall cocall_with request_fault serve_waiters \
	coaccept_with release coaccept_slow reply_fault park home_resume attention system_call hand_over forced_out \
	end_home_thread control_flow_fault)
POOLS_BUILD = $(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -ffunction-sections -no-pie -Wl,--gc-sections -I. -o $@ \
	tests/core/pools/pools.c $(HANDLE_SOURCES)

$(POOLS_TEST): tests/core/pools/pools.c tests/core/handles/tables.h core/pools.c core/call.c \
    core/x86_64/switcher.S $(HANDLE_SOURCES) $(wildcard core/*.h tests/core/walk.h tests/loader/tap.h)
	@mkdir -p $(@D)
	$(CC) $(POOLS_ASFLAGS) -c -o $(@D)/sse.o core/x86_64/switcher.S
	$(CC) $(POOLS_ASFLAGS) -DSWITCHER_AVX -c -o $(@D)/avx.o core/x86_64/switcher.S
	$(POOLS_BUILD) core/pools.c core/call.c $(@D)/sse.o $(@D)/avx.o

# The file of the variant in place of its original.
$(POOLS_VARIANTS): $(B)/variants/%/pools: $(B)/variants/%/comesg $(POOLS_TEST)
	changed() { if [ -e $(@D)/$$1 ]; then echo $(@D)/$$1; else echo $$1; fi; }; \
	$(CC) $(POOLS_ASFLAGS) -c -o $(@D)/sse.o $$(changed core/x86_64/switcher.S) && \
	$(CC) $(POOLS_ASFLAGS) -DSWITCHER_AVX -c -o $(@D)/avx.o $$(changed core/x86_64/switcher.S) && \
	$(POOLS_BUILD) $$(changed core/pools.c) $$(changed core/call.c) $(@D)/sse.o $(@D)/avx.o

TESTS += $(POOLS_TEST)
TEST_DEPS += $(POOLS_TEST) $(POOLS_VARIANTS)
