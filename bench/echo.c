/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-process that bench/call calls. It reads every byte of a message (message.h).
 */
#include "message.h"

#include <comesg/cocall.h>

#include <stdio.h>

typedef uint64_t pair __attribute__((vector_size(16)));

static union message message;

/* A multiple of 64 bytes takes the first loop only. */
static uint64_t sum(const uint64_t *words, size_t count)
{
    pair a = {0}, b = {0}, c = {0}, d = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const pair *pairs = (const pair *)(words + i);
        a += pairs[0];
        b += pairs[1];
        c += pairs[2];
        d += pairs[3];
    }
    a += b + c + d;
    uint64_t result = a[0] + a[1];
    for (; i < count; i++)
        result += words[i];
    return result;
}

int main(void)
{
    cotarget_t target;
    uint64_t served = 0;
    ssize_t length = 0;
    if (coregister(MESSAGE_SERVICE, NULL, &target)) {
        perror("echo: cannot register");
        return 1;
    }
    for (;;) {
        length = coaccept(NULL, &message, (size_t)length, &message, sizeof message);
        if (length < 0) {
            perror("echo: coaccept");
            return 1;
        }
        if (length == MESSAGE_COUNT_QUESTION)
            message.words[0] = served;
        else if (length)
            message.words[0] = sum(message.words, (size_t)length / 8);
        served++;
    }
}
