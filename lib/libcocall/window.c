/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: windows into memory.
 */
#include <comesg/abi.h>
#include <comesg/window.h>

#include <errno.h>
#include <unistd.h>

cowindow_t cowindow(void *addr, size_t len, uint32_t rights, uint32_t flags)
{
    cowindow_t result = 0;
    syscall(COMESG_CALL_COWINDOW, addr, len, (uint64_t)rights, (uint64_t)flags, &result);
    return result;
}

ssize_t cocopy(cowindow_t dst, uint64_t doff, cowindow_t src, uint64_t soff, size_t len)
{
    long result = syscall(COMESG_CALL_COCOPY, dst, doff, src, soff, len);
    if (result >= COCOPY_DESTINATION)
        return result;
    errno = (int)-(result + COMESG_COCOPY_SOURCE);
    return COCOPY_SOURCE;
}
