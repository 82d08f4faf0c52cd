# SPDX-License-Identifier: BSD-2-Clause
# The supervisor and its loader.

HOST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard host/*.c))

$(B)/host/libhost.a: $(HOST_OBJECTS)
	rm -f $@
	ar rcs $@ $^

all: $(B)/host/libhost.a
