/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: handles.
 */
#include "lib/libcocall/core_call.h"

#include <comesg/handle.h>

#include <unistd.h>

static int64_t call(int64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    return core_call_result(core_call(number, a, b, c, 0, 0));
}

cohandle_t codup(cohandle_t handle)
{
    cohandle_t result = 0;
    call(COMESG_CALL_CODUP, handle, (uintptr_t)&result, 0);
    return result;
}

cohandle_t corestrict(cohandle_t handle, uint32_t rights)
{
    cohandle_t result = 0;
    call(COMESG_CALL_CORESTRICT, handle, rights, (uintptr_t)&result);
    return result;
}

int corevoke(cohandle_t handle)
{
    return (int)syscall(COMESG_CALL_COREVOKE, handle);
}

int cohandle_close(cohandle_t handle)
{
    return (int)core_call_result(core_call_1(COMESG_CALL_COHANDLE_CLOSE, handle));
}

int cohandle_kind(cohandle_t handle)
{
    return (int)call(COMESG_CALL_COHANDLE_KIND, handle, 0, 0);
}

cosealed_t coseal(uint64_t badge, uint32_t rights)
{
    cosealed_t result = 0;
    call(COMESG_CALL_COSEAL, badge, rights, (uintptr_t)&result);
    return result;
}

int counseal(cosealed_t handle, uint64_t *badge, uint32_t *rights)
{
    return (int)call(COMESG_CALL_COUNSEAL, handle, (uintptr_t)badge, (uintptr_t)rights);
}
