/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: C calling conventions and errno around the gates.
 */
#include <comesg/cocall.h>

#include <unistd.h>

ssize_t comesg_cocall_failed(ssize_t error) __attribute__((visibility("hidden")));
ssize_t comesg_call_with(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                         const struct comesg_call_options *options) __attribute__((visibility("hidden")));

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

struct extras {
    uint32_t flags;
    const struct timespec *until;
};

static ssize_t call(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen, struct extras extras)
{
    struct comesg_call_options options = {.size = sizeof options, .flags = extras.flags};
    if (!comesg_call_deadline(extras.until, &options.deadline)) {
        errno = EINVAL;
        return -1;
    }
    return comesg_call_with(target, out, outlen, in, inlen, &options);
}

ssize_t cocall_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                     const struct timespec *abs_monotonic)
{
    return call(target, out, outlen, in, inlen, (struct extras){COMESG_CALL_UNTIL, abs_monotonic});
}

ssize_t cocall_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_NB});
}

ssize_t cocall_slow(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_SLOW});
}

ssize_t cocall_slow_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                          const struct timespec *abs_monotonic)
{
    return call(target, out, outlen, in, inlen, (struct extras){COMESG_CALL_SLOW | COMESG_CALL_UNTIL, abs_monotonic});
}

ssize_t cocall_slow_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen)
{
    return call(target, out, outlen, in, inlen, (struct extras){.flags = COMESG_CALL_SLOW | COMESG_CALL_NB});
}
