/* SPDX-License-Identifier: BSD-2-Clause
 *
 * coserviced: services, pools of workers with an operation number, for programs (coservice.h). coprocd starts it.
 */
#include "ukernel/common/deaths.h"
#include "ukernel/coserviced/services.h"
#include "ukernel/protocol/coproc.h"
#include "ukernel/protocol/services.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct server_operation operations[] = {
    [SERVICES_PROVIDE] = {services_provide, sizeof(struct services_provide), 1, sizeof(struct services_reply)},
    [SERVICES_ADD] = {services_add, sizeof(struct services_provide), 2, sizeof(struct services_reply)},
    [SERVICES_OPERATION] = {services_operation, sizeof(struct services_request), 1,
                            sizeof(struct services_operation_reply)},
    [SERVICES_RETIRE] = {services_retire, sizeof(struct services_request), 1, sizeof(struct services_reply)},
    [SERVICES_COLLECT] = {services_collect, sizeof(struct services_request), 0, sizeof(struct services_reply)},
};

int main(void)
{
    const struct covector *vector = cogetvec();
    if (vector->count != VECTOR_SIZE) {
        fputs("coserviced: a service of the microkernel, started by coprocd: use comesg run\n", stderr);
        return 2;
    }
    struct services *state = comap_attach(vector->handles[VECTOR_STATE], PROT_READ | PROT_WRITE);
    if (!state) {
        perror("coserviced: cannot attach its state");
        return EXIT_FAILURE;
    }
    services_begin(state, &(struct services_handles){
                              .vault = vector->handles[VECTOR_VAULT],
                              .seal = vector->handles[SERVICES_SEAL_SERVICE],
                          });
    int error = deaths_begin(vector->handles[VECTOR_PRIVILEGED]);
    if (error) {
        fprintf(stderr, "coserviced: cannot wait for deaths: %s\n", strerror(error));
        return EXIT_FAILURE;
    }
    const struct server server = {
        .operations = operations,
        .operation_count = sizeof operations / sizeof operations[0],
        .pool = vector->handles[VECTOR_POOL],
        .recover = services_recover,
        .died = services_died,
    };
    fprintf(stderr, "coserviced: cannot serve: %s\n", strerror(serve(&server)));
    return EXIT_FAILURE;
}
