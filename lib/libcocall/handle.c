/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: handles.
 */
#include <comesg/abi.h>
#include <comesg/handle.h>

#include <unistd.h>

cohandle_t codup(cohandle_t handle)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_CODUP, handle, &result);
    return result;
}

cohandle_t corestrict(cohandle_t handle, uint32_t rights)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_CORESTRICT, handle, (uint64_t)rights, &result);
    return result;
}

int corevoke(cohandle_t handle)
{
    return (int)syscall(COMESG_CALL_COREVOKE, handle);
}

int cohandle_close(cohandle_t handle)
{
    return (int)syscall(COMESG_CALL_COHANDLE_CLOSE, handle);
}

int cohandle_kind(cohandle_t handle)
{
    return (int)syscall(COMESG_CALL_COHANDLE_KIND, handle);
}

cosealed_t coseal(uint64_t badge, uint32_t rights)
{
    cosealed_t result = 0;
    syscall(COMESG_CALL_COSEAL, badge, (uint64_t)rights, &result);
    return result;
}

int counseal(cosealed_t handle, uint64_t *badge, uint32_t *rights)
{
    return (int)syscall(COMESG_CALL_COUNSEAL, handle, badge, rights);
}
