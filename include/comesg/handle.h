/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Handles (libcocall): what a co-process may use that is not its own memory.  -lcocall is implied by cocc.
 *
 * A handle is a number that means something only in the co-process that was given it; its threads share its handles. It
 * cannot be guessed, is checked at every use, and stops working when it is closed or revoked or when its object dies.
 * Its bits, sent as data, are only bytes: handles travel as attachments, along calls, along messages and to new
 * programs.
 *
 * Errors that mean the same everywhere:
 *   EBADF   not a handle of this co-process, of another kind than the call needs, closed, revoked, or of a dead object
 *   EACCES  the handle lacks the right that the call needs
 *   EFAULT  an argument that is a pointer does not lie, whole, in the caller's region, or what it points to faults
 *   EDQUOT  the quota of this co-process, for handles or for what the call makes, is used up
 *   ENOMEM  memory is short
 *
 * No call ends the program. Failure is -1, or 0 where a handle is returned, or NULL where a pointer is, with errno.
 * Calls are not cancellation points.
 */
#ifndef COMESG_HANDLE_H
#define COMESG_HANDLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any handle. 0 is never valid. */
typedef uint64_t cohandle_t;

/* Handles by kind. The types are for the reader; the kind is checked when the handle is used. */
typedef cohandle_t cotarget_t;    /* one thread, or a pool of workers, that can be called */
typedef cohandle_t cosealed_t;    /* object of a co-process, made with coseal */
typedef cohandle_t cowindow_t;    /* part of the memory of a co-process */
typedef cohandle_t comemory_t;    /* shared memory, made with commap */
typedef cohandle_t coport_t;      /* port */
typedef cohandle_t conamespace_t; /* namespace */
typedef cohandle_t coobject_t;    /* name in a namespace and what it stands for, or a reservation */
typedef cohandle_t coservice_t;   /* operation of a pool of workers */
typedef cohandle_t coevent_t;     /* something that happens once */
typedef cohandle_t cocallback_t;  /* function that is told of events */

/* What cohandle_kind returns and attachments say. */
enum {
    COHANDLE_TARGET = 1,
    COHANDLE_SEALED = 2,
    COHANDLE_WINDOW = 3,
    COHANDLE_MEMORY = 4,
    COHANDLE_PORT = 5,
    COHANDLE_NAMESPACE = 6,
    COHANDLE_OBJECT = 7,
    COHANDLE_RESERVATION = 8, /* coupdate gives a COHANDLE_OBJECT for it */
    COHANDLE_SERVICE = 9,
    COHANDLE_EVENT = 10,
    COHANDLE_CALLBACK = 11,
    COHANDLE_DESCRIPTOR = 12, /* only in attachments: a file descriptor */
    COHANDLE_PRIVILEGED = 13, /* to hear of all deaths, and to kill: coprivileged.h */
    COHANDLE_SEAL = 14,       /* what only the microkernel has, as the next: microkernel.h */
    COHANDLE_VAULT = 15,
    COHANDLE_CONTROL = 16
};

/* Rights, a set of bits. A handle made by a call below has the rights said there. Handles to objects of one's own
 * (coseal) use the 32 bits as their minter likes. */
#define CORIGHT_SEND UINT32_C(0x0001)    /* ports: send, poll for room */
#define CORIGHT_RECV UINT32_C(0x0002)    /* ports: receive, poll for messages */
#define CORIGHT_RO UINT32_C(0x0010)      /* namespaces: select, list, open */
#define CORIGHT_WR UINT32_C(0x0030)      /* namespaces: RO, and insert and create */
#define CORIGHT_OWN UINT32_C(0x0070)     /* namespaces: WR, and drop; coselect gives W and D */
#define CORIGHT_R UINT32_C(0x0100)       /* objects: use the subject; windows and memory objects: read */
#define CORIGHT_W UINT32_C(0x0200)       /* objects: fill the reservation; windows and memory objects: write */
#define CORIGHT_D UINT32_C(0x0400)       /* objects: delete */
#define CORIGHT_CALL UINT32_C(0x1000)    /* targets, services: call */
#define CORIGHT_PROVIDE UINT32_C(0x2000) /* services: add operations, retire */
#define CORIGHT_LISTEN UINT32_C(0x4000)  /* events: install callbacks; callbacks: be installed */
#define CORIGHT_DEATHS UINT32_C(0x10000) /* privileged handles: read the record of deaths */
#define CORIGHT_KILL UINT32_C(0x20000)   /* privileged handles: end co-processes */

/* The most attachments of one call or message. */
#define COATTACHMENT_MAX 64

/* One attachment. The sender keeps what it sends; the receiver gets a handle of its own, with the same rights and
 * derived from the sender's, or a file descriptor of its own, the lowest that is free, close-on-exec, for the same open
 * file. File descriptors that can be passed on are those of files and directories that programs may open, pipes,
 * sockets, terminals, and those that eventfd makes. */
struct coattachment {
    uint32_t kind;      /* COHANDLE_...; for sending also 0: whatever kind the handle has */
    int32_t descriptor; /* COHANDLE_DESCRIPTOR; received otherwise as -1 */
    cohandle_t handle;  /* all other kinds; received otherwise as 0 */
};

/* Room for attachments to receive. Attachments that find no room in the array, in the quota of handles or in the table
 * of file descriptors are not received: the sender is not told, the receiver is. The same goes for file descriptors
 * that a receiver does not take for more than a second while others need their place on the way. */
struct coattachment_set {
    struct coattachment *array; /* in: may be NULL if capacity is 0 */
    size_t capacity;            /* in: elements of array */
    size_t count;               /* out: attachments received */
    size_t dropped;             /* out: attachments that came and were not received */
};

/* A further handle to the same object, with the same rights. It is derived from `handle`. Returns 0 on failure. Errors:
 * EBADF, EDQUOT, ENOMEM. Never waits. */
cohandle_t codup(cohandle_t handle);

/* A further handle to the same object, with exactly these `rights`. It is derived from `handle`, which stays as it is.
 * Returns 0 on failure. Errors: EACCES `handle` has not all of `rights`; EINVAL no rights, or rights that no handle of
 * this kind has; EBADF, EDQUOT, ENOMEM. Never waits. */
cohandle_t corestrict(cohandle_t handle, uint32_t rights);

/* Ends `handle` and all that was derived from it, here and in every co-process to which it was passed on. To revoke
 * what others have and keep one's own handle, give them a codup or corestrict of it and revoke that.
 *
 * When this returns, no use that began before goes on: copies through a window have ended, and memory objects attached
 * by a revoked handle have become private zero pages. Calls that began before go on. Returns 0. Errors: EBADF. Takes
 * bounded time, not short. */
int corevoke(cohandle_t handle);

/* Gives `handle` back. What was derived from it goes on working; an object goes with its last handle. Returns 0.
 * Errors: EBADF. Never waits. */
int cohandle_close(cohandle_t handle);

/* The kind of `handle`, COHANDLE_..., also of one that came as an attachment or in the vector. Errors: EBADF. Never
 * waits. */
int cohandle_kind(cohandle_t handle);

/* Makes a handle to an object of one's own, which nobody can make or alter but the caller.
 *
 *   badge   says which object; only the minter can read it again
 *   rights  any bits; what they mean, the minter decides and checks
 *
 * Returns 0 on failure. Errors: EDQUOT, ENOMEM. Never waits. Such handles die with the co-process that made them. */
cosealed_t coseal(uint64_t badge, uint32_t rights);

/* Reads a handle made with coseal by this co-process, come back from wherever it was passed on to.
 *
 *   badge, rights  receive what the handle says; either may be NULL
 *
 * Returns 0. Errors: EPERM another co-process made it; EBADF, EFAULT. Never waits. */
int counseal(cosealed_t handle, uint64_t *badge, uint32_t *rights);

#ifdef __cplusplus
}
#endif

#endif
