# SPDX-License-Identifier: BSD-2-Clause
#
# make run     set up, build, run the main job: make run FILE=... names the text
# make test    set up, build, run the tests
# make bench   set up, build, measure; figures in build/bench.jsonl
# make tcb     size of the trusted parts: of each file, lines of code, and with comments
# make install, make uninstall   to or from PREFIX, /usr/local by default, in the tree DESTDIR
#
# `set up` installs what the machine lacks. Each folder with something to build has a build.mk, which adds to `all`, to
# PACKAGES (Debian packages needed), TESTS (TAP programs) and TEST_DEPS (what they need). Everything built goes to build/.

B := build
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
.DELETE_ON_ERROR:

CC := gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -Iinclude -MMD -MP
HOST_CFLAGS := $(CFLAGS) -D_GNU_SOURCE -fstack-protector-strong

.PHONY: all
all:

# First what the others build on: their prerequisites are expanded as they are read.
include toolchain/build.mk lib/build.mk

# Host objects: build/<folder>/<file>.o from <folder>/<file>.c
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -I. -c -o $@ $<

include $(filter-out toolchain/build.mk lib/build.mk,$(wildcard */build.mk))

# An empty file, which make makes before anything else, with what it installs.
ifneq ($(filter-out clean tcb uninstall,$(or $(MAKECMDGOALS),all)),)
include $(SETUP)
endif

-include $(shell find $(B) -name '*.d' -not -path '$(B)/sysroot-musl/*' 2>/dev/null)

# What the tests need, for those who run one of them.
.PHONY: test-programs
test-programs: all $(TESTS) $(TEST_DEPS)

.PHONY: test
test: test-programs
	prove --timer --jobs 2 $(TESTS)

# What is installed finds its parts as seen from where it is, so that the tree can be moved. The folders named comesg are
# ours alone.
PREFIX ?= /usr/local
INSTALLED := $(DESTDIR)$(PREFIX)
INSTALLED_COMMANDS := $(B)/cli/comesg $(B)/verifier/coverify $(B)/toolchain/cocc $(B)/toolchain/cocc-rewrite

.PHONY: install uninstall
install: all
	mkdir -p $(INSTALLED)/bin $(INSTALLED)/libexec/comesg $(INSTALLED)/lib/comesg $(addprefix $(INSTALLED)/share/man/man,1 3 5)
	install $(INSTALLED_COMMANDS) $(INSTALLED)/bin
	install $(UKERNEL_PROGRAMS) $(INSTALLED)/libexec/comesg
	rm -rf $(INSTALLED)/lib/comesg/sysroot
	cp -r $(SYSROOT) $(INSTALLED)/lib/comesg/sysroot
	rm -f $(INSTALLED)/lib/comesg/sysroot/include/comesg/.stamp
	for section in 1 3 5; do install -m 644 doc/man/*.$$section $(INSTALLED)/share/man/man$$section || exit 1; done

uninstall:
	rm -f $(addprefix $(INSTALLED)/bin/,$(notdir $(INSTALLED_COMMANDS)))
	rm -rf $(INSTALLED)/libexec/comesg $(INSTALLED)/lib/comesg
	for page in $(notdir $(wildcard doc/man/*)); do rm -f "$(INSTALLED)/share/man/man$${page##*.}/$$page"; done

# The design's goal is for the first three, which verified code meets; the rest of the supervisor, and the command that is
# its main function, are trusted too.
TRUSTED_core := $(wildcard core/*.[ch] core/*/*.[chS])
TRUSTED_verifier := $(wildcard verifier/*.[ch])
TRUSTED_loader := $(wildcard host/image*.[ch] host/sealed_text.[ch] host/span.[ch] host/symbols.[ch])
TRUSTED_supervisor := $(filter-out $(TRUSTED_loader),$(wildcard host/*.[ch] cli/*.c))
.PHONY: tcb
tcb:
	@for part in $(foreach part,core verifier loader supervisor,'$(part) $(TRUSTED_$(part))'); do \
	    set -- $$part; name=$$1; shift; \
	    for file do \
	        printf '%s\t%s\t%s\n' $$($(CC) -fpreprocessed -dD -E -P -x c $$file 2>/dev/null | grep -c '[^[:space:]]') \
	            $$(grep -c '[^[:space:]]' $$file) $$file; \
	    done | sort -n; \
	    echo "$$name: $$(cat $$@ | $(CC) -fpreprocessed -dD -E -P -x c - 2>/dev/null | grep -c '[^[:space:]]') lines of code," \
	        "$$(cat $$@ | grep -c '[^[:space:]]') with comments"; \
	done

.PHONY: clean
clean:
	rm -rf $(B)
