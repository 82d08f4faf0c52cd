/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: the vector of handles. It never changes, so that threads that fetch it at the same time do no harm.
 */
#include <comesg/abi.h>
#include <comesg/coexec.h>

#include <unistd.h>

enum { VECTOR_MAX = 1024 };

const struct covector *cogetvec(void)
{
    static cohandle_t handles[VECTOR_MAX];
    static struct covector vector = {.handles = handles};
    if (vector.count == 0)
        vector.count = (size_t)syscall(COMESG_CALL_COGETVEC, handles, (size_t)VECTOR_MAX);
    return &vector;
}
