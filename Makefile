# SPDX-License-Identifier: BSD-2-Clause
#
# make run     set up, build, run the main job
# make test    set up, build, run the tests
# make bench   set up, build, measure; figures in build/bench.jsonl
# make tcb     size of the trusted parts
#
# Each folder with something to build has a build.mk, which adds to `all`. Everything built goes to build/.

B := build
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDEXPANSION:

CC := gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -Iinclude -MMD -MP
HOST_CFLAGS := $(CFLAGS) -D_GNU_SOURCE -fstack-protector-strong

.PHONY: all
all:

# Host objects: build/<folder>/<file>.o from <folder>/<file>.c
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -I. -c -o $@ $<

include $(wildcard */build.mk)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf $(B)
