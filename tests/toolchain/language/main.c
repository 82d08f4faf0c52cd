/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs all parts.
 */
#include "language.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct part {
    const char *name;
    void (*run)(void);
} parts[] = {
    {"arguments", arguments}, {"structures", structures}, {"bit_fields", bit_fields}, {"wide_integers", wide_integers},
    {"division", division},   {"atomics", atomics},       {"floating", floating},     {"vectors", vectors},
    {"idioms", idioms},       {"frames", frames},         {"storage", storage},       {"flow", flow},
    {"library", library},
};

static const char *running;
static uint64_t random_state;

void result(const char *name, uint64_t value)
{
    printf("%s.%s %016" PRIx64 "\n", running, name, value);
}

uint64_t join(uint64_t first, uint64_t next)
{
    return (first << 7 | first >> 57) * 0x9e3779b97f4a7c15 + next;
}

uint64_t hash(const void *bytes, size_t size)
{
    uint64_t value = size;
    for (size_t i = 0; i < size; i++)
        value = (value ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    return value;
}

uint64_t raw(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

ALONE long opaque(long value)
{
    return value;
}

ALONE void *opaque_pointer(const void *pointer)
{
    return (void *)pointer;
}

uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

int main(void)
{
    for (size_t i = 0; i < COUNT(parts); i++) {
        running = parts[i].name;
        random_state = 0x2545f4914f6cdd1d;
        parts[i].run();
        if (fflush(stdout) != 0)
            return 1;
    }
    return 0;
}
