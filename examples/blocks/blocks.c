/* SPDX-License-Identifier: BSD-2-Clause
 *
 * blocks: hands the blocks of a file to workers, whoever is free, and prints their checksums in order. A block whose
 * worker has died is handed out again.
 */
#include "blocks.h"

#include <comesg/comsg.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 3, PATIENCE_S = 2 };

static const char help[] = "Usage: blocks FILE\n"
                           "\n"
                           "Prints the checksum and the length of each block of 1 MiB of FILE, as cksum would.\n"
                           "The blocks are read by programs `worker`, of which there may be any number.\n";

struct slot {
    uint64_t number, length;
    time_t handed_out;
    bool in_use, done;
    uint32_t sum;
};

static struct slot slots[AT_ONCE];
static struct block block;
static coport_t work, done;

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static void fail(const char *what)
{
    fprintf(stderr, "blocks: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Reads a block and hands it out. False at the end of the file. */
static bool hand_out(int file, uint64_t number)
{
    struct slot *slot = &slots[number % AT_ONCE];
    ssize_t length = pread(file, block.bytes, sizeof block.bytes, (off_t)(number * BLOCK_SIZE));
    if (length < 0)
        fail("cannot read");
    if (length == 0)
        return false;
    block.number = number;
    block.length = (uint64_t)length;
    if (cosend_until(work, &block, offsetof(struct block, bytes) + (size_t)length, NULL) < 0)
        fail("cannot hand out a block");
    *slot = (struct slot){number, (uint64_t)length, now(), true, false, 0};
    return true;
}

/* Some may come twice, from workers that were only slow. */
static void take_back(void)
{
    const struct timespec deadline = {now() + 1, 0};
    void *message;
    ssize_t length = corecv_until(done, &message, 0, &deadline);
    if (length < 0 && errno == ETIMEDOUT)
        return;
    if (length != sizeof(struct block_done))
        fail("cannot take back a checksum");
    struct block_done answer;
    memcpy(&answer, message, sizeof answer);
    coport_msg_free(done, message);
    struct slot *slot = &slots[answer.number % AT_ONCE];
    if (!slot->in_use || slot->number != answer.number)
        return;
    slot->done = true;
    slot->sum = answer.sum;
}

static void hand_out_again(int file)
{
    for (unsigned i = 0; i < AT_ONCE; i++) {
        if (slots[i].in_use && !slots[i].done && now() - slots[i].handed_out > PATIENCE_S)
            hand_out(file, slots[i].number);
    }
}

static void process(int file)
{
    uint64_t next = 0, printed = 0;
    bool more = true;
    while (more || printed < next) {
        struct slot *slot = &slots[printed % AT_ONCE];
        while (more && next < printed + AT_ONCE)
            next += more = hand_out(file, next);
        if (printed == next)
            continue;
        if (!slot->done) {
            take_back();
            hand_out_again(file);
            continue;
        }
        printf("%u %llu\n", slot->sum, (unsigned long long)slot->length);
        slot->in_use = false;
        printed++;
    }
}

int main(int argc, char **argv)
{
    const struct coport_options options = {.size = sizeof options, .arena_size = (AT_ONCE + 1) * sizeof block};
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (argc != 2) {
        fputs(help, stderr);
        return 2;
    }
    if (file < 0)
        fail(argv[1]);
    conamespace_t root = coproc_init();
    conamespace_t names = root ? cocreate(BLOCKS_NAMESPACE, APPLICATION, root) : 0;
    work = names ? open_named_coport_with(BLOCKS_WORK, COCARRIER, names, &options) : 0;
    done = work ? open_named_coport(BLOCKS_DONE, COCARRIER, names) : 0;
    if (!done)
        fail("cannot open the ports");
    process(file);
    coclose(work);
    return EXIT_SUCCESS;
}
