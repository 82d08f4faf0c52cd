# SPDX-License-Identifier: BSD-2-Clause
#
# The services of the microkernel: programs compiled with cocc, build/ukernel/NAME, each from the files of its folder,
# with what they share from common.

UKERNEL_COMMON := $(B)/ukernel-objects/common.a
UKERNEL_SERVICES := $(patsubst ukernel/%/main.c,%,$(wildcard ukernel/*/main.c))
UKERNEL_PROGRAMS := $(UKERNEL_SERVICES:%=$(B)/ukernel/%)

$(B)/ukernel-objects/%.o: ukernel/%.c $(wildcard ukernel/*/*.h) $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -I. -c -o $@ $<

$(UKERNEL_COMMON): $(patsubst ukernel/%.c,$(B)/ukernel-objects/%.o,$(wildcard ukernel/common/*.c))
	@mkdir -p $(@D)
	rm -f $@
	ar rcs $@ $^

define UKERNEL_SERVICE
$(B)/ukernel/$(1): $(patsubst ukernel/%.c,$(B)/ukernel-objects/%.o,$(wildcard ukernel/$(1)/*.c)) $(UKERNEL_COMMON)
	@mkdir -p $$(@D)
	$$(COCC) -O2 -o $$@ $$^ -lcoproc -lcomsg
endef
$(foreach service,$(UKERNEL_SERVICES),$(eval $(call UKERNEL_SERVICE,$(service))))

all: $(UKERNEL_COMMON) $(UKERNEL_PROGRAMS)

include tests/ukernel/tests.mk
