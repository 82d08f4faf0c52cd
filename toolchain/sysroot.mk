# SPDX-License-Identifier: BSD-2-Clause
#
# The packages of the machine, and the sysroot of verified programs: musl, the compiler's runtime, our headers.

PACKAGES += gcc make binutils libc6-dev perl strace
SETUP := $(B)/setup.stamp

.PHONY: setup sysroot FORCE
setup: $(SETUP)

# Changes only when the list of packages does.
$(B)/packages: FORCE
	@mkdir -p $(@D)
	@echo $(sort $(PACKAGES)) | cmp -s - $@ || echo $(sort $(PACKAGES)) >$@

$(B)/setup.stamp: toolchain/setup $(B)/packages
	@sh toolchain/setup $(sort $(PACKAGES))
	@touch $@

SYSROOT := $(B)/sysroot
SYSROOT_TREE := $(B)/sysroot-musl/tree
SYSROOT_OVERLAY := $(shell find toolchain/sysroot/musl -type f) toolchain/sysroot/config.mak toolchain/sysroot/port
SYSROOT_JOBS := $(shell nproc)

# What a program that is compiled with cocc needs before it can be linked.
SYSROOT_FILES := $(SYSROOT)/lib/libc.a $(SYSROOT)/lib/libcocc_runtime.a $(SYSROOT)/lib/program.ld \
	$(SYSROOT)/include/comesg/.stamp

sysroot: $(SYSROOT_FILES)

SYSROOT_PORTED := 1.2.3

# What has been unpacked stays when the script changes.
$(B)/sysroot-musl/source.stamp: | toolchain/fetch
	sh toolchain/fetch musl $(@D)
	@grep -qx '$(SYSROOT_PORTED)' $(@D)/source/VERSION || echo "sysroot: the port was made for musl $(SYSROOT_PORTED);" \
	    "if it does not compile, use a distribution that has this one" >&2
	@touch $@

# A new compiler compiles everything again.
$(SYSROOT)/lib/libc.a: $(B)/sysroot-musl/source.stamp $(B)/toolchain/cocc $(SYSROOT_OVERLAY) toolchain/sysroot/build
	sh toolchain/sysroot/build $(B)/sysroot-musl/source $(SYSROOT_TREE) $(abspath $(B)/toolchain/cocc) $(SYSROOT) \
	    $(SYSROOT_JOBS)

$(SYSROOT)/include/comesg/.stamp: $(wildcard include/comesg/*.h)
	@mkdir -p $(@D)
	cp $^ $(@D)/
	@touch $@

$(SYSROOT)/lib/program.ld: toolchain/cocc/program.ld
	@mkdir -p $(@D)
	cp $< $@

RUNTIME_SOURCES := $(wildcard toolchain/sysroot/runtime/*.c)
RUNTIME_OBJECTS := $(RUNTIME_SOURCES:%.c=$(B)/%.o)

# Its functions are what the compiler expands builtins to, so it must not recognise its own work in them.
$(RUNTIME_OBJECTS): $(B)/%.o: %.c toolchain/sysroot/runtime/runtime.h $(B)/toolchain/cocc
	@mkdir -p $(@D)
	$(B)/toolchain/cocc -std=gnu17 -O2 $(WARNINGS) -ffreestanding -ffunction-sections -c -o $@ $<

$(SYSROOT)/lib/libcocc_runtime.a: $(RUNTIME_OBJECTS)
	@mkdir -p $(@D)
	rm -f $@
	ar rc $@ $^
