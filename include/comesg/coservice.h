/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Services (libcomsg: link with -lcomsg): a pool of worker threads that serves one or more operations.  handle.h
 * explains handles, rights and common errors; coproc.h explains the transport errors, which all calls here except
 * coservice_call can give.
 *
 * A worker is a thread that has called coregister and serves in a loop of coaccept. The operation number tells the
 * workers what is asked for: callers put it in their requests, where the protocol of the service wants it. comesg does
 * not look into requests, so the number is a caller's claim, like the rest of the request. A service is found by name:
 * insert it in a namespace (conamespace.h) as COSERVICE.
 */
#ifndef COMESG_COSERVICE_H
#define COMESG_COSERVICE_H

#include <comesg/coproc.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of coprovide. */
#define COSERVICE_FAST UINT32_C(0) /* workers run on the caller's kernel thread */
#define COSERVICE_SLOW UINT32_C(1) /* workers run on their own kernel threads: for work that sleeps */

/* The most workers of one pool. */
#define COSERVICE_WORKERS_MAX 128

/* Makes a pool of workers and a service that they serve.
 *
 *   targets, n  the workers, 1 to COSERVICE_WORKERS_MAX threads, each once
 *   flags       COSERVICE_FAST or COSERVICE_SLOW
 *   op          the operation number of the service
 *
 * Returns a handle with CORIGHT_CALL and CORIGHT_PROVIDE, 0 on failure. Errors: EINVAL n, a thread named twice, a
 * target that is a pool, or an unknown flag; EBADF one of the targets; EACCES one that copool refuses; EFAULT, EDQUOT,
 * ENOMEM. The service stays until it is retired, its last handle is gone or the co-process that made it ends. A worker
 * that ends leaves the pool. */
coservice_t coprovide(const cotarget_t *targets, size_t n, uint32_t flags, uint32_t op);

/* Makes a further service, with operation number `op`, that the pool of `service` serves. Needs CORIGHT_PROVIDE.
 *
 *   flags  as for the pool
 *
 * Returns as coprovide. Errors: EINVAL other flags than the pool's; ENOLINK also: `service` is retired; EACCES, EBADF,
 * EDQUOT, ENOMEM. */
coservice_t coprovide2(coservice_t service, uint32_t flags, uint32_t op);

/* Finds the service that an object stands for.
 *
 *   object  of type COSERVICE, with CORIGHT_R
 *   target  receives a target that names the pool: a cocall on it goes to a free worker; EBUSY means that all are busy,
 *           ENOLINK that none is left or the service is retired. May be NULL
 *
 * Returns the service, with CORIGHT_CALL, for all threads of the co-process; 0 on failure. Errors: EINVAL the object
 * stands for something else; ENODEV it is still a reservation; ENOLINK also: the service is gone; EACCES, EBADF,
 * EFAULT, EDQUOT, ENOMEM. */
coservice_t codiscover(coobject_t object, cotarget_t *target);

/* The operation number of a service. Needs no right.
 *
 *   op  receives the number
 *
 * Returns 0. Errors: EBADF, EFAULT. */
int coservice_operation(coservice_t service, uint32_t *op);

/* Calls a worker of the service, as cocall (cocall.h), and waits, in the order of arrival, while all are busy. Needs
 * CORIGHT_CALL.
 *
 * Plain coservice_call waits without limit. The deadline of _until, on CLOCK_MONOTONIC (NULL: without limit), holds for
 * the call too, as in cocall_until. _nb does not wait for a worker (EAGAIN). Errors: those of cocall except EBUSY,
 * ENOLINK also: no worker is left or the service is retired; EACCES; EAGAIN; ETIMEDOUT; EINTR a signal handler ran
 * while it waited; EDEADLK all workers wait for the calling thread; EINVAL tv_nsec. Attachments: cocall_oob_until on
 * the target. */
ssize_t coservice_call(coservice_t service, const void *out, size_t outlen, void *in, size_t inlen);
ssize_t coservice_call_until(coservice_t service, const void *out, size_t outlen, void *in, size_t inlen,
                             const struct timespec *abs_monotonic);
ssize_t coservice_call_nb(coservice_t service, const void *out, size_t outlen, void *in, size_t inlen);

/* Ends a service. Needs CORIGHT_PROVIDE. Calls that a worker serves are finished; those that wait, and later ones, get
 * ENOLINK. The pool goes with its last service; the workers stay what they are. Names of the service stay until they
 * are deleted. Returns 0. Errors: EACCES, EBADF. */
int coretire(coservice_t service);

#ifdef __cplusplus
}
#endif

#endif
