/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: C calling conventions and errno around the gates.
 */
#include "lib/libcocall/call.h"

#include <comesg/cocall.h>

#include <unistd.h>

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

/* What a call has beyond the arguments of cocall. */
struct extras {
    uint32_t flags;
    const struct timespec *until;
    const struct coattachment *attachments;
    size_t n;
    struct cocall_information *information;
};

static inline __attribute__((always_inline)) ssize_t call(cotarget_t target, const void *out, size_t outlen, void *in,
                                                          size_t inlen, struct extras extras)
{
    struct comesg_call_options options = {
        .size = sizeof options,
        .flags = extras.flags,
        .attachments = (uintptr_t)extras.attachments,
        .attachment_count = extras.n,
        .information = (uintptr_t)extras.information,
    };
    if (!comesg_call_deadline(extras.until, &options.deadline)) {
        errno = EINVAL;
        return -1;
    }
    return comesg_call_with(target, out, outlen, in, inlen, &options);
}

ssize_t cocall_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                     const struct timespec *abs_monotonic)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_UNTIL, .until = abs_monotonic});
}

ssize_t cocall_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_NB});
}

ssize_t cocall_oob(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                   const struct coattachment *attachments, size_t n, struct cocall_information *information)
{
    return call(target, out, outlen, in, inlen,
                (struct extras){.attachments = attachments, .n = n, .information = information});
}

ssize_t cocall_oob_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                         const struct coattachment *attachments, size_t n, struct cocall_information *information,
                         const struct timespec *abs_monotonic)
{
    return call(target, out, outlen, in, inlen,
                (struct extras){.flags = COMESG_CALL_UNTIL,
                                .until = abs_monotonic,
                                .attachments = attachments,
                                .n = n,
                                .information = information});
}

ssize_t cocall_oob_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                      const struct coattachment *attachments, size_t n, struct cocall_information *information)
{
    return call(
        target, out, outlen, in, inlen,
        (struct extras){.flags = COMESG_CALL_NB, .attachments = attachments, .n = n, .information = information});
}

ssize_t cocall_slow(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_SLOW});
}

ssize_t cocall_slow_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                          const struct timespec *abs_monotonic)
{
    return call(target, out, outlen, in, inlen,
                (struct extras){.flags = COMESG_CALL_SLOW | COMESG_CALL_UNTIL, .until = abs_monotonic});
}

ssize_t cocall_slow_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_SLOW | COMESG_CALL_NB});
}

ssize_t cocall_slow_oob(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                        const struct coattachment *attachments, size_t n, struct cocall_information *information)
{
    return call(
        target, out, outlen, in, inlen,
        (struct extras){.flags = COMESG_CALL_SLOW, .attachments = attachments, .n = n, .information = information});
}

ssize_t cocall_slow_oob_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                              const struct coattachment *attachments, size_t n, struct cocall_information *information,
                              const struct timespec *abs_monotonic)
{
    return call(target, out, outlen, in, inlen,
                (struct extras){.flags = COMESG_CALL_SLOW | COMESG_CALL_UNTIL,
                                .until = abs_monotonic,
                                .attachments = attachments,
                                .n = n,
                                .information = information});
}

ssize_t cocall_slow_oob_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                           const struct coattachment *attachments, size_t n, struct cocall_information *information)
{
    return call(target, out, outlen, in, inlen,
                (struct extras){.flags = COMESG_CALL_SLOW | COMESG_CALL_NB,
                                .attachments = attachments,
                                .n = n,
                                .information = information});
}
