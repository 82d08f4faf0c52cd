/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: C calling conventions and errno around the gates.
 */
#include <comesg/cocall.h>

#include <unistd.h>

ssize_t comesg_cocall_gate(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);

ssize_t cocall(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    ssize_t result = comesg_cocall_gate(target, out, outlen, in, inlen);
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

int coregister(const char *name, void (*recovery)(void), cotarget_t *target)
{
    return (int)syscall(COMESG_CALL_COREGISTER, name, recovery, target);
}

int colookup(const char *name, cotarget_t *target)
{
    return (int)syscall(COMESG_CALL_COLOOKUP, name, target);
}

int cogetpid(pid_t *pid)
{
    return (int)syscall(COMESG_CALL_COGETPID, pid);
}
