/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports (libcomsg: link with -lcomsg): three ways of passing data between any number of senders and receivers. handle.h
 * explains handles, rights and common errors; coproc.h explains the transport errors, which the calls that open and
 * close can give, and copoll_fd.
 *
 *   COCHANNEL  byte stream through a small ring; the bytes of one send stay together
 *   COCARRIER  queue of whole messages, first in, first out; copied once, received without copying as read-only memory
 *   COPIPE     rendezvous: a message is copied once, from the sender's buffer to that of a receiver that waits for it
 *
 * Each message, or byte, goes to exactly one receiver.  No signal is raised for a port that is closed.
 *
 * Waiting: `X_until` waits until `abs_monotonic`, a time of CLOCK_MONOTONIC (NULL: without limit), and then fails with
 * ETIMEDOUT; `X_nb` never waits (EAGAIN). Plain X waits without limit on a COPIPE and never on a COCHANNEL or COCARRIER
 * (EAGAIN). A time in the past is no error where nothing has to be waited for. A wait can further end with EINTR, a
 * signal handler ran, whatever SA_RESTART says (none can in this version); EDEADLK, only the waiting thread's own chain
 * of calls could end it; or EINVAL, tv_nsec is not in 0..999999999. EDEADLK is found out for a thread that serves a
 * call and waits without limit for one port to which nobody but those who wait for it has a handle; of others, and
 * where a thread of one of these could be called, it is not known, and the wait goes on.
 */
#ifndef COMESG_COPORT_H
#define COMESG_COPORT_H

#include <comesg/coproc.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of ports. */
enum { COPIPE = 1, COCARRIER = 2, COCHANNEL = 3 };

#define COCARRIER_MESSAGE_MAX 2097152 /* bytes of a message, unless the port's arena is smaller */

/* How to open a port. Set `size`, and all else to 0 or to what is wanted; 0 means the default. What does not concern
 * the type of the port is ignored. */
struct coport_options {
    size_t size;       /* sizeof(struct coport_options) */
    size_t ring_size;  /* COCHANNEL: bytes, default 4096; 64 to 1 MiB, rounded up to a power of two */
    size_t arena_size; /* COCARRIER: bytes for messages that are queued or not yet freed, default 4 MiB; 64 KiB to
                          1 GiB, rounded up to whole pages; each counts with its length rounded up to 128 */
    size_t depth;      /* COCARRIER: messages in the queue, default 256; 1 to 65536 */
};

/* Opens a new port.
 *
 *   type     COPIPE, COCARRIER or COCHANNEL
 *   options  NULL for the defaults
 *
 * Returns a handle with CORIGHT_SEND and CORIGHT_RECV, 0 on failure. Errors: EINVAL no such type, or options out of
 * range; EDQUOT (ports, or their memory), ENOMEM, EFAULT; transport errors. A port stays until its last handle is gone;
 * it is closed, as by coclose, when the co-process that opened it ends. */
coport_t open_coport(int type);
coport_t open_coport_with(int type, const struct coport_options *options);

/* Opens the port that is named in a namespace, or a new one that it names there. Of several that do so at once, all get
 * the same port.
 *
 *   name     a name or path, see conamespace.h
 *   type     as above
 *   ns       CORIGHT_RO to open a port that exists, CORIGHT_WR to make one
 *   options  NULL for the defaults; ignored for a port that exists
 *
 * Returns a handle to the port, 0 on failure: with both rights if it is new, otherwise with those that the object
 * gives. Find the object with coselect(name, COPORT, ns). Errors: EEXIST the name belongs to something else or to a
 * port of another type; EACCES; ENOENT, ENOTDIR, ENAMETOOLONG; EBADF and those of open_coport. */
coport_t open_named_coport(const char *name, int type, conamespace_t ns);
coport_t open_named_coport_with(const char *name, int type, conamespace_t ns, const struct coport_options *options);

/* Closes the port for everybody, at once. Whoever waits in a send, or waits to receive and finds nothing queued, gets
 * EPIPE; pollers see COPOLL_CLOSED. What was queued can still be received; then EPIPE. Received messages stay until
 * they are freed. Handles stay, and are given back with cohandle_close. Needs CORIGHT_SEND and CORIGHT_RECV. Returns 0.
 * Errors: EPIPE it is closed already; EACCES, EBADF; transport errors. */
int coclose(coport_t port);

/* The type of the port. Needs no right. Errors: EBADF. Never waits. */
int coport_gettype(coport_t port);

/* Sends `len` bytes. Needs CORIGHT_SEND.
 *
 *   COCHANNEL  at most half the ring: all or nothing (EAGAIN). More: at least one byte, as many as there is room for;
 *              the number is returned. _until waits for that much room, not until all is sent. len 0 does nothing
 *   COCARRIER  queues a copy; len 0 is a message like others. EAGAIN the queue or the arena is full; EMSGSIZE more
 *              than COCARRIER_MESSAGE_MAX or than the arena holds
 *   COPIPE     waits for a receiver; len 0 is a message like others. EMSGSIZE its buffer is smaller: the receiver goes
 *              on waiting. If that buffer faults, the receiver gets EFAULT and the sender waits for another receiver
 *
 * Returns the number of bytes sent. Errors: EAGAIN, EMSGSIZE, EPIPE the port is closed; EFAULT nothing was sent;
 * EACCES, EBADF, ENOMEM; of waiting: ETIMEDOUT, EINTR, EINVAL; for COCARRIER transport errors. Nothing is sent when it
 * fails. */
ssize_t cosend(coport_t port, const void *buf, size_t len);
ssize_t cosend_until(coport_t port, const void *buf, size_t len, const struct timespec *abs_monotonic);
ssize_t cosend_nb(coport_t port, const void *buf, size_t len);

/* Receives. Needs CORIGHT_RECV.
 *
 *   COCHANNEL  *buf is a buffer of `len` bytes; gives what is there, at most len. len 0 does nothing
 *   COCARRIER  *buf is set to the message, in read-only memory that stays as it is until coport_msg_free; to NULL if
 *              the message is empty. EMSGSIZE it is longer than len, where 0 is any length: it stays queued
 *   COPIPE     *buf is a buffer of `len` bytes, which the message of one sender is put in; a longer message never
 *              arrives. EFAULT also: the buffer faulted when a message came
 *
 * Attachments of a message are dropped; corecv_oob gets them. Returns the number of bytes received, 0 for an empty
 * message. Errors: EAGAIN nothing there; EMSGSIZE; EPIPE the port is closed and nothing is left; EFAULT, EACCES, EBADF;
 * EDQUOT, ENOMEM a first receive finds no room for the arena in the region; of waiting: ETIMEDOUT, EINTR, EINVAL;
 * for COCARRIER transport errors. Nothing is received when it fails. All co-processes with CORIGHT_RECV on one
 * COCARRIER can read its whole arena. */
ssize_t corecv(coport_t port, void **buf, size_t len);
ssize_t corecv_until(coport_t port, void **buf, size_t len, const struct timespec *abs_monotonic);
ssize_t corecv_nb(coport_t port, void **buf, size_t len);

/* As cosend, with attachments; COCARRIER only (EOPNOTSUPP).
 *
 *   attachments, n  at most COATTACHMENT_MAX, with a message of more than 16 KiB one less (EINVAL); if one of them is
 *                   no valid handle or file descriptor, EBADF
 *
 * What was attached is held by the message: it arrives although the sender closes its own or ends. A handle that is
 * revoked meanwhile is left out. Not yet received, it counts in the sender's quota of handles (EDQUOT).
 *
 * File descriptors are the same as for cocall_oob (handle.h; EACCES also: one that is not passed on; EDQUOT also: the
 * threads of the sender are passing more than 256). ipcd has them open until they are received, at most 256 from one
 * sender and 1024 in ports that one co-process has opened (EDQUOT), fewer where the limit of open files is low, and as
 * many as that limit allows in all (ENOMEM). When the opener of a port has ended, its queue stays unless ports of such
 * openers have too many; it is then dropped. If ipcd ends, they go with it. */
ssize_t cosend_oob(coport_t port, const void *buf, size_t len, const struct coattachment *attachments, size_t n);
ssize_t cosend_oob_until(coport_t port, const void *buf, size_t len, const struct coattachment *attachments, size_t n,
                         const struct timespec *abs_monotonic);
ssize_t cosend_oob_nb(coport_t port, const void *buf, size_t len, const struct coattachment *attachments, size_t n);

/* As corecv, with attachments, if there are any; COCARRIER only (EOPNOTSUPP). handle.h explains the set. What finds no
 * room is dropped and counted: the message is received. */
ssize_t corecv_oob(coport_t port, void **buf, size_t len, struct coattachment_set *set);
ssize_t corecv_oob_until(coport_t port, void **buf, size_t len, struct coattachment_set *set,
                         const struct timespec *abs_monotonic);
ssize_t corecv_oob_nb(coport_t port, void **buf, size_t len, struct coattachment_set *set);

/* Gives the memory of a received message back to its COCARRIER, open or closed.
 *
 *   message  as corecv set it; NULL does nothing
 *
 * Returns 0. Errors: EINVAL not a message that this co-process has received there and not yet freed; EOPNOTSUPP another
 * type of port; EACCES no CORIGHT_RECV; EBADF; transport errors. With a handle that has been closed or revoked
 * meanwhile it fails or succeeds. Afterwards the memory may show anything that the port carries. */
int coport_msg_free(coport_t port, void *message);

/* Events of a port. CLOSED, RERR and WERR are reported whether asked for or not.
 *
 *   CLOSED  the port is closed
 *   IN      something can be received; COPIPE: a sender waits
 *   OUT     COCHANNEL: at least half the ring is free, so that a send of that much succeeds; COCARRIER: a place in the
 *           queue and at least half the arena are free; COPIPE: a receiver waits
 *   RERR    receiving is in vain: closed and empty, no valid port, or IN is asked for without CORIGHT_RECV
 *   WERR    sending is in vain: closed, no valid port, or OUT is asked for without CORIGHT_SEND */
#define COPOLL_CLOSED UINT32_C(1)
#define COPOLL_IN UINT32_C(2)
#define COPOLL_OUT UINT32_C(4)
#define COPOLL_RERR UINT32_C(8)
#define COPOLL_WERR UINT32_C(16)

/* A port to poll. */
typedef struct pollcoport {
    coport_t coport;  /* 0: ignored */
    uint32_t events;  /* in: COPOLL_IN, COPOLL_OUT or both */
    uint32_t revents; /* out: what holds now */
} pollcoport_t;

/* Waits until something asked for holds for one of `n` ports: level-triggered, as poll.
 *
 *   timeout_ms  milliseconds; 0 only looks, less than 0 is without limit
 *
 * Returns the number of elements whose revents is not 0; 0 when the time is over. copoll_until waits until
 * `abs_monotonic` (NULL: without limit) and copoll_nb only looks, both with result 0 where other calls give ETIMEDOUT
 * and EAGAIN. Errors: EINVAL an unknown event, or more than 4096 ports; EINTR, EFAULT. Two
 * sides that both only poll a COPIPE wait for each other: one has to send or receive. */
int copoll(pollcoport_t *array, size_t n, int timeout_ms);
int copoll_until(pollcoport_t *array, size_t n, const struct timespec *abs_monotonic);
int copoll_nb(pollcoport_t *array, size_t n);

/* Makes a file descriptor for epoll, poll and select that becomes readable when one of `events`, COPOLL_CLOSED or an
 * error holds for the port. It begins armed. When it becomes readable it is no longer armed, stays readable, and costs
 * senders and receivers nothing until copoll_fd_arm. Close it with close.
 *
 *   events  COPOLL_IN, COPOLL_OUT or both
 *
 * Returns the descriptor, close-on-exec. Errors: EINVAL an unknown event; EACCES no right for an event; EMFILE, ENFILE,
 * EBADF, EDQUOT, ENOMEM; transport errors. Never waits. */
int copoll_fd(coport_t port, uint32_t events);

/* Makes the descriptor unreadable and arms it again; if something holds already, it is readable when this returns.
 * Returns 0. Errors: EINVAL not made by copoll_fd; EBADF the descriptor or its port. Never waits. */
int copoll_fd_arm(int descriptor);

#ifdef __cplusplus
}
#endif

#endif
