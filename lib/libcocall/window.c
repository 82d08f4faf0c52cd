/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: windows into memory.
 */
#include "lib/libcocall/core_call.h"

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
    int64_t result = core_call(COMESG_CALL_COCOPY, dst, doff, src, soff, len);
    if (result >= 0)
        return result;
    if (result > -COMESG_COCOPY_SOURCE) {
        errno = (int)-result;
        return COCOPY_DESTINATION;
    }
    errno = (int)-(result + COMESG_COCOPY_SOURCE);
    return COCOPY_SOURCE;
}
