/* SPDX-License-Identifier: BSD-2-Clause
 *
 * wordcount-service: counts words for other co-processes, in its own region, and sends them through a port.
 * wordcount.h says how to ask.
 */
#include "wordcount.h"
#include "words.h"

#include <comesg/cocall.h>
#include <comesg/comsg.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct service {
    struct words words;
    cocookie_t client; /* who said BEGIN last */
    coport_t results;
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

/* Sends the bytes of a word from `offset` on that one message carries: how many, or -errno. */
static ssize_t send_piece(const struct word *word, uint64_t offset)
{
    static struct wordcount_word message;
    size_t length = word->length - offset;
    if (length > WORDCOUNT_PIECE_SIZE)
        length = WORDCOUNT_PIECE_SIZE;
    message.count = word->count;
    message.length = word->length;
    message.offset = offset;
    memcpy(message.piece, service.words.letters + word->offset + offset, length);
    ssize_t sent = cosend(service.results, &message, offsetof(struct wordcount_word, piece) + length);
    return sent < 0 ? -errno : (ssize_t)length;
}

/* Until the port is full. */
static ssize_t send_words(uint64_t rank, uint64_t offset, uint64_t end)
{
    const struct words *words = &service.words;
    if (!words->sorted)
        return -EINVAL;
    while (rank < end && rank < words->distinct && offset < words->list[rank].length) {
        ssize_t sent = send_piece(&words->list[rank], offset);
        if (sent == -EAGAIN)
            break;
        if (sent < 0)
            return sent;
        offset += (size_t)sent;
        if (offset == words->list[rank].length) {
            offset = 0;
            rank++;
        }
    }
    service.reply.sent = (struct wordcount_sent){rank, offset};
    return sizeof service.reply.sent;
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
    case WORDCOUNT_SEND:
        return send_words(service.request.rank, service.request.offset, service.request.end);
    default:
        return -EINVAL;
    }
}

static int fail(const char *what)
{
    fprintf(stderr, "wordcount-service: cannot %s: %s\n", what, strerror(errno));
    return 1;
}

/* Names this thread, as a pool of one worker, and the port. */
static int publish(void)
{
    cotarget_t worker;
    conamespace_t root = coproc_init();
    if (!root)
        return fail("join the microkernel");
    conamespace_t space = cocreate(WORDCOUNT_NAMESPACE, APPLICATION, root);
    if (!space)
        return fail("make the namespace " WORDCOUNT_NAMESPACE);
    service.results = open_named_coport(WORDCOUNT_RESULTS, COCARRIER, space);
    if (!service.results)
        return fail("open the port " WORDCOUNT_RESULTS);
    if (coregister(NULL, NULL, &worker))
        return fail("become a worker");
    coservice_t provided = coprovide(&worker, 1, COSERVICE_FAST, WORDCOUNT_TEXT);
    if (!provided || !coinsert(WORDCOUNT_SERVICE, COSERVICE, provided, space))
        return fail("provide the service " WORDCOUNT_SERVICE);
    return 0;
}

int main(void)
{
    cocookie_t client;
    size_t reply_length = 0;
    if (publish())
        return 1;
    for (;;) {
        ssize_t length = coaccept(&client, &service.reply, reply_length, &service.request, sizeof service.request);
        if (length < 0)
            return fail("accept a call");
        ssize_t result = serve(client, (size_t)length);
        service.reply.error = result < 0 ? (int32_t)-result : 0;
        reply_length = WORDCOUNT_REPLY_HEAD + (result < 0 ? 0 : (size_t)result);
    }
}
