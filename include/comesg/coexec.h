/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting co-processes (libcocall).  -lcocall is implied by cocc.  handle.h explains handles, rights and common
 * errors.
 */
#ifndef COMESG_COEXEC_H
#define COMESG_COEXEC_H

#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of coexec_options.flags: which members hold. For the others, the new co-process gets what the caller has. */
#define COEXEC_UID UINT32_C(0x0001)          /* uid */
#define COEXEC_GID UINT32_C(0x0002)          /* gid */
#define COEXEC_GROUPS UINT32_C(0x0004)       /* groups and group_count */
#define COEXEC_DESCRIPTORS UINT32_C(0x0008)  /* descriptors and descriptor_count: these and no others */
#define COEXEC_SYSTEM_CALLS UINT32_C(0x0010) /* system_calls */
#define COEXEC_NAMESPACE UINT32_C(0x0020)    /* root */
#define COEXEC_NO_PUBLISH UINT32_C(0x0040)   /* takes away the right to publish names with coregister */
#define COEXEC_MICROKERNEL UINT32_C(0x0080)  /* the new one is of the microkernel too (microkernel.h); else it is not  \
                                              */

/* Classes of system calls, for coexec_options.system_calls. What concerns only the co-process itself, as its memory,
 * its clocks and its end, is always allowed. */
#define COEXEC_CALLS_NONE UINT32_C(0)
#define COEXEC_CALLS_FILES UINT32_C(0x0001)   /* opening files, and all that names one */
#define COEXEC_CALLS_NETWORK UINT32_C(0x0002) /* making sockets, and giving them addresses */
#define COEXEC_CALLS_ALL UINT32_MAX

/* What a quota counts. */
enum {
    COQUOTA_MEMORY = 1,        /* bytes of memory in the region: program, stack, heap and mappings; then ENOMEM */
    COQUOTA_MAPPINGS = 2,      /* mappings in the region; then ENOMEM */
    COQUOTA_THREADS = 3,       /* threads */
    COQUOTA_HANDLES = 4,       /* handles */
    COQUOTA_COPROCESSES = 5,   /* co-processes that it has started and that have not ended */
    COQUOTA_PORTS = 6,         /* ports that it has opened */
    COQUOTA_PORT_MEMORY = 7,   /* bytes of rings and arenas of these */
    COQUOTA_NAMES = 8,         /* objects and namespaces that it has made */
    COQUOTA_SHARED_MEMORY = 9, /* bytes of memory objects that it has made */
    COQUOTA_EVENTS = 10,       /* events, callbacks and installations that it has made, together */
    COQUOTA_SERVICES = 11,     /* services that it has made */
    COQUOTA_END                /* behind the last */
};

/* One quota. */
struct coexec_quota {
    uint32_t resource; /* COQUOTA_... */
    uint32_t reserved; /* 0 */
    uint64_t limit;    /* in bytes or pieces, not more than the caller's own */
};

/* A file descriptor to pass on. */
struct coexec_descriptor {
    int from; /* of the caller; close-on-exec does not matter */
    int to;   /* its number in the new co-process */
};

/* How to start a co-process. Set `size`, and all else to 0 or to what is wanted: all 0 is as coexecve. Later versions
 * add members at the end. */
struct coexec_options {
    size_t size;           /* sizeof(struct coexec_options) */
    uint32_t flags;        /* COEXEC_... */
    uint32_t system_calls; /* COEXEC_CALLS_..., not more than the caller may */
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* supplementary groups */
    size_t group_count;
    const char *directory;     /* current directory; NULL for the caller's */
    const cohandle_t *handles; /* the vector, see coexecvec */
    size_t handle_count;
    const struct coexec_descriptor *descriptors;
    size_t descriptor_count;
    const struct coexec_quota *quotas; /* those not named are as the caller's */
    size_t quota_count;
    conamespace_t root; /* what coproc_init returns there; 0 for none */
};

/* What cogetvec returns. */
struct covector {
    size_t count;
    const cohandle_t *handles;
};

/* Starts a program as a new co-process of this realm, with its own pid. The caller goes on.
 *
 *   path        the program, compiled with cocc; opened with the caller's credentials; set-user-ID and set-group-ID
 *               bits are ignored; PATH is not searched
 *   argv, envp  as for execve, ended by NULL; at least argv[0]; envp NULL is an empty environment
 *   handles, n  the vector of handles, at most 1024, each of any kind or 0; the new co-process gets handles of its
 *               own, derived from these, in the same order
 *   options     all that can be chosen; NULL is all 0
 *
 * The new co-process gets the caller's uid and groups, current directory, umask, quotas, classes of system calls, right
 * to publish, the namespace that coproc_init gave the caller, and the file descriptors that are not close-on-exec; no
 * signal is blocked or ignored there. coexecve passes an empty vector, coexecvec this one; coexecve_with changes any of
 * it. At most 1024 groups, 1024 descriptors and 64 quotas can be given; those of ports,
 * names, events and services are kept by the microkernel. Who has the pid is not a child of the caller: wait gives ECHILD, and colisten
 * (coevent.h) tells of its end.
 *
 * Returns the pid, when the program is verified and loaded; -1 on failure, when nothing was started. Errors: ENOENT,
 * EACCES, ENOTDIR, ELOOP, ENAMETOOLONG, EIO as for execve, of path or directory; ENOEXEC not a program that the
 * verifier admits; E2BIG argv and envp exceed 128 KiB; EBADF a handle or descriptor, or a root that is no namespace;
 * EINVAL no argv[0], a size, count, flag, resource or descriptor number that does not exist; EPERM more than the caller
 * has itself: quotas, system calls, another uid or group without the privilege, or COEXEC_MICROKERNEL; EDQUOT, ENOMEM;
 * EAGAIN the realm has no region free; ENOSYS the caller may make no system calls on files; EFAULT. Takes as long as
 * reading and verifying the program; a signal to the caller is handled afterwards. */
pid_t coexecve(const char *path, char *const argv[], char *const envp[]);
pid_t coexecvec(const char *path, char *const argv[], char *const envp[], const cohandle_t *handles, size_t n);
pid_t coexecve_with(const char *path, char *const argv[], char *const envp[], const struct coexec_options *options);

/* The vector of handles that this co-process was started with; count is 0 if none were passed. The caller may close the
 * handles, not change the vector, which is the same at each call. Never fails, never waits. */
const struct covector *cogetvec(void);

#ifdef __cplusplus
}
#endif

#endif
