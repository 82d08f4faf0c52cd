/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pools of workers (libcocall): a call target that stands for several threads.  -lcocall is implied by cocc.  handle.h
 * explains handles, rights and common errors.
 *
 * A cocall on a pool goes to a worker that is free. EBUSY means that all are busy; cocall_until then waits, in the
 * order of arrival among all who wait for one of the workers. ENOLINK: no worker is left, or the pool has ended.
 * EDEADLK: all workers wait for the calling thread. EACCES: the handle lacks CORIGHT_CALL. A worker that ends leaves
 * the pool; a worker may be in several pools, and may be called directly too.
 *
 * No call here waits. Each takes effect as a whole or not at all, whoever is killed meanwhile.
 */
#ifndef COMESG_COPOOL_H
#define COMESG_COPOOL_H

#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of copool. */
#define COPOOL_FAST UINT32_C(0) /* workers run on the caller's kernel thread */
#define COPOOL_SLOW UINT32_C(1) /* workers run on their own kernel threads: for work that sleeps */

/* The most workers of one pool. */
#define COPOOL_WORKERS_MAX 128

/* Makes a pool.
 *
 *   workers, n  targets of threads, each once, up to COPOOL_WORKERS_MAX; n may be 0
 *   flags       COPOOL_FAST or COPOOL_SLOW
 *
 * Returns a handle with CORIGHT_CALL and CORIGHT_PROVIDE, 0 on failure. Errors: EINVAL n, a thread named twice, a
 * target that is a pool, or an unknown flag; EBADF one of the targets; EACCES one without CORIGHT_CALL, or that was
 * derived from another handle, unless it is a thread of the caller: whoever passed it on could not revoke it any more;
 * EFAULT; EDQUOT also: this co-process has 64 pools; ENOMEM the realm has 4096. The pool stays until copool_end or until
 * the co-process that made it ends. */
cotarget_t copool(const cotarget_t *workers, size_t n, uint32_t flags);

/* Adds a worker. Needs CORIGHT_PROVIDE of the pool. Returns 0. Errors: EINVAL `worker` is a pool or is in the pool
 * already; ENOSPC the pool has COPOOL_WORKERS_MAX workers; ENOLINK the pool has ended, or the worker; EACCES, also:
 * `worker` as for copool; EBADF. */
int copool_add(cotarget_t pool, cotarget_t worker);

/* Takes a worker out; a call that it serves is finished. Needs CORIGHT_PROVIDE of the pool. Returns 0. Errors: ENOENT
 * it is not in the pool; EINVAL `worker` is a pool; ENOLINK the pool has ended; EACCES, EBADF. */
int copool_remove(cotarget_t pool, cotarget_t worker);

/* Ends the pool: those who wait, and later callers, get ENOLINK; calls that a worker serves are finished. The workers
 * stay what they are. Needs CORIGHT_PROVIDE. Returns 0. Errors: ENOLINK it has ended already; EACCES, EBADF. */
int copool_end(cotarget_t pool);

#ifdef __cplusplus
}
#endif

#endif
