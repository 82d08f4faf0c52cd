# Libraries that programs link: compiled with cocc into the sysroot.

COCC := $(B)/toolchain/cocc
COCC_CFLAGS := -std=gnu17 -O2 -g $(WARNINGS)
LIBCOCALL := $(SYSROOT)/lib/libcocall.a
LIBCOMSG := $(SYSROOT)/lib/libcomsg.a
LIBCOPROC := $(SYSROOT)/lib/libcoproc.a

# What a program compiled with cocc needs.
SYSROOT_FILES += $(LIBCOCALL) $(LIBCOMSG) $(LIBCOPROC)

$(B)/lib/%.o: lib/%.c $(SYSROOT)/lib/libc.a $(SYSROOT)/include/comesg/.stamp
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -I. -MMD -MP -c -o $@ $<

$(B)/lib/%.o: lib/%.S $(SYSROOT)/lib/libc.a $(SYSROOT)/include/comesg/.stamp
	@mkdir -p $(@D)
	$(COCC) -c -o $@ $<

$(LIBCOCALL) $(LIBCOMSG) $(LIBCOPROC): $(SYSROOT)/lib/%.a:
	@mkdir -p $(@D)
	rm -f $@
	ar rcs $@ $^

$(LIBCOCALL): $(patsubst lib/%,$(B)/lib/%.o,$(basename $(wildcard lib/libcocall/*.[cS])))
$(LIBCOMSG): $(patsubst lib/%,$(B)/lib/%.o,$(basename $(wildcard lib/libcomsg/*.[cS])))
$(LIBCOPROC): $(patsubst lib/%,$(B)/lib/%.o,$(basename $(wildcard lib/libcoproc/*.[cS])))
