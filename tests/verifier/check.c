/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the C tests of the verifier share.
 */
#include "tests/verifier/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static unsigned count;
static unsigned failures;

void check(bool passed, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%s %u - ", passed ? "ok" : "not ok", ++count);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    failures += !passed;
}

int check_done(void)
{
    printf("1..%u\n", count);
    return failures != 0;
}

enum verifier_rule check_text(const uint8_t *bytes, size_t size)
{
    struct verifier_text text = {bytes, size, CHECK_ADDRESS};
    struct verifier_refusal refusal;
    bool accepted = verifier_check(&text, &refusal);
    if (accepted != (refusal.rule == VERIFIER_ACCEPTED))
        check(false, "the verdict agrees with the refusal");
    return refusal.rule;
}

enum verifier_rule check_then_trap(const uint8_t *bytes, size_t size)
{
    uint8_t text[64];
    memcpy(text, bytes, size);
    text[size] = 0x0f;
    text[size + 1] = 0x0b;
    return check_text(text, size + 2);
}
