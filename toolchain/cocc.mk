# SPDX-License-Identifier: BSD-2-Clause
#
# The assembly rewriter (cocc-rewrite) and the compiler driver (cocc).

REWRITER_OBJECTS := $(addprefix $B/toolchain/rewriter/,memory.o lexer.o expression.o operand.o table.o section.o symbol.o \
	effect.o flow.o stack.o guard.o reuse.o general.o string_unit.o control.o emit.o rewriter.o)

all: $B/toolchain/cocc-rewrite

$B/toolchain/cocc-rewrite: $B/toolchain/rewriter/main.o $(REWRITER_OBJECTS)
	$(CC) -o $@ $^

# Not build/toolchain/cocc/: that is the program.
DRIVER_OBJECTS := $(addprefix $B/toolchain/driver/,main.o list.o options.o inform.o run.o compile.o link.o)

$B/toolchain/driver/%.o: toolchain/cocc/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -I. -c -o $@ $<

all: $B/toolchain/cocc

$B/toolchain/cocc: $(DRIVER_OBJECTS) $(REWRITER_OBJECTS)
	$(CC) -o $@ $^

include tests/toolchain/tests.mk
