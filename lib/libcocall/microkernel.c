/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: what the core offers to the microkernel.
 */
#include "lib/libcocall/core_call.h"

#include <comesg/abi.h>
#include <comesg/microkernel.h>

#include <unistd.h>

cohandle_t comint_seal(uint32_t kind)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_COMINT_SEAL, (uint64_t)kind, &result);
    return result;
}

cohandle_t comint(cohandle_t seal, uint64_t badge, uint32_t rights, cohandle_t object)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_COMINT, seal, badge, (uint64_t)rights, object, &result);
    return result;
}

static int read_minted(int64_t number, cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights)
{
    int64_t result = core_call_result(core_call(number, seal, handle, (uintptr_t)badge, 0, 0));
    if (result < 0)
        return -1;
    if (rights)
        *rights = (uint32_t)result;
    return 0;
}

int comint_read(cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights)
{
    return read_minted(COMESG_CALL_COMINT_READ, seal, handle, badge, rights);
}

int comint_read_caller(cohandle_t seal, cohandle_t handle, uint64_t *badge, uint32_t *rights)
{
    return read_minted(COMESG_CALL_COMINT_READ_CALLER, seal, handle, badge, rights);
}

int comint_survey(cohandle_t seal, uint64_t *bits, size_t n)
{
    return (int)syscall(COMESG_CALL_COMINT_SURVEY, seal, bits, n);
}

cohandle_t covault(void)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_COVAULT, &result);
    return result;
}

int covault_put(cohandle_t vault, cohandle_t handle, uint64_t *token)
{
    return (int)syscall(COMESG_CALL_COVAULT_PUT, vault, handle, token);
}

cohandle_t covault_get(cohandle_t vault, uint64_t token, uint32_t rights)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_COVAULT_GET, vault, token, (uint64_t)rights, &result);
    return result;
}

int covault_drop(cohandle_t vault, uint64_t token)
{
    return (int)syscall(COMESG_CALL_COVAULT_DROP, vault, token);
}

ssize_t covault_list(cohandle_t vault, uint64_t *tokens, size_t n)
{
    return syscall(COMESG_CALL_COVAULT_LIST, vault, tokens, n);
}

int cocaller(struct cocaller *caller)
{
    return (int)syscall(COMESG_CALL_COCALLER, caller);
}

int coalive(uint64_t identity)
{
    return (int)syscall(COMESG_CALL_COALIVE, identity);
}

int colauncher(uint64_t identity, uint64_t *launcher)
{
    return (int)syscall(COMESG_CALL_COLAUNCHER, identity, launcher);
}

int cotarget_identity(cotarget_t target, uint64_t *identity)
{
    return (int)syscall(COMESG_CALL_COTARGET_IDENTITY, target, identity);
}

int cowake(uint64_t cookie)
{
    return (int)syscall(COMESG_CALL_COWAKE, cookie);
}

cohandle_t coport_control(int type, size_t ring_size)
{
    cohandle_t result = 0;
    syscall(COMESG_CALL_COPORT_CONTROL, (uint64_t)(unsigned)type, ring_size, &result);
    return result;
}

int coport_publish(cohandle_t control, uint32_t events)
{
    return (int)core_call_result(core_call(COMESG_CALL_COPORT_PUBLISH, control, events, 0, 0, 0));
}

int coport_shut(cohandle_t control)
{
    return (int)syscall(COMESG_CALL_COPORT_SHUT, control);
}

ssize_t coring_send(coport_t port, const void *buf, size_t len)
{
    return core_call_result(core_call(COMESG_CALL_CORING_SEND, port, (uintptr_t)buf, len, 0, 0));
}

ssize_t coring_receive(coport_t port, void *buf, size_t len)
{
    return core_call_result(core_call(COMESG_CALL_CORING_RECEIVE, port, (uintptr_t)buf, len, 0, 0));
}

int coport_wait(pollcoport_t *array, size_t n, uint64_t deadline)
{
    return (int)syscall(COMESG_CALL_COPORT_WAIT, array, n, deadline);
}

int coport_type(coport_t port)
{
    return (int)syscall(COMESG_CALL_COPORT_TYPE, port);
}
