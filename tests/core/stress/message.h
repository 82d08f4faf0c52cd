/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the members of the stress test say to each other. Each answer can be computed by the one who asked, and by
 * nobody else: it depends on a random number, on the asker's pid as the core tells it, and on every byte sent.
 */
#ifndef COMESG_TESTS_CORE_STRESS_MESSAGE_H
#define COMESG_TESTS_CORE_STRESS_MESSAGE_H

#include <stdint.h>
#include <string.h>

enum { PAYLOAD = 6000, SERVICES = 6 };

enum work {
    WORK_NONE,
    WORK_COMPUTE, /* some microseconds */
    WORK_LINGER,  /* some milliseconds of the same */
    WORK_HOME,    /* a system call at home */
    WORK_SLEEP,   /* a longer one */
    WORK_WAIT,    /* a futex, in place */
    WORK_MEMORY,  /* maps and unmaps, in place */
    WORK_KINDS,
};

struct request {
    uint64_t nonce;
    int32_t pid;
    uint32_t length; /* of the payload */
    uint16_t work;
    uint16_t hops;     /* services to be called in turn */
    uint32_t patience; /* microseconds for the next hop; 0: a call without deadline */
    unsigned char payload[PAYLOAD];
};

struct reply {
    uint64_t seal;
    uint32_t length;
    unsigned char payload[PAYLOAD];
};

#define HEADER(type) (sizeof(struct type) - PAYLOAD)

static inline uint64_t mix(uint64_t value)
{
    value ^= value >> 31;
    value *= 0x9e3779b97f4a7c15u;
    return value ^ value >> 29;
}

static inline uint64_t random_next(uint64_t *state)
{
    return mix(*state += 0x9e3779b97f4a7c15u);
}

static inline uint64_t seal_of(const struct request *request)
{
    uint64_t seal = mix(request->nonce + (uint64_t)request->pid), word = 0;
    for (uint32_t i = 0; i < request->length; i += 8) {
        memcpy(&word, request->payload + i, request->length - i < 8 ? request->length - i : 8);
        seal = mix(seal ^ word);
    }
    return seal;
}

/* What the payload of the reply is made of. */
static inline unsigned char answer_byte(const struct request *request, uint32_t i)
{
    return (unsigned char)(request->payload[request->length - 1 - i] ^ (unsigned char)request->nonce);
}

#endif
