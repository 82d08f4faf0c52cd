/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The words of a text and how often each occurs.
 */
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { LETTERS_FIRST = 4096, LIST_FIRST = 512 };
static const uint64_t hash_start = 0xcbf29ce484222325, hash_factor = 0x100000001b3;

void words_clear(struct words *words)
{
    if (words->slots)
        memset(words->slots, 0, words->slot_count * sizeof words->slots[0]);
    words->letters_used = 0;
    words->open_length = 0;
    words->open_hash = hash_start;
    words->distinct = 0;
    words->total = 0;
    words->sorted = false;
}

/* Doubles an array. The memory of a co-process ends long before twice a capacity overflows. */
static bool grow(void **array, size_t *capacity, size_t first, size_t element)
{
    size_t wanted = *capacity ? *capacity * 2 : first;
    void *larger = realloc(*array, wanted * element);
    if (!larger)
        return false;
    *array = larger;
    *capacity = wanted;
    return true;
}

static void insert_slot(struct words *words, size_t index)
{
    size_t mask = words->slot_count - 1, slot = words->list[index].hash & mask;
    while (words->slots[slot])
        slot = (slot + 1) & mask;
    words->slots[slot] = (uint32_t)index + 1;
}

/* Makes room for one more word in list and slots. */
static bool reserve_word(struct words *words)
{
    if (words->distinct < words->list_capacity)
        return true;
    if (words->list_capacity > UINT32_MAX / 4)
        return false;
    size_t slot_count = (words->list_capacity ? words->list_capacity * 2 : LIST_FIRST) * 2;
    uint32_t *slots = calloc(slot_count, sizeof slots[0]);
    if (!slots)
        return false;
    if (!grow((void **)&words->list, &words->list_capacity, LIST_FIRST, sizeof words->list[0])) {
        free(slots);
        return false;
    }
    free(words->slots);
    words->slots = slots;
    words->slot_count = slot_count;
    for (size_t index = 0; index < words->distinct; index++)
        insert_slot(words, index);
    return true;
}

/* The open word in list, or NULL. */
static struct word *find_open(const struct words *words)
{
    if (!words->slot_count)
        return NULL;
    size_t mask = words->slot_count - 1;
    const char *name = words->letters + words->letters_used;
    for (size_t slot = words->open_hash & mask; words->slots[slot]; slot = (slot + 1) & mask) {
        struct word *word = &words->list[words->slots[slot] - 1];
        if (word->hash == words->open_hash && word->length == words->open_length &&
            memcmp(words->letters + word->offset, name, word->length) == 0)
            return word;
    }
    return NULL;
}

static bool end_word(struct words *words)
{
    struct word *word = find_open(words);
    if (!word) {
        if (!reserve_word(words))
            return false;
        word = &words->list[words->distinct];
        *word = (struct word){.hash = words->open_hash, .offset = words->letters_used, .length = words->open_length};
        insert_slot(words, words->distinct++);
        words->letters_used += words->open_length;
    }
    word->count++;
    words->total++;
    words->open_length = 0;
    words->open_hash = hash_start;
    return true;
}

static bool add_letter(struct words *words, char letter)
{
    size_t at = words->letters_used + words->open_length;
    if (at == words->letters_capacity &&
        !grow((void **)&words->letters, &words->letters_capacity, LETTERS_FIRST, sizeof letter))
        return false;
    words->letters[at] = letter;
    words->open_length++;
    words->open_hash = (words->open_hash ^ (unsigned char)letter) * hash_factor;
    return true;
}

/* ASCII only, whatever the locale. 0 if `byte` is no letter. */
static char small_letter(char byte)
{
    char small = (char)(byte | 0x20);
    return small >= 'a' && small <= 'z' ? small : 0;
}

bool words_add(struct words *words, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char letter = small_letter(text[i]);
        if (letter ? !add_letter(words, letter) : words->open_length && !end_word(words))
            return false;
    }
    return true;
}

static const char *sorted_letters;

static int compare(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    size_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(sorted_letters + a->offset, sorted_letters + b->offset, common);
    if (order == 0)
        return a->length < b->length ? -1 : 1;
    return order;
}

bool words_finish(struct words *words)
{
    if (words->open_length && !end_word(words))
        return false;
    sorted_letters = words->letters;
    if (words->distinct)
        qsort(words->list, words->distinct, sizeof words->list[0], compare);
    words->sorted = true;
    return true;
}
