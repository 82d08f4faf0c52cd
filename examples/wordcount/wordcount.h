/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What wordcount and wordcount-service say to each other, by cocall.  A word is a maximal run of ASCII letters;
 * capitals count as small letters; every other byte separates.
 *
 * A client says BEGIN, hands over the bytes of a text with TEXT, cut anywhere, says FINISH, and fetches the words with
 * WORD.  The service works for one client at a time: the last one that said BEGIN.
 */
#ifndef WORDCOUNT_H
#define WORDCOUNT_H

#include <stddef.h>
#include <stdint.h>

#define WORDCOUNT_NAME "wordcount"

enum wordcount_operation {
    WORDCOUNT_BEGIN,  /* forget what was counted */
    WORDCOUNT_TEXT,   /* the next bytes of the text, at most WORDCOUNT_TEXT_SIZE */
    WORDCOUNT_FINISH, /* the text has ended: sort */
    WORDCOUNT_TOTALS, /* how many words so far */
    WORDCOUNT_WORD,  /* the word of this rank, from 0, the most frequent first, ties by name; its bytes from `offset` */
    WORDCOUNT_PLACE, /* where the service is */
};

enum { WORDCOUNT_TEXT_SIZE = 65536, WORDCOUNT_PIECE_SIZE = 4096 };

struct wordcount_request {
    uint32_t operation;
    uint32_t reserved;
    uint64_t rank;
    uint64_t offset;
    char text[WORDCOUNT_TEXT_SIZE];
};

struct wordcount_totals {
    uint64_t words;
    uint64_t distinct;
};

struct wordcount_word {
    uint64_t count;
    uint64_t length; /* of the word; the reply ends after the bytes that it has room for */
    char piece[WORDCOUNT_PIECE_SIZE];
};

struct wordcount_place {
    uint64_t pid;
    uint64_t table;
    uint64_t function;
};

struct wordcount_reply {
    int32_t error; /* 0, or: EINVAL no such request, ENOMEM, EPERM another client has begun, ENOENT no such word */
    uint32_t reserved;
    union {
        struct wordcount_totals totals; /* BEGIN, TEXT, FINISH, TOTALS */
        struct wordcount_word word;
        struct wordcount_place place;
    };
};

/* Bytes of a request without text, and of a reply with nothing but `error`. */
#define WORDCOUNT_REQUEST_HEAD offsetof(struct wordcount_request, text)
#define WORDCOUNT_REPLY_HEAD offsetof(struct wordcount_reply, totals)

#endif
