/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Windows into memory (libcocall): letting another co-process read or write a part of one's own memory by copying,
 * once, without either side seeing more.  -lcocall is implied by cocc.  handle.h explains handles, rights and common
 * errors.
 */
#ifndef COMESG_WINDOW_H
#define COMESG_WINDOW_H

#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of cowindow. Without SINGLE_USE a window lasts until it is closed or revoked. */
#define COWINDOW_LASTING UINT32_C(0)
#define COWINDOW_SINGLE_USE UINT32_C(1) /* the first cocopy of any holder that copies through it uses it up */

/* Gives a handle to the caller's own memory.
 *
 *   addr, len  the memory, in bytes, of any alignment; anonymous memory, at least one byte
 *   rights     CORIGHT_R to let others read, CORIGHT_W to let them write, or both
 *   flags      COWINDOW_LASTING or COWINDOW_SINGLE_USE
 *
 * Returns 0 on failure. Errors: EINVAL no or other rights, an unknown flag, len 0, or memory that is an attached memory
 * object; EACCES rights that the memory itself does not allow; EFAULT not wholly mapped, or code; EDQUOT also: 1024
 * single-use windows are not used yet; ENOMEM. Never waits.
 * A window is of addresses: what the owner maps there later is seen too, if it is anonymous memory; all else gives
 * EFAULT when the window is used. */
cowindow_t cowindow(void *addr, size_t len, uint32_t rights, uint32_t flags);

/* In place of a window: the caller's own memory. The offset is then an address: (uintptr_t)pointer. */
#define COCOPY_OWN ((cowindow_t)0)

/* What cocopy returns on failure: which side is at fault. */
#define COCOPY_DESTINATION (-1) /* the destination, or neither */
#define COCOPY_SOURCE (-2)

/* Copies len bytes from src to dst, each a window or COCOPY_OWN.
 *
 *   dst, doff  where to: a window with CORIGHT_W and an offset in it in bytes, or COCOPY_OWN and an address
 *   src, soff  where from: a window with CORIGHT_R and an offset in it in bytes, or COCOPY_OWN and an address
 *
 * Returns len. On failure returns COCOPY_DESTINATION or COCOPY_SOURCE, both negative, with errno. Errors: EFAULT the
 * copy would leave the window or the caller's region, or memory faults; EBADF, EACCES. After EFAULT the destination may
 * have been written in part, never outside its window. If the two overlap, the bytes written are unspecified. A
 * single-use window is used up by a copy that passes the checks of handles, rights and bounds, and not by len 0. Never
 * waits, makes no system call; takes as long as the copy. */
ssize_t cocopy(cowindow_t dst, uint64_t doff, cowindow_t src, uint64_t soff, size_t len);

#ifdef __cplusplus
}
#endif

#endif
