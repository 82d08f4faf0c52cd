# SPDX-License-Identifier: BSD-2-Clause
#
# make bench        measures; a table on standard output, one JSON object a line in build/bench.jsonl
#
# make bench-sfi    the part that is about code made by cocc, see sfi/sfi.mk
#
# RUNS and MILLISECONDS in the environment say how often, and for how long each quantity is measured in a run.

BENCH := $(B)/bench
BENCH_PROGRAMS := $(BENCH)/echo $(BENCH)/receive $(BENCH)/call $(BENCH)/window $(BENCH)/launch $(BENCH)/ports $(BENCH)/drain $(B)/examples/wordcount/wordcount $(B)/examples/wordcount/wordcount-service

$(BENCH)/native $(BENCH)/summarize: %: %.o
	$(CC) -o $@ $^

$(BENCH)/receive $(BENCH)/window $(BENCH)/launch: $(BENCH)/%: bench/%.c bench/message.h bench/sample.h $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -o $@ $<

$(BENCH)/echo $(BENCH)/call $(BENCH)/ports $(BENCH)/drain: $(BENCH)/%: bench/%.c bench/message.h bench/port.h bench/sample.h $(SYSROOT_FILES)
	@mkdir -p $(@D)
	$(COCC) $(COCC_CFLAGS) -o $@ $< -lcoproc -lcomsg

all: $(BENCH)/ports $(BENCH)/drain $(BENCH)/native $(BENCH)/summarize $(BENCH)/echo $(BENCH)/receive $(BENCH)/call $(BENCH)/window $(BENCH)/launch

include bench/sfi/sfi.mk

.PHONY: bench
bench: all $(SFI_NEEDS)
	@sh bench/run $(B) $(BENCH_PROGRAMS)
	@sh bench/sfi/run $(B) $(SFI_LAYOUTS) $(SFI_PROGRAMS)
