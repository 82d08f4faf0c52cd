/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: COCARRIERs. ipcd copies a message into the arena of the port, from the request or from a window.
 */
#include "lib/libcomsg/memory.h"
#include "lib/libcomsg/port.h"

#include <comesg/handle.h>
#include <comesg/microkernel.h>
#include <comesg/window.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static int send_by_window(struct port_request *request, const void *buf, size_t len, struct ports_reply *reply)
{
    struct coattachment attachments[1 + COATTACHMENT_MAX];
    struct lent lent;
    if (port_lend(&lent, buf, len, CORIGHT_R))
        return -1;
    attachments[0] = (struct coattachment){.descriptor = -1, .handle = lent.window};
    for (size_t i = 0; i < request->n; i++)
        attachments[i + 1] = request->attachments[i];
    request->attachments = attachments;
    request->n++;
    request->request.flags |= PORTS_WINDOW;
    int result = port_call(request, reply, sizeof *reply, NULL);
    int error = errno;
    port_take_back(&lent, NULL, 0);
    errno = error;
    return result;
}

static int send_attached(const struct ports_request *head, const void *buf, size_t len, const struct attached *attached,
                         struct ports_reply *reply)
{
    struct port_request request = {.request = *head, .attachments = attached->attachments, .n = attached->n};
    if (len > PORTS_INLINE_MAX)
        return send_by_window(&request, buf, len, reply);
    request.bytes = buf;
    request.length = len;
    return port_call(&request, reply, sizeof *reply, NULL);
}

static int send_bytes(const struct ports_request *head, const void *buf, size_t len, struct ports_reply *reply)
{
    struct {
        struct ports_request head;
        char bytes[PORTS_INLINE_MAX];
    } request;
    request.head = ports_request(PORTS_SEND, head->flags, head->port, len, 0);
    if (len && comesg_copy(request.bytes, buf, len))
        return -1;
    return port_ask(&request.head, sizeof request.head + len, reply, sizeof *reply);
}

static ssize_t send_once(coport_t port, const void *buf, size_t len, const struct attached *attached, bool waits)
{
    const struct ports_request head = {PORTS_SEND, waits ? PORTS_WAITS : 0, port, len, 0};
    struct ports_reply reply;
    if (len > COCARRIER_MESSAGE_MAX) {
        errno = EMSGSIZE;
        return -1;
    }
    int result = len > PORTS_INLINE_MAX || attached->n ? send_attached(&head, buf, len, attached, &reply)
                                                       : send_bytes(&head, buf, len, &reply);
    return result ? -1 : (ssize_t)len;
}

ssize_t carrier_send(coport_t port, const void *buf, size_t len, const struct attached *attached,
                     const struct patience *patience)
{
    for (;;) {
        ssize_t sent = send_once(port, buf, len, attached, patience->waits);
        if (sent >= 0 || errno != EAGAIN || !patience->waits)
            return sent;
        if (port_wait(port, 0, patience)) /* ipcd wakes this thread */
            return -1;
    }
}

/* A request, and what is free. */
struct telling {
    struct ports_request head;
    uint64_t words[PORTS_WORDS];
};

/* Gives the length of the request. */
static size_t gather(struct telling *telling, const struct known_arena *arena)
{
    size_t count = 0;
    for (unsigned i = 0; arena->words && i < PORTS_WORDS; i++) {
        uint64_t word = atomic_load_explicit(&arena->words[i], memory_order_relaxed);
        if (word & PORTS_WORD_FREE)
            telling->words[count++] = word;
    }
    return sizeof telling->head + count * sizeof telling->words[0];
}

static bool replace(const struct known_arena *arena, uint64_t word, uint64_t by)
{
    for (unsigned i = 0; i < PORTS_WORDS; i++) {
        uint64_t present = atomic_load_explicit(&arena->words[i], memory_order_relaxed);
        if (present == word && atomic_compare_exchange_strong(&arena->words[i], &present, by))
            return true;
    }
    return false;
}

/* What has been told is not free any more, `word` is received; other threads may do the same at the same time. A
 * message for which there is no place is told at once when it is freed. */
static void note(const struct telling *telling, size_t length, const struct known_arena *arena, uint64_t word)
{
    size_t count = (length - sizeof telling->head) / sizeof telling->words[0];
    for (size_t i = 0; i < count; i++) {
        if (replace(arena, telling->words[i], word))
            word = 0;
    }
    if (word && arena->words)
        replace(arena, 0, word);
}

static __attribute__((noinline)) int ask_for_attachments(const struct ports_request *head,
                                                         struct ports_message *message, struct coattachment_set *set)
{
    struct coattachment_set nothing = {.array = NULL};
    return port_call(&(struct port_request){.request = *head}, message, sizeof *message, set ? set : &nothing);
}

/* Without a set directly, which is faster, unless descriptors are attached: ipcd drops these another way. */
static inline int ask_for_message(const struct telling *telling, size_t length, struct ports_message *message,
                                  struct coattachment_set *set)
{
    if (!set && port_ask(&telling->head, length, message, sizeof *message) == 0)
        return 0;
    return set || errno == EREMOTE ? ask_for_attachments(&telling->head, message, set) : -1;
}

static ssize_t receive_once(coport_t port, void **buf, size_t len, struct coattachment_set *set)
{
    struct telling telling;
    struct ports_message message;
    struct known_arena arena;
    if (port_arena(port, &arena))
        return -1;
    telling.head = ports_request(PORTS_RECEIVE, 0, port, len, 0);
    size_t length = set ? sizeof telling.head : gather(&telling, &arena);
    if (ask_for_message(&telling, length, &message, set))
        return -1;
    bool empty = message.length == 0;
    uint32_t number = (uint32_t)(message.offset / PORTS_GRANULE) + 1;
    note(&telling, length, &arena, empty ? 0 : ports_word(number, message.stamp));
    *buf = empty ? NULL : (void *)(uintptr_t)(arena.address + message.offset);
    return (ssize_t)message.length;
}

ssize_t carrier_receive(coport_t port, void **buf, size_t len, struct coattachment_set *set,
                        const struct patience *patience)
{
    for (;;) {
        ssize_t received = receive_once(port, buf, len, set);
        if (received >= 0 || errno != EAGAIN || !patience->waits)
            return received;
        if (port_wait(port, COPOLL_IN, patience))
            return -1;
    }
}

/* Notes that this block is free, if it is known to be received. */
static bool note_free(const struct known_arena *arena, uint32_t number)
{
    for (unsigned i = 0; arena->words && i < PORTS_WORDS; i++) {
        uint64_t word = atomic_load_explicit(&arena->words[i], memory_order_relaxed);
        if ((uint32_t)word == number)
            return atomic_compare_exchange_strong(&arena->words[i], &word, word | PORTS_WORD_FREE);
    }
    return false;
}

/* After a message was noted as free, this finds out whether somebody wants its memory, who first says so. */
static bool is_wanted(const struct known_arena *arena)
{
    return __atomic_load_n(&ports_arena_end(arena->address, arena->size)->wanted, __ATOMIC_RELAXED);
}

static int tell_free(coport_t port, const struct known_arena *arena, uint64_t offset)
{
    struct telling telling;
    struct ports_reply reply;
    telling.head = ports_request(PORTS_FREE, 0, port, 0, offset);
    size_t length = gather(&telling, arena);
    if (port_ask(&telling.head, length, &reply, sizeof reply))
        return -1;
    note(&telling, length, arena, 0);
    return 0;
}

int coport_msg_free(coport_t port, void *message)
{
    struct known_arena arena;
    if (!port_is_carrier(port))
        return -1;
    if (!message)
        return 0;
    if (port_arena(port, &arena))
        return -1;
    uint64_t offset = (uintptr_t)message - arena.address;
    if (offset >= arena.size || offset % PORTS_GRANULE) {
        errno = EINVAL;
        return -1;
    }
    if (!note_free(&arena, (uint32_t)(offset / PORTS_GRANULE) + 1))
        return tell_free(port, &arena, offset);
    return is_wanted(&arena) ? tell_free(port, &arena, PORTS_NOTHING) : 0;
}
