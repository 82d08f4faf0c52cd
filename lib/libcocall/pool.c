/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: pools of workers.
 */
#include <comesg/abi.h>
#include <comesg/copool.h>

#include <unistd.h>

cotarget_t copool(const cotarget_t *workers, size_t n, uint32_t flags)
{
    cotarget_t result = 0;
    syscall(COMESG_CALL_COPOOL, workers, n, (uint64_t)flags, &result);
    return result;
}

int copool_add(cotarget_t pool, cotarget_t worker)
{
    return (int)syscall(COMESG_CALL_COPOOL_ADD, pool, worker);
}

int copool_remove(cotarget_t pool, cotarget_t worker)
{
    return (int)syscall(COMESG_CALL_COPOOL_REMOVE, pool, worker);
}

int copool_end(cotarget_t pool)
{
    return (int)syscall(COMESG_CALL_COPOOL_END, pool);
}
