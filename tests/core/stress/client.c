/* SPDX-License-Identifier: BSD-2-Clause
 *
 * client SEED MILLISECONDS: some threads call the services in all ways, check what comes back, and end after this time.
 */
#include "member.h"

#include <pthread.h>

enum { THREADS = 3 };

static _Thread_local struct request request;
static _Thread_local struct reply reply;
static uint64_t seed, end;
static _Atomic unsigned long all_calls, all_answered;

static void make_request(void)
{
    request.nonce = random_next(&random_state);
    request.length = (uint32_t)any(any(4) ? 100 : PAYLOAD + 1);
    request.work = (uint16_t)any(WORK_KINDS);
    request.hops = (uint16_t)(any(3) ? 0 : 1 + any(3));
    request.patience = any(2) ? (uint32_t)any(3000) : 0;
    for (uint32_t i = 0; i < request.length; i++)
        request.payload[i] = (unsigned char)(request.nonce >> i % 57);
}

static bool is_answer(ssize_t length)
{
    if (length != (ssize_t)(HEADER(reply) + request.length) || reply.length != request.length ||
        reply.seal != seal_of(&request))
        return false;
    for (uint32_t i = 0; i < request.length; i++) {
        if (reply.payload[i] != answer_byte(&request, i))
            return false;
    }
    return true;
}

/* A call that has failed has left nothing in the buffer of the reply, now or later. */
static bool is_untouched(void)
{
    return reply.seal == ~request.nonce && reply.length == 4711;
}

static bool call_one(unsigned long *answered)
{
    enum kind kind = (enum kind)any(CLIENT_KINDS);
    unsigned callee = (unsigned)any(SERVICES);
    make_request();
    reply.seal = ~request.nonce;
    reply.length = 4711;
    uint64_t deadline = nanoseconds() + any(any(2) ? 300000 : 20000000);
    ssize_t result =
        call_kind(kind, callee, &request, HEADER(request) + request.length, &reply, sizeof reply, deadline);
    int error = errno;
    if (result >= 0 && is_answer(result)) {
        ++*answered;
        return true;
    }
    if (result >= 0)
        say("WRONG: client %d: service %u, kind %d, work %u gave %zd bytes that are no answer\n", request.pid, callee,
            kind, request.work, result);
    else if (!may_fail(kind, error, deadline))
        say("WRONG: client %d: service %u, kind %d, work %u gave errno %d\n", request.pid, callee, kind, request.work,
            error);
    else if (error != ENOLINK && !is_untouched()) /* who died in the middle of the reply may have written some of it */
        say("WRONG: client %d: service %u, kind %d, work %u gave errno %d and wrote a reply\n", request.pid, callee,
            kind, request.work, error);
    if (error == ENOENT || error == EBUSY || error == EAGAIN)
        sched_yield();
    return false;
}

static void *call_again_and_again(void *number)
{
    unsigned long calls = 0, answered = 0;
    random_state = seed * THREADS + (uint64_t)(uintptr_t)number;
    request.pid = getpid();
    for (; nanoseconds() < end; calls++) {
        call_one(&answered);
        if (number == NULL && any(4) == 0)
            check_identity();
    }
    all_calls += calls;
    all_answered += answered;
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS - 1];
    take_identity();
    if (argc < 3)
        return 2;
    seed = (uint64_t)atoll(argv[1]);
    end = nanoseconds() + (uint64_t)atoll(argv[2]) * 1000000;
    for (uintptr_t i = 0; i < THREADS - 1; i++)
        need(pthread_create(&threads[i], NULL, call_again_and_again, (void *)(i + 1)) == 0, "a thread");
    call_again_and_again(NULL);
    for (int i = 0; i < THREADS - 1; i++)
        pthread_join(threads[i], NULL);
    say("client %d: %lu calls, %lu answered\n", getpid(), all_calls, all_answered);
    return 0;
}
