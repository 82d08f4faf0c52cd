/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: deaths.
 */
#include <comesg/abi.h>
#include <comesg/call_options.h>
#include <comesg/coprivileged.h>

#include <unistd.h>

int codeath(cohandle_t privileged, uint64_t after, struct codeath *record)
{
    return codeath_until(privileged, after, record, NULL);
}

int codeath_until(cohandle_t privileged, uint64_t after, struct codeath *record, const struct timespec *abs_monotonic)
{
    uint64_t deadline;
    if (!comesg_call_deadline(abs_monotonic, &deadline)) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(COMESG_CALL_CODEATH, privileged, after, record, deadline ? deadline : 1);
}

int codeath_nb(cohandle_t privileged, uint64_t after, struct codeath *record)
{
    return (int)syscall(COMESG_CALL_CODEATH, privileged, after, record, UINT64_C(0));
}

int coidentify(cohandle_t privileged, pid_t pid, uint64_t *identity)
{
    return (int)syscall(COMESG_CALL_COIDENTIFY, privileged, (int64_t)pid, identity);
}

int cokill(cohandle_t privileged, uint64_t identity)
{
    return (int)syscall(COMESG_CALL_COKILL, privileged, identity);
}
