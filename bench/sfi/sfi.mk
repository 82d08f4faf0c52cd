# SPDX-License-Identifier: BSD-2-Clause
#
# make bench-sfi    speed and size of programs compiled with cocc, relative to the same source compiled with gcc
#
# SFI_RUNS in the environment says how often. Five of the programs are source packages, which only this target fetches.

SFI := $(B)/bench/sfi
SFI_PROGRAMS := lua zlib bzip2 cjson expat crypto sort tree
SFI_BENCH := $(abspath bench/sfi)
SFI_SOURCE := $(abspath $(SFI)/source)

# The shell finds the files, after they have been fetched.
SFI_FILES_lua := $(SFI_SOURCE)/lua/source/src/l[!u]*.c $(SFI_SOURCE)/lua/source/src/lu[!a]*.c
SFI_FLAGS_lua := -I$(SFI_SOURCE)/lua/source/src -I$(SFI_BENCH)
SFI_FILES_zlib := $(addprefix $(SFI_SOURCE)/zlib/source/,adler32.c compress.c crc32.c deflate.c inffast.c inflate.c inftrees.c \
	trees.c uncompr.c zutil.c)
SFI_FLAGS_zlib := -I$(SFI_SOURCE)/zlib/source
SFI_FILES_bzip2 := $(addprefix $(SFI_SOURCE)/bzip2/source/,blocksort.c bzlib.c compress.c crctable.c decompress.c huffman.c randtable.c)
SFI_FLAGS_bzip2 := -I$(SFI_SOURCE)/bzip2/source -DBZ_NO_STDIO
SFI_FILES_cjson := $(SFI_SOURCE)/cjson/source/cJSON.c
SFI_FLAGS_cjson := -I$(SFI_SOURCE)/cjson/source
SFI_FILES_expat := $(addprefix $(SFI_SOURCE)/expat/source/expat/lib/,xmlparse.c xmlrole.c xmltok.c)
SFI_FLAGS_expat := -I$(SFI_SOURCE)/expat/source/expat/lib -I$(SFI_BENCH)

$(SFI)/source/stamp: | toolchain/fetch
	sh toolchain/fetch lua5.4 $(@D)/lua zlib $(@D)/zlib bzip2 $(@D)/bzip2 cjson $(@D)/cjson expat $(@D)/expat
	@touch $@

# Each run measures another layout of the code, the same on both sides.
SFI_LAYOUTS := 9

# $(1) native or cocc, $(2) the compiler, $(3) the program, $(4) what else it needs
define sfi_program
$(SFI)/$(1)/$(3)/stamp: bench/sfi/$(3).c bench/sfi/main.c bench/sfi/work.h bench/sfi/link $(SFI)/source/stamp $(4)
	@rm -rf $$(@D)
	@mkdir -p $$(@D)
	cd $$(@D) && $(2) -std=gnu17 -O2 -w $(SFI_FLAGS_$(3)) -c $(SFI_BENCH)/$(3).c $(SFI_BENCH)/main.c $(SFI_FILES_$(3))
	sh bench/sfi/link $(SFI_LAYOUTS) $$(@D)/$(3) $(2) $$(@D)/*.o
	@touch $$@
endef
$(foreach program,$(SFI_PROGRAMS),$(eval $(call sfi_program,native,$(CC),$(program))))
$(foreach program,$(SFI_PROGRAMS),$(eval $(call sfi_program,cocc,$(abspath $(B)/toolchain/cocc),$(program),\
    $(B)/toolchain/cocc $(SYSROOT_FILES))))

# Calls of the functions that it measures, whatever gcc thinks of them.
SFI_LIBC_FLAGS := -std=gnu17 -D_GNU_SOURCE -O2 $(WARNINGS) -fno-builtin -I.

$(SFI)/native/libc/libc: bench/sfi/libc.c bench/sfi/work.h bench/sample.h
	@mkdir -p $(@D)
	$(CC) $(SFI_LIBC_FLAGS) -o $@ $<

$(SFI)/cocc/libc/libc: bench/sfi/libc.c bench/sfi/work.h bench/sample.h $(B)/toolchain/cocc $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(B)/toolchain/cocc $(SFI_LIBC_FLAGS) -o $@ $<

SFI_NEEDS := $(foreach kind,native cocc,$(SFI)/$(kind)/libc/libc $(foreach program,$(SFI_PROGRAMS),$(SFI)/$(kind)/$(program)/stamp))

.PHONY: bench-sfi
bench-sfi: $(SFI_NEEDS) $(BENCH)/summarize $(B)/cli/comesg
	@sh bench/sfi/run $(B) $(SFI_LAYOUTS) $(SFI_PROGRAMS)
