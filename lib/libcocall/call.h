/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libcocall has for the other libraries.  Not for programs.
 */
#ifndef LIBCOCALL_CALL_H
#define LIBCOCALL_CALL_H

#include <comesg/call_options.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <sys/types.h>

/* gate.S: the gate COCALL_WITH. -1 with errno on failure. */
ssize_t comesg_call_with(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                         const struct comesg_call_options *options) __attribute__((visibility("hidden")));

#endif
