/* SPDX-License-Identifier: BSD-2-Clause
 *
 * worker: takes blocks, one at a time, and gives back their checksums, that of cksum(1). It reads a block where it
 * lies, in read-only memory that all workers see.
 */
#include "blocks.h"

#include <comesg/comsg.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint32_t table[256];

/* The polynomial of cksum in POSIX. */
static void fill_table(void)
{
    const uint32_t polynomial = 0x04c11db7;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t remainder = i << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            remainder = remainder << 1 ^ (remainder & 0x80000000 ? polynomial : 0);
        table[i] = remainder;
    }
}

static uint32_t add(uint32_t sum, unsigned char byte)
{
    return sum << 8 ^ table[sum >> 24 ^ byte];
}

static uint32_t checksum(const unsigned char *bytes, uint64_t length)
{
    uint32_t sum = 0;
    for (uint64_t i = 0; i < length; i++)
        sum = add(sum, bytes[i]);
    for (uint64_t rest = length; rest; rest >>= 8)
        sum = add(sum, (unsigned char)rest);
    return ~sum;
}

/* True until there is no more work. */
static bool work(coport_t blocks, coport_t done)
{
    void *message;
    ssize_t length = corecv_until(blocks, &message, 0, NULL);
    if (length < 0)
        return false;
    const struct block *block = message;
    struct block_done answer = {.number = block->number};
    bool good = (size_t)length >= offsetof(struct block, bytes) && block->length <= (size_t)length;
    if (good)
        answer.sum = checksum(block->bytes, block->length);
    coport_msg_free(blocks, message);
    return !good || cosend_until(done, &answer, sizeof answer, NULL) >= 0;
}

/* The ports are those of `blocks`, which may start later: one that a worker opened would be closed when that worker
 * ends. */
static coport_t find_port(const char *name, conamespace_t names)
{
    enum { PATIENCE_MS = 10000 };
    const struct timespec pause = {.tv_nsec = 1000000};
    coport_t port = 0;
    for (unsigned i = 0; i < PATIENCE_MS && !port; i++) {
        coobject_t object = coselect(name, COPORT, names);
        if (!object && errno != ENOENT)
            return 0;
        if (object) {
            port = coobject_subject(object);
            cohandle_close(object);
        }
        if (!port)
            nanosleep(&pause, NULL);
    }
    return port;
}

int main(void)
{
    fill_table();
    conamespace_t root = coproc_init();
    conamespace_t names = root ? cocreate(BLOCKS_NAMESPACE, APPLICATION, root) : 0;
    coport_t blocks = names ? find_port(BLOCKS_WORK, names) : 0;
    coport_t done = blocks ? find_port(BLOCKS_DONE, names) : 0;
    if (!done) {
        perror("worker: cannot find the ports of blocks");
        return EXIT_FAILURE;
    }
    while (work(blocks, done))
        ;
    if (errno == EPIPE) /* closed: there is no more work */
        return EXIT_SUCCESS;
    perror("worker");
    return EXIT_FAILURE;
}
