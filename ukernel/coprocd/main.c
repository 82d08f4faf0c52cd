/* SPDX-License-Identifier: BSD-2-Clause
 *
 * coprocd: the first part of the microkernel. Starts the services, starts again those that end, and tells programs that
 * join where the services are.
 *
 *   coprocd [-v] FOLDER
 *
 * The supervisor starts it with a privileged handle. Its end is that of the realm.
 */
#include "ukernel/common/signals.h"
#include "ukernel/coprocd/services.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/microkernel.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct coattachment given[SERVICE_COUNT + 1];

/* Nothing here changes, so that it may start again at any instruction: on the kernel threads of those who join, which
 * may be killed. */
static _Noreturn void serve(void)
{
    struct coproc_request request;
    struct coproc_reply reply = {0};
    size_t length = 0, count = 0;
    for (;;) {
        ssize_t got = coaccept_oob(NULL, &reply, length, &request, sizeof request, given, count, NULL);
        struct cocaller caller = {.size = sizeof caller};
        bool known = got == sizeof request && request.operation == COPROC_INIT;
        reply = (struct coproc_reply){.error = known ? 0 : ENOSYS};
        if (known && cocaller(&caller))
            reply.error = errno;
        reply.namespace_chosen = caller.flags & COCALLER_NAMESPACE_CHOSEN;
        length = reply.error ? sizeof reply.error : sizeof reply;
        count = reply.error ? 0 : reply.namespace_chosen ? SERVICE_COUNT : SERVICE_COUNT + 1;
    }
}

static _Noreturn void serve_again(int error)
{
    (void)error;
    serve();
}

static void fill_given(void)
{
    for (enum service service = 0; service < SERVICE_COUNT; service++)
        given[service] = (struct coattachment){.descriptor = -1, .handle = services_pool(service)};
    given[SERVICE_COUNT] = (struct coattachment){.descriptor = -1, .handle = services_root()};
}

/* The other thread: starting a service takes its time. */
static void *watch(void *argument)
{
    (void)argument;
    services_watch();
    exit(EXIT_FAILURE);
}

static int usage(void)
{
    fputs("coprocd: the first part of the microkernel: use comesg run, which starts it\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const struct covector *vector = cogetvec();
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    cotarget_t target;
    pthread_t thread;
    if (argc != 2 + verbose || vector->count != 1)
        return usage();
    leave_signals_to_supervisor();
    if (!services_prepare(vector->handles[0]))
        return EXIT_FAILURE;
    fill_given();
    /* From here on programs wait for the answer, not for the name. */
    if (coregister(COPROC_NAME, serve_again, &target)) {
        perror("coprocd: cannot publish its name");
        return EXIT_FAILURE;
    }
    if (!services_start(argv[argc - 1], verbose))
        return EXIT_FAILURE;
    if ((errno = pthread_create(&thread, NULL, watch, NULL))) {
        perror("coprocd: cannot start a thread");
        return EXIT_FAILURE;
    }
    serve();
}
