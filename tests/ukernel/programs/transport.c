/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Transport errors, as coproc.h has them, where false-coprocd is the microkernel.
 */
#include "lib/libcomsg/service_pools.h"
#include "tests/core/programs/support.h"

#include <comesg/comsg.h>

#include <pthread.h>

static void *ask(void *error)
{
    uint32_t op;
    *(int *)error = coservice_operation(coseal(1, 1), &op) ? errno : 0;
    return NULL;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
    enum { CALLERS = 3 };
    pthread_t threads[CALLERS];
    int errors[CALLERS], busy = 0, answered = 0;
    need(coproc_init() != 0, "coproc_init");
    double start = seconds();
    for (int i = 0; i < CALLERS; i++)
        need(pthread_create(&threads[i], NULL, ask, &errors[i]) == 0, "thread");
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < CALLERS; i++) {
        busy += errors[i] == EBUSY;
        answered += errors[i] == ENOTSUP;
    }
    ok(answered >= 1 && busy >= 1 && answered + busy == CALLERS, "one is served, others get EBUSY (%d, %d)", answered,
       busy);
    ok(seconds() - start >= 1, "after a second");
    const struct coattachment two[] = {comesg_attach(coseal(1, 1)), comesg_attach(coseal(2, 1))};
    const uint32_t request = 1;
    int32_t reply;
    ok(comesg_call(SERVICE_SERVICES, &request, sizeof request, &reply, sizeof reply, two, 2, NULL) == -1 &&
           errno == ENOLINK,
       "ENOLINK if the worker ends in the middle");
    ok(comesg_call(SERVICE_SERVICES, &request, sizeof request, &reply, sizeof reply, NULL, 0, NULL) == -1 &&
           errno == ENOLINK,
       "and when there is none");
    return done_testing();
}
