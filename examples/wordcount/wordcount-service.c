/* SPDX-License-Identifier: BSD-2-Clause
 *
 * wordcount-service: counts words for other co-processes, in its own region.  wordcount.h says how to ask.
 */
#include "wordcount.h"
#include "words.h"

#include <comesg/cocall.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct service {
    struct words words;
    cocookie_t client; /* who said BEGIN last */
    struct wordcount_request request;
    struct wordcount_reply reply;
};

static struct service service;

/* Each of these gives the bytes of the reply after its head, or -errno. */

static ssize_t give_totals(void)
{
    service.reply.totals = (struct wordcount_totals){service.words.total, service.words.distinct};
    return sizeof service.reply.totals;
}

static ssize_t begin(cocookie_t client)
{
    service.client = client;
    words_clear(&service.words);
    return give_totals();
}

static ssize_t add_text(size_t length)
{
    if (service.words.sorted)
        return -EINVAL;
    if (!words_add(&service.words, service.request.text, length))
        return -ENOMEM;
    return give_totals();
}

static ssize_t finish(void)
{
    if (service.words.sorted)
        return -EINVAL;
    if (!words_finish(&service.words))
        return -ENOMEM;
    return give_totals();
}

static ssize_t give_word(uint64_t rank, uint64_t offset)
{
    if (!service.words.sorted)
        return -EINVAL;
    if (rank >= service.words.distinct || offset > service.words.list[rank].length)
        return -ENOENT;
    const struct word *word = &service.words.list[rank];
    size_t length = word->length - offset;
    if (length > WORDCOUNT_PIECE_SIZE)
        length = WORDCOUNT_PIECE_SIZE;
    service.reply.word.count = word->count;
    service.reply.word.length = word->length;
    memcpy(service.reply.word.piece, service.words.letters + word->offset + offset, length);
    return (ssize_t)(offsetof(struct wordcount_word, piece) + length);
}

static ssize_t serve(cocookie_t client, size_t length);

static ssize_t give_place(void)
{
    service.reply.place = (struct wordcount_place){(uint64_t)getpid(), (uintptr_t)&service, (uintptr_t)serve};
    return sizeof service.reply.place;
}

static ssize_t serve(cocookie_t client, size_t length)
{
    if (length < WORDCOUNT_REQUEST_HEAD)
        return -EINVAL;
    if (service.request.operation == WORDCOUNT_BEGIN)
        return begin(client);
    if (service.request.operation == WORDCOUNT_PLACE)
        return give_place();
    if (client != service.client)
        return -EPERM;
    switch (service.request.operation) {
    case WORDCOUNT_TEXT:
        return add_text(length - WORDCOUNT_REQUEST_HEAD);
    case WORDCOUNT_FINISH:
        return finish();
    case WORDCOUNT_TOTALS:
        return give_totals();
    case WORDCOUNT_WORD:
        return give_word(service.request.rank, service.request.offset);
    default:
        return -EINVAL;
    }
}

int main(void)
{
    cotarget_t target;
    cocookie_t client;
    size_t reply_length = 0;
    if (coregister(WORDCOUNT_NAME, NULL, &target)) {
        perror("wordcount-service: cannot register as " WORDCOUNT_NAME);
        return 1;
    }
    for (;;) {
        ssize_t length = coaccept(&client, &service.reply, reply_length, &service.request, sizeof service.request);
        if (length < 0) {
            perror("wordcount-service: coaccept");
            return 1;
        }
        ssize_t result = serve(client, (size_t)length);
        service.reply.error = result < 0 ? (int32_t)-result : 0;
        reply_length = WORDCOUNT_REPLY_HEAD + (result < 0 ? 0 : (size_t)result);
    }
}
