# The command comesg: supervisor, loader, verifier and core in one executable.

$(B)/cli/comesg: $(B)/cli/comesg.o $(B)/host/libhost.a $(B)/core/core.o $(B)/verifier/libverifier.a
	$(CC) -o $@ $^ -lZydis -pthread

all: $(B)/cli/comesg

include tests/cli/tests.mk
