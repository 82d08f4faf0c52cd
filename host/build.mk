# SPDX-License-Identifier: BSD-2-Clause
#
# libhost.a         the supervisor and its loader
# tests/loader      tests of the loader, and of what coverify says in its place; some run under sanitizers

HOST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard host/*.c))

all: $(B)/host/libhost.a

$(B)/host/libhost.a: $(HOST_OBJECTS)
	rm -f $@
	ar rcs $@ $^

LOADER_SOURCES := span sealed_text symbols image image_map image_stack
LOADER_TESTS := image load linking seal span symbols race fuzz
LOADER_SANITIZED_TESTS := image load linking symbols fuzz
LOADER_TEST_COMMON := $(B)/tests/loader/program.o $(B)/tests/loader/mappings.o
LOADER_TEST_OBJECTS := $(LOADER_TEST_COMMON) $(LOADER_SOURCES:%=$(B)/host/%.o)

$(B)/tests/loader/%.t: $(B)/tests/loader/%.o $(LOADER_TEST_OBJECTS) $(B)/verifier/libverifier.a
	$(CC) $(LOADER_TEST_FLAGS) -o $@ $^ -lZydis -pthread

$(B)/tests/loader/seal.t $(B)/tests/loader/unsealed: LOADER_TEST_FLAGS := -Wl,--wrap=fcntl,--wrap=memfd_create
.SECONDARY: $(LOADER_TESTS:%=$(B)/tests/loader/%.o)

$(LOADER_SANITIZED_TESTS:%=$(B)/tests/loader/%.t): $(B)/tests/loader/%.t: \
    $(B)/tests/loader/%.sanitized.o $(B)/tests/loader/program.sanitized.o $(B)/tests/loader/mappings.sanitized.o \
    $(LOADER_SOURCES:%=$(B)/host/%.sanitized.o) $(B)/verifier/tools/linking.sanitized.o \
    $(B)/verifier/tools/executable.sanitized.o $(B)/verifier/libverifier.a
	$(CC) -fsanitize=address,undefined -o $@ $^ -lZydis

$(B)/%.sanitized.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all -I. -c -o $@ $<

# The negative control of the seals.
$(B)/tests/loader/unsealed: $(B)/tests/loader/seal.o $(B)/tests/loader/sealed_text.unsealed.o \
    $(filter-out %/sealed_text.o,$(LOADER_TEST_OBJECTS)) $(B)/verifier/libverifier.a
	$(CC) $(LOADER_TEST_FLAGS) -o $@ $^ -lZydis

$(B)/tests/loader/sealed_text.unsealed.o: host/sealed_text.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -DSEALED_TEXT_SEALS=0 -I. -c -o $@ $<

# With a loader that lacks what the test looks for.
$(B)/variants/hole/span: $(B)/variants/hole/comesg $(B)/tests/loader/span.t
	$(CC) -o $@ $(B)/tests/loader/span.o $(filter-out %/host/span.o,$(LOADER_TEST_OBJECTS)) $(@D)/host/span.o \
	    $(B)/verifier/libverifier.a -lZydis -pthread

TESTS += $(LOADER_TESTS:%=$(B)/tests/loader/%.t) tests/loader/seal-control.t
TEST_DEPS += $(LOADER_TESTS:%=$(B)/tests/loader/%.t) $(B)/tests/loader/unsealed $(B)/variants/hole/span
