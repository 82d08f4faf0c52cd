# SPDX-License-Identifier: BSD-2-Clause
#
# examples/wordcount    make run FILE=... counts the words of a text
# examples/xmlcheck     a parser library as a plug-in of its own
# examples/logs         one program polls the ports of many
# examples/blocks       work for many, handed out and taken back through ports

WORDCOUNT := $(B)/examples/wordcount
FILE := /usr/share/common-licenses/GPL-3

$(WORDCOUNT)/%.o: examples/wordcount/%.c $(wildcard examples/wordcount/*.h) $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -c -o $@ $<

$(WORDCOUNT)/wordcount: $(addprefix $(WORDCOUNT)/,wordcount.o ask.o measure.o)
$(WORDCOUNT)/wordcount-service: $(addprefix $(WORDCOUNT)/,wordcount-service.o words.o)
$(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service:
	$(COCC) -O2 -o $@ $^ -lcoproc -lcomsg

all: $(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service

.PHONY: run
run: all
	@sh examples/wordcount/run $(B) '$(FILE)'

TESTS += tests/examples/wordcount.t
TEST_DEPS += $(WORDCOUNT)/wordcount $(WORDCOUNT)/wordcount-service $(B)/cli/comesg

XMLCHECK := $(B)/examples/xmlcheck
EXPAT := $(XMLCHECK)/expat/source/expat/lib
EXPAT_OBJECTS := $(addprefix $(XMLCHECK)/,xmlparse.o xmlrole.o xmltok.o)

$(XMLCHECK)/expat/stamp: | toolchain/fetch
	sh toolchain/fetch expat $(@D)
	@touch $@

# Its configuration is that of the benchmark. What it is compiled from is not ours to warn about.
$(EXPAT_OBJECTS): $(XMLCHECK)/%.o: $(XMLCHECK)/expat/stamp bench/sfi/expat_config.h $(SYSROOT_FILES)
	$(COCC) -std=gnu17 -O2 -w -Ibench/sfi -c -o $@ $(EXPAT)/$*.c

$(XMLCHECK)/xmlcheck.o $(XMLCHECK)/xml-plugin.o: $(XMLCHECK)/%.o: examples/xmlcheck/%.c examples/xmlcheck/plugin.h \
    $(XMLCHECK)/expat/stamp $(SYSROOT_FILES)
	$(COCC) $(COCC_CFLAGS) -D_GNU_SOURCE -I$(EXPAT) -c -o $@ $<

$(XMLCHECK)/xmlcheck: $(XMLCHECK)/xmlcheck.o
$(XMLCHECK)/xml-plugin: $(XMLCHECK)/xml-plugin.o $(EXPAT_OBJECTS)
$(XMLCHECK)/xmlcheck $(XMLCHECK)/xml-plugin:
	$(COCC) -O2 -o $@ $^ -lcoproc -lcomsg

TESTS += tests/examples/xmlcheck.t
TEST_DEPS += $(XMLCHECK)/xmlcheck $(XMLCHECK)/xml-plugin $(B)/cli/comesg

# Each of these is one file, and uses the microkernel.
EXAMPLE_PROGRAMS := $(addprefix $(B)/examples/,logs/collector logs/worker blocks/blocks blocks/worker)

$(EXAMPLE_PROGRAMS): $(B)/examples/%: examples/%.c $(wildcard examples/*/*.h) $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -D_GNU_SOURCE -o $@ $< -lcoproc -lcomsg

TESTS += tests/examples/logs.t tests/examples/blocks.t
TEST_DEPS += $(EXAMPLE_PROGRAMS)
