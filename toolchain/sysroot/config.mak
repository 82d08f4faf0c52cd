# SPDX-License-Identifier: BSD-2-Clause
#
# Configuration of musl's own build, in place of what its configure script would find out. The caller passes CC, AR,
# and INCLUDE, the folder that holds comesg/abi.h.

ARCH := comesg
prefix :=
includedir := /include
libdir := /lib

RANLIB := :
# Ours, src/malloc/comesg.
MALLOC_DIR := comesg
CFLAGS_C99FSE := -std=c99 -ffreestanding -nostdinc -fexcess-precision=standard -frounding-math
CFLAGS_AUTO := -O2 -fomit-frame-pointer -ffunction-sections -fdata-sections -w
CFLAGS_MEMOPS := -fno-tree-loop-distribute-patterns
CPPFLAGS := -idirafter $(INCLUDE)
LIBCC :=
SHARED_LIBS :=
ALL_TOOLS :=
OPTIMIZE_GLOBS :=
# Names that linkers ask for although the C library is one archive.
EMPTY_LIB_NAMES := m rt pthread crypt util xnet resolv dl
ALL_LIBS = $(CRT_LIBS) $(STATIC_LIBS) $(EMPTY_LIBS)
