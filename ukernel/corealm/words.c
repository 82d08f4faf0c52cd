/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Splitting lines into words.
 */
#include "ukernel/corealm/words.h"

#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Copies a word, whose end `*at` is set to. */
static enum words_error take(const char **at, char *word)
{
    int quoted = **at == '"';
    const char *from = *at + quoted;
    for (;; from++) {
        if (quoted ? *from == '"' : strchr(" \t\r\n", *from) != NULL)
            break;
        if (quoted && *from == '\\' && from[1])
            from++;
        if (!*from)
            return WORDS_QUOTE;
        *word++ = *from;
    }
    *word = '\0';
    *at = from + quoted;
    return WORDS_GOOD;
}

enum words_error words_split(const char *line, char **words, size_t most, size_t *count)
{
    *count = 0;
    for (const char *at = skip_blanks(line); *at && *at != '#'; at = skip_blanks(at)) {
        if (*count == most)
            return WORDS_TOO_MANY;
        char *word = malloc(strlen(at) + 1);
        if (!word)
            return WORDS_MEMORY;
        enum words_error error = take(&at, word);
        if (error)
            return error;
        words[(*count)++] = word;
    }
    words[*count] = NULL;
    return WORDS_GOOD;
}
