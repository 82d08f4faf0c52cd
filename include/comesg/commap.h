/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Shared memory (libcomsg: link with -lcomsg): memory objects that several co-processes have mapped, each in its own
 * region. handle.h explains handles, rights and common errors. No service takes part: coproc_init is not needed.
 */
#ifndef COMESG_COMMAP_H
#define COMESG_COMMAP_H

#include <comesg/coproc.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a memory object, filled with zero bytes.
 *
 *   size  in bytes, at least 1; rounded up to whole pages
 *   prot  PROT_READ, PROT_WRITE or both: the rights of the handle, CORIGHT_R and CORIGHT_W
 *
 * Returns 0 on failure. Errors: EINVAL size 0 or other bits in prot, or PROT_NONE; ENOTSUP PROT_EXEC; EDQUOT the bytes
 * count in the quota of the caller for as long as the object lives; ENOMEM also: size is 4 GiB or more, or the realm
 * has 16384 objects, or a quarter as many as its supervisor may have descriptors (ulimit -n). The object goes
 * with the last handle and the last mapping of it. */
comemory_t commap(size_t size, int prot);

/* Maps the whole of `object` into the caller's region, at an address that the system chooses.
 *
 *   prot  PROT_READ, PROT_WRITE or both, not more than the handle allows; what can be written can be
 *         read, so that PROT_WRITE needs CORIGHT_R too
 *
 * Returns the address, NULL on failure. Errors: EACCES; EINVAL, ENOTSUP as commap; EDQUOT the bytes or the mapping
 * exceed the quota of the caller; ENOMEM no room in the region; EBADF. Each call gives a further
 * mapping, of which a co-process can have 256; each takes one of its handles, unseen. A mapping outlives
 * cohandle_close of its handle. Revocation of the handle, or of what it was derived from, puts private zero pages in
 * the place of the object. Until it is detached, mmap with MAP_FIXED, munmap, mprotect and madvise give EBUSY for the
 * place. */
void *comap_attach(comemory_t object, int prot);

/* Takes back the mapping that comap_attach returned. Returns 0. Errors: EINVAL `address` is no such address. */
int comap_detach(void *address);

/* The size of `object` in bytes, a multiple of the page size. Needs no right. Returns -1 on failure. Errors: EBADF.
 */
ssize_t comap_size(comemory_t object);

#ifdef __cplusplus
}
#endif

#endif
