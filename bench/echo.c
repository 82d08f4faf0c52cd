/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-process that bench/call calls. It reads every byte of a message (message.h). With an argument it is a service
 * of that name, which is found through the microkernel.
 */
#include "message.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <stdbool.h>
#include <stdio.h>

static struct message message;

/* Of `length` bytes, a multiple of 64. */
static pair sum(const pair *pairs, size_t length)
{
    const pair *end = pairs + length / sizeof(pair);
    pair a = {0}, b = {0}, c = {0}, d = {0};
    for (; pairs < end; pairs += 4) {
        a += pairs[0];
        b += pairs[1];
        c += pairs[2];
        d += pairs[3];
    }
    return a + b + c + d;
}

static bool provide(const char *name)
{
    cotarget_t target;
    conamespace_t root = coproc_init();
    if (!root || coregister(NULL, NULL, &target))
        return false;
    coservice_t service = coprovide(&target, 1, COSERVICE_FAST, 1);
    return service && coinsert(name, COSERVICE, service, root);
}

int main(int argc, char **argv)
{
    cotarget_t target;
    uint64_t served = 0;
    ssize_t length = 0;
    if (argc > 1 ? !provide(argv[1]) : coregister(MESSAGE_SERVICE, NULL, &target) != 0) {
        perror("echo: cannot register, or provide");
        return 1;
    }
    for (;;) {
        length = coaccept(NULL, &message, (size_t)length, &message, sizeof message);
        if (length < 0) {
            perror("echo: coaccept");
            return 1;
        }
        if (length == MESSAGE_COUNT_QUESTION)
            message.pairs[0] = (pair){served};
        else if (length)
            message.pairs[0] = sum(message.pairs, (size_t)length);
        served++;
    }
}
