/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: C calling conventions and errno around the gates.
 */
#include <comesg/cocall.h>

#include <unistd.h>

ssize_t comesg_cocall_failed(ssize_t error) __attribute__((visibility("hidden")));

/* The end of cocall when it fails. */
ssize_t comesg_cocall_failed(ssize_t error)
{
    errno = (int)-error;
    return -1;
}

int coregister(const char *name, void (*recovery)(int error), cotarget_t *target)
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
