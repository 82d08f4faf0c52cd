/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What wordcount and wordcount-service say to each other.  A word is a maximal run of ASCII letters; capitals count as
 * small letters; every other byte separates.
 *
 * The service is named in a namespace, and beside it a port for its results. A client says BEGIN, hands over the bytes
 * of a text with TEXT, cut anywhere, says FINISH, and has the words sent through the port with SEND. The service works
 * for one client at a time: the last one that said BEGIN.
 */
#ifndef WORDCOUNT_H
#define WORDCOUNT_H

#include <stddef.h>
#include <stdint.h>

#define WORDCOUNT_NAMESPACE "wordcount" /* an APPLICATION under the root */
#define WORDCOUNT_SERVICE "count"
#define WORDCOUNT_RESULTS "results" /* a COCARRIER of struct wordcount_word */

enum wordcount_operation {
    WORDCOUNT_BEGIN,  /* forget what was counted */
    WORDCOUNT_TEXT,   /* the next bytes of the text, at most WORDCOUNT_TEXT_SIZE */
    WORDCOUNT_FINISH, /* the text has ended: sort */
    WORDCOUNT_TOTALS, /* how many words so far */
    WORDCOUNT_SEND,   /* sends words from `rank` on, the most frequent one has 0, ties by name; see wordcount_sent */
    WORDCOUNT_PLACE,  /* where the service is */
};

enum { WORDCOUNT_TEXT_SIZE = 65536, WORDCOUNT_PIECE_SIZE = 4096 };

struct wordcount_request {
    uint32_t operation;
    uint32_t reserved;
    uint64_t rank;
    uint64_t offset; /* in the bytes of that word */
    uint64_t end;    /* the rank behind the last that is wanted */
    char text[WORDCOUNT_TEXT_SIZE];
};

struct wordcount_totals {
    uint64_t words;
    uint64_t distinct;
};

/* A message: a word, or of a long one the bytes from `offset`. */
struct wordcount_word {
    uint64_t count;
    uint64_t length; /* of the whole word */
    uint64_t offset;
    char piece[WORDCOUNT_PIECE_SIZE]; /* the message ends with its last byte */
};

/* Where to go on when what was sent has been received: the port may be full. */
struct wordcount_sent {
    uint64_t rank;
    uint64_t offset;
};

struct wordcount_place {
    uint64_t pid;
    uint64_t table;
    uint64_t function;
};

struct wordcount_reply {
    int32_t error; /* 0, or: EINVAL no such request, ENOMEM, EPERM another client has begun, or what the port said */
    uint32_t reserved;
    union {
        struct wordcount_totals totals; /* BEGIN, TEXT, FINISH, TOTALS */
        struct wordcount_sent sent;
        struct wordcount_place place;
    };
};

/* Bytes of a request without text, and of a reply with nothing but `error`. */
#define WORDCOUNT_REQUEST_HEAD offsetof(struct wordcount_request, text)
#define WORDCOUNT_REPLY_HEAD offsetof(struct wordcount_reply, totals)

#endif
