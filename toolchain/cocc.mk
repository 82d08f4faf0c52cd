# SPDX-License-Identifier: BSD-2-Clause
#
# The assembly rewriter (cocc-rewrite) and the compiler driver (cocc).

REWRITER_OBJECTS := $(addprefix $B/toolchain/rewriter/,memory.o lexer.o expression.o operand.o table.o section.o symbol.o \
	effect.o flow.o stack.o guard.o general.o string_unit.o control.o emit.o rewriter.o)

all: $B/toolchain/cocc-rewrite

$B/toolchain/cocc-rewrite: $B/toolchain/rewriter/main.o $(REWRITER_OBJECTS)
	$(CC) -o $@ $^
