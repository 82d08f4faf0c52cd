# SPDX-License-Identifier: BSD-2-Clause
#
# The assembly rewriter (cocc-rewrite) and the compiler driver (cocc).

REWRITER_OBJECTS := $(addprefix $B/toolchain/rewriter/,memory.o lexer.o expression.o operand.o table.o section.o symbol.o \
	effect.o flow.o stack.o guard.o reuse.o general.o bit.o string_unit.o control.o emit.o rewriter.o)

all: $B/toolchain/cocc-rewrite

$B/toolchain/cocc-rewrite: $B/toolchain/rewriter/main.o $(REWRITER_OBJECTS)
	$(CC) -o $@ $^

# Not build/toolchain/cocc/: that is the program.
DRIVER_OBJECTS := $(addprefix $B/toolchain/driver/,main.o list.o options.o inform.o run.o compile.o link.o)

$B/toolchain/driver/%.o: toolchain/cocc/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -I. -c -o $@ $<

all: $B/toolchain/cocc

# The C library depends on it, and takes a minute: it stays as old as it is if only its sources are newer.
$B/toolchain/cocc: $(DRIVER_OBJECTS) $(REWRITER_OBJECTS)
	$(CC) -o $@.new $^
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
