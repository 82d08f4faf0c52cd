/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Events (libcomsg: link with -lcomsg): being told, once, that a co-process has died or a port was closed.  handle.h
 * explains handles, rights and common errors; coproc.h explains the transport errors, which every call here can give.
 * No call here waits for anything but its service.
 *
 * Who wants to be told registers a callback, a thread that serves in a loop of coaccept, and installs it on an event.
 * When the event happens that thread is called with a struct coevent_notice. The call waits while the thread is busy
 * and is dropped only if the thread or its co-process ends. Its reply is ignored.
 */
#ifndef COMESG_COEVENT_H
#define COMESG_COEVENT_H

#include <comesg/coproc.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of events. */
enum { PROCESS_DEATH = 1, PORT_CLOSED = 2 };

/* Flags of ccb_register. */
#define CCB_FAST UINT32_C(0)
#define CCB_SLOW UINT32_C(2) /* the callback sleeps: it runs on its own kernel thread */

/* The most bytes that ccb_install keeps for a callback. */
#define CCB_ARGUMENTS_MAX 256

/* What a callback is to be given with the notice. */
struct ccb_arguments {
    const void *data;
    size_t length; /* in bytes */
};

/* What a callback receives: this structure, up to the end of its arguments. */
struct coevent_notice {
    uint32_t type;   /* PROCESS_DEATH or PORT_CLOSED */
    int32_t pid;     /* PROCESS_DEATH: who died; PORT_CLOSED: who closed the port, 0 if it was not closed by a call */
    int32_t status;  /* PROCESS_DEATH: how, as waitpid tells it; otherwise 0 */
    uint32_t length; /* bytes of arguments */
    unsigned char arguments[CCB_ARGUMENTS_MAX];
};

/* Gives a handle to an event.
 *
 *   type     PROCESS_DEATH or PORT_CLOSED
 *   subject  PROCESS_DEATH: the pid of the caller, 0 for the same, or of a co-process that the caller has started;
 *            PORT_CLOSED: a port, with any right
 *
 * Returns a handle with CORIGHT_LISTEN, which can be passed on; 0 on failure. It stands for this very process or port,
 * also when its pid or handle is used again, and goes on working after the event. Errors: EINVAL no such type; EACCES
 * the pid is another one; ESRCH no co-process has the pid any more; EBADF the port; EDQUOT, ENOMEM. */
coevent_t colisten(int type, uint64_t subject);

/* Makes a callback of a thread.
 *
 *   target  a thread of the caller
 *   flags   CCB_FAST or CCB_SLOW
 *
 * Returns a handle with CORIGHT_LISTEN, which can be passed on; 0 on failure. Errors: EINVAL an unknown flag, or a
 * target that is not a thread of the caller; EBADF, EDQUOT, ENOMEM. */
cocallback_t ccb_register(cotarget_t target, uint32_t flags);

/* Has `function` called once when `event` happens, at once if it has happened already. Needs CORIGHT_LISTEN on both.
 *
 *   arguments  copied now; NULL for none
 *
 * Returns 0. Errors: EEXIST it is installed there and has not been called yet; EINVAL more than CCB_ARGUMENTS_MAX
 * bytes; EBADF, EFAULT, EDQUOT, ENOMEM. An installation goes with the co-process that made it and with that of
 * the callback, not with the handles. */
int ccb_install(cocallback_t function, const struct ccb_arguments *arguments, coevent_t event);

/* Takes back what ccb_install did. After it has returned, the callback is not called for this event any more. Only the
 * co-process that installed it can. Returns 0. Errors: ENOENT it is not installed there, or has been called or is being
 * called; EBADF. */
int ccb_remove(cocallback_t function, coevent_t event);

#ifdef __cplusplus
}
#endif

#endif
