# The core: freestanding, general registers only, one relocatable object whose code is one section.

CORE_C := $(wildcard core/*.c core/shim/*.c)
CORE_OBJECTS := $(CORE_C:%.c=$(B)/%.o) $(B)/core/x86_64/switcher_avx.o $(B)/core/x86_64/switcher_sse.o $(B)/core/x86_64/kernel.o
CORE_CFLAGS := $(CFLAGS) -D_GNU_SOURCE -I. -ffreestanding -mgeneral-regs-only -mno-red-zone -fno-stack-protector \
	-ffixed-r15 -fno-tree-loop-distribute-patterns -fvisibility=hidden -fPIE -fno-jump-tables
CORE_ASFLAGS := -g -Iinclude -I. -MMD -MP

$(CORE_C:%.c=$(B)/%.o): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CORE_CFLAGS) -c -o $@ $<

$(B)/core/x86_64/switcher_avx.o: core/x86_64/switcher.S
	@mkdir -p $(@D)
	$(CC) $(CORE_ASFLAGS) -DSWITCHER_AVX -c -o $@ $<

$(B)/core/x86_64/switcher_sse.o: core/x86_64/switcher.S
	@mkdir -p $(@D)
	$(CC) $(CORE_ASFLAGS) -c -o $@ $<

$(B)/core/x86_64/kernel.o: core/x86_64/kernel.S
	@mkdir -p $(@D)
	$(CC) $(CORE_ASFLAGS) -c -o $@ $<

# The core must need nothing from outside: an undefined symbol would be shared libc code in a co-process.
$(B)/core/core.o: $(CORE_OBJECTS)
	$(LD) -r -o $@ $^
	@if nm -u $@ | grep -v -E '(core_fixup_table|core_text)$$'; then echo "the core refers to the symbols above, which are not its own" >&2; rm -f $@; exit 1; fi
	objcopy --rename-section .text=core_text,alloc,load,readonly,code,contents $@

all: $(B)/core/core.o
