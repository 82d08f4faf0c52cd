/* SPDX-License-Identifier: BSD-2-Clause
 *
 * In the place of coprocd: a microkernel whose services have one worker together, which takes its time. It says ENOTSUP
 * to everything, and ends when it is asked with more than one handle.
 */
#include "tests/core/programs/support.h"
#include "ukernel/protocol/coproc.h"

#include <comesg/copool.h>
#include <comesg/microkernel.h>

#include <pthread.h>
#include <stdatomic.h>

enum { MILLISECONDS = 4000 };

static _Atomic cotarget_t worker;

static void *work(void *argument)
{
    struct coattachment attachments[2];
    const int32_t reply = ENOTSUP;
    char request[64];
    cotarget_t target;
    size_t length = 0;
    need(coregister(NULL, NULL, &target) == 0, "register");
    worker = target;
    for (;;) {
        struct cocall_information information = {.size = sizeof information,
                                                 .attachments = {.array = attachments, .capacity = 2}};
        need(coaccept_oob(NULL, &reply, length, request, sizeof request, NULL, 0, &information) >= 0, "accept");
        if (information.attachments.count > 1)
            return argument;
        pause_milliseconds(MILLISECONDS);
        length = sizeof reply;
    }
}

int main(void)
{
    static struct coattachment given[SERVICE_COUNT + 1];
    const struct coproc_reply reply = {0};
    struct coproc_request request;
    cotarget_t target, own;
    pthread_t thread;
    size_t length = 0, count = 0;
    cohandle_t seal = comint_seal(COHANDLE_NAMESPACE);
    need(seal && pthread_create(&thread, NULL, work, NULL) == 0, "thread");
    while (!(own = worker))
        pause_milliseconds(1);
    for (int i = 0; i < SERVICE_COUNT; i++)
        given[i] = (struct coattachment){.handle = copool(&own, 1, COPOOL_FAST)};
    given[SERVICE_COUNT] = (struct coattachment){.handle = comint(seal, 1, CORIGHT_WR, 0)};
    need(coregister(COPROC_NAME, NULL, &target) == 0, "name");
    for (;;) {
        need(coaccept_oob(NULL, &reply, length, &request, sizeof request, given, count, NULL) >= 0, "accept");
        length = sizeof reply;
        count = SERVICE_COUNT + 1;
    }
}
