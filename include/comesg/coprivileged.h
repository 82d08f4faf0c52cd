/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the holder of a privileged handle may do in its realm (libcocall): hear of the end of any co-process, and end
 * any.  -lcocall is implied by cocc.  handle.h explains handles, rights and common errors.
 *
 * The supervisor gives one, of kind COHANDLE_PRIVILEGED and with all its rights, to who starts the microkernel, or to
 * the first program of `comesg run --privileged`: it is the first of cogetvec(). It can be weakened and passed on like
 * any handle, also to new co-processes.
 */
#ifndef COMESG_COPRIVILEGED_H
#define COMESG_COPRIVILEGED_H

#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most records that are kept. */
#define CODEATH_KEPT 4096

/* Flags of a record. */
#define CODEATH_CONTEXT_LOST UINT32_C(1) /* ended because a caller's process was killed while it ran there */

/* How a co-process ended. */
struct codeath {
    size_t size;       /* in: sizeof(struct codeath) */
    uint64_t sequence; /* the deaths of a realm are numbered from 1 */
    uint64_t identity; /* of the co-process, never used again */
    int32_t pid;       /* may be another process's by now */
    int32_t status;    /* as waitpid tells it */
    int32_t signal;    /* of the fault for which the core ended it; 0: none */
    uint32_t flags;    /* CODEATH_... */
    /* If there was a fault: */
    uint64_t address;         /* that was accessed */
    uint64_t offset;          /* of the instruction in the region, that is, in the image of the program */
    uint64_t function_offset; /* of the instruction in the function */
    char function[64];        /* its name, cut to 63 bytes; empty: not known */
    char name[64];            /* of the program, cut to 63 bytes */
};

/* Waits for deaths, and tells of the oldest one that is kept and has a greater number than `after`. Needs
 * CORIGHT_DEATHS. If `sequence` is not after + 1, the records in between are lost: only the latest CODEATH_KEPT are
 * kept. A record is there when nothing of the co-process is left: its names and handles are gone, and whoever was in a
 * call to it has been told. Co-processes that have not entered their programs have none.
 *
 * codeath_until waits until `abs_monotonic`, a time of CLOCK_MONOTONIC (NULL: without limit), and then fails with
 * ETIMEDOUT; codeath_nb does not wait (EAGAIN).
 *
 * Returns 0. Errors: EINVAL size, or tv_nsec is not in 0..999999999; EBADF, EACCES, EFAULT. */
int codeath(cohandle_t privileged, uint64_t after, struct codeath *record);
int codeath_until(cohandle_t privileged, uint64_t after, struct codeath *record, const struct timespec *abs_monotonic);
int codeath_nb(cohandle_t privileged, uint64_t after, struct codeath *record);

/* Which co-process has this pid now. Needs CORIGHT_DEATHS or CORIGHT_KILL. Returns 0. Errors: ESRCH none; EBADF,
 * EACCES, EFAULT. Never waits. */
int coidentify(cohandle_t privileged, pid_t pid, uint64_t *identity);

/* Ends a co-process, whoever it is, as SIGKILL would, but contexts of others that run on its kernel threads go on on
 * their own. Needs CORIGHT_KILL. Returns 0 when it has begun; the record of its death tells when it is over. Errors:
 * ESRCH there is no such co-process, or not any more; EBADF, EACCES. Never waits for it. */
int cokill(cohandle_t privileged, uint64_t identity);

#ifdef __cplusplus
}
#endif

#endif
