/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The binary interface between verified code and the core: what the rewriter emits, the verifier admits and the
 * switcher relies on.  Only preprocessor constants, so that C and assembly read the same file.  doc/abi.md explains it.
 */
#ifndef COMESG_ABI_H
#define COMESG_ABI_H

/* Regions. A region is aligned to its size; the stride leaves 4 GiB between two regions, more than the 2 GiB plus one
 * access that a 32-bit displacement can reach beyond either end. */
#define COMESG_REGION_SHIFT 32
#define COMESG_REGION_SIZE 0x100000000
#define COMESG_REGION_STRIDE 0x200000000
/* The first 64 KiB of a region are never mapped: a null pointer faults. Programs are linked at this address. */
#define COMESG_IMAGE_START 0x10000
/* No byte of a program's image lies at or above this region offset. */
#define COMESG_IMAGE_LIMIT 0x40000000
/* The data stack ends here; what lies above, up to the end of the region, is never mapped. */
#define COMESG_STACK_TOP 0xffff0000
#define COMESG_STACK_SIZE 0x800000
/* Inaccessible bytes below the data stack. */
#define COMESG_STACK_GUARD 0x100000

/* Landing pad: the bytes f3 0f 1e fa (endbr64), and the negation of their little-endian value, which the check adds so
 * that the check itself contains no pad. */
#define COMESG_LANDING_PAD_NEGATED 0x05e1f00d

/* AT_HWCAP of a program's auxiliary vector: the lower half as on Linux (edx of cpuid 1), above it whether the processor
 * and the system have everything of these levels of the x86-64 psABI. */
#define COMESG_HWCAP_V2 0x100000000 /* SSE4.2, popcnt, ... */
#define COMESG_HWCAP_V3 0x200000000 /* AVX2, FMA, BMI2, ... */

/* Gates: offsets from r15 of the pointers that verified code may call or jump through. The list is closed. */
#define COMESG_GATE_SYSCALL 0x00       /* call */
#define COMESG_GATE_COCALL 0x08        /* call */
#define COMESG_GATE_COACCEPT 0x10      /* jmp */
#define COMESG_GATE_SETJMP 0x18        /* call */
#define COMESG_GATE_LONGJMP 0x20       /* jmp */
#define COMESG_GATE_COCALL_WITH 0x28   /* call */
#define COMESG_GATE_COACCEPT_WITH 0x30 /* jmp */
/* The only word that verified code may load through r15: movq 0x40(%r15),%reg. */
#define COMESG_THREAD_POINTER 0x40

/* Operations of the core that go through the system-call gate under numbers of their own. */
#define COMESG_CALL_COREGISTER 0x1000     /* (name or NULL, recovery or NULL, uint64_t *target) */
#define COMESG_CALL_COLOOKUP 0x1001       /* (name, uint64_t *target) */
#define COMESG_CALL_COGETPID 0x1002       /* (int32_t *pid) */
#define COMESG_CALL_GETMXCSR 0x1003       /* () -> value */
#define COMESG_CALL_SETMXCSR 0x1004       /* (value); reserved bits give EINVAL */
#define COMESG_CALL_CODUP 0x1010          /* (handle, uint64_t *result) */
#define COMESG_CALL_CORESTRICT 0x1011     /* (handle, rights, uint64_t *result) */
#define COMESG_CALL_COREVOKE 0x1012       /* (handle) */
#define COMESG_CALL_COHANDLE_CLOSE 0x1013 /* (handle) */
#define COMESG_CALL_COHANDLE_KIND 0x1014  /* (handle) -> COHANDLE_... */
#define COMESG_CALL_COSEAL 0x1015         /* (badge, rights, uint64_t *result) */
#define COMESG_CALL_COUNSEAL 0x1016       /* (handle, uint64_t *badge or NULL, uint32_t *rights or NULL) */
#define COMESG_CALL_COWINDOW 0x1017       /* (addr, len, rights, flags, uint64_t *result) */
#define COMESG_CALL_COMMAP 0x1020         /* (size, prot, uint64_t *result) */
#define COMESG_CALL_COMAP_ATTACH 0x1021   /* (object, prot) -> address */
#define COMESG_CALL_COMAP_DETACH 0x1022   /* (address) */
#define COMESG_CALL_COMAP_SIZE 0x1023     /* (object) -> bytes */
#define COMESG_CALL_COCOPY 0x1018         /* (dst, doff, src, soff, len) -> bytes */
/* What is subtracted from the result -errno of COCOPY if the source is at fault. */
#define COMESG_COCOPY_SOURCE 0x1000

#define COMESG_CALL_COPOOL 0x1030        /* (const uint64_t *workers, n, flags, uint64_t *result) */
#define COMESG_CALL_COPOOL_ADD 0x1031    /* (pool, worker) */
#define COMESG_CALL_COPOOL_REMOVE 0x1032 /* (pool, worker) */
#define COMESG_CALL_COPOOL_END 0x1033    /* (pool) */
#define COMESG_CALL_COPOOL_COPY 0x1034   /* (service, uint64_t *result): a pool of the same workers */

#define COMESG_CALL_THREAD_CREATE                                                                                      \
    0x1040 /* (entry pad, argument, stack, thread pointer, uint32_t *tid, uint32_t *clear) */

#define COMESG_CALL_COEXEC 0x1050     /* (path, argv, envp, struct coexec_options or NULL) -> pid */
#define COMESG_CALL_COGETVEC 0x1051   /* (handles, capacity) -> count */
#define COMESG_CALL_CODEATH 0x1052    /* (handle, after, struct codeath *, deadline or 0) */
#define COMESG_CALL_COKILL 0x1053     /* (handle, identity) */
#define COMESG_CALL_COIDENTIFY 0x1054 /* (handle, pid, uint64_t *identity) */
#define COMESG_CALL_COROOT 0x10a0     /* (uint64_t *namespace or 0) -> 1 if the launcher chose, 0 if not */

/* microkernel.h */
#define COMESG_CALL_COMINT_SEAL 0x1080        /* (kind, uint64_t *result) */
#define COMESG_CALL_COMINT 0x1081             /* (seal, badge, rights, object, uint64_t *result) */
#define COMESG_CALL_COMINT_READ 0x1082        /* (seal, handle, uint64_t *badge or NULL) -> rights */
#define COMESG_CALL_COMINT_SURVEY 0x1083      /* (seal, uint64_t *bits, n) */
#define COMESG_CALL_COVAULT 0x1084            /* (uint64_t *result) */
#define COMESG_CALL_COVAULT_PUT 0x1085        /* (vault, handle, uint64_t *token) */
#define COMESG_CALL_COVAULT_GET 0x1086        /* (vault, token, rights, uint64_t *result) */
#define COMESG_CALL_COVAULT_DROP 0x1087       /* (vault, token) */
#define COMESG_CALL_COVAULT_LIST 0x1088       /* (vault, uint64_t *tokens, n) -> how many there are */
#define COMESG_CALL_COCALLER 0x1089           /* (struct cocaller *) */
#define COMESG_CALL_COWAKE 0x108a             /* (cookie) */
#define COMESG_CALL_COPORT_CONTROL 0x108b     /* (type, ring size, uint64_t *result) */
#define COMESG_CALL_COPORT_PUBLISH 0x108c     /* (control, events) */
#define COMESG_CALL_COPORT_SHUT 0x108d        /* (control) */
#define COMESG_CALL_CORING_SEND 0x108e        /* (port, buf, len) -> bytes */
#define COMESG_CALL_CORING_RECEIVE 0x108f     /* (port, buf, len) -> bytes */
#define COMESG_CALL_COPORT_WAIT 0x1090        /* (array, n, deadline) -> elements with events */
#define COMESG_CALL_COPORT_TYPE 0x1091        /* (port) -> type */
#define COMESG_CALL_COALIVE 0x1092            /* (identity) -> 0 or 1 */
#define COMESG_CALL_COMINT_READ_CALLER 0x1094 /* as COMINT_READ */
#define COMESG_CALL_COLAUNCHER 0x10b0         /* (identity, uint64_t *identity) */
#define COMESG_CALL_COTARGET_IDENTITY 0x10b1  /* (target, uint64_t *identity) */

/* Added to the number of a system call: EINTR instead, or while it waits, when the thread has been cancelled. */
#define COMESG_CANCELLATION_POINT 0x10000
/* The signal number with which tkill cancels a thread of the same co-process. */
#define COMESG_SIGNAL_CANCEL 33

#endif
