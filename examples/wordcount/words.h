/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The words of a text and how often each occurs: a hash table that grows.
 */
#ifndef WORDCOUNT_WORDS_H
#define WORDCOUNT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
    uint64_t count;
    uint64_t hash;
    size_t offset; /* in words.letters */
    size_t length;
};

/* All zero: no words. */
struct words {
    char *letters; /* of all distinct words, one after the other, then those of the word that has not ended yet */
    size_t letters_used;
    size_t letters_capacity;
    size_t open_length; /* of the word that has not ended yet */
    uint64_t open_hash;
    struct word *list;
    size_t distinct;
    size_t list_capacity;
    uint32_t *slots;   /* index + 1 in list, 0 for an empty slot; at most half of them are used */
    size_t slot_count; /* a power of two, or 0 */
    uint64_t total;
    bool sorted; /* no more text can be added */
};

/* Forgets the words, keeps the memory. */
void words_clear(struct words *words);

/* Adds the next bytes of the text. False if memory is short. */
bool words_add(struct words *words, const char *text, size_t length);

/* The text has ended: list becomes ordered by count, the largest first, then by name. False if memory is short. */
bool words_finish(struct words *words);

#endif
