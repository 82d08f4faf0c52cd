# SPDX-License-Identifier: BSD-2-Clause
#
# make bench    measures; a table on standard output, one JSON object a line in build/bench.jsonl

$(B)/bench/native: $(B)/bench/native.o
	$(CC) -o $@ $^

all: $(B)/bench/native
