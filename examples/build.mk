# SPDX-License-Identifier: BSD-2-Clause
#
# examples/wordcount    make run FILE=... counts the words of a text

WORDCOUNT := $(B)/examples/wordcount
FILE := /usr/share/common-licenses/GPL-3

$(WORDCOUNT)/%.o: examples/wordcount/%.c $(wildcard examples/wordcount/*.h) $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -c -o $@ $<

$(WORDCOUNT)/wordcount: $(addprefix $(WORDCOUNT)/,wordcount.o ask.o measure.o)
$(WORDCOUNT)/wordcount-service: $(addprefix $(WORDCOUNT)/,wordcount-service.o words.o)
$(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service:
	$(COCC) -O2 -o $@ $^

all: $(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service

.PHONY: run
run: $(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service $(B)/cli/comesg $(B)/bench/native
	@sh examples/wordcount/run $(B) '$(FILE)'

TESTS += tests/examples/wordcount.t
TEST_DEPS += $(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service $(B)/cli/comesg
